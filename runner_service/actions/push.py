"""Pushes an image to a registry, tag by tag."""

from freshet.plan.v1.operation_pb2 import PushOperation
from freshet.runner.v1.run_pb2 import PushedImage
from runner_service.actions.candidate import candidate
from runner_service.actions.delivery import Delivery
from runner_service.actions.destination import Destination, find_destination
from runner_service.actions.provenance import Provenance
from runner_service.context import OperationContext
from runner_service.images import read_tags


async def push(operation: PushOperation, context: OperationContext) -> None:
    """Push all tags and note each one as soon as the registry has it.

    Tags that an attempt before has noted stay noted: they are there.

    Raises:
        StepFailed: a value of the step is faulty, or there is no place to push to.
        DaemonError: the push failed; tags pushed before stay.
    """
    tags = read_tags(operation.tags, operation.tag_policy, context.values)
    destination = await find_destination(operation, context)
    if destination is None:
        return

    def tell_wait() -> None:
        context.say(f"Another push to {destination.repository} goes on; waiting for its end")

    # Of one repository one at a time: daemons merge pushes, whatever the accounts.
    place = ("push", destination.repository)
    async with (
        candidate(operation, context) as cargo,
        context.run.transfers.leases.hold(place, object(), tell_wait),
        Delivery(cargo, destination, context) as delivery,
    ):
        provenance = Provenance(context)
        for tag in tags:
            context.say(f"Pushing {delivery.reference(tag)}")
            delivered = await delivery.deliver(tag)
            there = delivery.destination
            image = PushedImage(
                registry=there.registry,
                repository=there.repository,
                tag=tag,
                digest=delivered.digest,
                manifest_size_bytes=delivered.manifest_size_bytes,
            )
            await provenance.add_to(image, delivery.place)
            context.pushed(image)
            _tell(image, cargo.image_id, there, context)


def _tell(
    image: PushedImage, image_id: str, destination: Destination, context: OperationContext
) -> None:
    reference = f"{destination.repository}:{image.tag}"
    context.say(f"Pushed {reference} as {image.digest}")
    context.tell(
        registry=destination.registry.removeprefix("registries/") or destination.login.domain,
        imageId=image_id.removeprefix("sha256:"),
        imageReference=reference,
        imageRepoDigest=f"{destination.repository}@{image.digest}",
    )
