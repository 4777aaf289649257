"""Without the fuzzer, which is not built for every system, nothing is fuzzed."""

from importlib.util import find_spec

collect_ignore = [] if find_spec("atheris") else ["test_fuzz.py"]
