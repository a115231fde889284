"""What the page of a rule tells of its repairs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from policies.autofix import AutoFix, Configured
from policies.fixes import FIXES
from policies.rule import EVERYWHERE, Rule


def repair_section(rule: Rule) -> Iterator[str]:
    """The lines of the section, none for a rule without repairs."""
    fixes = FIXES.get(rule.id, ())
    if not fixes:
        return
    policy = rule.id if rule.checks else f"{rule.pack}-stack"
    told = (
        f"With the policy `{policy}` at the level `remediate` the engine itself sets what violates:"
    )
    yield from ("", "## Repair", "", told, "")
    yield from map(_told, fixes)


def _told(fix: AutoFix) -> str:
    places = [name for name in ("dev", "staging", "prod") if name in fix.environments]
    limits = [] if fix.environments == EVERYWHERE else [f"in {', '.join(places)}"]
    limits += [f"where {_condition(path, allowed)}" for path, allowed in fix.where.items()]
    limits += ["always"] if fix.always else []
    limit = f" ({'; '.join(limits)})" if limits else ""
    return f"- `{fix.type}`{limit}: {', '.join(_changes(fix))}. {fix.because}"


def _changes(fix: AutoFix) -> Iterator[str]:
    for path, value in _named(fix.sets):
        yield f"{path} becomes {_value(value)}"
    for path, values in _named(fix.adds):
        yield f"{path} gets {' and '.join(map(_json, values))}"


def _named(changes: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    return ((f"`{path.replace('?', '')}`", value) for path, value in changes.items())


def _value(value: Any) -> str:
    if isinstance(value, Configured):
        return f"{_json(value.usual)}, or as the setting `{value.setting}` demands"
    return _json(value)


def _condition(path: str, allowed: Iterable[Any]) -> str:
    named = ("left out" if value is None else _json(value) for value in allowed)
    return f"`{path.strip('[]')}` beside it is {' or '.join(named)}"


def _json(value: Any) -> str:
    return f"`{json.dumps(value)}`"
