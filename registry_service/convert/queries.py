"""Between questions and answers and their messages."""

from __future__ import annotations

from freshet.registry.v1 import repository_pb2 as messages
from registry_service.pulling import PullChoice
from registry_service.queries import Notice, Omission, Purpose, Query, Repository, Resolution

_PURPOSES = {getattr(messages.RepositoryQuery, f"PURPOSE_{each.name}"): each for each in Purpose}


def query_of(message: messages.RepositoryQuery) -> Query | None:
    """Return the query of a message; None when it does not say which kind of step asks."""
    purpose = _PURPOSES.get(message.purpose)
    if purpose is None:
        return None
    return Query(
        registry_id=message.registry_id,
        purpose=purpose,
        image_name=message.image_name if message.HasField("image_name") else None,
        from_candidate=message.from_candidate,
        push_required=message.push_required,
        push_disabled=message.push_disabled,
        registry_contexts=tuple(message.registry_contexts),
        ecr_required=message.ecr_required,
        google_login_required=message.google_login_required,
    )


def resolution_message(resolution: Resolution) -> messages.RepositoryResolution:
    """Return the message of an answer."""
    message = messages.RepositoryResolution(
        warnings=[_notice_message(warning) for warning in resolution.warnings],
        step_faults=[_notice_message(fault) for fault in resolution.step_faults],
    )
    match resolution.result:
        case Repository() as found:
            message.repository.registry = found.registry.name
            message.repository.repository = found.repository
        case Omission() as omission:
            message.omission.reason = omission.reason
            message.omission.message = omission.message
        case Notice() as fault:
            message.fault.CopyFrom(_notice_message(fault))
    return message


def pull_message(choice: PullChoice) -> messages.PullRegistry:
    """Return the message of a pull's choice."""
    return messages.PullRegistry(
        domain=choice.domain,
        registry=choice.registry.name if choice.registry else "",
        warnings=[_notice_message(warning) for warning in choice.warnings],
    )


def _notice_message(notice: Notice) -> messages.ResolutionNotice:
    return messages.ResolutionNotice(
        reason=notice.reason,
        code=notice.code,
        message=notice.message,
        help=notice.help,
        facts=notice.facts,
        field=notice.about,
    )
