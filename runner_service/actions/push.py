"""Pushes an image to a registry, tag by tag."""

from freshet.plan.v1.operation_pb2 import ImageSource, PushOperation, RegistrySelector
from freshet.references import InvalidReference, parse_reference
from freshet.runner.v1.run_pb2 import PushedImage
from runner_service.actions.admission import admitted
from runner_service.actions.delivery import Delivered, Delivery
from runner_service.actions.destination import Destination, find_destination
from runner_service.context import OperationContext
from runner_service.credentials import pull_login
from runner_service.errors import StepFailed
from runner_service.images import read_registry_ids, read_tags
from runner_service.registries import Login


async def push(operation: PushOperation, context: OperationContext) -> None:
    """Push all tags and note each one as soon as the registry has it.

    Raises:
        StepFailed: a value of the step is faulty, or there is no place to push to.
        DaemonError: the push failed; tags pushed before stay.
    """
    tags = read_tags(operation.tags, operation.tag_policy, context.values)
    destination = await find_destination(operation, context)
    if destination is None:
        return
    image_id = await _image_id(operation.image, operation.pull_registry, context)
    context.operation_run.ClearField("result")  # an attempt before may have left tags
    delivery = Delivery(image_id, destination, context)

    def tell_wait() -> None:
        context.say(f"Another push to {destination.repository} goes on; waiting for its end")

    # Of one repository one at a time: daemons merge pushes, whatever the accounts.
    place = ("push", destination.repository)
    async with context.run.transfers.leases.hold(place, object(), tell_wait), delivery:
        for tag in tags:
            context.say(f"Pushing {delivery.reference(tag)}")
            delivered = await delivery.deliver(tag)
            _note(tag, delivered, image_id, delivery.destination, context)


def _note(
    tag: str,
    delivered: Delivered,
    image_id: str,
    destination: Destination,
    context: OperationContext,
) -> None:
    reference = f"{destination.repository}:{tag}"
    context.pushed(
        PushedImage(
            registry=destination.registry,
            repository=destination.repository,
            tag=tag,
            digest=delivered.digest,
            manifest_size_bytes=delivered.manifest_size_bytes,
        )
    )
    context.say(f"Pushed {reference} as {delivered.digest}")
    context.tell(
        registry=destination.registry.removeprefix("registries/") or destination.login.domain,
        imageId=image_id.removeprefix("sha256:"),
        imageReference=reference,
        imageRepoDigest=f"{destination.repository}@{delivered.digest}",
    )


async def _image_id(
    source: ImageSource, pull_registry: RegistrySelector, context: OperationContext
) -> str:
    if source.WhichOneof("source") == "step_id":
        return _built_image_id(source.step_id, context)
    written = context.values.text(source.reference)
    try:
        reference = parse_reference(written)
    except InvalidReference as error:
        raise StepFailed("INVALID_REFERENCE", f'candidate "{written}": {error}') from error
    daemon = context.run.daemon
    if found := await daemon.find_image(written):
        return found.image_id
    selectors = [pull_registry] if pull_registry.WhichOneof("kind") else []
    contexts = read_registry_ids(selectors, context.values)

    async def login_for(domain: str, repository: str) -> Login:
        return await pull_login(domain, contexts, context, repository)

    exact = reference if reference.tag or reference.digest else reference._replace(tag="latest")
    context.say(f"Pulling {exact}")
    async with admitted([str(exact)], login_for, context, pull=True):
        credentials = (await login_for(reference.domain, reference.path)).credentials
        return (await daemon.pull(str(exact), credentials, context.write)).image_id


def _built_image_id(step_id: str, context: OperationContext) -> str:
    image_id = context.run.journal.members(step_id).get("imageId")
    if not image_id:
        raise StepFailed(
            "IMAGE_NOT_FOUND",
            f'step "{step_id}" made no image',
            "a step whose image is used must have succeeded before",
        )
    return f"sha256:{image_id}"
