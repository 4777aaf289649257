"""Lets the accounts of a run to the daemon, so that they never meet those of another run there.

A daemon merges concurrent pulls of one image whatever their accounts: a wrong password would break
a right one, or be let in by it. So each account is first shown to the registry itself, which says
no before the daemon is asked. Where it cannot be asked, different accounts follow one another.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from freshet.references import InvalidReference, Reference, parse_reference
from runner_service.context import OperationContext
from runner_service.daemon.errors import FailureReason, PullFailed
from runner_service.registries import Login
from runner_service.transfers import Refusal

LoginFor = Callable[[str, str], Awaitable[Login]]
"""Answers domain and repository."""
_ADMITTED = "admitted"
_REFUSED = (FailureReason.UNAUTHORIZED, FailureReason.DENIED)


@asynccontextmanager
async def admitted(
    images: Iterable[str], login_for: LoginFor, context: OperationContext, *, pull: bool = False
) -> AsyncIterator[None]:
    """Hold the right to let the daemon pull `images`, for as long as the block runs.

    Args:
        images: References as they are written; those that cannot be read are left to the daemon.
        login_for: Gives the login of each.
        context: Who pulls.
        pull: Whether also those are pulled that the daemon has.

    Raises:
        PullFailed: a registry refuses the account.
        StepFailed: there is no login.
    """
    leases = context.run.transfers.leases
    wanted: dict[str, list[Reference]] = {}
    for written in images:
        image = _read(written)
        if image and (pull or not await context.run.daemon.find_image(written)):
            wanted.setdefault(image.repository, []).append(image)
    async with AsyncExitStack() as stack:
        for repository in sorted(wanted):  # all in one order, or two would wait for each other
            holder = await _holder(wanted[repository], login_for, context)
            tell = _teller(repository, context)
            await stack.enter_async_context(leases.hold(("pull", repository), holder, tell))
        yield


async def _holder(
    images: Sequence[Reference], login_for: LoginFor, context: OperationContext
) -> object:
    """Return who may share pulls from a repository: all whom the registry lets in, or an account.

    Raises:
        PullFailed: the registry refuses the account.
    """
    login = await login_for(images[0].domain, images[0].path)
    account = (login.username, login.password)
    if login.credentials is None:  # it has no right of its own that could be lent or broken
        return account
    async with context.run.transfers.remotes.open(login) as remote:
        for image in images:
            try:
                await remote.check_pull(image.path, image.digest or image.tag or "latest")
            except Refusal as refusal:
                if refusal.reason in _REFUSED:
                    raise PullFailed(str(image), refusal.words, refusal.reason) from refusal
                return account
    return _ADMITTED


def _read(image: str) -> Reference | None:
    try:
        return parse_reference(image)
    except InvalidReference:
        return None


def _teller(repository: str, context: OperationContext) -> Callable[[], None]:
    def tell() -> None:
        context.say(f"Another account pulls from {repository}; waiting for its end")

    return tell
