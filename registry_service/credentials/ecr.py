"""Logins of Amazon ECR: a token for access keys, for a role, or for the identity of the machine.

Source: docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetAuthorizationToken.html.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from registry_service.credentials import Credentials
from registry_service.errors import (
    CredentialsRefused,
    CredentialsUnavailable,
    LoginUnsupported,
    ProviderAnswerInvalid,
    ProviderUnreachable,
)
from registry_service.registries import AwsOverride, EcrLogin, Registry

if TYPE_CHECKING:  # imported late: boto3 is slow to import, and optional
    from boto3.session import Session
    from botocore.config import Config

_CONNECT_TIMEOUT_S, _READ_TIMEOUT_S = 3.0, 6.0
_ATTEMPTS = 2
_TRANSIENT = {"InternalFailure", "ServerException", "ServiceUnavailable", "RequestTimeout"}
_THROTTLED = {"Throttling", "ThrottlingException", "RequestLimitExceeded"}
_HELP = "check the access key, its rights (`ecr:GetAuthorizationToken`) and the role"


def ecr_credentials(
    registry: Registry, login: EcrLogin, secret: str, override: AwsOverride
) -> Credentials:
    """Ask Amazon for a token. Blocks, for some 20 seconds at most with each of two services.

    Raises:
        CredentialsUnavailable: Amazon refuses, cannot be reached, or answers nonsense.
        LoginUnsupported: boto3 is not installed.
    """
    try:
        from boto3.session import Session
        from botocore.exceptions import BotoCoreError, ClientError
        from botocore.parsers import ResponseParserError
    except ImportError as error:
        raise LoginUnsupported(
            registry.id, "keys of Amazon Web Services", "install `freshet[aws]`"
        ) from error
    region = override.region or login.region
    try:
        session = Session(
            aws_access_key_id=login.access_key_id or None,
            aws_secret_access_key=secret or None,
            region_name=region,
        )
        session, session_end = _assumed(session, override, region)
        answer = session.client("ecr", config=_config()).get_authorization_token()
    except (ClientError, BotoCoreError) as error:
        raise _translated(registry, error) from error
    except (ResponseParserError, ValueError) as error:  # ValueError: a time that is none
        raise _nonsense(registry) from error
    return _read(registry, answer, session_end)


def _assumed(
    session: Session, override: AwsOverride, region: str
) -> tuple[Session, datetime | None]:
    """Return a session of the role that is asked for, and when it ends."""
    if not override.role_arn:
        return session, None
    from boto3.session import Session as NewSession

    given = session.client("sts", config=_config()).assume_role(
        RoleArn=override.role_arn,
        RoleSessionName=override.session_name,
        DurationSeconds=override.duration_s,
    )["Credentials"]
    assumed = NewSession(
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
        region_name=region,
    )
    return assumed, given["Expiration"]


def _config() -> Config:
    from botocore.config import Config

    return Config(
        connect_timeout=_CONNECT_TIMEOUT_S,
        read_timeout=_READ_TIMEOUT_S,
        retries={"total_max_attempts": _ATTEMPTS},
    )


def _read(
    registry: Registry, answer: Mapping[str, Any], session_end: datetime | None
) -> Credentials:
    try:
        given = answer["authorizationData"][0]
        decoded = base64.b64decode(given["authorizationToken"], validate=True).decode()
        username, _, password = decoded.partition(":")
        end: datetime = given["expiresAt"]
        domain = str(given["proxyEndpoint"]).removeprefix("https://")
    except (LookupError, TypeError, binascii.Error, UnicodeError) as error:
        raise _nonsense(registry) from error
    if not (username and password and domain):
        raise _nonsense(registry)
    # A token does not outlive the session of the role that asked for it.
    ends = [end.astimezone(UTC), *([session_end.astimezone(UTC)] if session_end else [])]
    return Credentials(domain=domain, username=username, password=password, expire_time=min(ends))


def _nonsense(registry: Registry) -> ProviderAnswerInvalid:
    return ProviderAnswerInvalid(
        registry.id, "the answer of Amazon ECR holds no token", "check the endpoint of Amazon"
    )


def _translated(registry: Registry, error: Exception) -> CredentialsUnavailable:
    from botocore import exceptions as aws

    match error:
        case aws.ClientError():
            return _answered(registry, error.response)
        case aws.NoCredentialsError() | aws.PartialCredentialsError():
            return CredentialsRefused(
                registry.id,
                "the machine of the registry service has no identity at Amazon",
                "give it one, or give the registry an access key",
            )
        case aws.HTTPClientError() | aws.ConnectionError():
            return ProviderUnreachable(registry.id, f"Amazon is not reached: {_words(error)}")
        case _:
            return CredentialsRefused(registry.id, _words(error), _HELP)


def _answered(registry: Registry, response: Mapping[str, Any]) -> CredentialsUnavailable:
    told = response.get("Error", {})
    code, status = told.get("Code", ""), response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    words = f"Amazon answers {code}: {str(told.get('Message', ''))[:300]}"
    if code in _TRANSIENT | _THROTTLED or (isinstance(status, int) and status >= 500):
        return ProviderUnreachable(registry.id, words)
    return CredentialsRefused(registry.id, words, _HELP)


def _words(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
