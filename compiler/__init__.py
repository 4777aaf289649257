"""Turns codefresh.yml into a plan. The command line stands in `compiler.cli`.

    checked = check_pipeline(content)
    compiled = compile_pipeline(content, variables={"CF_BRANCH": "main"})

Importing this package costs nothing: what is behind the names is imported when they are used.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from compiler.driver import Checked, Compiled, check_pipeline, compile_pipeline

__all__ = ["Checked", "Compiled", "check_pipeline", "compile_pipeline"]


def __getattr__(name: str) -> Any:  # noqa: ANN401  # what the name stands for
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from compiler import driver

    return getattr(driver, name)
