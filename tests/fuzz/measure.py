"""Answers for standard input, and prints what that took: `python -m tests.fuzz.measure`."""

import json
import resource
import sys
import time

from compiler import compile_pipeline
from compiler.formats.text import render_diagnostics

_MAX_MEMORY_BYTES = 4 * 1024**3


def main() -> None:
    """Print one JSON object."""
    resource.setrlimit(resource.RLIMIT_AS, (_MAX_MEMORY_BYTES, _MAX_MEMORY_BYTES))
    content = sys.stdin.buffer.read()
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begin = time.process_time()
    compiled = compile_pipeline(content)
    render_diagnostics(compiled)
    took_s = time.process_time() - begin
    grown_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb
    codes = sorted({each.code for each in compiled.diagnostics})
    print(json.dumps({"took_s": took_s, "grown_mb": grown_kb // 1024, "codes": codes}))


if __name__ == "__main__":
    main()
