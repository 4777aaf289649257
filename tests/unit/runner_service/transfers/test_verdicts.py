"""What registries answer, and what that means. The words are those of real ones."""

from __future__ import annotations

import json
import ssl

import httpx
import pytest

from freshet.distribution import Answer, Redactor
from runner_service.daemon.errors import FailureReason
from runner_service.transfers.verdicts import refusal_of, silence_of

NOTHING = Redactor("", ())
SCOPE = 'Bearer realm="https://a.test/token",service="a",error="insufficient_scope"'


def answer(status: int, code: str = "", message: str = "", **headers: str) -> Answer:
    body = json.dumps({"errors": [{"code": code, "message": message}]} if code else {})
    challenge = headers.pop("challenge", "")
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(
        status=status,
        headers=named,
        challenges=(challenge,) if challenge else (),
        body=body.encode(),
    )


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (answer(401, "UNAUTHORIZED", "authentication required"), FailureReason.UNAUTHORIZED),
        (answer(401, "UNAUTHORIZED", challenge=SCOPE), FailureReason.DENIED),
        (answer(401, "DENIED", "requested access is denied"), FailureReason.DENIED),
        (answer(403, "DENIED", "installation not allowed to create"), FailureReason.DENIED),
        (
            answer(403, "DENIED", "Your authorization token has expired."),
            FailureReason.UNAUTHORIZED,
        ),
        (answer(404, "NAME_UNKNOWN", "repository not found"), FailureReason.NOT_FOUND),
        (answer(429), FailureReason.RATE_LIMITED),
        (answer(403, "TOOMANYREQUESTS"), FailureReason.RATE_LIMITED),
        (answer(429, "DENIED", "Quota exceeded for quota metric"), FailureReason.RATE_LIMITED),
        (answer(403, "DENIED", "Quota has been exceeded on namespace"), FailureReason.QUOTA),
        (answer(507), FailureReason.QUOTA),
        (
            answer(400, "TAG_INVALID", "cannot be overwritten because it is immutable"),
            FailureReason.IMMUTABLE_TAG,
        ),
        (answer(412, "PRECONDITION", "configured as immutable"), FailureReason.IMMUTABLE_TAG),
        (answer(500, "UNKNOWN", "internal"), FailureReason.REGISTRY_ERROR),
        (answer(503), FailureReason.REGISTRY_ERROR),
        (answer(408), FailureReason.REGISTRY_ERROR),
        (answer(404, "BLOB_UPLOAD_UNKNOWN"), FailureReason.REGISTRY_ERROR),
        (answer(400, "MANIFEST_BLOB_UNKNOWN"), FailureReason.REGISTRY_ERROR),
        (answer(400, "NAME_INVALID"), FailureReason.INVALID_REFERENCE),
        (answer(400, "MANIFEST_INVALID"), FailureReason.UNKNOWN),
        (answer(405, "UNSUPPORTED"), FailureReason.UNKNOWN),
    ],
)
def test_answers_have_their_reasons(given: Answer, reason: FailureReason) -> None:
    assert refusal_of(given, NOTHING, anonymous=False).reason is reason


def test_nobody_is_not_denied_but_not_logged_in() -> None:
    refusal = refusal_of(answer(401, "UNAUTHORIZED", challenge=SCOPE), NOTHING, anonymous=True)

    assert refusal.reason is FailureReason.UNAUTHORIZED


@pytest.mark.parametrize(
    ("header", "least_s", "most_s"),
    [
        ("7", 7, 7),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0, 0),
        ("Wed, 21 Oct 2235 07:28:00 GMT", 1e9, 1e11),
    ],
)
def test_time_to_wait_is_read(header: str, least_s: float, most_s: float) -> None:
    refusal = refusal_of(answer(429, retry_after=header), NOTHING, anonymous=False)

    assert refusal.retry_after_s is not None
    assert least_s <= refusal.retry_after_s <= most_s


@pytest.mark.parametrize("header", ["", "soon", "-1", "²", "Wed, 99 Oct"])
def test_time_that_cannot_be_read_is_none(header: str) -> None:
    refusal = refusal_of(answer(429, retry_after=header), NOTHING, anonymous=False)

    assert refusal.retry_after_s is None


def test_silence_and_bad_certificates_are_told_apart() -> None:
    cut, certificate = httpx.ReadError("cut"), httpx.ConnectError("failed")
    certificate.__cause__ = ssl.SSLCertVerificationError(1, "self-signed")

    assert silence_of(cut, NOTHING).reason is FailureReason.UNREACHABLE
    assert silence_of(certificate, NOTHING).reason is FailureReason.TLS


def test_words_hold_no_secret() -> None:
    given = answer(403, "DENIED", "no hunter2-hunter2 here")

    assert (
        "hunter2" not in refusal_of(given, Redactor("", ["hunter2-hunter2"]), anonymous=False).words
    )
