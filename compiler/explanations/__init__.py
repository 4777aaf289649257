"""What each code of a mistake means: one page a code, `FR110.md`, in this form.

    # Title without a full stop

    Two to six sentences: what is wrong, why it matters, what to do.

    ```yaml bad
    a pipeline that gives the code
    ```

    ```yaml good
    the same one mended
    ```

    See also: FR111, FR112

The last paragraph may be missing. Tests compile the examples.
"""

from __future__ import annotations

import re
from importlib.resources import files

from compiler.record import Record

_SUFFIX = ".md"
_FORM = re.compile(
    r"# (?P<title>[^\n]+)\n\n"
    r"(?P<text>.+?)\n\n"
    r"```yaml bad\n(?P<bad>.+?)```\n\n"
    r"```yaml good\n(?P<good>.+?)```\n"
    r"(?:\nSee also: (?P<see_also>[FR0-9, ]+)\n)?",
    re.DOTALL,
)


class Explanation(Record):
    """What a code means."""

    code: str
    title: str
    text: str
    """Paragraphs, in lines of at most 100 characters."""
    bad: str
    """A pipeline that gives the code."""
    good: str
    """The same one mended."""
    see_also: tuple[str, ...]
    """Other codes."""


def explained_codes() -> list[str]:
    """Return all codes that have a page, sorted."""
    names = (each.name for each in files(__name__).iterdir())
    return sorted(name.removesuffix(_SUFFIX) for name in names if name.endswith(_SUFFIX))


def read_explanation(code: str) -> Explanation | None:
    """Return the page of a code; None: it has none."""
    if code not in explained_codes():
        return None
    page = files(__name__).joinpath(f"{code}{_SUFFIX}").read_text(encoding="utf-8")
    found = _FORM.fullmatch(page)
    assert found, f"the page of {code} has another form"
    see_also = re.findall(r"FR\d+", found["see_also"] or "")
    return Explanation(
        code=code,
        title=found["title"],
        text=found["text"],
        bad=found["bad"],
        good=found["good"],
        see_also=tuple(see_also),
    )
