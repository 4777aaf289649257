"""Between questions and answers and their messages."""

from __future__ import annotations

from freshet.registry.v1 import registry_service_pb2 as service_messages
from freshet.registry.v1 import repository_pb2 as messages
from registry_service.pulling import PullChoice, PullFallback, PullPlan
from registry_service.queries import Notice, Omission, Purpose, Query, Repository, Resolution

_LONGEST_TEXT = 500
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
    message = messages.RepositoryResolution()
    match resolution.result:
        case Repository() as found:
            message.repository.registry = found.registry.name
            message.repository.repository = found.repository
        case Omission() as omission:
            message.omission.reason = omission.reason
            message.omission.message = omission.message
        case Notice() as fault:
            message.fault.CopyFrom(notice_message(fault))
    if resolution.warnings:
        message.warnings.extend(map(notice_message, resolution.warnings))
    if resolution.step_faults:
        message.step_faults.extend(map(notice_message, resolution.step_faults))
    return message


def pull_message(choice: PullChoice) -> messages.PullRegistry:
    """Return the message of a pull's choice."""
    return messages.PullRegistry(
        domain=choice.domain,
        registry=choice.registry.name if choice.registry else "",
        warnings=[notice_message(warning) for warning in choice.warnings],
        by_repository=choice.by_repository,
    )


def plan_message(plan: PullPlan | Notice) -> service_messages.PullResolution:
    """Return the message of how an image is pulled."""
    if isinstance(plan, Notice):
        return service_messages.PullResolution(fault=notice_message(plan))
    registry = plan.choice.registry
    return service_messages.PullResolution(
        plan=service_messages.PullPlan(
            reference=plan.reference,
            registry=registry.name if registry else "",
            fallback=_fallback_message(plan.fallback),
            warnings=[notice_message(warning) for warning in plan.warnings],
        )
    )


def _fallback_message(fallback: PullFallback | None) -> service_messages.PullFallback | None:
    if fallback is None:
        return None
    return service_messages.PullFallback(
        reference=fallback.reference, registry=fallback.registry.name
    )


def notice_message(notice: Notice) -> messages.ResolutionNotice:
    """Return the message of a notice; what it quotes is shortened, for it may be of any length."""
    return messages.ResolutionNotice(
        reason=notice.reason,
        code=notice.code,
        message=_shortened(notice.message),
        help=_shortened(notice.help),
        facts={name: _shortened(value) for name, value in notice.facts.items()},
        field=notice.about,
    )


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}…"
