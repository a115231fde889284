"""PostgreSQL as a workload on Docker, for development only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, Final

import pulumi
import pulumi_random as random

from components.database.interface import Database, DockerDatabaseRef
from components.database.spec import DatabaseSpec, Size
from components.network.interface import DockerNetworkRef
from components.network.plan import Tier
from components.versions import POSTGRES
from components.workload import (
    NEIGHBOURS,
    Flow,
    Health,
    Port,
    Resources,
    Volume,
    Workload,
    create_workload,
)

OWNER: Final = "owner"
PORT: Final = 5432
PORT_NAME: Final = "postgres"
PASSWORD_FILE: Final = "/run/secrets/password"  # noqa: S105
PASSWORD_LENGTH: Final = 32

RESOURCES: Final[Mapping[Size, Resources]] = {
    Size.SMALL: Resources(cpus=0.5, memory_mib=512),
    Size.MEDIUM: Resources(cpus=1, memory_mib=1024),
    Size.LARGE: Resources(cpus=2, memory_mib=2048),
}

SETTINGS: Final[Mapping[str, str]] = {
    "log_connections": "on",
    "log_disconnections": "on",
    "log_lock_waits": "on",
    "password_encryption": "scram-sha-256",
}


class DockerDatabase(Database):
    """A PostgreSQL server that only workloads on the data tier reach."""

    TOKEN: ClassVar[str] = "plinth:database:DockerDatabase"  # noqa: S105

    def __init__(
        self,
        name: str,
        spec: DatabaseSpec,
        network: DockerNetworkRef,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the owner's password and the server."""
        super().__init__(name, network.host, opts, spec.data_class)
        child = pulumi.ResourceOptions(parent=self)

        password = random.RandomPassword(
            f"{name}-password", length=PASSWORD_LENGTH, special=False, opts=child
        )
        server = create_workload(network, name, _server(name, spec, password.result), child)

        self.publish(
            ref=DockerDatabaseRef(network.host),
            host=server.host,
            port=server.ports.apply(lambda ports: ports[PORT_NAME]),
            database=spec.database,
            username=OWNER,
            secret=password.result,
            unhonoured=(*_unhonoured(spec), *server.unhonoured),
        )


def _server(name: str, spec: DatabaseSpec, password: pulumi.Input[str]) -> Workload:
    mounted_at, data_directory = _directories(spec.version)
    return Workload(
        image=POSTGRES[spec.version],
        command=("postgres", *(f"--{key}={value}" for key, value in SETTINGS.items())),
        environment={
            "PGDATA": data_directory,
            "POSTGRES_DB": spec.database,
            "POSTGRES_INITDB_ARGS": "--auth=scram-sha-256 --data-checksums",
            "POSTGRES_PASSWORD_FILE": PASSWORD_FILE,
            "POSTGRES_USER": OWNER,
        },
        ports={PORT_NAME: Port(number=PORT)},
        secret_files={PASSWORD_FILE: password},
        volumes={"data": Volume(path=mounted_at, protected=spec.protected)},
        scratch_mib={"/tmp": 64, "/var/run/postgresql": 1},  # noqa: S108
        # Over TCP: while it initialises, the server answers on its socket alone.
        health=Health(
            command=("pg_isready", "--quiet", "--host=127.0.0.1", f"--username={OWNER}"),
            start_seconds=60,
        ),
        resources=RESOURCES[spec.size],
        # Docker kills a checkpoint that takes longer, and recovery takes its place.
        stop_seconds=60,
        flows=(Flow(source=NEIGHBOURS, target=name, port=PORT_NAME, tier=Tier.DATA),),
    )


def _directories(version: int) -> tuple[str, str]:
    """Where the image expects its volume, and where in it the data goes.

    Source: Dockerfiles of docker-library/postgres, checked 2026-11-21.
    """
    if version < 18:  # noqa: PLR2004
        return "/var/lib/postgresql/data", "/var/lib/postgresql/data/pgdata"
    return "/var/lib/postgresql", f"/var/lib/postgresql/{version}/docker"


def _unhonoured(spec: DatabaseSpec) -> Iterator[str]:
    if spec.highly_available:
        yield "highly_available: one server runs; a Docker host is one zone"
    if spec.read_replicas:
        yield f"read_replicas: {spec.read_replicas} are asked; one server runs"
    if spec.aurora:
        yield "aurora: a workload runs; Aurora is a service of AWS"
    if spec.recoverable_elsewhere:
        yield "recoverable_elsewhere: nothing is copied; a Docker host has no second region"
    yield f"backup_days: {spec.backup_days} are asked; nothing is backed up"
    yield f"log_days: {spec.log_days} are asked; the newest 30 MB are kept"
    yield f"storage_gib: {spec.storage_gib} are asked; a volume is as large as the host's disk"
    yield "keys: the volume is not encrypted"
