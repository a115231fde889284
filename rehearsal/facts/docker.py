"""Docker: what its provider replaces and computes.

Source: kreuzwerker/terraform-provider-docker, ``internal/provider/resource_docker_*.go`` (ForceNew, Default),
checked 2026-11-21.
"""

from __future__ import annotations

from typing import Any, Final

from rehearsal.facts.fact import Facts, Making


def _networks(making: Making) -> list[dict[str, Any]]:
    """One address per network the container is attached to, the default bridge without any."""
    attached: list[Any] = making.inputs.get("networksAdvanced") or [{"name": "bridge"}]
    return [
        {
            "networkName": network.get("name", "bridge") if isinstance(network, dict) else "bridge",
            "ipAddress": making.text("172.18.{octet}.{octet}", f"address-{index}"),
            "ipPrefixLength": 16,
            "gateway": "172.18.0.1",
            "macAddress": making.text("02:42:ac:{hex2}:{hex2}:{hex2}", f"mac-{index}"),
            "globalIpv6Address": "",
            "globalIpv6PrefixLength": 0,
            "ipv6Gateway": "",
        }
        for index, network in enumerate(attached)
    ]


DOCKER: Final = {
    "docker:index/container:Container": Facts(
        id="{hex64}",
        outputs={
            "bridge": "",
            "containerLogs": "",
            "exitCode": 0,
            "hostname": lambda making: making.text("{id}", "id")[:12],
            "ipcMode": "private",
            "networkDatas": _networks,
            "runtime": "runc",
            "shmSize": 64,
            "stopSignal": "SIGTERM",
            "stopTimeout": 10,
            "logDriver": "json-file",
            "securityOpts": [],
            "command": [],
            "entrypoints": [],
            "envs": [],
            "init": False,
            "cgroupnsMode": "private",
        },
        defaults={
            "attach": False,
            "logs": False,
            "mustRun": True,
            "networkMode": "bridge",
            "readOnly": False,
            "removeVolumes": True,
            "restart": "no",
            "rm": False,
            "start": True,
            "stdinOpen": False,
            "tty": False,
            "wait": False,
            "waitTimeout": 60,
        },
        replaces=("*",),
        keeps=(
            "attach",
            "containerReadRefreshTimeoutMilliseconds",
            "cpuPeriod",
            "cpuQuota",
            "cpuSet",
            "cpuShares",
            "destroyGraceSeconds",
            "healthcheck",
            "init",
            "logs",
            "maxRetryCount",
            "memory",
            "memoryReservation",
            "memorySwap",
            "mustRun",
            "removeVolumes",
            "restart",
            "rm",
            "start",
            "wait",
            "waitTimeout",
        ),
    ),
    "docker:index/network:Network": Facts(
        id="{hex64}",
        outputs={
            "driver": "bridge",
            "ipamConfigs": [],
            "internal": False,
            "options": {},
            "scope": "local",
        },
        defaults={"ipamDriver": "default"},
        replaces=("*",),
    ),
    "docker:index/volume:Volume": Facts(
        id="{name}",
        outputs={"driver": "local", "mountpoint": "/var/lib/docker/volumes/{name}/_data"},
        replaces=("*",),
    ),
    "docker:index/remoteImage:RemoteImage": Facts(
        id="sha256:{hex64}{name}",
        outputs={"imageId": "sha256:{hex64}", "repoDigest": "{name}@sha256:{hex64}"},
        replaces=("name", "platform", "pullTriggers", "triggers"),
        unique=False,
    ),
    "docker:index/registryImage:RegistryImage": Facts(
        id="sha256:{hex64}",
        outputs={"sha256Digest": "sha256:{hex64}"},
        replaces=("name", "triggers"),
        unique=False,
    ),
    "docker:index/service:Service": Facts(
        id="{alpha25}",
        replaces=("auth", "name", "mode"),
    ),
    "docker:index/secret:Secret": Facts(id="{alpha25}", replaces=("*",)),
    "docker:index/serviceConfig:ServiceConfig": Facts(id="{alpha25}", replaces=("*",)),
    "docker:index/tag:Tag": Facts(
        id="{sourceImage}.{targetImage}",
        outputs={"sourceImageId": "sha256:{hex64}"},
        replaces=("*",),
        unique=False,
    ),
}
