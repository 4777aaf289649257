"""What the refusals of a registry mean. Pure."""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from freshet.distribution import Answer, Redactor, words_of
from freshet.distribution.causes import cause_of
from freshet.distribution.challenge import of_scheme, read_challenges
from runner_service.daemon.errors import FailureReason
from runner_service.transfers.port import Refusal

_LOST = {
    "BLOB_UNKNOWN",
    "BLOB_UPLOAD_INVALID",
    "BLOB_UPLOAD_UNKNOWN",
    "DIGEST_INVALID",
    "MANIFEST_BLOB_UNKNOWN",
    "SIZE_INVALID",
}
"""Codes that say that a registry has lost, or never got whole, what it was sent."""
_IMMUTABLE = re.compile("immutab|cannot be overwritten", re.IGNORECASE)
_QUOTA = re.compile(
    "quota|storage limit|upper limit|maximum allowed number|insufficient storage", re.IGNORECASE
)
_EXPIRED = re.compile("token has expired|no basic auth", re.IGNORECASE)


def refusal_of(answer: Answer, redact: Redactor, *, anonymous: bool) -> Refusal:
    """Return the refusal that an answer with a status of error is."""
    words = words_of(answer, redact)
    return Refusal(words, _reason(answer, words, anonymous=anonymous), _retry_after_s(answer))


def silence_of(error: Exception, redact: Redactor) -> Refusal:
    """Return the refusal of a registry that could not be reached, or went away."""
    words = redact(" ".join(str(error).split())) or type(error).__name__
    tls = cause_of(ssl.SSLError, error) is not None
    return Refusal(words, FailureReason.TLS if tls else FailureReason.UNREACHABLE)


def _reason(answer: Answer, words: str, *, anonymous: bool) -> FailureReason:
    codes, status = set(answer.error_codes), answer.status
    if status == 429 or "TOOMANYREQUESTS" in codes:
        return FailureReason.RATE_LIMITED
    if _IMMUTABLE.search(words):
        return FailureReason.IMMUTABLE_TAG
    if _QUOTA.search(words) or status == 507:
        return FailureReason.QUOTA
    if status >= 500 or status in (408, 425) or codes & _LOST:
        return FailureReason.REGISTRY_ERROR
    if status == 401:
        return _unauthorized(answer, anonymous=anonymous)
    if status == 403:
        expired = "UNAUTHORIZED" in codes or _EXPIRED.search(words)
        return FailureReason.UNAUTHORIZED if expired else FailureReason.DENIED
    if status == 404:
        return FailureReason.NOT_FOUND
    if "NAME_INVALID" in codes:
        return FailureReason.INVALID_REFERENCE
    return FailureReason.DENIED if answer.of_tokens else FailureReason.UNKNOWN


def _unauthorized(answer: Answer, *, anonymous: bool) -> FailureReason:
    """Tell a login that is not accepted from one that may not do this."""
    bearer = of_scheme("bearer", read_challenges(answer.challenges)) or {}
    known = not anonymous and bearer.get("error") == "insufficient_scope"
    denied = known or "DENIED" in answer.error_codes
    return FailureReason.DENIED if denied else FailureReason.UNAUTHORIZED


def _retry_after_s(
    answer: Answer, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> float | None:
    """Return when to ask again: `Retry-After` has seconds or a date (RFC 9110, section 10.2.3)."""
    text = answer.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdecimal():
        return float(text[:9])
    try:
        return max(0.0, (parsedate_to_datetime(text) - now()).total_seconds())
    except (ValueError, TypeError):
        return None
