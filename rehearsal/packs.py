"""Anybody's Pulumi policy pack as an analyzer of a rehearsal.

Source: pulumi/pulumi ``sdk/go/common/resource/plugin/analyzer_plugin.go`` and
``pkg/resource/deploy/step_generator.go``, pulumi-policy 1.21.0 ``policy.py``; checked 2026-11-21.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from rehearsal.analysis import Analysis, AnalyzedResource
from rehearsal.errors import RehearsalError
from rehearsal.events import Judged, Violation
from rehearsal.pack_config import PolicyConfig, reconciled
from rehearsal.pack_process import PackProcess
from rehearsal.pack_requests import about_resource, about_stack
from rehearsal.program import ORGANIZATION, config_texts
from rehearsal.state import STACK_TYPE, make_urn
from rehearsal.values import from_struct

MESSAGE_BYTES: Final = 400 * 1024 * 1024
ADVISORY: Final = "advisory"

# The protocol has no word for it: the first text is the SDK's own, for a policy that read an
# unknown value; a policy that finds out by itself says the second.
_UNDECIDED: Final = re.compile(r"can't run (policy|remediation)|cannot be decided")
# Nor for this: how our own packs begin to tell what something excuses.
_EXEMPT: Final = re.compile(r"(?:[a-z0-9-]+: )?exempt until \d{4}-\d\d-\d\d \(")

Asked = TypeVar("Asked")
Answered = TypeVar("Answered")


def is_undecided(message: str) -> bool:
    """Whether a policy's message says that it could not judge because a value is unknown."""
    return _UNDECIDED.search(message) is not None


def is_exempt(message: str) -> bool:
    """Whether a policy's message says that something excuses the violation."""
    return _EXEMPT.match(message) is not None


class PolicyPack:
    """The pack in a directory, run in a process of its own until ``close``."""

    def __init__(
        self,
        directory: Path,
        *,
        project: str,
        stack: str,
        config: Mapping[str, Any] | None = None,
        policy_config: PolicyConfig | None = None,
        dry_run: bool = False,
    ) -> None:
        """Start the pack and configure it.

        Args:
            directory: where its ``PulumiPolicy.yaml`` is.
            project: the name of the project that is judged.
            stack: the name of the stack.
            config: the stack's configuration, by whole keys (``plinth:settings``).
            policy_config: values of the policies' own settings, by policy.
            dry_run: whether this is a preview.

        Raises:
            RehearsalError: there is no pack, it did not start, or a required setting is missing.
        """
        self._directory = directory
        self._root = make_urn(stack, project, "", STACK_TYPE, f"{project}-{stack}")
        texts = config_texts(config or {})
        self._process = PackProcess(
            directory,
            {
                "PULUMI_PROJECT": project,
                "PULUMI_STACK": stack,
                "PULUMI_ORGANIZATION": ORGANIZATION,
                "PULUMI_DRY_RUN": str(dry_run).lower(),
                "PULUMI_CONFIG": json.dumps(texts),
            },
        )
        size = [(f"grpc.max_{way}_message_length", MESSAGE_BYTES) for way in ("send", "receive")]
        options = [*size, ("grpc.enable_http_proxy", 0)]
        self._channel = grpc.insecure_channel(self._process.address, options=options)
        self._stub = analyzer_pb2_grpc.AnalyzerStub(self._channel)
        try:
            self._hand_over(
                analyzer_pb2.AnalyzerStackConfigureRequest(
                    stack=stack,
                    project=project,
                    organization=ORGANIZATION,
                    dry_run=dry_run,
                    config=texts,
                )
            )
            self.info = self._call(self._stub.GetAnalyzerInfo, empty_pb2.Empty(), "describing")
            settings = reconciled(directory, self.info, policy_config or {})
            request = analyzer_pb2.ConfigureAnalyzerRequest(policyConfig=settings)
            self._call(self._stub.Configure, request, "being configured")
        except BaseException:
            self.close()
            raise
        enabled = {k for k, v in settings.items() if v.enforcementLevel != analyzer_pb2.DISABLED}
        self._single = self._of(analyzer_pb2.POLICY_TYPE_RESOURCE) & enabled
        self._across = self._of(analyzer_pb2.POLICY_TYPE_STACK) & enabled
        self._remediates = any(
            v.enforcementLevel == analyzer_pb2.REMEDIATE for v in settings.values()
        )
        self._severities = defaultdict(
            lambda: analyzer_pb2.POLICY_SEVERITY_UNSPECIFIED,
            {p.name: p.severity for p in self.info.policies},
        )

    def analyze(self, resource: AnalyzedResource) -> Analysis:
        """Judge one resource's checked inputs, as they are after the pack's own remediations."""
        request = about_resource(resource)
        remedies = list(self._remedies(resource, request)) if self._remediates else []
        response = self._call(self._stub.Analyze, request, f"judging {resource.urn}")
        # Whatever URN a policy of single resources names, Pulumi shows the resource's.
        found = [self._violation(d, resource.urn) for d in response.diagnostics]
        judged = _judged(found, self._single, response)
        return Analysis((*remedies, *found), judged)

    def analyze_stack(self, resources: Sequence[AnalyzedResource]) -> Analysis:
        """Judge the finished stack."""
        request = about_stack(resources)
        response = self._call(self._stub.AnalyzeStack, request, "judging the stack")
        found = [self._violation(d, d.urn or self._root) for d in response.diagnostics]
        return Analysis(tuple(found), _judged(found, self._across, response))

    def close(self) -> None:
        """End the pack's process."""
        self._channel.close()
        self._process.close()

    def _hand_over(self, request: analyzer_pb2.AnalyzerStackConfigureRequest) -> None:
        try:
            self._stub.ConfigureStack(request, wait_for_ready=True)
        except grpc.RpcError as error:
            # A pack on an older SDK has its environment to go by.
            if error.code() is not grpc.StatusCode.UNIMPLEMENTED:
                raise self._failure(error, "being configured") from error

    def _call(self, ask: Callable[[Asked], Answered], request: Asked, doing: str) -> Answered:
        try:
            return ask(request)
        except grpc.RpcError as error:
            raise self._failure(error, doing) from error

    def _failure(self, error: grpc.RpcError, doing: str) -> RehearsalError:
        if error.code() is grpc.StatusCode.UNAVAILABLE and self._process.ended:
            return self._process.death()
        return RehearsalError(
            f"The policy pack {self._directory} failed {doing}: {error.details()}"
        )

    def _of(self, kind: analyzer_pb2.PolicyType.ValueType) -> frozenset[str]:
        return frozenset(p.name for p in self.info.policies if p.policy_type == kind)

    def _remedies(
        self, resource: AnalyzedResource, request: analyzer_pb2.AnalyzeRequest
    ) -> Iterator[Violation]:
        """What the pack would change, which goes into ``request`` but not into the rehearsal."""
        response = self._call(self._stub.Remediate, request, f"remediating {resource.urn}")
        for remedy in response.remediations:
            message = remedy.diagnostic
            if not message:
                before, after = from_struct(request.properties), from_struct(remedy.properties)
                keys = sorted(k for k in {*before, *after} if before.get(k) != after.get(k))
                message = f"Pulumi would change {', '.join(keys)}; a rehearsal changes nothing."
                request.properties.CopyFrom(remedy.properties)
            yield Violation(
                rule=remedy.policyName,
                pack=remedy.policyPackName,
                level=ADVISORY,
                urn=resource.urn,
                message=message,
                severity=_severity(self._severities[remedy.policyName]),
                undecided=is_undecided(message),
            )

    def _violation(self, told: analyzer_pb2.AnalyzeDiagnostic, urn: str) -> Violation:
        level = analyzer_pb2.EnforcementLevel.Name(told.enforcementLevel).lower()
        severity = told.severity or self._severities[told.policyName]
        # The SDK puts the policy's description before every message.
        message = told.message.removeprefix(f"{told.description}\n")
        return Violation(
            rule=told.policyName,
            pack=told.policyPackName,
            level=level,
            urn=urn,
            message=message,
            severity=_severity(severity),
            undecided=level == ADVISORY and is_undecided(message) and not is_exempt(message),
            exempt=level == ADVISORY and is_exempt(message),
        )


def _judged(
    found: Sequence[Violation], policies: frozenset[str], response: analyzer_pb2.AnalyzeResponse
) -> Judged:
    failed = {(v.rule, v.urn) for v in found if not (v.undecided or v.exempt)}
    undecided = {(v.rule, v.urn) for v in found if v.undecided} - failed
    exempt = {(v.rule, v.urn) for v in found if v.exempt} - failed - undecided
    not_passed = {v.rule for v in found} | {p.policy_name for p in response.not_applicable}
    return Judged(len(policies - not_passed), len(failed), len(undecided), len(exempt))


def _severity(severity: analyzer_pb2.PolicySeverity.ValueType) -> str:
    if severity == analyzer_pb2.POLICY_SEVERITY_UNSPECIFIED:
        return ""
    return analyzer_pb2.PolicySeverity.Name(severity).rpartition("_")[2].lower()
