"""The values of rules that the configuration of a pack may replace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from policies.rule import Rule, Setting

Configuration = Mapping[str, Mapping[str, Any]]


def configure(
    rules: Sequence[Rule], configuration: Configuration
) -> Mapping[str, Mapping[str, Any]]:
    """The value of every setting of every rule: as configured, else its default.

    Args:
        rules: The rules that are going to judge.
        configuration: Rule ids to names of settings to values.

    Returns:
        ``{"aws-sg-no-public-admin": {"ports": (22, 3389)}}``, each rule present.

    Raises:
        ValueError: a rule or setting is unknown, or a value is of the wrong type; every problem
            is named.
    """
    known = [rule.id for rule in rules]
    problems = [
        f"{name} is configured, but no rule has that id; the ids are: {', '.join(known)}"
        for name in configuration
        if name not in known
    ]
    values: dict[str, Mapping[str, Any]] = {}
    for rule in rules:
        given = configuration.get(rule.id, {})
        settings = {setting.name: setting for setting in rule.settings}
        values[rule.id] = {
            name: _read(setting, given[name]) if name in given else setting.default
            for name, setting in settings.items()
        }
        problems += _problems(rule, settings, given, values[rule.id])
    if problems:
        raise ValueError("; ".join(problems))
    return values


def kind(setting: Setting) -> str:
    """The type of a setting in words."""
    if isinstance(setting.default, bool):
        return "true or false"
    if isinstance(setting.default, int):
        return "a whole number"
    return "a list of whole numbers" if holds_numbers(setting) else "a list of texts"


def holds_numbers(setting: Setting) -> bool:
    """Whether a setting is a list of numbers."""
    return isinstance(setting.default, tuple) and isinstance(next(iter(setting.default), ""), int)


def schema(rule: Rule) -> dict[str, dict[str, Any]]:
    """The JSON schemas of a rule's settings, by name."""
    return {
        setting.name: {
            "description": f"{setting.description} Must be {kind(setting)}.",
            **_type(setting),
        }
        for setting in rule.settings
    }


def _type(setting: Setting) -> dict[str, Any]:
    if isinstance(setting.default, bool):
        return {"type": "boolean", "default": setting.default}
    if isinstance(setting.default, int):
        return {"type": "integer", "default": setting.default}
    items = {"type": "integer" if holds_numbers(setting) else "string"}
    return {"type": "array", "items": items, "default": list(setting.default)}


def _problems(
    rule: Rule,
    settings: Mapping[str, Setting],
    given: Mapping[str, Any],
    values: Mapping[str, Any],
) -> list[str]:
    names = ", ".join(settings) or "none"
    return [
        f"{rule.id} has no setting {name}; it has: {names}"
        if name not in settings
        else f"{rule.id}.{name} is {value!r}; it must be {kind(settings[name])}"
        for name, value in given.items()
        if name not in settings or values[name] is None
    ]


def _read(setting: Setting, value: Any) -> bool | int | tuple[Any, ...] | None:
    """``value`` in the type of the setting, ``None`` if it is of another one."""
    if isinstance(setting.default, bool):
        return value if isinstance(value, bool) else None
    if isinstance(setting.default, int):
        return int(value) if _is_whole(value) else None
    if not isinstance(value, list | tuple):
        return None
    if not holds_numbers(setting):
        return tuple(value) if all(isinstance(item, str) for item in value) else None
    return tuple(int(item) for item in value) if all(map(_is_whole, value)) else None


def _is_whole(value: Any) -> bool:
    # Numbers of a pack's configuration arrive as doubles.
    if isinstance(value, float):
        return value.is_integer()
    return isinstance(value, int) and not isinstance(value, bool)
