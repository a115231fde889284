"""Which changes of a resource make a new object, by what is known of its type."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rehearsal import diffing
from rehearsal.diffing import DiffResult
from rehearsal.errors import ProviderError
from rehearsal.facts import Facts
from rehearsal.kubernetes import frozen_content, replacing_content
from rehearsal.naming import was_named_automatically
from rehearsal.paths import ABSENT, get_path
from rehearsal.resource import Resource
from rehearsal.values import contains_unknown, reveal


def diff_inputs(
    resource: Resource,
    old_inputs: Mapping[str, Any],
    news: Mapping[str, Any],
    *,
    old_outputs: Mapping[str, Any],
    ignore_changes: Iterable[str] = (),
) -> DiffResult:
    """Compare old inputs with new ones."""
    facts = resource.facts
    detailed: dict[str, diffing.Kind] = {
        path: kind
        for path, kind in diffing.compare(old_inputs, news).items()
        if kind != "add" or not _is_default(path, facts, news)
    }
    if not detailed:
        return DiffResult(changes=False)
    return diffing.result(
        detailed,
        replaces=(
            *facts.replaces,
            *replacing_content(resource.type, news, resource.config),
            *_replacing_additions(detailed, facts, news, old_outputs),
        ),
        keeps=facts.keeps,
        ignore_changes=ignore_changes,
        delete_before_replace=facts.single or _keeps_name(resource, old_inputs, news),
    )


def refuse_fixed(
    resource: Resource,
    old_inputs: Mapping[str, Any],
    old_outputs: Mapping[str, Any],
    outputs: Mapping[str, Any],
) -> None:
    """Make sure that an update in place changes nothing that the provider cannot change.

    Raises:
        ProviderError: ``outputs`` would differ in something fixed.
    """
    fixed = (*resource.facts.fixed, *frozen_content(resource.type, old_inputs))
    refused = [
        field
        for field in fixed
        if not contains_unknown(after := get_path(outputs, field))
        and reveal(after) != reveal(get_path(old_outputs, field))
    ]
    if refused:
        raise ProviderError(
            f"Invalid: {resource.type} {resource.name(old_inputs)!r}: {', '.join(refused)}: field "
            "is immutable. Take the change back, or have the object made anew: give it another "
            "name, or name the property in `replace_on_changes`."
        )


def _keeps_name(resource: Resource, old_inputs: Mapping[str, Any], news: Mapping[str, Any]) -> bool:
    """Whether a new object would ask for the name that the old one has."""
    name = resource.name(news)
    if not name or name != resource.name(old_inputs):
        return False
    return not was_named_automatically(resource.urn, resource.type, resource.facts, old_inputs)


def _replacing_additions(
    detailed: Mapping[str, diffing.Kind],
    facts: Facts,
    news: Mapping[str, Any],
    old_outputs: Mapping[str, Any],
) -> list[str]:
    """New blocks that set a field which cannot change to something other than it was."""
    return [
        path
        for path, kind in detailed.items()
        for field in facts.replaces
        if kind == "add" and field.startswith(f"{path}.")
        if get_path(news, field) not in (ABSENT, get_path(old_outputs, field))
    ]


def _is_default(path: str, facts: Facts, news: Mapping[str, Any]) -> bool:
    """Whether an input that was not there before says no more than its absence did."""
    return path in facts.defaults and facts.defaults[path] == news.get(path)
