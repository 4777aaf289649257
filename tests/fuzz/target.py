"""The target of the fuzzer: `python -m tests.fuzz.target FILE` tries one input again."""

import pkgutil
import sys

import atheris

import compiler

with atheris.instrument_imports(include=["compiler", "freshet"]):
    # All of it now: what the compiler imports when it needs it would not be instrumented.
    for _module in pkgutil.walk_packages(compiler.__path__, "compiler."):
        if not _module.name.startswith(("compiler.__main__", "compiler.cli")):
            __import__(_module.name)
    from tests.fuzz.judging import judged


def main() -> None:
    """Hand over to the fuzzer, which reads its options and ends the process."""
    atheris.Setup(sys.argv, judged)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
