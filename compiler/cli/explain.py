"""`freshet explain`: tells what the codes of mistakes mean."""

import argparse
from difflib import get_close_matches

from compiler.cli.exits import FINE, WRONG_USE, CommandError
from compiler.explanations import Explanation, explained_codes, read_explanation
from compiler.formats.explanation import (
    explanations_to_json,
    render_explanation,
    render_titles,
)


def run(arguments: argparse.Namespace) -> int:
    """Print the pages of codes, or the titles of all."""
    pages = [_page(word) for word in arguments.codes or explained_codes()]
    if arguments.format == "json":
        import json

        print(json.dumps(explanations_to_json(pages), indent=2, ensure_ascii=False))
    elif arguments.codes:
        print("\n".join(render_explanation(page) for page in pages), end="")
    else:
        print(render_titles(pages), end="")
    return FINE


def _page(word: str) -> Explanation:
    code = word.upper()
    code = code if code.startswith("FR") else f"FR{code}"
    page = read_explanation(code)
    if page is None:
        near = " or ".join(get_close_matches(code[:20], explained_codes()))
        help = f"did you mean {near}? " if near else ""
        raise CommandError(
            WRONG_USE, f'there is no code "{word}"', f"{help}`freshet explain` lists all"
        )
    return page
