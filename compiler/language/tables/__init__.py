"""The language as tables: every key of every step type, what it may hold and what it means.

`bind` reads pipelines by these tables; the JSON Schema and the language server are made from them.
Facts about keys come from the platform's pages and its validator's schemas.
"""

from __future__ import annotations

from compiler.language import steps
from compiler.language.objects import Table
from compiler.language.tables.build import BUILD
from compiler.language.tables.containers import COMPOSITION, FREESTYLE, LAUNCH_COMPOSITION
from compiler.language.tables.control import APPROVAL, DEPLOY, PARALLEL
from compiler.language.tables.git_clone import GIT_CLONE
from compiler.language.tables.legacy import (
    HELM,
    INTEGRATION_TEST,
    PLUGIN,
    SIMPLE_TRAVIS,
    TRAVIS,
)
from compiler.language.tables.push import PUSH, PUSH_TAG

STEP_TYPES: dict[str, tuple[Table, type[steps.Step]]] = {
    "freestyle": (FREESTYLE, steps.FreestyleStep),
    "git-clone": (GIT_CLONE, steps.CloneStep),
    "build": (BUILD, steps.BuildStep),
    "push": (PUSH, steps.PushStep),
    "push-tag": (PUSH_TAG, steps.PushTagStep),
    "composition": (COMPOSITION, steps.CompositionStep),
    "launch-composition": (LAUNCH_COMPOSITION, steps.LaunchCompositionStep),
    "deploy": (DEPLOY, steps.DeployStep),
    "pending-approval": (APPROVAL, steps.ApprovalStep),
    "parallel": (PARALLEL, steps.ParallelStep),
    "helm": (HELM, steps.PluginStep),
    "integration-test": (INTEGRATION_TEST, steps.PluginStep),
    "travis": (TRAVIS, steps.PluginStep),
    "simple_travis": (SIMPLE_TRAVIS, steps.PluginStep),
    "freestyle-ssh": (PLUGIN, steps.PluginStep),
    "github-action": (PLUGIN, steps.PluginStep),
    "services": (PLUGIN, steps.PluginStep),
}
"""Types of steps that the language itself knows, with their keys and what is made of them."""

KNOWN_TO_PLANNER = frozenset(STEP_TYPES) - {"helm"}
"""Types whose `arguments` are keys of the step; for others they are the input of a plugin."""

__all__ = ["KNOWN_TO_PLANNER", "PLUGIN", "STEP_TYPES"]
