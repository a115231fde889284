"""Rules as policies of Pulumi's SDK, for engines that take no analyzer but one made with it.

Each rule that judges single resources is one Pulumi policy under its own id. The rules of a pack
that need the whole stack stand behind one stack policy, because the SDK decodes the whole stack
anew for every stack policy; their messages begin with the rule's id. Here nothing
tells what is a secret, no rule counts what others leave open, the file of exemptions is named by the
environment alone, and nothing is repaired.

Source of what is said about the SDK: pulumi-policy 1.21.0, ``policy.py`` and ``proxy.py``.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pulumi_policy as pp
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy.proxy import UnknownValueError

from policies.analyzer import SEVERITIES
from policies.judge import Finding, Judge
from policies.pack import Pack, Policy, ids
from policies.rule import EVERY_TYPE, Level, Rule, Verdict
from policies.settings import Configuration
from policies.subject import Memory, Provider, Resource, is_of_kubernetes
from policies.twins import canonical, listed

_LEVELS: Final[Mapping[Level, pp.EnforcementLevel]] = {
    "mandatory": pp.EnforcementLevel.MANDATORY,
    "advisory": pp.EnforcementLevel.ADVISORY,
}


def serve(name: str) -> None:
    """Serve the pack ``name`` to the Pulumi engine until it ends this process."""
    pack = Pack(name)
    pp.PolicyPack(name=pack.title, policies=policies_of(pack))


def policies_of(pack: Pack) -> list[pp.Policy]:
    """The Pulumi policies of ``pack``, in report order, the stack policy last."""
    bench = _Bench(pack)
    single = [_resource_policy(policy, bench) for policy in pack.single]
    return [*single, _stack_policy(pack, bench)]


class _Bench:
    """Judges that know the same: what was shown, and what is exempt."""

    def __init__(self, pack: Pack) -> None:
        self.memory = Memory()
        self.exemptions = pack.exemptions({})
        self._judges: dict[tuple[str, str], Judge] = {}

    def judge(
        self,
        rules: Sequence[Rule],
        configuration: Configuration,
        tags: Mapping[str, str],
    ) -> Judge:
        """The judge by ``rules`` as configured."""
        key = rules[0].id, repr((configuration, sorted(tags.items())))
        judge = self._judges.get(key)
        if judge is None:
            judge = Judge(rules, configuration, self.memory, tags, self.exemptions)
            self._judges[key] = judge
        return judge


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


def _resource_policy(policy: Policy, bench: _Bench) -> pp.ResourceValidationPolicy:
    (rule,) = policy.rules
    types = frozenset(check.type for check in rule.checks)

    def validate(args: pp.ResourceValidationArgs, report: pp.ReportViolation) -> None:
        _remember(args, bench.memory)
        known = listed(args.resource_type) or canonical(args.resource_type)
        if not types & {known, EVERY_TYPE}:
            args.not_applicable(f"{rule.id} does not judge {args.resource_type}")
        judge = bench.judge([rule], {rule.id: args.get_config()}, args.stack_tags)
        found = judge.resource(_shown(args))
        if not found:
            args.not_applicable(f"{rule.id} does not judge this resource on its own")
        for finding in found:
            _report(report, finding, finding.told)

    return pp.ResourceValidationPolicy(
        name=policy.name,
        description=policy.description,
        validate=validate,
        enforcement_level=_LEVELS[policy.level],
        config_schema=pp.PolicyConfigSchema(policy.schema) if policy.schema else None,
        severity=pp.Severity(rule.severity.value),
        tags=policy.tags,
        remediation_steps=rule.fix,
        url=rule.source,
    )


def _remember(args: pp.ResourceValidationArgs, memory: Memory) -> None:
    # Every policy is shown every resource; what the stack policy needs is decoded once.
    if is_of_kubernetes(args.resource_type) and not memory.knows(args.urn):
        memory.keep(_shown(args))


def _shown(args: pp.ResourceValidationArgs) -> Resource:
    return Resource(
        args.urn,
        args.resource_type,
        args.name,
        plain(args.props),
        parent=args.opts.parent or "",
        protect=args.opts.protect,
        provider=_provider(args.provider),
    )


def _provider(shown: pp.PolicyProviderResource | None) -> Provider | None:
    if shown is None:
        return None
    return Provider(shown.resource_type, shown.urn, shown.name, plain(shown.props))


def _stack_policy(pack: Pack, bench: _Bench) -> pp.StackValidationPolicy:
    own = ids(pack.across.rules)

    def validate(args: pp.StackValidationArgs, report: pp.ReportViolation) -> None:
        configuration = pack.configuration({pack.across.name: args.get_config()})
        judge = bench.judge(pack.judged, configuration, args.stack_tags)
        found = [f for f in judge.stack(map(_from_stack, args.resources)) if f.rule.id in own]
        if not found:
            args.not_applicable(f"the stack has nothing for the stack rules of {pack.name}")
        for finding in found:
            _report(report, finding, f"{finding.rule.id}: {finding.told}")

    return pp.StackValidationPolicy(
        name=pack.across.name,
        description=pack.across.description,
        validate=validate,
        enforcement_level=_LEVELS[pack.across.level],
        config_schema=pp.PolicyConfigSchema(pack.across.schema),
        tags=pack.across.tags,
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
        dependencies=tuple(source.urn for source in resource.dependencies),
        parent=resource.parent.urn if resource.parent else "",
        protect=resource.opts.protect,
        provider=_provider(resource.provider),
    )


def _report(report: pp.ReportViolation, finding: Finding, message: str) -> None:
    if finding.verdict is Verdict.PASS:
        return
    report(message, finding.urn)
    # The SDK has one level for a policy, fixed before it is called. Ours depends on the
    # environment and on whether the rule could decide, so it is set on what was just reported.
    diagnostic = inspect.getclosurevars(report).nonlocals["response"].diagnostics[-1]
    diagnostic.severity = SEVERITIES[finding.rule.severity]
    if finding.level == "advisory":
        diagnostic.enforcementLevel = analyzer_pb2.ADVISORY
