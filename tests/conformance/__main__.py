"""Prints where compiler and vendor differ: `python -m tests.conformance --help`."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator

from compiler import check_pipeline, compile_pipeline
from tests.conformance.comparison import Judgement, differences, judge
from tests.conformance.folder import FOLDER
from tests.conformance.known import known_differences
from tests.conformance.vendor import FILES, Case, read_cases

_WORTH_A_LOOK = ("differing", "agreeing again")


def main() -> int:
    """Print the report. Return 1 when a case differs that is not known to."""
    options = _options()
    if not FOLDER.is_dir():
        print(f"there is no folder {FOLDER}; FRESHET_CONFORMANCE_DIR names it", file=sys.stderr)
        return 2
    counts: Counter[str] = Counter()
    for case in _selected(options):
        judgement = judge(case, compile_pipeline if options.compile else check_pipeline)
        found = differences(case, judgement)
        status = _status(case, found)
        counts[status] += 1
        if options.id or status in (options.only or _WORTH_A_LOOK):
            print("\n".join(_lines(case, judgement, status, found)), end="\n\n")
    print(", ".join(f"{count} {status}" for status, count in sorted(counts.items())))
    return 1 if counts["differing"] or counts["agreeing again"] else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.conformance",
        description="Compare the compiler's verdicts with those of the vendor's validator.",
    )
    parser.add_argument("--id", action="append", help="show this case only; may be repeated")
    parser.add_argument("--file", action="append", choices=FILES, help="only its cases")
    parser.add_argument(
        "--only",
        action="append",
        choices=("differing", "agreeing", "known", "agreeing again"),
        help="show cases of this status; `known` stand in known_differences.yml; "
        f"default: {', '.join(_WORTH_A_LOOK)}",
    )
    parser.add_argument("--compile", action="store_true", help="make a plan of what is valid")
    return parser.parse_args()


def _selected(options: argparse.Namespace) -> Iterator[Case]:
    for file in options.file or FILES:
        for case in read_cases(file):
            if not options.id or case.id in options.id:
                yield case


_KNOWN = known_differences().cases


def _status(case: Case, found: tuple[str, ...]) -> str:
    if case.id in _KNOWN:
        return "known" if found else "agreeing again"
    return "differing" if found else "agreeing"


def _lines(case: Case, judgement: Judgement, status: str, found: tuple[str, ...]) -> Iterator[str]:
    reason = f" ({_KNOWN[case.id].reason})" if case.id in _KNOWN else ""
    yield f"{case.id} {status}{reason}: {case.topic}"
    yield from (f"  difference: {each}" for each in found)
    yield f"  vendor: {case.verdict.value}"
    yield from (f"    {each.step or '-'}: {each.message}" for each in case.complaints)
    yield "  ours:"
    for each in judgement.findings:
        diagnostic = each.diagnostic
        path = "/".join(each.path) or "/"
        yield f"    {diagnostic.severity.value} {diagnostic.code} at {path}: {diagnostic.message}"


if __name__ == "__main__":
    sys.exit(main())
