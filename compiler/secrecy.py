"""Guesses from its name whether a value is secret, so that no message repeats it."""

_WORDS = ("cred", "key", "login", "pass", "secret", "token")


def may_be_secret(name: str) -> bool:
    """Whether the value behind such a key may be one that nobody should see."""
    lowered = name.lower()
    return any(word in lowered for word in _WORDS)
