"""What the pipeline means → the plan. Writes the protobuf message itself; deterministic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from compiler.model.scope import Scope
from compiler.model.steps import ResolvedPipeline
from compiler.planning.containers import service_set
from compiler.planning.nodes import Nodes
from compiler.planning.steps import success_rule
from compiler.planning.templates import Templates
from compiler.source import Source
from freshet import __version__
from freshet.plan.v1.plan_pb2 import Plan

_SYSTEM_PREFIX = "CF_"
_SYSTEM = frozenset({"CI"})
_SERVICES = "services"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lowered:
    """A plan, and what travels beside it."""

    plan: Plan
    secrets: Mapping[str, str] = field(repr=False)
    """Values of secrets that stand in the pipeline itself, by `store/key`."""


def lower(resolved: ResolvedPipeline, scope: Scope, source: Source) -> Lowered:
    """Return the plan of a pipeline."""
    templates = Templates(scope)
    pipeline = resolved.pipeline
    nodes = Nodes(templates)
    nodes.add(resolved)
    plan = Plan(
        compiler_version=__version__,
        steps=nodes.steps,
        groups=nodes.groups,
        stages=[stage.text for stage in pipeline.stages],
        success_rule=success_rule(pipeline.success_criteria, templates),
        source_map=nodes.places.source_map(source),
    )
    if services := pipeline.services:
        id = services.name.text if services.name else _SERVICES
        plan.services.append(service_set(services, id, templates))
    plan.required_variables.extend(sorted(filter(_is_given, templates.variables)))
    plan.required_secrets.extend(sorted(templates.secrets))
    return Lowered(plan=plan, secrets=templates.secret_values)


def _is_given(variable: str) -> bool:
    """Whether somebody has to give a variable, since the system does not."""
    return variable not in _SYSTEM and not variable.startswith(_SYSTEM_PREFIX)
