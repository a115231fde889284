"""Destinations that Prometheus itself sends to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from components.observability.destinations_spec import (
    BasicAuth,
    BearerAuth,
    DestinationSpec,
    GoogleAuth,
    PrometheusDestination,
    SigV4Auth,
)
from components.observability.outside import egress
from components.observability.site import Secret, Site
from components.workload import Egress


@dataclass(frozen=True, kw_only=True)
class RemoteWriteDestination:
    """One address that Prometheus posts samples to, and who it is there.

    At most one kind of credential is set.

    Attributes:
        name: Key of the destination.
        url: Where samples are posted.
        username: Name for basic authentication, with ``password_file``.
        password_file: Path of the password.
        token_file: Path of a bearer token.
        sigv4_region: AWS region to sign requests for, with the pod's identity.
        google: Whether requests carry the pod's Google identity.
        secret_files: Contents of those paths.
        egress: The way there.
    """

    name: str
    url: str
    username: str | None = None
    password_file: str | None = None
    token_file: str | None = None
    sigv4_region: str | None = None
    google: bool = False
    secret_files: Mapping[str, Secret] = field(default_factory=dict)
    egress: tuple[Egress, ...] = ()

    @property
    def cloud_identity(self) -> bool:
        """Whether the sender signs in as its service account."""
        return self.google or self.sigv4_region is not None


def remote_writes(
    site: Site, destinations: Mapping[str, DestinationSpec], *, directory: str
) -> tuple[RemoteWriteDestination, ...]:
    """The destinations that Prometheus sends to, in the order of their names.

    Args:
        site: Where it runs.
        destinations: Every destination by name; the others are the gateway's.
        directory: Where Prometheus finds its secret files.

    Raises:
        pulumi.RunError: A secret that a destination names is not there.
    """
    return tuple(
        _remote_write(site, name, spec, directory)
        for name, spec in sorted(destinations.items())
        if isinstance(spec, PrometheusDestination) and spec.sender == "prometheus"
    )


def prerequisites(destinations: Mapping[str, DestinationSpec], site: Site) -> Iterator[str]:
    """What has to be granted outside the stack before destinations take anything."""
    for name, spec in sorted(destinations.items()):
        if not isinstance(spec, PrometheusDestination):
            continue
        who = site.workload(spec.sender)
        match spec.auth:
            case SigV4Auth():
                yield (
                    f"destinations.{name}: grant the service account {who} aps:RemoteWrite on the"
                    " workspace"
                )
            case GoogleAuth(project=project):
                yield (
                    f"destinations.{name}: grant the service account {who}"
                    f" roles/monitoring.metricWriter on the project {project}"
                )
            case _:
                continue


def _remote_write(
    site: Site, name: str, spec: PrometheusDestination, directory: str
) -> RemoteWriteDestination:
    path = f"{directory}/{name}"
    way = egress(spec.addresses, spec.network)
    match spec.auth:
        case None:
            return RemoteWriteDestination(name=name, url=spec.url, egress=way)
        case BasicAuth(username=username, password=password):
            return RemoteWriteDestination(
                name=name,
                url=spec.url,
                username=username,
                password_file=path,
                secret_files={path: site.secret(password)},
                egress=way,
            )
        case BearerAuth(token=token):
            return RemoteWriteDestination(
                name=name,
                url=spec.url,
                token_file=path,
                secret_files={path: site.secret(token)},
                egress=way,
            )
        case SigV4Auth(region=region):
            return RemoteWriteDestination(name=name, url=spec.url, sigv4_region=region, egress=way)
        case GoogleAuth():
            return RemoteWriteDestination(name=name, url=spec.url, google=True, egress=way)
