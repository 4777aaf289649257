"""How much of an error gRPC carries: trailers beyond 8 KiB are dropped, and the error with them.

A message is sent twice, once percent-encoded; details are sent in base64. The bounds below leave
room for that.
"""

from collections.abc import Iterable, Iterator, Mapping

_MESSAGE_BYTES = 600
_VALUE_BYTES = 200
_VALUE_COUNT = 5
_VIOLATIONS_BYTES = 2000
_TAGS_BYTES = 8
"""What a message of the protocol adds to its fields."""
_DESCRIPTION_BYTES = 400


def fit_message(text: str) -> str:
    """Return as much of a sentence as there is room for."""
    return _beginning(text, _MESSAGE_BYTES)


def fit_metadata(metadata: Mapping[str, str]) -> Mapping[str, str]:
    """Return as much of the facts of an error as there is room for."""
    kept = list(metadata.items())[:_VALUE_COUNT]
    return {name: _beginning(value, _VALUE_BYTES) for name, value in kept}


def fit_violations(violations: Iterable[tuple[str, str, str]]) -> Iterator[tuple[str, str, str]]:
    """Yield field, description and reason of so many violations as there is room for."""
    left = _VIOLATIONS_BYTES
    for field, description, reason in violations:
        fitting = (
            _beginning(field, _VALUE_BYTES),
            _beginning(description, _DESCRIPTION_BYTES),
            reason,
        )
        left -= sum(len(text.encode()) for text in fitting) + _TAGS_BYTES
        if left < 0:
            return
        yield fitting


def _beginning(text: str, limit_bytes: int) -> str:
    encoded = text.encode()
    if len(encoded) <= limit_bytes:
        return text
    return encoded[: limit_bytes - len("…".encode())].decode(errors="ignore") + "…"
