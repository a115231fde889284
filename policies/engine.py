"""Rules as Pulumi policies: the only module that knows the policy SDK.

Each rule that judges single resources is one Pulumi policy under its own id. The rules of a pack
that need the whole stack stand behind one stack policy, because the SDK decodes the whole stack
anew for every stack policy; their messages begin with the rule's id.

Source of what is said about the SDK: pulumi-policy 1.21.0, ``policy.py`` and ``proxy.py``.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import pulumi_policy as pp
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy.proxy import UnknownValueError

from policies.catalogue import rules_of
from policies.judge import Finding, Judge
from policies.rule import MANDATORY_IN, Rule, Severity, Verdict
from policies.settings import holds_numbers, kind
from policies.subject import Memory, Resource, is_of_kubernetes

_SEVERITIES: Final[Mapping[Severity, analyzer_pb2.PolicySeverity.ValueType]] = {
    Severity.CRITICAL: analyzer_pb2.POLICY_SEVERITY_CRITICAL,
    Severity.HIGH: analyzer_pb2.POLICY_SEVERITY_HIGH,
    Severity.MEDIUM: analyzer_pb2.POLICY_SEVERITY_MEDIUM,
    Severity.LOW: analyzer_pb2.POLICY_SEVERITY_LOW,
}


def serve(pack: str) -> None:
    """Serve the rules of ``pack`` to the Pulumi engine until it ends this process."""
    pp.PolicyPack(name=f"plinth-{pack}", policies=policies_of(pack))


def policies_of(pack: str) -> list[pp.Policy]:
    """The Pulumi policies of ``pack``, in report order, the stack policy last."""
    rules = rules_of(pack)
    across = [rule for rule in rules if rule.stack_checks]
    memory = Memory()
    single: list[pp.Policy] = [_resource_policy(rule, memory) for rule in rules if rule.checks]
    return [*single, _stack_policy(pack, across, memory)] if across else single


def plain(value: Any) -> Any:
    """``value`` without the SDK's proxies: unknowns are marker texts, whole numbers are ``int``."""
    if isinstance(value, Mapping):
        return {key: _read(value, key) for key in value}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_read(value, index) for index in range(len(value))]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _read(container: Any, key: str | int) -> Any:
    # A proxy raises when an unknown is read, and tells the marker it kept back.
    try:
        return plain(container[key])
    except UnknownValueError as unknown:
        return unknown.unknown_type_sentinel


def _resource_policy(rule: Rule, memory: Memory) -> pp.ResourceValidationPolicy:
    by_default = Judge([rule])
    types = frozenset(check.type for check in rule.checks)

    def validate(args: pp.ResourceValidationArgs, report: pp.ReportViolation) -> None:
        _remember(args, memory)
        if args.resource_type not in types:
            args.not_applicable(f"{rule.id} does not judge {args.resource_type}")
        resource = Resource(args.urn, args.resource_type, args.name, plain(args.props))
        configured = args.get_config()
        judge = Judge([rule], {rule.id: configured}) if configured else by_default
        found = judge.resource(resource)
        if not found:
            args.not_applicable(f"{rule.id} does not judge this resource on its own")
        for finding in found:
            _report(report, finding, finding.message)

    return pp.ResourceValidationPolicy(
        name=rule.id,
        description=rule.title,
        validate=validate,
        enforcement_level=_highest_level([rule]),
        config_schema=_schema(rule),
        severity=pp.Severity(rule.severity.value),
        tags=_tags(rule),
        remediation_steps=rule.fix,
        url=rule.source,
    )


def _remember(args: pp.ResourceValidationArgs, memory: Memory) -> None:
    # Every policy is shown every resource; what the stack policy needs is decoded once.
    if is_of_kubernetes(args.resource_type) and not memory.knows(args.urn):
        memory.keep(Resource(args.urn, args.resource_type, args.name, plain(args.props)))


def _stack_policy(pack: str, rules: Sequence[Rule], memory: Memory) -> pp.StackValidationPolicy:
    judge = Judge(rules, memory=memory)
    types = frozenset(check.type for rule in rules for check in rule.stack_checks)

    def validate(args: pp.StackValidationArgs, report: pp.ReportViolation) -> None:
        if not any(resource.resource_type in types for resource in args.resources):
            args.not_applicable(f"the stack has nothing for the stack rules of {pack}")
        found = judge.stack(map(_from_stack, args.resources))
        if not found:
            args.not_applicable(f"the stack rules of {pack} judge none of it in this environment")
        for finding in found:
            _report(report, finding, f"{finding.rule.id}: {finding.message}")

    return pp.StackValidationPolicy(
        name=f"{pack}-stack",
        description="Rules that take the whole stack to judge",
        validate=validate,
        enforcement_level=_highest_level(rules),
        tags=sorted({tag for rule in rules for tag in _tags(rule)}),
    )


def _from_stack(resource: pp.PolicyResource) -> Resource:
    return Resource(
        resource.urn,
        resource.resource_type,
        resource.name,
        plain(resource.props),
        property_dependencies={
            key: tuple(source.urn for source in sources)
            for key, sources in resource.property_dependencies.items()
        },
    )


def _report(report: pp.ReportViolation, finding: Finding, message: str) -> None:
    if finding.verdict is Verdict.PASS:
        return
    report(message, finding.urn)
    # The SDK has one level for a policy, fixed before it is called. Ours depends on the
    # environment and on whether the rule could decide, so it is set on what was just reported.
    diagnostic = inspect.getclosurevars(report).nonlocals["response"].diagnostics[-1]
    diagnostic.severity = _SEVERITIES[finding.rule.severity]
    if finding.level == "advisory":
        diagnostic.enforcementLevel = analyzer_pb2.ADVISORY


def _highest_level(rules: Iterable[Rule]) -> pp.EnforcementLevel:
    if any(MANDATORY_IN[rule.severity] for rule in rules):
        return pp.EnforcementLevel.MANDATORY
    return pp.EnforcementLevel.ADVISORY


def _tags(rule: Rule) -> list[str]:
    return [f"{control.framework.value}: {control.id}" for control in rule.all_controls]


def _schema(rule: Rule) -> pp.PolicyConfigSchema | None:
    properties: dict[str, dict[str, Any]] = {}
    for setting in rule.settings:
        described = {"description": f"{setting.description} Must be {kind(setting)}."}
        if isinstance(setting.default, bool):
            properties[setting.name] = {**described, "type": "boolean", "default": setting.default}
        elif isinstance(setting.default, int):
            properties[setting.name] = {**described, "type": "integer", "default": setting.default}
        else:
            items = {"type": "integer" if holds_numbers(setting) else "string"}
            default = list(setting.default)
            properties[setting.name] = {
                **described,
                "type": "array",
                "items": items,
                "default": default,
            }
    return pp.PolicyConfigSchema(properties) if properties else None
