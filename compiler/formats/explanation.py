"""The meaning of codes, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import indent
from typing import Any

from compiler.explanations import Explanation


def render_explanation(page: Explanation) -> str:
    """Return a page as text."""
    paragraphs = [
        f"{page.code}: {page.title}",
        page.text,
        "Wrong:",
        indent(page.bad, "    ").rstrip("\n"),
        "Right:",
        indent(page.good, "    ").rstrip("\n"),
    ]
    if page.see_also:
        paragraphs.append(f"See also: {', '.join(page.see_also)}")
    return "\n\n".join(paragraphs) + "\n"


def render_markdown(page: Explanation) -> str:
    """Return what stands below the title of a page, as Markdown."""
    wrong, right = (f"```yaml\n{example}```\n" for example in (page.bad, page.good))
    return f"{page.text}\n\nWrong:\n\n{wrong}\nRight:\n\n{right}"


def render_titles(pages: Iterable[Explanation]) -> str:
    """Return what codes there are, one a line."""
    return "".join(f"{page.code}  {page.title}\n" for page in pages)


def explanations_to_json(pages: Iterable[Explanation]) -> dict[str, Any]:
    """Return pages for programs."""
    return {"explanations": [dict(page.fields()) for page in pages]}
