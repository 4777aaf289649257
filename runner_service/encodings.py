r"""How a secret may look in output: as it is, and as programs commonly encode it.

A value of several lines is looked for as a whole and line by line; a line of fewer than four
characters is only hidden as part of the whole. What is longer than a kilobyte is looked for in
pieces, so that no more than a piece has to be held back.
"""

import base64
import json
from collections.abc import Iterator
from itertools import pairwise
from math import ceil
from urllib.parse import quote

SHORT_LENGTH = 4
"""Shorter values are hidden as they are, but not their lines and encodings: those would be so short
that much of what is no secret looks like them."""
_PIECE_BYTES = 1024
_URL_SAFE = ("", "/", "!'()*")
"""What URL encoders leave as it is, beside letters, digits and `_.-~`: Python's `quote_plus`,
its `quote`, and JavaScript's `encodeURIComponent`."""
_GO_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}
"""Go's JSON encoder escapes these too, and most of what Docker prints comes from it."""


def plain_forms(secret: str) -> set[bytes]:
    r"""Return `secret`, its lines, and both with `\ ` for each blank; without what is empty."""
    return {piece for value in _values(secret) for piece in _pieces(_bytes(value))} | {
        piece for value in _values(secret) for piece in _pieces(_bytes(value.replace(" ", "\\ ")))
    }


def encoded_forms(secret: str) -> set[bytes]:
    """Return `secret` and its lines in base64, URL encoding and JSON; nothing of short ones."""
    found: set[bytes] = set()
    for value in _values(secret):
        if len(value) < SHORT_LENGTH:
            continue
        for piece in _pieces(_bytes(value)):
            found.update(_base64_forms(piece))
        for text in (*_url_forms(value), *_json_forms(value)):
            found.update(_pieces(_bytes(text)))
    return found


def _values(secret: str) -> set[str]:
    lines = [line.strip() for line in secret.splitlines()]
    long_lines = [line for line in lines if len(line) >= SHORT_LENGTH]
    return {value for value in (secret, secret.strip(), *long_lines) if value}


def _pieces(form: bytes) -> Iterator[bytes]:
    """Cut `form` into pieces of nearly the same size."""
    count = ceil(len(form) / _PIECE_BYTES)
    bounds = [len(form) * index // count for index in range(count + 1)]
    return (form[begin:end] for begin, end in pairwise(bounds))


def _base64_forms(value: bytes) -> Iterator[bytes]:
    """Yield what base64 makes of `value` wherever it stands in the encoded bytes.

    The characters that neighbours share bits with are left out, but for those at the very end.
    """
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + value)
        first = ceil(8 * before / 6)
        end = 8 * (before + len(value)) // 6
        for form in (encoded[first:end], encoded[first:].rstrip(b"="), encoded[first:]):
            yield form
            yield form.replace(b"+", b"-").replace(b"/", b"_")


def _url_forms(value: str) -> Iterator[str]:
    raw = _bytes(value)
    for safe in _URL_SAFE:
        encoded = quote(raw, safe=safe)
        yield from (encoded, _lower_escapes(encoded), encoded.replace("%20", "+"))


def _lower_escapes(encoded: str) -> str:
    first, *rest = encoded.split("%")
    return "%".join([first, *(part[:2].lower() + part[2:] for part in rest)])


def _json_forms(value: str) -> Iterator[str]:
    for ascii_only in (True, False):
        encoded = json.dumps(value, ensure_ascii=ascii_only)[1:-1]
        yield from (encoded, encoded.replace("/", "\\/"))
        yield "".join(_GO_ESCAPES.get(character, character) for character in encoded)


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogateescape")
