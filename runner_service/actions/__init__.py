"""What steps do: one module for each kind of operation."""

from collections.abc import Awaitable, Callable, Mapping

from freshet.plan.v1.operation_pb2 import Operation
from runner_service.actions.build import build
from runner_service.actions.clone import clone
from runner_service.actions.push import push
from runner_service.context import OperationContext

Action = Callable[[OperationContext], Awaitable[None]]

_ACTIONS: Mapping[str, Callable[..., Awaitable[None]]] = {
    "build": lambda operation, context: build(operation.build, context),
    "clone": lambda operation, context: clone(operation.clone, context),
    "push": lambda operation, context: push(operation.push, context),
}


async def perform(operation: Operation, context: OperationContext) -> None:
    """Do one operation; what it led to is in the journal afterwards.

    Raises:
        StepFailed: it could not be done.
    """
    kind = operation.WhichOneof("kind")
    assert kind is not None and kind in _ACTIONS, kind  # `capability` let nothing else in
    await _ACTIONS[kind](operation, context)
