"""Questions to the attendant of an environment, over its Unix socket: one JSON line each way."""

import json
import socket
import socketserver
from collections.abc import Callable
from pathlib import Path
from typing import Any

_TIMEOUT_S = 10.0


def ask(path: Path, question: dict[str, Any]) -> Any:  # noqa: ANN401 - any JSON
    """Return the attendant's answer.

    Raises:
        OSError: nobody listens at `path`.
    """
    with socket.socket(socket.AF_UNIX) as stream:
        stream.settimeout(_TIMEOUT_S)
        stream.connect(str(path))
        with stream.makefile("rwb") as file:
            file.write(json.dumps(question).encode() + b"\n")
            file.flush()
            answer = file.readline()
    if not answer:
        raise ConnectionResetError(f"the attendant at {path} did not answer {question}")
    return json.loads(answer)


class ControlServer(socketserver.ThreadingUnixStreamServer):
    """Answers questions with `answer`."""

    daemon_threads = True

    def __init__(self, path: Path, answer: Callable[[dict[str, Any]], object]) -> None:
        super().__init__(str(path), _Handler)
        self.answer = answer


class _Handler(socketserver.StreamRequestHandler):
    server: ControlServer

    def handle(self) -> None:
        answer = self.server.answer(json.loads(self.rfile.readline()))
        self.wfile.write(json.dumps(answer).encode() + b"\n")
