"""Files for a container whose root is read-only.

The Docker daemon refuses to copy anything into such a container, so the files travel in a second
one that is created and never started: the carrier holds the volumes while the files are copied,
and the workload mounts the same volumes read-only. A volume is labelled with a digest of its
files and labels cannot change, so other content means other volumes and a replaced workload.

Source: moby/moby ``daemon/archive_unix.go`` (``checkIfPathIsInAVolume``) and
kreuzwerker/terraform-provider-docker 4.5 ``resource_docker_container_funcs.go``, which copies to
``/``; checked 2026-11-21.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

import pulumi
import pulumi_docker as docker

from components.component import Component
from components.workload.hardening import (
    CAPABILITIES,
    SECURITY_OPTIONS,
    healthcheck,
    user,
)
from components.workload.workload import Workload

DIGEST_LABEL: Final = "plinth.files"
DIGEST_LENGTH: Final = 16


@dataclass(frozen=True)
class Delivery:
    """Mounts that show the files to a container, and the resource that puts them there."""

    mounts: tuple[docker.ContainerMountArgs, ...] = ()
    carriers: tuple[pulumi.Resource, ...] = ()


def deliver(
    name: str,
    workload: Workload,
    secrets: Mapping[str, pulumi.Output[str]],
    image_id: pulumi.Input[str],
    parent: Component,
) -> Delivery:
    """Put the files of ``workload`` and ``secrets``, both by path, into volumes, one per directory."""
    if not workload.files and not secrets:
        return Delivery()
    child = pulumi.ResourceOptions(parent=parent)
    volumes = {
        directory: docker.Volume(
            f"{name}-files-{slug(directory)}",
            driver="local",
            labels=[docker.VolumeLabelArgs(label=DIGEST_LABEL, value=digest(files))],
            opts=child,
        )
        for directory, files in _by_directory({**workload.files, **secrets}).items()
    }
    carrier = docker.Container(
        f"{name}-files",
        image=image_id,
        start=False,
        must_run=False,
        user=user(workload),
        network_mode="none",
        capabilities=CAPABILITIES,
        security_opts=SECURITY_OPTIONS,
        memory=workload.resources.memory_mib,
        cpus=f"{workload.resources.cpus:g}",
        restart="no",
        healthcheck=healthcheck(workload.health),
        mounts=[_mount(directory, volume.name) for directory, volume in volumes.items()],
        uploads=_uploads(workload, secrets),
        opts=child,
    )
    return Delivery(
        mounts=tuple(
            _mount(directory, volume.name, read_only=True) for directory, volume in volumes.items()
        ),
        carriers=(carrier,),
    )


def digest(files: Mapping[str, pulumi.Input[str]]) -> pulumi.Output[str]:
    """Sixteen hexadecimal digits that change with any path or content; secret if one is."""

    def of(content: Mapping[str, str]) -> str:
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[
            :DIGEST_LENGTH
        ]

    return pulumi.Output.all(**files).apply(of)


def slug(path: str) -> str:
    """``path`` as part of a resource name: ``/etc/loki/rules.yml`` is ``etc-loki-rules-yml``."""
    return path.strip("/").replace("/", "-").replace(".", "-").lower()


def _by_directory(
    files: Mapping[str, pulumi.Input[str]],
) -> dict[str, dict[str, pulumi.Input[str]]]:
    directories: dict[str, dict[str, pulumi.Input[str]]] = {}
    for path, content in sorted(files.items()):
        directories.setdefault(str(PurePosixPath(path).parent), {})[path] = content
    return directories


def _mount(
    directory: str, volume: pulumi.Input[str], *, read_only: bool = False
) -> docker.ContainerMountArgs:
    return docker.ContainerMountArgs(
        type="volume",
        source=volume,
        target=directory,
        read_only=read_only,
        volume_options=docker.ContainerMountVolumeOptionsArgs(no_copy=True),
    )


def _uploads(
    workload: Workload, secrets: Mapping[str, pulumi.Output[str]]
) -> list[docker.ContainerUploadArgs]:
    return [
        *(
            docker.ContainerUploadArgs(
                file=path, content=content, owner="0", group="0", permissions="0444"
            )
            for path, content in sorted(workload.files.items())
        ),
        *(
            docker.ContainerUploadArgs(
                file=path,
                content=content,
                owner=str(workload.image.uid),
                group=str(workload.image.gid),
                permissions="0400",
            )
            for path, content in secrets.items()
        ),
    ]
