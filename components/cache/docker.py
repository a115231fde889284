"""Valkey as a workload on Docker, for development only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, Final

import pulumi
import pulumi_random as random

from components.cache.interface import Cache, DockerCacheRef
from components.cache.spec import CacheSpec, Size, refused_on
from components.network.interface import DockerNetworkRef
from components.network.plan import Tier
from components.versions import VALKEY
from components.workload import (
    NEIGHBOURS,
    Flow,
    Health,
    Port,
    Resources,
    Workload,
    create_workload,
)

PORT: Final = 6379
PORT_NAME: Final = "valkey"
USERNAME: Final = "default"
CONFIG_FILE: Final = "/etc/valkey/valkey.conf"
DATA_DIRECTORY: Final = "/data"
PASSWORD_LENGTH: Final = 32
DATA_SHARE: Final = 0.75  # the rest is for connections and fragmentation

RESOURCES: Final[Mapping[Size, Resources]] = {
    Size.SMALL: Resources(cpus=0.25, memory_mib=256),
    Size.MEDIUM: Resources(cpus=0.5, memory_mib=512),
    Size.LARGE: Resources(cpus=1, memory_mib=1024),
}


class DockerCache(Cache):
    """A Valkey server that only workloads on the data tier reach."""

    TOKEN: ClassVar[str] = "plinth:cache:DockerCache"  # noqa: S105

    def __init__(
        self,
        name: str,
        spec: CacheSpec,
        network: DockerNetworkRef,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the password and the server.

        Raises:
            pulumi.RunError: There is no image of the version.
        """
        if reason := refused_on(network.host.KIND, spec):
            raise pulumi.RunError(f"cache {name}: {reason}")
        super().__init__(name, network.host, opts, spec.data_class)
        child = pulumi.ResourceOptions(parent=self)

        password = random.RandomPassword(
            f"{name}-password", length=PASSWORD_LENGTH, special=False, opts=child
        )
        server = create_workload(network, name, _server(name, spec, password.result), child)

        self.publish(
            ref=DockerCacheRef(network.host),
            host=server.host,
            port=server.ports.apply(lambda ports: ports[PORT_NAME]),
            username=USERNAME,
            secret=password.result,
            unhonoured=(*_unhonoured(spec), *server.unhonoured),
        )


def _server(name: str, spec: CacheSpec, password: pulumi.Output[str]) -> Workload:
    return Workload(
        image=VALKEY[spec.version],
        command=("valkey-server", CONFIG_FILE),
        ports={PORT_NAME: Port(number=PORT)},
        secret_files={CONFIG_FILE: password.apply(lambda known: _config(spec, known))},
        # The image refuses to start where it cannot write, though nothing is written.
        scratch_mib={DATA_DIRECTORY: 1},
        # A server that asks for the password answers.
        health=Health(command=("valkey-cli", "ping")),
        resources=RESOURCES[spec.size],
        flows=(Flow(source=NEIGHBOURS, target=name, port=PORT_NAME, tier=Tier.DATA),),
    )


def _config(spec: CacheSpec, password: str) -> str:
    settings = {
        "dir": DATA_DIRECTORY,
        "maxmemory": f"{int(RESOURCES[spec.size].memory_mib * DATA_SHARE)}mb",
        "maxmemory-policy": spec.eviction.value,
        "port": str(PORT),
        "requirepass": password,
        "save": '""',
    }
    return "".join(f"{key} {value}\n" for key, value in settings.items())


def _unhonoured(spec: CacheSpec) -> Iterator[str]:
    if spec.replicas:
        yield f"replicas: {spec.replicas} are asked; one server runs on one host"
    if spec.protected:
        yield "protected: what the server holds is lost with its container"
    yield f"backup_days: {spec.backup_days} are asked; nothing is backed up"
    yield f"log_days: {spec.log_days} are asked; the newest 30 MB are kept"
    yield "keys: what clients send and receive is not encrypted"
