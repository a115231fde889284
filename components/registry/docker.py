"""An image registry as a workload on Docker, for development only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

import pulumi
import pulumi_random as random

from components.keys.interface import DockerKeysRef
from components.keys.spec import Purpose
from components.network.interface import DockerNetworkRef
from components.network.plan import Tier
from components.registry.config import (
    Auth,
    Delete,
    Filesystem,
    Htpasswd,
    Http,
    Log,
    RegistryConfig,
    Storage,
)
from components.registry.interface import DockerRegistryRef, Registry
from components.registry.spec import RegistrySpec
from components.versions import REGISTRY
from components.workload import (
    HOST,
    Flow,
    Health,
    Port,
    Resources,
    Volume,
    Workload,
    create_workload,
)

USERNAME: Final = "plinth"
PASSWORD_LENGTH: Final = 32
PORT: Final = 5000
PORT_NAME: Final = "http"
CONFIG_FILE: Final = "/etc/distribution/config.yml"
HTPASSWD_FILE: Final = "/etc/distribution/htpasswd"

# The image's own /var/lib/registry belongs to root. A new volume takes the mode of the directory
# it is mounted over, and this one is writable for every user of the image.
STORAGE: Final = "/var/tmp"  # noqa: S108


class DockerRegistry(Registry):
    """A registry on the host's loopback address; every request needs the password."""

    TOKEN: ClassVar[str] = "plinth:registry:DockerRegistry"  # noqa: S105

    def __init__(
        self,
        name: str,
        spec: RegistrySpec,
        network: DockerNetworkRef,
        keys: DockerKeysRef,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the password and the server."""
        super().__init__(name, network.host, opts)
        child = pulumi.ResourceOptions(parent=self)

        password = random.RandomPassword(
            f"{name}-password", length=PASSWORD_LENGTH, special=False, opts=child
        )
        server = create_workload(
            network,
            name,
            _server(
                name,
                spec,
                config=keys.secrets[Purpose.REGISTRY].apply(_config),
                htpasswd=pulumi.Output.concat(USERNAME, ":", password.bcrypt_hash, "\n"),
            ),
            child,
        )
        url = server.published.apply(lambda addresses: addresses[PORT_NAME])

        self.publish(
            ref=DockerRegistryRef(
                network=network,
                url=url,
                repositories={
                    repository: pulumi.Output.concat(url, "/", repository)
                    for repository in spec.repositories
                },
                username=pulumi.Output.from_input(USERNAME),
                password=password.result,
            ),
            unhonoured=(*_unhonoured(spec), *server.unhonoured),
        )


def _server(
    name: str,
    spec: RegistrySpec,
    *,
    config: pulumi.Input[str],
    htpasswd: pulumi.Input[str],
) -> Workload:
    return Workload(
        image=REGISTRY,
        command=("serve", CONFIG_FILE),
        environment={"OTEL_TRACES_EXPORTER": "none"},
        ports={PORT_NAME: Port(number=PORT)},
        secret_files={CONFIG_FILE: config, HTPASSWD_FILE: htpasswd},
        volumes={"images": Volume(path=STORAGE, protected=spec.protected)},
        # The root path answers without credentials.
        health=Health(command=("wget", "-q", "--spider", f"http://127.0.0.1:{PORT}/")),
        resources=Resources(cpus=0.5, memory_mib=256),
        flows=(
            Flow(source=HOST, target=name, port=PORT_NAME, tier=Tier.PUBLIC, published_port=PORT),
        ),
    )


def _config(secret: str) -> str:
    return RegistryConfig(
        log=Log(level="info", formatter="json"),
        storage=Storage(
            filesystem=Filesystem(rootdirectory=f"{STORAGE}/registry"), delete=Delete(enabled=False)
        ),
        http=Http(addr=f":{PORT}", secret=secret),
        auth=Auth(htpasswd=Htpasswd(realm="plinth", path=HTPASSWD_FILE)),
    ).model_dump_json()


def _unhonoured(spec: RegistrySpec) -> Iterator[str]:
    yield "immutable tags: a push to an existing tag replaces it"
    yield "scanning: images are not scanned"
    yield f"keep_images: {spec.keep_images} are asked; nothing expires"
    if spec.mirrors:
        yield f"mirrors: {', '.join(spec.mirrors)} are asked; images are pulled from there directly"
    if spec.recoverable_elsewhere:
        yield "recoverable_elsewhere: a Docker host is one place"
    yield "TLS: plain HTTP on the loopback address, which Docker clients trust"
