"""The levels and settings a policy pack is configured with before it judges anything.

Source: pulumi/pulumi ``pkg/resource/analyzer/config.go``, checked 2026-11-21.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from google.protobuf.json_format import MessageToDict
from pulumi.runtime.proto import analyzer_pb2

from rehearsal.errors import RehearsalError
from rehearsal.values import to_struct

ALL: Final = "all"
LEVEL: Final = "enforcementLevel"

PolicyConfig = Mapping[str, Mapping[str, Any]]


def reconciled(
    directory: Path, info: analyzer_pb2.AnalyzerInfo, given: PolicyConfig
) -> dict[str, analyzer_pb2.PolicyConfig]:
    """Every policy's level and settings: its own, then the pack's, then ``given``.

    What is ``given`` to a policy may name its level under ``enforcementLevel``.

    Raises:
        RehearsalError: a setting that a policy requires has no value, or there is no such level.
    """
    initial = info.initialConfig
    settings: dict[str, analyzer_pb2.PolicyConfig] = {}
    for policy in info.policies:
        level = initial[ALL].enforcementLevel if ALL in initial else policy.enforcementLevel
        schema = MessageToDict(policy.configSchema.properties)
        values = {key: s["default"] for key, s in schema.items() if "default" in s}
        if policy.name in initial:
            level = initial[policy.name].enforcementLevel
            values |= MessageToDict(initial[policy.name].properties)
        values |= given.get(policy.name, {})
        if LEVEL in values:
            level = _level(policy.name, values.pop(LEVEL))
        missing = sorted(set(policy.configSchema.required) - values.keys())
        if missing:
            raise RehearsalError(
                f"The policy {policy.name} of the pack {directory} needs {', '.join(missing)}. "
                "Give it a default in the policy or a value in the pack's initial_config."
            )
        settings[policy.name] = analyzer_pb2.PolicyConfig(
            enforcementLevel=level, properties=to_struct(values)
        )
    return settings


def _level(policy: str, name: object) -> analyzer_pb2.EnforcementLevel.ValueType:
    levels = {each.lower(): number for each, number in analyzer_pb2.EnforcementLevel.items()}
    if not isinstance(name, str) or name not in levels:
        raise RehearsalError(
            f"The policy {policy} is configured with a level that does not exist. Use one of "
            f"{', '.join(levels)}."
        )
    return levels[name]
