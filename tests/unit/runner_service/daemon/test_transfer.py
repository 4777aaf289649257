"""The words are those that engines 20.10 and 26.1 said with both image stores."""

import base64
import json

import pytest

from runner_service.daemon import Credentials, FailureReason
from runner_service.daemon.transfer import account_header, reason_of

_CASES = {
    FailureReason.UNAUTHORIZED: (
        "unauthorized: authentication required",
        "unauthorized: incorrect username or password",
        "no basic auth credentials",
        "authorization failed: no basic auth credentials",
        "failed to authorize: failed to fetch oauth token: unexpected status from GET request to"
        " https://auth.docker.io/token?scope=repository%3Aa%3Apull: 401 Unauthorized",
        "unexpected status from HEAD request to http://127.0.0.1:5001/v2/a/b: 401 Unauthorized",
        "denied: Your authorization token has expired. Reauthenticate and try again.",
    ),
    FailureReason.DENIED: (
        "denied: requested access to the resource is denied",
        "pull access denied for hubuser/app, repository does not exist or may require"
        " 'docker login': denied: requested access to the resource is denied",
        "server message: insufficient_scope: authorization failed",
        "unexpected status from PUT request to http://127.0.0.1:5005/v2/f: 403 Forbidden",
    ),
    FailureReason.NOT_FOUND: (
        "manifest for hubuser/none:1 not found: manifest unknown: manifest unknown",
        'failed to resolve reference "127.0.0.1:5000/none:1": 127.0.0.1:5000/none:1: not found',
    ),
    FailureReason.RATE_LIMITED: (
        'error parsing HTTP 429 response body: unexpected end of JSON input: ""',
        "toomanyrequests: You have reached your pull rate limit",
        "unexpected status from PUT request to http://127.0.0.1:5005/v2/f: 429 Too Many Requests",
    ),
    FailureReason.REGISTRY_ERROR: (
        'error parsing HTTP 408 response body: unexpected end of JSON input: ""',
        "received unexpected HTTP status: 503 Service Unavailable",
        "unexpected status from PUT request to http://127.0.0.1:5005/v2: 500 Internal Server Error",
        "blob unknown to registry",
    ),
    FailureReason.UNREACHABLE: (
        'Get "http://127.0.0.1:9/v2/": dial tcp 127.0.0.1:9: connect: connection refused',
        'Get "https://no.such/v2/": dial tcp: lookup no.such: no such host',
        'Get "https://x/v2/": net/http: request canceled (Client.Timeout exceeded)',
        'Put "http://x/v2/": EOF',
        'failed to do request: Put "https://x/v2/a": readfrom tcp 127.0.0.1:1->127.0.0.1:2: write'
        " tcp 127.0.0.1:1->127.0.0.1:2: use of closed network connection",
    ),
    FailureReason.TLS: (
        'Get "https://x/v2/": x509: certificate signed by unknown authority',
        'Get "https://x/v2/": http: server gave HTTP response to HTTPS client',
        'Get "https://x/v2/": remote error: tls: handshake failure',
    ),
    FailureReason.QUOTA: (
        "denied: adding 1.2 MiB of storage resource, which when updated to current usage of 9.9 MiB"
        " will exceed the configured upper limit of 10.0 MiB",
        "denied: Quota has been exceeded on namespace",
        "limit exceeded: the repository already has the maximum allowed number of images",
    ),
    FailureReason.IMMUTABLE_TAG: (
        "tag invalid: The image tag '1' already exists in the 'app' repository and cannot be"
        " overwritten because the repository is immutable.",
        "Failed to process request due to 'app:1' configured as immutable.",
    ),
    FailureReason.INVALID_REFERENCE: ("invalid reference format",),
    FailureReason.UNKNOWN: ("unknown: something of the registry's own",),
}


@pytest.mark.parametrize(
    ("reason", "words"), [(reason, words) for reason, all_ in _CASES.items() for words in all_]
)
def test_words_give_the_reason_away(reason: FailureReason, words: str) -> None:
    assert reason_of(words) is reason


@pytest.mark.parametrize(
    ("credentials", "account"),
    [
        (None, {}),
        (
            Credentials(username="ann", password="secret"),
            {"username": "ann", "password": "secret"},
        ),
        (Credentials(username="<token>", password="secret"), {"identitytoken": "secret"}),
    ],
)
def test_account_is_sent_as_the_engine_wants_it(
    credentials: Credentials | None, account: dict[str, str]
) -> None:
    name, value = account_header(credentials)

    assert name == "X-Registry-Auth"
    assert json.loads(base64.urlsafe_b64decode(value)) == account


def test_name_of_the_repository_does_not_count() -> None:
    words = "manifest for ghcr.io/acme/denied:1 not found: manifest unknown"

    assert reason_of(words, "ghcr.io/acme/denied") is FailureReason.NOT_FOUND
