"""Generates the Python stubs beside their protos; with `--check`, only says whether they are stale.

Uses grpcio-tools and mypy-protobuf. Stubs of services are made only for protos that have one.
"""

import filecmp
import sys
import tempfile
from importlib import resources
from pathlib import Path

from grpc_tools import protoc

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ((ROOT / "protos", "freshet"), (ROOT, "runner_service/daemon/buildkit"))
"""Folders that protos are imported from, and what lies in each of them."""
PLUGINS = tuple(
    f"--plugin={name}={Path(sys.executable).with_name(name)}"
    for name in ("protoc-gen-mypy", "protoc-gen-mypy_grpc")
)
"""The plugins of this environment, wherever PATH points."""
PATTERNS = ("*_pb2.py", "*_pb2.pyi", "*_pb2_grpc.py", "*_pb2_grpc.pyi")


def main(arguments: list[str]) -> int:
    """Generate or check; return 0 when the stubs are current, 1 when not, 2 on wrong use."""
    match arguments:
        case []:
            for root, folder in SOURCES:
                for stub in _stubs(root, folder):
                    (root / stub).unlink()
                _generate(root, folder, root)
            return 0
        case ["--check"]:
            stale = [path for root, folder in SOURCES for path in _stale_stubs(root, folder)]
            for path in stale:
                print(f"stale: {path.relative_to(ROOT)}", file=sys.stderr)
            if stale:
                print("run `make stubs` and commit the result", file=sys.stderr)
            return 1 if stale else 0
        case _:
            print("usage: python protos/generate.py [--check]", file=sys.stderr)
            return 2


def _generate(root: Path, folder: str, output: Path) -> None:
    protos = sorted((root / folder).rglob("*.proto"))
    services = [path for path in protos if "\nservice " in path.read_text(encoding="utf-8")]
    _protoc(root, protos, f"--python_out={output}", f"--mypy_out=quiet:{output}")
    if services:
        _protoc(root, services, f"--grpc_python_out={output}", f"--mypy_grpc_out=quiet:{output}")


def _protoc(root: Path, protos: list[Path], *outputs: str) -> None:
    well_known = resources.files("grpc_tools") / "_proto"
    names = [str(path.relative_to(root)) for path in protos]
    status = protoc.main(["protoc", *PLUGINS, f"-I{root}", f"-I{well_known}", *outputs, *names])
    if status != 0:
        raise SystemExit(status)


def _stubs(root: Path, folder: str) -> set[Path]:
    found = (path for pattern in PATTERNS for path in (root / folder).rglob(pattern))
    return {path.relative_to(root) for path in found}


def _stale_stubs(root: Path, folder: str) -> list[Path]:
    with tempfile.TemporaryDirectory() as scratch:
        _generate(root, folder, Path(scratch))
        stubs = _stubs(root, folder) | _stubs(Path(scratch), folder)
        _, different, missing = filecmp.cmpfiles(
            root, scratch, [str(stub) for stub in stubs], shallow=False
        )
    return [root / name for name in sorted(different + missing)]


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
