"""How the parts of a workload can contradict each other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import IPv4Network
from itertools import pairwise
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from pydantic import TypeAdapter, ValidationError

from components.workload.spec import AbsolutePath, Batch, HttpCheck, Kind, Outside, TcpCheck

if TYPE_CHECKING:
    from components.workload.workload import Workload

FILE_LIMIT_BYTES: Final = 500 * 1024
"""Largest file every runtime delivers: a Swarm secret.

Source: https://docs.docker.com/engine/swarm/secrets/, checked 2026-11-21.
"""

_SECRET_NAME: Final = re.compile(
    r"(PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|CREDENTIALS?|PRIVATE_KEY|API_KEY)$"
)
_SYSTEM_DIRECTORIES: Final = frozenset(
    {"/", "/bin", "/boot", "/dev", "/etc", "/lib", "/lib64", "/opt", "/proc", "/root", "/run"}
    | {"/sbin", "/sys", "/tmp", "/usr", "/usr/bin", "/usr/lib", "/usr/local"}  # noqa: S108
    | {"/usr/local/bin", "/var", "/var/lib", "/var/run"}
)
_PORT_NAME_LENGTH: Final = 15
"""Longest name of a port on Kubernetes (RFC 6335)."""

_PATH: Final[TypeAdapter[str]] = TypeAdapter(AbsolutePath)


def find_problems(workload: Workload) -> Iterator[str]:
    """How the parts of ``workload`` contradict each other, one sentence each."""
    yield from _environment_problems(workload)
    yield from _file_problems(workload)
    yield from _mount_problems(workload)
    yield from _port_problems(workload)
    yield from _kind_problems(workload)
    yield from _egress_problems(workload)


def _kind_problems(workload: Workload) -> Iterator[str]:
    kind = workload.kind
    if kind.serves and workload.health is None:
        yield f"health is missing; a {kind} workload says how the runtime knows that it serves"
    if not kind.serves and workload.batch is None:
        yield f"batch is missing; a {kind} workload says how it runs to its end"
    if kind.serves and workload.batch is not None:
        yield f"batch is given; a {kind} workload does not run to an end"
    if not kind.serves and workload.health is not None:
        yield f"health is given; a {kind} workload is judged by its exit status"
    if workload.batch is not None and not kind.serves:
        yield from _schedule_problems(kind, workload.batch)
    yield from _number_problems(workload)


def _schedule_problems(kind: Kind, batch: Batch) -> Iterator[str]:
    if kind is Kind.SCHEDULED and batch.schedule is None:
        yield "batch.schedule is missing; a scheduled workload says when it runs"
    if kind is not Kind.SCHEDULED and batch.schedule is not None:
        yield f"batch.schedule is {batch.schedule!r}; a {kind} workload has none, leave it out"


def _number_problems(workload: Workload) -> Iterator[str]:
    kind, scale = workload.kind, workload.autoscaling
    most = scale.replicas_at_most if scale else workload.replicas
    if workload.replicas < 1:
        yield f"replicas is {workload.replicas}; at least 1 must run"
    if workload.replicas > 1 and kind not in (Kind.REPLICATED, Kind.STATEFUL):
        yield f"replicas is {workload.replicas}; a {kind} workload has no copies, leave it out"
    if kind is Kind.REPLICATED and most > 1 and _kept(workload):
        yield (
            f"volumes {', '.join(_kept(workload))} would be shared by {most} copies;"
            " make it stateful, or keep one copy"
        )
    if kind is not Kind.REPLICATED and scale is not None:
        yield f"autoscaling is given; a {kind} workload has no number of copies to follow the load"
    if scale is not None and workload.replicas != 1:
        yield f"replicas is {workload.replicas} beside autoscaling, which sets it; leave it out"
    if (stopped := workload.max_unavailable) is None:
        return
    least = scale.replicas_at_least if scale else workload.replicas
    if stopped < 1:
        yield f"max_unavailable is {stopped}, so that no node could ever be drained; at least 1"
    if least == 1 and kind is not Kind.PER_NODE:
        yield (
            f"max_unavailable is {stopped} for a single copy, where it would block or mean"
            " nothing; leave it out"
        )


def _kept(workload: Workload) -> list[str]:
    return [role for role, volume in sorted(workload.volumes.items()) if volume.kept]


def _port_problems(workload: Workload) -> Iterator[str]:
    checks = (workload.health.ready, workload.health.alive) if workload.health else ()
    for which, check in zip(("ready", "alive"), checks, strict=False):
        if isinstance(check, HttpCheck | TcpCheck) and check.port not in workload.ports:
            yield (
                f"health.{which} asks the port {check.port!r}, which is not declared; ports has"
                f" {', '.join(sorted(workload.ports)) or 'none'}"
            )
    for name in workload.ports:
        if len(name) > _PORT_NAME_LENGTH:
            yield f"ports.{name} has {len(name)} characters; at most {_PORT_NAME_LENGTH}"


def _egress_problems(workload: Workload) -> Iterator[str]:
    for each in workload.egress:
        if isinstance(each.to, Outside):
            continue
        try:
            IPv4Network(each.to)
        except ValueError:
            yield f"egress to {each.to} is no IPv4 range, such as 10.0.0.0/8"


def _environment_problems(workload: Workload) -> Iterator[str]:
    for variable in sorted(workload.environment.keys() & workload.facts.keys()):
        yield f"{variable} is in environment and in facts; keep one"
    for variable in workload.environment:
        if _SECRET_NAME.search(variable.upper()):
            yield (
                f"environment.{variable} looks like a secret; put it into secret_files and name "
                f"the file, for most images in {variable}_FILE"
            )


def _file_problems(workload: Workload) -> Iterator[str]:
    for path in sorted(workload.files.keys() & workload.secret_files.keys()):
        yield f"{path} is in files and in secret_files; keep one"
    for path, content in {**workload.files, **workload.secret_files}.items():
        yield from _path_problems(path)
        directory = str(PurePosixPath(path).parent)
        if directory in _SYSTEM_DIRECTORIES:
            yield f"{path} is directly in {directory}; use a directory of its own, which it hides"
        if isinstance(content, str) and not 0 < len(content.encode()) <= FILE_LIMIT_BYTES:
            yield f"{path} has {len(content.encode())} bytes; allowed are 1 to {FILE_LIMIT_BYTES}"


def _mount_problems(workload: Workload) -> Iterator[str]:
    for path, size in workload.scratch_mib.items():
        yield from _path_problems(path)
        if size < 1:
            yield f"scratch_mib.{path} is {size}; at least 1 MiB"
    directories = {PurePosixPath(path).parent for path in (*workload.files, *workload.secret_files)}
    host_paths = workload.host_access.paths.values() if workload.host_access else ()
    mounts = sorted(
        [(path, "files") for path in directories]
        + [(PurePosixPath(volume.path), "volumes") for volume in workload.volumes.values()]
        + [(PurePosixPath(path), "scratch_mib") for path in workload.scratch_mib]
        + [(PurePosixPath(shown.mounted_at), "host_access.paths") for shown in host_paths]
    )
    for (upper, one), (lower, other) in pairwise(mounts):
        if lower == upper or upper in lower.parents:
            yield f"{lower} ({other}) lies in {upper} ({one}); mounts must not overlap"


def _path_problems(path: str) -> Iterator[str]:
    try:
        _PATH.validate_python(path)
    except ValidationError:
        yield f"{path!r} is not an absolute path without '.' and '..'"
