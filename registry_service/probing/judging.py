"""What the answers of a registry mean. Pure."""

from __future__ import annotations

from freshet.distribution.words import Answer, Redactor, in_one_line, words_of
from registry_service.probing.checks import Check, Subject, failed, passed
from registry_service.probing.target import Target
from registry_service.registries import Provider

_REFUSALS = (400, 401, 403)
_RIGHTS = {Subject.PULL: "pull from", Subject.PUSH: "push to"}
_LONGEST_WAIT = 40
_LONGEST_CHALLENGE = 100


def judge_greeting(answer: Answer, target: Target, redact: Redactor) -> Check:
    """Say whether what answers is a registry."""
    domain, words = target.domain, words_of(answer, redact)
    known = answer.status in (200, *_REFUSALS) and not _is_page(answer)
    if known and not _speaks_tls_alone(answer, target):
        return passed(Subject.REACH, f'"{domain}" answers as a registry')
    if answer.status == 429:
        return _rate_limited(Subject.REACH, answer, target, redact)
    if answer.status == 400:
        message = f'"{domain}" speaks TLS, but its record says plain HTTP; unset `plain_http`'
        return failed(Subject.REACH, "TLS_EXPECTED", f"{message} ({words})")
    if answer.status >= 500:
        message = f'"{domain}" is out of order: {words}; try again later'
        return failed(Subject.REACH, "REGISTRY_OUT_OF_ORDER", message)
    message = f'"{domain}" did not answer as a registry does: {words}; compare host and port'
    return failed(Subject.REACH, "NOT_A_REGISTRY", message)


def judge_login(answer: Answer, target: Target, redact: Redactor, *, asked: bool) -> Check:
    """Say whether the login was accepted.

    Args:
        answer: To a request that was repeated with the login when the registry asked for it.
        target: Who logs in, and where.
        redact: Takes secrets out of the registry's words.
        asked: Whether the registry asked for a login at all.
    """
    domain, who = target.domain, _who(target)
    if answer.status == 200:
        if not asked and not target.credentials.anonymous:
            message = f'"{domain}" asks for no login, so that of {who} was not looked at'
            return passed(Subject.LOGIN, message)
        return passed(Subject.LOGIN, f'"{domain}" accepted the login of {who}')
    if answer.status == 429:
        return _rate_limited(Subject.LOGIN, answer, target, redact)
    words = words_of(answer, redact)
    if answer.status not in _REFUSALS:
        message = f'"{domain}" could not judge the login of {who}: {words}; try again later'
        return failed(Subject.LOGIN, "LOGIN_UNDECIDED", message)
    if target.credentials.anonymous:
        message = f'"{domain}" wants a login{_challenge(answer)}: {words}; give user and password'
        return failed(Subject.LOGIN, "LOGIN_REQUIRED", message)
    message = f'"{domain}" refused the login of {who}: {words}; {_login_advice(target.provider)}'
    return failed(Subject.LOGIN, "LOGIN_REFUSED", message)


def judge_right(subject: Subject, answer: Answer, target: Target, redact: Redactor) -> Check:
    """Say whether the repository may be pulled from, or pushed to."""
    action, path, words = _RIGHTS[subject], target.path, words_of(answer, redact)
    if answer.status == 404 and not answer.of_tokens:
        return _unknown(subject, answer, target, words)
    if answer.status == 429:
        return _rate_limited(subject, answer, target, redact)
    if answer.status in (401, 403) or (answer.of_tokens and answer.status < 500):
        message = f'{_who(target)} may not {action} "{path}": {words}; {_right_advice(target)}'
        return failed(subject, f"{subject.name}_DENIED", message)
    if 200 <= answer.status < 300:
        return passed(subject, f'{_who(target)} may {action} "{path}"')
    if answer.status >= 500:
        message = f'"{target.domain}" could not say whether {_who(target)} may {action} "{path}"'
        return failed(subject, "REGISTRY_OUT_OF_ORDER", f"{message}: {words}; try again later")
    message = f'"{target.domain}" does not let anybody {action} "{path}": {words}'
    return failed(subject, f"{subject.name}_UNSUPPORTED", message)


def _unknown(subject: Subject, answer: Answer, target: Target, words: str) -> Check:
    """Judge a repository, or the tag that nobody has, which is not there.

    With a valid login that is no lack of right: most registries make repositories when they are
    pushed to. They do not tell one that is missing from one that the login may not see.
    """
    action, path = _RIGHTS[subject], target.path
    if "MANIFEST_UNKNOWN" in answer.error_codes:
        return passed(subject, f'{_who(target)} may {action} "{path}"')
    if target.provider is Provider.ECR:
        message = f'there is no repository "{path}": {words}; Amazon ECR makes none when it is '
        advice = f"pushed to: `aws ecr create-repository --repository-name {path}`"
        return failed(subject, "REPOSITORY_MISSING", message + advice)
    if subject is Subject.PUSH:
        message = f'there is no "{path}" to push to, or {_who(target)} may not see it: {words}; '
        return failed(subject, "REPOSITORY_MISSING", f"{message}create it at the registry")
    message = f'nothing is in "{path}" yet, or {_who(target)} may not see it ({words})'
    return passed(subject, message)


def _rate_limited(subject: Subject, answer: Answer, target: Target, redact: Redactor) -> Check:
    after = in_one_line(answer.headers.get("retry-after", ""), _LONGEST_WAIT)
    when = f"in {after} s" if after.isdecimal() else f"after {after}" if after else "later"
    login = "" if not target.credentials.anonymous else ", or log in: that raises the limit"
    message = f'"{target.domain}" takes no more requests for now: {words_of(answer, redact)}; '
    return failed(subject, "RATE_LIMITED", f"{message}try again {when}{login}")


def _is_page(answer: Answer) -> bool:
    """Tell whether a person is meant to read it: web servers say 200 to anything."""
    return answer.status == 200 and answer.headers.get("content-type", "").startswith("text/html")


def _speaks_tls_alone(answer: Answer, target: Target) -> bool:
    """Tell whether this is what servers say to plain HTTP at a port for TLS."""
    text = answer.body.decode("utf-8", "replace")
    return (
        target.transport.plain_http
        and answer.status == 400
        and "HTTP request" in text
        and "HTTPS" in text
    )


def _who(target: Target) -> str:
    username = target.credentials.username
    return "an anonymous user" if target.credentials.anonymous else f'"{username}"'


def _challenge(answer: Answer) -> str:
    told = in_one_line(", ".join(answer.challenges), _LONGEST_CHALLENGE)
    return f" ({told})" if told else ""


def _login_advice(provider: Provider) -> str:
    match provider:
        case Provider.DOCKER_HUB:
            return "with two-factor authentication, the password must be an access token"
        case Provider.GHCR:
            return "the password must be a token with the scope `write:packages`"
        case Provider.GCR | Provider.GAR:
            return "compare the key file, and whether its service account is enabled"
        case _:
            return "compare user name and password, and whether they have expired"


def _right_advice(target: Target) -> str:
    if target.credentials.anonymous:
        return "give user and password"
    return "compare the path, and what the registry lets that user do"
