"""What one operation did, in a form both engines' reports can be brought to."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rehearsal.events import (
    Diagnostic,
    Event,
    StepDone,
    StepFailed,
    StepStarted,
    Summary,
    Violation,
)
from rehearsal.values import (
    SECRET_SIGNATURE,
    SIGNATURE_KEY,
    UNKNOWN,
    UNKNOWN_WIRE,
    Secret,
)

STACK_TYPE = "pulumi:pulumi:Stack"
PROVIDER = "pulumi:providers:"
PACKAGES = ("aws", "docker", "gcp", "kubernetes", "random", "tls")

_WITH_OUTPUTS = ("create", "create-replacement", "update", "same", "read", "import")
_SHOWN = 300  # characters of a value
_RULE = re.compile(r"^([a-z0-9-]+): ", re.MULTILINE)
# The end of an automatic name differs in every run.
_RANDOM = re.compile(r"-[0-9a-f]{7}\b")


@dataclass(frozen=True)
class Outcome:
    """One operation, resource by resource.

    ``steps`` maps a URN to the operations begun on it, sorted. ``outputs`` maps ``(urn, operation)``
    of a custom resource to its outputs. Secrets read ``secret``, unknown values ``unknown``.
    ``violations`` are ``(rule, level, urn)``.
    """

    ok: bool
    steps: Mapping[str, list[str]]
    counts: Mapping[str, int]
    outputs: Mapping[tuple[str, str], Any]
    stack_outputs: Mapping[str, Any]
    violations: list[tuple[str, str, str]] = field(default_factory=list)
    messages: list[str] = field(default_factory=list, compare=False)

    def plain(self) -> dict[str, Any]:
        """Everything that both engines must agree on."""
        return {
            "ok": self.ok,
            "steps": self.steps,
            "counts": self.counts,
            "outputs": self.outputs,
            "stack outputs": self.stack_outputs,
            "violations": self.violations,
        }


def differences(ours: Any, theirs: Any, path: str = "") -> list[str]:
    """Where two plain documents differ, one line each."""
    if isinstance(ours, Mapping) and isinstance(theirs, Mapping):
        keys = sorted({*ours, *theirs}, key=str)
        return [
            line
            for key in keys
            for line in differences(ours.get(key, "-"), theirs.get(key, "-"), f"{path}/{key}")
        ]
    if ours == theirs:
        return []
    return [f"{path}: ours {str(ours)[:_SHOWN]}, theirs {str(theirs)[:_SHOWN]}"]


def shown(value: Any) -> Any:
    """``value`` with marks in place of what is secret, unknown or different in every run."""
    if value is UNKNOWN or value == UNKNOWN_WIRE:
        return "unknown"
    if isinstance(value, Secret):
        return "secret"
    if isinstance(value, Mapping):
        if value.get(SIGNATURE_KEY) == SECRET_SIGNATURE:
            return "secret"
        return {key: shown(item) for key, item in sorted(value.items())}
    if isinstance(value, list):
        return [shown(item) for item in value]
    if isinstance(value, str):
        return _RANDOM.sub("-*", value)
    return value


def of_events(events: Iterable[Event]) -> Outcome:
    """The outcome of an operation of our own engine."""
    steps: defaultdict[str, list[str]] = defaultdict(list)
    outputs: dict[tuple[str, str], Any] = {}
    messages: list[str] = []
    violations: list[tuple[str, str, str]] = []
    summary: Summary | None = None
    for event in events:
        if isinstance(event, StepStarted):
            steps[event.step.urn].append(event.step.op.value)
        elif isinstance(event, StepDone):
            if _has_outputs(event.step.type, event.step.op.value):
                outputs[event.step.urn, event.step.op.value] = shown(event.outputs)
        elif isinstance(event, Summary):
            summary = event
        elif isinstance(event, Violation):
            violations.append((event.rule, event.level, event.urn))
        elif isinstance(event, Diagnostic | StepFailed):
            messages.append(event.message)
    assert summary is not None
    return Outcome(
        ok=summary.ok,
        steps={urn: sorted(ops) for urn, ops in steps.items()},
        counts={op.value: count for op, count in summary.counts.items()},
        outputs=outputs,
        stack_outputs=shown(summary.outputs),
        violations=sorted(violations),
        messages=messages,
    )


def of_engine_events(events: Iterable[Mapping[str, Any]]) -> Outcome:
    """The outcome of an operation of Pulumi's engine, from its stream of JSON events."""
    steps: defaultdict[str, list[str]] = defaultdict(list)
    outputs: dict[tuple[str, str], Any] = {}
    stack_outputs: dict[str, Any] = {}
    messages: list[str] = []
    violations: list[tuple[str, str, str]] = []
    summary: Mapping[str, Any] = {"result": "failed", "resourceChanges": {}}
    for event in events:
        if step := event.get("resourcePreEvent", {}).get("metadata"):
            steps[step["urn"]].append(step["op"])
        elif step := event.get("resOutputsEvent", {}).get("metadata"):
            found = shown((step.get("new") or {}).get("outputs") or {})
            if step["type"] == STACK_TYPE:
                stack_outputs = found
            elif _has_outputs(step["type"], step["op"]):
                outputs[step["urn"], step["op"]] = found
        elif diagnostic := event.get("diagnosticEvent"):
            if diagnostic["severity"] in ("warning", "error"):
                messages.append(diagnostic["message"])
        elif violation := event.get("policyEvent"):
            # A stack policy speaks for several rules; its messages begin with the rule's id, after
            # a line that Pulumi puts before every message.
            spoken_for = _RULE.search(violation["message"])
            stack_rule = violation["policyName"].endswith("-stack") and spoken_for
            violations.append(
                (
                    stack_rule[1] if stack_rule else violation["policyName"],
                    violation["enforcementLevel"],
                    violation["resourceUrn"],
                )
            )
        elif "summaryEvent" in event:
            summary = event["summaryEvent"]
    return Outcome(
        ok=summary["result"] == "succeeded",
        steps={urn: sorted(ops) for urn, ops in steps.items()},
        counts=summary["resourceChanges"],
        outputs=outputs,
        stack_outputs=stack_outputs,
        violations=sorted(violations),
        messages=messages,
    )


def of_state(resources: Iterable[Mapping[str, Any]]) -> dict[tuple[str, bool], Any]:
    """A deployment's resources by URN and by whether they await deletion."""
    return {
        (resource["urn"], resource.get("delete", False)): _plain(resource) for resource in resources
    }


def _plain(resource: Mapping[str, Any]) -> dict[str, Any]:
    kept = {
        key: shown(value)
        for key, value in resource.items()
        if key not in ("created", "modified", "sourcePosition", "stackTrace")
    }
    if resource["type"].startswith(PROVIDER):
        kept.pop("id", None)
    if "provider" in kept:
        kept["provider"] = kept["provider"].rpartition("::")[0]
    if "dependencies" in kept:
        kept["dependencies"] = sorted(kept["dependencies"])
    if "propertyDependencies" in kept:
        # A property without dependencies may be listed or not.
        dependent = kept.pop("propertyDependencies")
        if used := {key: sorted(urns) for key, urns in dependent.items() if urns}:
            kept["propertyDependencies"] = used
    return kept


def _has_outputs(type_: str, op: str) -> bool:
    # Components' outputs arrive after their step; what a step takes away has none.
    return type_.split(":", maxsplit=1)[0] in PACKAGES and op in _WITH_OUTPUTS
