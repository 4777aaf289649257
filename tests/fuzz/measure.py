"""Answers for standard input, and prints what that took: `python -m tests.fuzz.measure`."""

import json
import resource
import sys
import time

from compiler import compile_pipeline
from compiler.formats.text import render_diagnostics

_MAX_MEMORY_BYTES = 4 * 1024**3
_YARDSTICK_ENTRIES = 200_000


def yardstick_s() -> float:
    """Return how long ordinary work takes here and now, which tells a slow machine from slow code.

    It makes and loses objects for some tenths of a second.
    """
    begin = time.process_time()
    for _ in range(2):
        named = {str(number): [number] for number in range(_YARDSTICK_ENTRIES)}
        sorted(named)
    return time.process_time() - begin


def main() -> None:
    """Print one JSON object; `took` is a multiple of the yardstick."""
    resource.setrlimit(resource.RLIMIT_AS, (_MAX_MEMORY_BYTES, _MAX_MEMORY_BYTES))
    content = sys.stdin.buffer.read()
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begin = time.process_time()
    compiled = compile_pipeline(content)
    render_diagnostics(compiled)
    took_s = time.process_time() - begin
    grown_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb
    took = took_s / yardstick_s()
    codes = sorted({each.code for each in compiled.diagnostics})
    print(json.dumps({"took": took, "grown_mb": grown_kb // 1024, "codes": codes}))


if __name__ == "__main__":
    main()
