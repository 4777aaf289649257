"""Runs the fuzzer for a while and returns what it found."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path

from compiler import compile_pipeline
from tests.fuzz.dictionary import dictionary_text

SLOW_S = 2
"""An input of at most a megabyte that takes longer is a finding."""
_HANG_S = 30
_MAX_SIZE_BYTES = 1_000_000
_MAX_MEMORY_MB = 2048
_CASES = Path(__file__).parents[1] / "conformance" / "cases"


def fuzz(seconds: int, folder: Path) -> list[Path]:
    """Fuzz for `seconds`; return the inputs that crash, hang, are slow or take much memory.

    They stay in `folder/findings`. The corpus in `folder/corpus` is taken up by the next run.
    The fuzzer stops at the first crash.
    """
    corpus, findings = folder / "corpus", folder / "findings"
    shutil.rmtree(findings, ignore_errors=True)
    for each in (corpus, findings):
        each.mkdir(parents=True, exist_ok=True)
    dictionary = folder / "words.dict"
    dictionary.write_text(dictionary_text(), encoding="utf-8")
    options = {
        "artifact_prefix": f"{findings}/",
        "dict": dictionary,
        "max_len": _MAX_SIZE_BYTES,
        "max_total_time": seconds,
        "report_slow_units": SLOW_S,
        "rss_limit_mb": _MAX_MEMORY_MB,
        "timeout": _HANG_S,
    }
    arguments = [f"-{name}={value}" for name, value in options.items()]
    command = [sys.executable, "-m", "tests.fuzz.target", *arguments, str(corpus), str(_CASES)]
    with (folder / "log").open("wb") as log:
        done = subprocess.run(command, stdout=log, stderr=log, check=False)
    found = [each for each in sorted(findings.iterdir()) if _is_finding(each)]
    if done.returncode and not found:
        raise RuntimeError(f"the fuzzer broke off; {folder / 'log'} says why")
    return found


def _is_finding(path: Path) -> bool:
    """Whether a slow input is slow by itself, and not because the fuzzer watches."""
    if not path.name.startswith("slow-unit"):
        return True
    begin = time.process_time()
    compile_pipeline(path.read_bytes())
    return time.process_time() - begin > SLOW_S
