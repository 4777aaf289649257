"""The log of a service on standard error: text for people, or one JSON object a line.

Each record of a call bears its request id. What is logged of a call is what the audit log may hold:
never a request or a response.
"""

from __future__ import annotations

import logging
import sys
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from freshet.rpc.calls import Call

FORMATS = ("text", "json")
LEVELS = ("debug", "info", "warning", "error")
request_id: ContextVar[str] = ContextVar("request_id", default="-")
"""The call that the present task serves."""
_TEXT = "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s"
_JSON = "%(asctime)s %(levelname)s %(name)s %(request_id)s %(message)s"
_log = logging.getLogger("freshet.calls")


def set_up_logging(form: str, level: str) -> None:
    """Log to standard error. Called once in a process."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_formatter(form))
    handler.addFilter(_add_request_id)
    logging.basicConfig(level=level.upper(), handlers=[handler])
    logging.getLogger("alembic").setLevel(logging.WARNING)  # it tells each of its plugins
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it tells each address, tokens included


def logs_reads() -> bool:
    """Whether calls are logged that change nothing."""
    return _log.isEnabledFor(logging.DEBUG)


def log_call(call: Call) -> None:
    """Log a call in one line: what changes something or was refused at info, others at debug."""
    level = logging.INFO if call.method.audited or call.refused else logging.DEBUG
    if not _log.isEnabledFor(level):
        return
    facts = {
        "method": call.method.name,
        "caller": call.caller,
        "resource": call.resource,
        "code": call.code,
        "outcome": call.outcome,
        "duration_ms": round(call.duration_s * 1000, 3),
    }
    words = " ".join(f"{key}={value}" for key, value in facts.items() if value != "")
    _log.log(level, "%s", words, extra=facts)


def _add_request_id(record: logging.LogRecord) -> bool:
    record.request_id = request_id.get()
    return True


def _formatter(form: str) -> logging.Formatter:
    if form == "text":
        return logging.Formatter(_TEXT)
    from pythonjsonlogger.json import JsonFormatter  # only who wants it waits for it

    return JsonFormatter(
        _JSON,
        rename_fields={"asctime": "time", "levelname": "level", "name": "logger"},
        datefmt="%Y-%m-%dT%H:%M:%S%z",
    )
