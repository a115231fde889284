"""A policy pack as the Pulumi engine runs it: a subprocess that serves an analyzer."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

import policies
from policies.subject import Resource

FOLDER = Path(policies.__file__).parent

# What the engine gives a pack; above all no path on which it would find the project.
ENVIRONMENT = {"PULUMI_PROJECT": "example", "PULUMI_STACK": "prod", "PULUMI_DRY_RUN": "true"}


@dataclass(frozen=True)
class Report:
    """What a pack answered: violations, and the policies that did not apply."""

    told: list[tuple[str, str, str, str, str]]
    not_applicable: set[str]


class Pack:
    """A running pack."""

    def __init__(self, stub: analyzer_pb2_grpc.AnalyzerStub) -> None:
        """The pack behind ``stub``."""
        self._stub = stub

    def analyze(self, resource: Resource, props: Mapping[str, Any] | None = None) -> Report:
        """What the pack says of one resource, sent with ``props`` if they are given."""
        request = analyzer_pb2.AnalyzeRequest(
            type=resource.type,
            properties=struct(resource.props if props is None else props),
            urn=resource.urn,
            name=resource.name,
        )
        return _report(self._stub.Analyze(request))

    def analyze_stack(self, resources: Iterable[Resource]) -> Report:
        """What the pack says of a finished stack."""
        request = analyzer_pb2.AnalyzeStackRequest(resources=map(_in_stack, resources))
        return _report(self._stub.AnalyzeStack(request))

    def info(self) -> analyzer_pb2.AnalyzerInfo:
        """What the pack says of itself."""
        return self._stub.GetAnalyzerInfo(empty_pb2.Empty())

    def configure(self, configuration: Mapping[str, Mapping[str, Any]]) -> None:
        """Configure policies, as the engine does before the first resource."""
        levels = {policy.name: policy.enforcementLevel for policy in self.info().policies}
        request = analyzer_pb2.ConfigureAnalyzerRequest()
        for name, settings in configuration.items():
            request.policyConfig[name].enforcementLevel = levels[name]
            request.policyConfig[name].properties.update(settings)
        self._stub.Configure(request)


@contextmanager
def running(name: str) -> Generator[Pack]:
    """The pack ``name``, started as the engine starts it."""
    folder = FOLDER / name
    command = [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:1", str(folder)]
    with (
        subprocess.Popen(  # noqa: S603 - our own interpreter and our own folder
            command, cwd=folder, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True
        ) as process,
        _port_of(process) as channel,
    ):
        yield Pack(analyzer_pb2_grpc.AnalyzerStub(channel))


@contextmanager
def _port_of(process: subprocess.Popen[str]) -> Generator[grpc.Channel]:
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield channel
    finally:
        process.terminate()


def struct(props: Mapping[str, Any]) -> struct_pb2.Struct:
    """``props`` on the wire."""
    wire = struct_pb2.Struct()
    wire.update(dict(props))
    return wire


def _in_stack(resource: Resource) -> analyzer_pb2.AnalyzerResource:
    return analyzer_pb2.AnalyzerResource(
        type=resource.type,
        properties=struct(resource.props),
        urn=resource.urn,
        name=resource.name,
        propertyDependencies={
            key: analyzer_pb2.AnalyzerPropertyDependencies(urns=urns)
            for key, urns in resource.property_dependencies.items()
        },
    )


def _report(response: analyzer_pb2.AnalyzeResponse) -> Report:
    return Report(
        told=[
            (
                diagnostic.policyName,
                analyzer_pb2.EnforcementLevel.Name(diagnostic.enforcementLevel).lower(),
                analyzer_pb2.PolicySeverity.Name(diagnostic.severity).rpartition("_")[2].lower(),
                diagnostic.urn,
                diagnostic.message,
            )
            for diagnostic in response.diagnostics
        ],
        not_applicable={entry.policy_name for entry in response.not_applicable},
    )
