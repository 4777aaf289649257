"""Pages of lists, after AIP-158: sizes are capped, tokens are opaque."""

import base64
import binascii

DEFAULT_SIZE = 50
MAX_SIZE = 1000
_MARK = b"1:"  # version of the token, so that a later form can be told apart


class InvalidPage(ValueError):
    """A page size is negative or a page token was not made by this service."""

    def __init__(self, field: str, message: str) -> None:
        """Note the request's `field` that is at fault."""
        super().__init__(message)
        self.field = field


def page_size(requested: int) -> int:
    """Return how many items a page holds.

    Raises:
        InvalidPage: `requested` is negative.
    """
    if requested < 0:
        raise InvalidPage("page_size", f"page_size is {requested}, expected 0 or more")
    return min(requested, MAX_SIZE) if requested else DEFAULT_SIZE


def encode_token(last_key: str) -> str:
    """Return the token of the page after the item with `last_key`."""
    return base64.urlsafe_b64encode(_MARK + last_key.encode()).decode()


def decode_token(token: str) -> str:
    """Return the key of the last item of the page before; empty for the first page.

    Raises:
        InvalidPage: the token is not one of `encode_token`.
    """
    if not token:
        return ""
    try:
        marked = base64.b64decode(token.encode(), altchars=b"-_", validate=True)
        if marked.startswith(_MARK):
            return marked.removeprefix(_MARK).decode()
    except (binascii.Error, UnicodeError):
        pass
    raise InvalidPage("page_token", "page_token was not made by this service")
