"""Words that the fuzzer puts together: those of the language, and the signs of YAML."""

from collections.abc import Iterator

from compiler.language.tables import STEP_TYPES
from tests.conformance.tables import all_fields

_SIGNS = ("- ", ": ", "{", "}", "[", "]", "&a ", "*a", "<<: *a", "|\n", ">-\n", "'", '"', "#")
_BREAKS = ("\n", "\n  ", "\n    ", "\n      ", "\t", "\r\n", "\u2028", "---\n", "\ufeff")
_HOLES = ("${{", "}}", "${{a}}", "${{steps.a.result}}", "${{CF_BRANCH}}")
_VALUES = ("null", "true", "~", "1.0", "0x1F", ".nan", "!!str ", "/(a+)+$/", "10m", "a == 'b'")


def dictionary_text() -> str:
    """Return the words in the form that libFuzzer reads."""
    return "".join(f'"{_escaped(word)}"\n' for word in sorted(set(_words())))


def _words() -> Iterator[str]:
    yield from (*_SIGNS, *_BREAKS, *_HOLES, *_VALUES)
    yield "\nsteps:\n  a:"
    for type_name in STEP_TYPES:
        yield f"\n    type: {type_name}"
    for path, field in all_fields().items():
        # As lines, so that keys get where they have a meaning.
        indent = "" if path.startswith("the pipeline:") else "    "
        yield f"\n{indent}{field.name}: "
        yield from getattr(field.shape, "choices", ())


def _escaped(word: str) -> str:
    return "".join(f"\\x{byte:02X}" for byte in word.encode())
