"""Deciding what a registration means for a resource that exists: nothing, an update, a replacement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rehearsal.diffing import DiffResult
from rehearsal.events import Diagnostic, Level
from rehearsal.goal import Goal
from rehearsal.operation import Operation
from rehearsal.paths import get_path, overlaps, set_path
from rehearsal.registry import Attached, configuration
from rehearsal.state import ResourceState
from rehearsal.values import Properties

EVERYTHING = "*"


def difference(
    operation: Operation,
    goal: Goal,
    attached: Attached,
    old: ResourceState,
    new: ResourceState,
) -> DiffResult:
    """What separates ``new`` from ``old``."""
    reason = _replaced_because(operation, goal, attached, old, new)
    if reason:
        return DiffResult(changes=True, replaces=(reason,))
    if not attached.configured:
        operation.emit(
            Diagnostic(
                Level.WARNING,
                "its provider's configuration is not known yet, so the change cannot be told: "
                "taken for an update",
                new.urn,
            )
        )
        return DiffResult(changes=True)
    found = attached.provider.diff(
        new.urn,
        new.type,
        old.id,
        old_inputs=old.inputs,
        old_outputs=old.outputs,
        news=new.inputs,
        ignore_changes=goal.ignore_changes,
        provider=new.provider,
    )
    return _with_replace_on_changes(found, goal.replace_on_changes)


def ignoring(news: Properties, olds: Properties, paths: Sequence[str]) -> Properties:
    """``news`` with what stands at ``paths`` set back to ``olds``."""
    for path in paths:
        if path == EVERYTHING:
            return olds
        news = set_path(news, path, get_path(olds, path))
    return news


def _replaced_because(
    operation: Operation,
    goal: Goal,
    attached: Attached,
    old: ResourceState,
    new: ResourceState,
) -> str:
    replaced = operation.replaced
    if replaced.intersection(goal.replace_with):
        return "replaceWith"
    if new.deleted_with in replaced:
        return "deletedWith"
    if goal.replacement_trigger != old.replacement_trigger:
        return "replacementTrigger"
    if new.provider_urn in replaced:
        return "provider"
    if new.provider_urn != old.provider_urn:
        former = operation.registry.state(old.provider_urn)
        latter = operation.registry.state(new.provider_urn)
        if former is not None and latter is not None:
            moved = attached.provider.diff_config(
                latter.urn,
                old_inputs=configuration(former.inputs),
                news=configuration(latter.inputs),
            )
            return "provider" if moved.replaces else ""
    return ""


def _with_replace_on_changes(found: DiffResult, paths: Sequence[str]) -> DiffResult:
    added = [
        changed.split(".")[0].split("[")[0]
        for changed in found.detailed
        if any(path == EVERYTHING or overlaps(path, changed) for path in paths)
    ]
    return replace(found, replaces=tuple(dict.fromkeys([*found.replaces, *added])))
