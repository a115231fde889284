"""Destinations as exporters of the gateway."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, assert_never

from components.observability.collector.config import Exporter, Extension
from components.observability.collector.exporters import (
    Auth,
    DocumentMapping,
    ElasticsearchExporter,
    OpenSearchExporter,
    OpenSearchHttp,
    OtlpGrpcExporter,
    OtlpHttpExporter,
    PrometheusRemoteWriteExporter,
    Queue,
    RemoteWriteQueue,
    ResourceConversion,
    SplunkHecExporter,
    Tls,
)
from components.observability.collector.pieces import SECRETS, retry
from components.observability.collector.receivers import (
    BasicAuthExtension,
    BearerTokenExtension,
    ClientAuth,
    GoogleClientAuthExtension,
    SigV4Extension,
)
from components.observability.collector.sending import Sending
from components.observability.destinations_spec import (
    BasicAuth,
    BearerAuth,
    DestinationSpec,
    GoogleAuth,
    LokiDestination,
    OtlpDestination,
    PrometheusDestination,
    SearchDestination,
    Signal,
    SigV4Auth,
    SplunkDestination,
)
from components.observability.outside import authority, egress
from components.observability.site import Secret, Site

_REMOTE_WRITE_REQUESTS: Final = 10_000

AnyAuth = BasicAuth | BearerAuth | SigV4Auth | GoogleAuth


@dataclass(frozen=True, kw_only=True)
class _Credential:
    """What signs requests in."""

    auth: Auth | None = None
    extensions: Mapping[str, Extension] = field(default_factory=dict)
    secret_files: Mapping[str, Secret] = field(default_factory=dict)
    cloud_identity: bool = False


def through_gateway(
    destinations: Mapping[str, DestinationSpec],
) -> dict[str, DestinationSpec]:
    """The destinations that the gateway sends to; the others are Prometheus' own."""
    return {
        name: spec
        for name, spec in sorted(destinations.items())
        if not (isinstance(spec, PrometheusDestination) and spec.sender == "prometheus")
    }


def take_logs(destinations: Mapping[str, DestinationSpec]) -> bool:
    """Whether any destination takes logs, which then pass through the gateway."""
    return any(Signal.LOGS in each.takes for each in destinations.values())


def sendings(
    site: Site, destinations: Mapping[str, DestinationSpec], waiting: Queue
) -> tuple[Sending, ...]:
    """Everything that the gateway sends to outside the stack, in the order of the names.

    Args:
        site: Where it runs.
        destinations: Every destination by name.
        waiting: The queue of each exporter.

    Raises:
        pulumi.RunError: A secret that a destination names is not there.
    """
    return tuple(
        _sending(site, name, spec, waiting) for name, spec in through_gateway(destinations).items()
    )


def _sending(site: Site, name: str, spec: DestinationSpec, waiting: Queue) -> Sending:
    match spec:
        case OtlpDestination():
            exporter, secrets = _otlp(site, name, spec, waiting)
            credential = _Credential(secret_files=secrets)
        case SplunkDestination():
            path = f"{SECRETS}/{name}"
            exporter = _splunk(site, spec, path, waiting)
            credential = _Credential(secret_files={path: site.secret(spec.token)})
        case PrometheusDestination() | LokiDestination() | SearchDestination():
            credential = _credential(site, name, spec.auth)
            exporter = _signed(site, spec, credential.auth, waiting)
        case _:
            assert_never(spec)
    return Sending(
        id=f"{exporter.TYPE}/{name}",
        exporter=exporter,
        signals=frozenset(spec.takes),
        extensions=credential.extensions,
        secret_files=credential.secret_files,
        egress=egress(spec.addresses, spec.network),
        cloud_identity=credential.cloud_identity,
    )


def _signed(
    site: Site,
    spec: PrometheusDestination | LokiDestination | SearchDestination,
    auth: Auth | None,
    waiting: Queue,
) -> Exporter:
    match spec:
        case PrometheusDestination():
            return PrometheusRemoteWriteExporter(
                endpoint=spec.url,
                auth=auth,
                external_labels={"cluster": site.cluster, "environment": site.environment},
                resource_to_telemetry_conversion=ResourceConversion(enabled=True),
                remote_write_queue=RemoteWriteQueue(
                    enabled=True, queue_size=_REMOTE_WRITE_REQUESTS, num_consumers=4
                ),
                retry_on_failure=retry(),
            )
        case LokiDestination():
            return OtlpHttpExporter(
                endpoint=f"{spec.url.rstrip('/')}/otlp",
                headers={"X-Scope-OrgID": spec.tenant} if spec.tenant else None,
                auth=auth,
                sending_queue=waiting,
                retry_on_failure=retry(),
            )
        case SearchDestination(kind="elasticsearch"):
            return ElasticsearchExporter(
                endpoints=spec.urls,
                auth=auth,
                mapping=DocumentMapping(mode="otel"),
                sending_queue=waiting,
            )
        case SearchDestination():
            return OpenSearchExporter(
                http=OpenSearchHttp(endpoint=spec.urls[0], auth=auth),
                sending_queue=waiting,
                retry_on_failure=retry(),
            )


def _splunk(site: Site, spec: SplunkDestination, path: str, waiting: Queue) -> Exporter:
    return SplunkHecExporter(
        endpoint=spec.url,
        token=_content(path),
        index=spec.index,
        sourcetype=spec.sourcetype,
        source=site.cluster,
        sending_queue=waiting,
        retry_on_failure=retry(),
    )


def _otlp(
    site: Site, name: str, spec: OtlpDestination, waiting: Queue
) -> tuple[Exporter, dict[str, Secret]]:
    paths = {header: f"{SECRETS}/{name}-{header.lower()}" for header in sorted(spec.secret_headers)}
    headers = {**spec.headers, **{header: _content(path) for header, path in paths.items()}}
    secrets = {path: site.secret(spec.secret_headers[header]) for header, path in paths.items()}
    if spec.protocol == "http":
        over_http = OtlpHttpExporter(
            endpoint=spec.url.rstrip("/"),
            headers=headers or None,
            sending_queue=waiting,
            retry_on_failure=retry(),
        )
        return over_http, secrets
    over_grpc = OtlpGrpcExporter(
        endpoint=authority(spec.url),
        tls=Tls(insecure=spec.url.startswith("http://")),
        headers=headers or None,
        sending_queue=waiting,
        retry_on_failure=retry(),
    )
    return over_grpc, secrets


def _credential(site: Site, name: str, spec: AnyAuth | None) -> _Credential:
    path = f"{SECRETS}/{name}"
    secrets: dict[str, Secret] = {}
    match spec:
        case None:
            return _Credential()
        case BasicAuth():
            extension: Extension = BasicAuthExtension(
                client_auth=ClientAuth(username=spec.username, password_file=path)
            )
            secrets[path] = site.secret(spec.password)
        case BearerAuth():
            extension = BearerTokenExtension(filename=path)
            secrets[path] = site.secret(spec.token)
        case SigV4Auth():
            extension = SigV4Extension(region=spec.region, service="aps")
        case GoogleAuth():
            extension = GoogleClientAuthExtension(project=spec.project)
        case _:
            assert_never(spec)
    id_ = f"{extension.TYPE}/{name}"
    return _Credential(
        auth=Auth(authenticator=id_),
        extensions={id_: extension},
        secret_files=secrets,
        cloud_identity=not secrets,
    )


def _content(path: str) -> str:
    """What the collector replaces by the content of the file as it starts."""
    return f"${{file:{path}}}"
