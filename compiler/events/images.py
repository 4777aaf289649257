"""Events of Docker registries: an image was pushed.

Sources: Docker Hub's page on webhooks; the notifications of the Distribution project, whose form
Azure uses for single events; Quay's page on notifications.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime

from compiler.events.parts import Part, UnusableEvent
from compiler.language.revisions import defined


def docker_hub(event: Part) -> dict[str, str]:
    """Return the variables of a push to Docker Hub."""
    repository, push = event.part("repository"), event.part("push_data")
    return _image(
        event,
        namespace=repository.text("namespace"),
        name=repository.text("name"),
        tag=push.text("tag"),
        pusher=push.text("pusher"),
        pushed_at=_moment(push),
    )


def notifications(event: Part) -> dict[str, str]:
    """Return the variables of the first notification of a tagged image."""
    return _notification(event, event.parts("events"))


def notification(event: Part) -> dict[str, str]:
    """Return the variables of a notification that comes alone."""
    return _notification(event, [event])


def quay(event: Part) -> dict[str, str]:
    """Return the variables of a push to Quay; of several tags, the first counts."""
    return _image(
        event,
        namespace=event.text("namespace"),
        name=event.text("name"),
        tag=next(iter(event.texts("updated_tags")), None),
    )


def _notification(event: Part, notices: list[Part]) -> dict[str, str]:
    pushes = (each for each in notices if each.text("action") == "push")
    # Layers and images by digest are pushed, too, but have no tag.
    push = next((each for each in pushes if each.text("target", "tag")), None)
    if push is None:
        raise UnusableEvent("it tells of no push of a tagged image")
    namespace, _, name = (push.text("target", "repository") or "").rpartition("/")
    return _image(
        event,
        namespace=namespace or None,
        name=name or None,
        tag=push.text("target", "tag"),
        pusher=push.text("actor", "name") or None,
        pushed_at=push.text("timestamp"),
    )


def _image(event: Part, **facts: str | None) -> dict[str, str]:
    variables = {f"EVENT_{name.upper()}": value for name, value in facts.items()}
    return defined({**variables, "EVENT_PAYLOAD": json.dumps(event.values, separators=(",", ":"))})


def _moment(push: Part) -> str | None:
    """Return, in the form of RFC 3339, a time that is given in seconds since 1970."""
    seconds = push.number("pushed_at")
    if seconds is None:
        return None
    try:
        return f"{datetime.fromtimestamp(int(seconds), UTC):%Y-%m-%dT%H:%M:%SZ}"
    except (OverflowError, OSError, ValueError) as error:
        raise UnusableEvent(f'"{push.place_of("pushed_at")}" is no time') from error
