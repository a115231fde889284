"""Files of a workload as immutable objects whose names follow from what is in them.

Another content is another name, so it is another object and other pods, and nothing else changes.
One object holds one file: what an object may hold is limited, and a change shows as that file's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

import pulumi
from pulumi_kubernetes.core import v1 as core
from pulumi_kubernetes.meta import v1 as meta

from components.workload.kubernetes_labels import PATH, labels
from components.workload.kubernetes_names import DIGITS, short, slug
from components.workload.problems import FILE_LIMIT_BYTES
from components.workload.workload import SecretKey, Workload

READABLE: Final = 0o444
READABLE_BY_GROUP: Final = 0o440
# What a guess at a secret costs whoever reads the name, some 50 ms. Source: RFC 7914, section 2.
GUESS_COST: Final = 2**14


@dataclass(frozen=True)
class Delivery:
    """What shows the files to a container: ``names`` of the objects change with any content."""

    volumes: tuple[core.VolumeArgs, ...]
    mounts: tuple[core.VolumeMountArgs, ...]
    names: tuple[pulumi.Input[str], ...]
    resources: tuple[pulumi.Resource, ...]


@dataclass(frozen=True)
class _File:
    path: str
    name: pulumi.Input[str]
    source: core.VolumeProjectionArgs
    resource: pulumi.Resource | None


def deliver(
    name: str, namespace: str, workload: Workload, child: pulumi.ResourceOptions
) -> Delivery:
    """Declare an object per file of ``workload``, and one volume per directory.

    Raises:
        pulumi.RunError: two files have names that Kubernetes cannot tell apart.
    """
    _refuse_twins(name, (*workload.files, *workload.secret_files))
    files = [
        *(
            _config(name, namespace, path, content, child)
            for path, content in sorted(workload.files.items())
        ),
        *(
            _secret(name, namespace, path, content, child)
            for path, content in sorted(workload.secret_files.items())
        ),
    ]
    directories: dict[str, list[core.VolumeProjectionArgs]] = {}
    for each in files:
        directories.setdefault(str(PurePosixPath(each.path).parent), []).append(each.source)
    return Delivery(
        volumes=tuple(
            core.VolumeArgs(
                name=_volume(directory), projected=core.ProjectedVolumeSourceArgs(sources=sources)
            )
            for directory, sources in directories.items()
        ),
        mounts=tuple(
            core.VolumeMountArgs(name=_volume(directory), mount_path=directory, read_only=True)
            for directory in directories
        ),
        names=tuple(each.name for each in files),
        resources=tuple(each.resource for each in files if each.resource),
    )


def _config(
    name: str,
    namespace: str,
    path: str,
    content: pulumi.Input[str],
    child: pulumi.ResourceOptions,
) -> _File:
    key = PurePosixPath(path).name
    hashed = hashed_name(name, path, content)
    created = core.ConfigMap(
        f"{name}-config-{slug(path)}",
        metadata=_metadata(name, namespace, path, hashed),
        data={key: content},
        immutable=True,
        opts=child,
    )
    items = [core.KeyToPathArgs(key=key, path=key, mode=READABLE)]
    source = core.ConfigMapProjectionArgs(name=hashed, items=items)
    return _File(path, hashed, core.VolumeProjectionArgs(config_map=source), created)


def _secret(
    name: str,
    namespace: str,
    path: str,
    content: pulumi.Input[str] | SecretKey,
    child: pulumi.ResourceOptions,
) -> _File:
    file = PurePosixPath(path).name
    if isinstance(content, SecretKey):
        hashed, key, created = content.secret, content.key, None
    else:
        hashed, key = hashed_name(name, path, content, secret=True), file
        created = core.Secret(
            f"{name}-secret-{slug(path)}",
            metadata=_metadata(name, namespace, path, hashed),
            type="Opaque",
            string_data={key: pulumi.Output.secret(content)},
            immutable=True,
            opts=child,
        )
    items = [core.KeyToPathArgs(key=key, path=file, mode=READABLE_BY_GROUP)]
    source = core.SecretProjectionArgs(name=hashed, items=items)
    return _File(path, hashed, core.VolumeProjectionArgs(secret=source), created)


def hashed_name(
    name: str, path: str, content: pulumi.Input[str], *, secret: bool = False
) -> pulumi.Input[str]:
    """Another name for another content, known at once where the content is."""
    stem = f"{name}-{slug(PurePosixPath(path).name)}"

    def named(text: str) -> str:
        if len(text.encode()) > FILE_LIMIT_BYTES:
            raise pulumi.RunError(
                f"{path} of {name} has {len(text.encode())} bytes; allowed are {FILE_LIMIT_BYTES}"
            )
        return short(f"{stem}-{digest(f'{name}:{path}', text, secret=secret)}")

    return derived(content, named)


def digest(place: str, text: str, *, secret: bool) -> str:
    """Ten hexadecimal digits that change with ``text``; slow to compute where it is a secret."""
    if not secret:
        return hashlib.sha256(f"{place}:{text}".encode()).hexdigest()[:DIGITS]
    # Names are no secrets, so they must not be a quick test of a guess.
    salt = f"{pulumi.get_project()}:{pulumi.get_stack()}:{place}".encode()
    key = hashlib.scrypt(text.encode(), salt=salt, n=GUESS_COST, r=8, p=1, dklen=DIGITS // 2)
    return key.hex()


def derived(value: pulumi.Input[str], of: Callable[[str], str]) -> pulumi.Input[str]:
    """``of(value)``, known before preview if ``value`` is, and never a secret."""
    if isinstance(value, str):
        return of(value)
    return pulumi.Output.unsecret(pulumi.Output.from_input(value).apply(of))


def _refuse_twins(name: str, paths: Iterable[str]) -> None:
    known: dict[str, str] = {}
    for path in sorted(paths):
        if (twin := known.setdefault(slug(path), path)) != path:
            raise pulumi.RunError(
                f"{name}: the files {twin} and {path} would both be {slug(path)} on Kubernetes;"
                " rename one"
            )


def _metadata(
    name: str, namespace: str, path: str, hashed: pulumi.Input[str]
) -> meta.ObjectMetaArgs:
    return meta.ObjectMetaArgs(
        name=hashed,
        namespace=namespace,
        labels=labels(name, namespace),
        annotations={PATH: path},
    )


def _volume(directory: str) -> str:
    return short(f"files-{slug(directory)}")
