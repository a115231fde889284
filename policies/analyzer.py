"""A policy pack on Pulumi's Analyzer protocol: each resource is decoded once, for all its rules.

The SDK decodes a resource anew for every policy. Here the rules are indexed by type, the answer
about a foreign type is made once and kept, and the rules that need more than one resource share one
index of the stack. ``policies.engine`` offers the same rules through the SDK.

Source: ``proto/pulumi/analyzer.proto`` and ``sdk/go/common/resource/plugin/analyzer_plugin.go`` of
pulumi/pulumi; what policies are called and what they tell is as ``pulumi_policy`` 1.21.0 has it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from concurrent import futures
from dataclasses import dataclass
from typing import Any, Final

import grpc
from google.protobuf import empty_pb2, json_format
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc, plugin_pb2

from policies.autofix import repaired
from policies.finding import Finding
from policies.fixes import FIXES
from policies.judge import Judge
from policies.pack import Pack, Policy, ids
from policies.rule import EVERY_TYPE, Level, Rule, Severity, Verdict
from policies.settings import configure
from policies.subject import (
    UNSEEN,
    Memory,
    Provider,
    Resource,
    is_of_kubernetes,
)
from policies.twins import canonical, listed
from policies.wire import Reads, decoded, encoded, raw, tree

THREADS: Final = 4
MESSAGE_BYTES: Final = 400 * 1024 * 1024

_Level = analyzer_pb2.EnforcementLevel.ValueType
SEVERITIES: Final[Mapping[Severity, analyzer_pb2.PolicySeverity.ValueType]] = {
    Severity.CRITICAL: analyzer_pb2.POLICY_SEVERITY_CRITICAL,
    Severity.HIGH: analyzer_pb2.POLICY_SEVERITY_HIGH,
    Severity.MEDIUM: analyzer_pb2.POLICY_SEVERITY_MEDIUM,
    Severity.LOW: analyzer_pb2.POLICY_SEVERITY_LOW,
}
_LEVELS: Final[Mapping[Level, _Level]] = {
    "mandatory": analyzer_pb2.MANDATORY,
    "advisory": analyzer_pb2.ADVISORY,
}


@dataclass(frozen=True, slots=True)
class _Place:
    """What the policies are to a type: the answer of those that are not about it, and the others."""

    foreign: analyzer_pb2.AnalyzeResponse
    foreign_bytes: bytes
    about: tuple[Policy, ...]


def serve(name: str) -> None:
    """Serve the pack ``name`` to the Pulumi engine until it ends this process."""
    server = grpc.server(
        futures.ThreadPoolExecutor(THREADS),
        options=[(f"grpc.max_{way}_message_length", MESSAGE_BYTES) for way in ("send", "receive")],
    )
    analyzer_pb2_grpc.add_AnalyzerServicer_to_server(PackAnalyzer(Pack(name)), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.buffer.write(f"{port}\n".encode())
    sys.stdout.flush()
    try:
        server.wait_for_termination()
    except KeyboardInterrupt:
        server.stop(0)


class PackAnalyzer(analyzer_pb2_grpc.AnalyzerServicer):
    """Answers the engine for one pack."""

    def __init__(self, pack: Pack) -> None:
        """Nothing is configured: every rule has its defaults."""
        self._pack = pack
        self._version = pack.version
        self._by_name = {policy.name: policy for policy in pack.policies}
        self._own = ids(pack.own) | ids(pack.across.rules)
        self._given: dict[str, Mapping[str, Any]] = {}
        self._levels: dict[str, _Level] = {}
        self._tags: dict[str, str] = {}
        self._start()

    def _start(self) -> None:
        """Make the judge anew.

        Raises:
            ValueError: the pack is configured with what it does not know.
        """
        self._memory = Memory()
        configuration = self._pack.configuration(self._given)
        self._exemptions = exemptions = self._pack.exemptions(self._given)
        self._settings = configure(self._pack.judged, configuration)
        self._judge = Judge(self._pack.judged, configuration, self._memory, self._tags, exemptions)
        self._types = self._judge.types
        self._stack_types = self._judge.stack_types
        self._places: dict[str, _Place] = {}
        self._providers: dict[str, Provider] = {}
        self._read: dict[str, Reads | None] = {}
        self._enabled = frozenset(
            policy.name
            for policy in self._pack.policies
            if self._levels.get(policy.name) != analyzer_pb2.DISABLED
        )

    def Handshake(  # noqa: N802 the protocol's name, as are those that follow
        self, request: analyzer_pb2.AnalyzerHandshakeRequest, context: grpc.ServicerContext
    ) -> analyzer_pb2.AnalyzerHandshakeResponse:
        """Nothing of the engine is needed."""
        del request, context
        return analyzer_pb2.AnalyzerHandshakeResponse()

    def GetPluginInfo(  # noqa: N802
        self, request: empty_pb2.Empty, context: grpc.ServicerContext
    ) -> plugin_pb2.PluginInfo:
        """The version of the pack."""
        del request, context
        return plugin_pb2.PluginInfo(version=self._version)

    def GetAnalyzerInfo(  # noqa: N802
        self, request: empty_pb2.Empty, context: grpc.ServicerContext
    ) -> analyzer_pb2.AnalyzerInfo:
        """The policies of the pack."""
        del request, context
        return analyzer_pb2.AnalyzerInfo(
            name=self._pack.title,
            version=self._version,
            supportsConfig=True,
            policies=map(_described, self._pack.policies),
        )

    def Configure(  # noqa: N802
        self, request: analyzer_pb2.ConfigureAnalyzerRequest, context: grpc.ServicerContext
    ) -> empty_pb2.Empty:
        """Take the levels and settings of the policies; every problem with them is told at once."""
        self._given = {
            name: json_format.MessageToDict(config.properties)
            for name, config in request.policyConfig.items()
        }
        self._levels = {
            name: config.enforcementLevel for name, config in request.policyConfig.items()
        }
        self._restart(context)
        return empty_pb2.Empty()

    def ConfigureStack(  # noqa: N802
        self, request: analyzer_pb2.AnalyzerStackConfigureRequest, context: grpc.ServicerContext
    ) -> analyzer_pb2.AnalyzerStackConfigureResponse:
        """Take the tags of the stack, which may say what environment it is."""
        self._tags = dict(request.tags)
        self._restart(context)
        return analyzer_pb2.AnalyzerStackConfigureResponse()

    def _restart(self, context: grpc.ServicerContext) -> None:
        try:
            self._start()
        except ValueError as error:
            context.abort(
                grpc.StatusCode.INVALID_ARGUMENT,
                f"The configuration of the policy pack {self._pack.title} is wrong: {error}.",
            )

    def Analyze(  # noqa: N802
        self, request: analyzer_pb2.AnalyzeRequest, context: grpc.ServicerContext
    ) -> analyzer_pb2.AnalyzeResponse:
        """Judge one resource before anything happens to it."""
        del context
        token = request.type
        known = listed(token) or canonical(token)
        remembered = is_of_kubernetes(token) and known in self._stack_types
        if known not in self._types and EVERY_TYPE not in self._types:
            if remembered:
                self._memory.keep(self._resource(request))
            return self._place(known).foreign
        return self._answer(self._place(known), self._judge.resource(self._resource(request)))

    def AnalyzeStack(  # noqa: N802
        self, request: analyzer_pb2.AnalyzeStackRequest, context: grpc.ServicerContext
    ) -> analyzer_pb2.AnalyzeResponse:
        """Judge the finished stack."""
        del context
        name = self._pack.across.name
        if name not in self._enabled:
            return analyzer_pb2.AnalyzeResponse()
        found = [
            finding
            for finding in self._judge.stack(self._stack(request.resources))
            if finding.rule.id in self._own
        ]
        response = analyzer_pb2.AnalyzeResponse(
            diagnostics=(
                analyzer_pb2.AnalyzeDiagnostic(
                    **self._diagnostic(name, self._pack.across.description, finding, across=True)
                )
                for finding in found
                if finding.verdict is not Verdict.PASS
            )
        )
        if not found:
            response.not_applicable.add(
                policy_name=name,
                reason=f"the stack has nothing for the stack rules of {self._pack.name}",
            )
        return response

    def Remediate(  # noqa: N802
        self, request: analyzer_pb2.AnalyzeRequest, context: grpc.ServicerContext
    ) -> analyzer_pb2.RemediateResponse:
        """Make the repairs that were switched on, one policy after the other.

        The policy about the whole stack makes those of rules that have no policy of their own.
        """
        del context
        response = analyzer_pb2.RemediateResponse()
        wanted = [
            policy
            for policy in self._pack.policies
            if self._levels.get(policy.name) == analyzer_pb2.REMEDIATE
        ]
        if not wanted:
            return response
        resource = self._resource(request)
        found = {finding.rule.id: finding for finding in self._judge.resource(resource)}
        props = raw(request.properties)
        for policy in wanted:
            before = props
            for rule in policy.rules:
                if not (policy.takes_stack and rule.checks):
                    props = self._repaired(props, rule, resource, found.get(rule.id))
            if props is before:
                response.not_applicable.add(
                    policy_name=policy.name, reason=f"{policy.name} has nothing to repair here"
                )
                continue
            response.remediations.add(
                policyName=policy.name,
                policyPackName=self._pack.title,
                policyPackVersion=self._version,
                description=policy.description,
                properties=encoded(props),
            )
        return response

    def _repaired(
        self, props: dict[str, Any], rule: Rule, resource: Resource, finding: Finding | None
    ) -> dict[str, Any]:
        """``props`` with what ``rule`` can repair in it, themselves where that is nothing."""
        known = canonical(resource.type)
        environment = self._judge.environment(resource)
        violated = finding is not None and finding.verdict is Verdict.FAIL
        wrong = finding.paths if finding is not None else ()
        for fix in FIXES.get(rule.id, ()):
            if fix.type != known or environment not in fix.environments:
                continue
            if not (violated or fix.always) or self._exemptions.of(rule.id, resource) is not None:
                continue
            props = repaired(props, fix, wrong, self._settings[rule.id]) or props
        return props

    def Cancel(  # noqa: N802
        self, request: empty_pb2.Empty, context: grpc.ServicerContext
    ) -> empty_pb2.Empty:
        """Nothing runs long enough to be called off."""
        del request, context
        return empty_pb2.Empty()

    def _stack(self, resources: Iterable[analyzer_pb2.AnalyzerResource]) -> Iterator[Resource]:
        everything = EVERY_TYPE in self._stack_types
        for shown in resources:
            known = listed(shown.type) or canonical(shown.type)
            yield self._resource(shown, read=everything or known in self._stack_types)

    def _resource(
        self,
        shown: analyzer_pb2.AnalyzeRequest | analyzer_pb2.AnalyzerResource,
        *,
        read: bool = True,
    ) -> Resource:
        reads = self._reads(shown.type)
        props, secrets = decoded(shown.properties, reads) if read else (UNSEEN, frozenset[str]())
        provider = self._provider(shown.provider) if shown.HasField("provider") else None
        protect = shown.options.protect
        if isinstance(shown, analyzer_pb2.AnalyzeRequest):
            return Resource(
                shown.urn,
                shown.type,
                shown.name,
                props,
                parent=shown.options.parent,
                protect=protect,
                provider=provider,
                secrets=secrets,
            )
        return Resource(
            shown.urn,
            shown.type,
            shown.name,
            props,
            {key: tuple(made.urns) for key, made in shown.propertyDependencies.items()},
            tuple(shown.dependencies),
            shown.parent,
            protect,
            provider,
            secrets,
        )

    def _reads(self, token: str) -> Reads | None:
        """The properties that any rule reads of a type; ``None`` for all."""
        if token not in self._read:
            paths = self._judge.reads(token)
            self._read[token] = None if paths is None else tree(paths)
        return self._read[token]

    def _provider(self, shown: analyzer_pb2.AnalyzerProviderResource) -> Provider:
        # Hundreds of resources have the same one, and an operation does not change it.
        known = self._providers.get(shown.urn)
        if known is None:
            props, _ = decoded(shown.properties)
            known = Provider(shown.type, shown.urn, shown.name, props)
            self._providers[shown.urn] = known
        return known

    def _place(self, known: str) -> _Place:
        """What the policies are to the type ``known``."""
        place = self._places.get(known)
        if place is None:
            place = self._places[known] = self._placed(known)
        return place

    def _placed(self, known: str) -> _Place:
        foreign = analyzer_pb2.AnalyzeResponse()
        about: list[Policy] = []
        for policy in self._pack.single:
            types = {check.type for rule in policy.rules for check in rule.checks}
            if policy.name not in self._enabled:
                continue
            if types & {known, EVERY_TYPE}:
                about.append(policy)
            else:
                foreign.not_applicable.add(
                    policy_name=policy.name, reason=f"{policy.name} does not judge {known}"
                )
        return _Place(foreign, foreign.SerializeToString(), tuple(about))

    def _answer(self, place: _Place, found: Iterable[Finding]) -> analyzer_pb2.AnalyzeResponse:
        about = {policy.name for policy in place.about}
        told = {finding.rule.id: finding for finding in found if finding.rule.id in about}
        if len(told) == len(place.about) and all(f.verdict is Verdict.PASS for f in told.values()):
            # Nothing to add to what those say that are not about the type.
            return place.foreign
        response = analyzer_pb2.AnalyzeResponse.FromString(place.foreign_bytes)
        for policy in place.about:
            finding = told.get(policy.name)
            if finding is None:
                response.not_applicable.add(
                    policy_name=policy.name,
                    reason=f"{policy.name} does not judge this resource on its own",
                )
            elif finding.verdict is not Verdict.PASS:
                told_of = self._diagnostic(policy.name, policy.description, finding)
                response.diagnostics.add(**told_of)
        return response

    def _diagnostic(
        self, policy: str, description: str, finding: Finding, *, across: bool = False
    ) -> dict[str, Any]:
        message = f"{finding.rule.id}: {finding.told}" if across else finding.told
        binding = _LEVELS[finding.level]
        if self._levels.get(policy) == analyzer_pb2.ADVISORY:
            binding = analyzer_pb2.ADVISORY
        return {
            "policyName": policy,
            "policyPackName": self._pack.title,
            "policyPackVersion": self._version,
            "message": f"{description}\n{message}",
            "urn": finding.urn,
            "description": description,
            "enforcementLevel": binding,
            "severity": SEVERITIES[finding.rule.severity],
        }


def _described(policy: Policy) -> analyzer_pb2.PolicyInfo:
    told = analyzer_pb2.PolicyInfo(
        name=policy.name,
        description=policy.description,
        enforcementLevel=_LEVELS[policy.level],
        policy_type=(
            analyzer_pb2.POLICY_TYPE_STACK
            if policy.takes_stack
            else analyzer_pb2.POLICY_TYPE_RESOURCE
        ),
        tags=policy.tags,
    )
    if policy.schema:
        told.configSchema.properties.update(policy.schema)
    if not policy.takes_stack:
        rule = policy.rules[0]
        told.severity = SEVERITIES[rule.severity]
        told.remediation_steps = rule.fix
        told.url = rule.source
    return told
