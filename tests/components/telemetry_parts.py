"""Loki, the collectors and Jaeger as a stack asks for them, and their files as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pulumi
import yaml
from pydantic import TypeAdapter

from components.environment import Environment
from components.observability.collector.agent import agent_part
from components.observability.collector.gateway import gateway_part
from components.observability.destinations_spec import DestinationSpec
from components.observability.jaeger.workload import jaeger_part
from components.observability.logs_spec import LogsSpec
from components.observability.loki.store import VOLUME, LogStore
from components.observability.loki.workload import loki_part
from components.observability.part import Part
from components.observability.site import Site
from components.observability.traces_spec import TracesSpec
from rehearsal.plugin import record

PROD: Final = Environment.PROD
DEV: Final = Environment.DEV
S3: Final = LogStore(kind="s3", bucket="acme-logs", region="eu-west-1")
RUNBOOKS: Final = "https://runbooks.example.com/runbooks.md"

_DESTINATIONS: Final[TypeAdapter[dict[str, DestinationSpec]]] = TypeAdapter(
    dict[str, DestinationSpec]
)


def site(
    environment: Environment = PROD, secrets: Mapping[str, pulumi.Output[str]] | None = None
) -> Site:
    """Kubernetes, except for dev."""
    return Site(
        name="eyes",
        cluster="shop",
        environment=str(environment),
        kubernetes=environment is not DEV,
        config_secrets=secrets or {},
    )


def destinations(**asked: Any) -> dict[str, DestinationSpec]:
    return _DESTINATIONS.validate_python(asked)


def loki(environment: Environment = PROD, store: LogStore | None = None, /, **asked: Any) -> Part:
    kept = store or (VOLUME if environment is DEV else S3)
    spec = LogsSpec.resolve(environment, asked)
    return loki_part(site(environment), spec, kept, runbooks_url=RUNBOOKS, alertmanagers=3)


def agent(environment: Environment = PROD, /, **sent_to: Any) -> Part:
    spec = LogsSpec.resolve(environment, {})
    return agent_part(site(environment), spec, destinations(**sent_to))


def gateway(
    environment: Environment = PROD,
    /,
    sent_to: Mapping[str, Any] | None = None,
    secrets: Mapping[str, pulumi.Output[str]] | None = None,
    prometheus_replicas: int = 2,
    **asked: Any,
) -> Part:
    return gateway_part(
        site(environment, secrets),
        TracesSpec.resolve(environment, {"gateway": asked}),
        LogsSpec.resolve(environment, {}),
        destinations(**(sent_to or {})),
        prometheus_replicas=prometheus_replicas,
    )


def jaeger(
    environment: Environment = PROD,
    /,
    secrets: Mapping[str, pulumi.Output[str]] | None = None,
    **asked: Any,
) -> Part:
    return jaeger_part(site(environment, secrets), TracesSpec.resolve(environment, asked))


def document(part: Part, role: str, path: str) -> Any:
    """The YAML file at ``path`` of ``role``."""
    content = part.workloads[role].files[path]
    if isinstance(content, str):
        return yaml.safe_load(content)
    return yaml.safe_load(record(lambda: {"file": content}).outputs["file"])


def calls(part: Part) -> set[tuple[str, str, str]]:
    """Who calls whom on which port."""
    return {(flow.source, flow.target, flow.port) for flow in part.flows}
