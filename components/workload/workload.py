"""The description of a long-running service, whatever runs it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import PurePosixPath
from typing import Final

import pulumi
from pydantic import TypeAdapter, ValidationError

from components.network.plan import Tier
from components.versions import Image
from components.workload.spec import (
    HOST,
    NEIGHBOURS,
    AbsolutePath,
    Flow,
    Health,
    Port,
    Resources,
    Volume,
)

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
_PATH: Final[TypeAdapter[str]] = TypeAdapter(AbsolutePath)


@dataclass(frozen=True, kw_only=True)
class Workload:
    """A long-running service: a value the renderers turn into containers or services.

    Hardening is not part of it, because it is not a question: every renderer runs the process as
    the image's non-root user, on a read-only root, without capabilities or new privileges, within
    ``resources``.

    Attributes:
        image: What runs, pinned, and as whom.
        health: How the runtime knows that it serves.
        resources: What one replica may use.
        command: Arguments to the image's entry point; empty for the image's own.
        environment: Variables and values; a secret belongs in ``secret_files``.
        ports: Listening ports by name.
        files: Configuration by absolute path; immutable, a change replaces the replica. A
            directory that holds files holds nothing else.
        secret_files: The same for secrets, readable by the process alone.
        volumes: Storage that outlives the replica, by role.
        scratch_mib: Writable memory-backed directories, path to size in MiB.
        replicas: Copies that run.
        spread: Whether the copies run in different zones.
        max_unavailable: Copies that maintenance may stop at once; None for no budget.
        stop_seconds: Time between the request to stop and the kill.
        flows: Every connection the workload takes part in.

    Raises:
        ValueError: The parts contradict each other; every problem is listed.
    """

    image: Image
    health: Health
    resources: Resources
    command: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    ports: Mapping[str, Port] = field(default_factory=dict)
    files: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    secret_files: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    volumes: Mapping[str, Volume] = field(default_factory=dict)
    scratch_mib: Mapping[str, int] = field(default_factory=lambda: {"/tmp": 16})  # noqa: S108
    replicas: int = 1
    spread: bool = False
    max_unavailable: int | None = None
    stop_seconds: int = 30
    flows: tuple[Flow, ...] = ()

    def __post_init__(self) -> None:
        """Refuse contradictions, all at once."""
        problems = [*_environment_problems(self), *_file_problems(self), *_mount_problems(self)]
        if self.replicas < 1:
            problems.append(f"replicas is {self.replicas}; at least 1 must run")
        if problems:
            lines = "\n".join(f"  {problem}" for problem in problems)
            raise ValueError(f"the workload of {self.image.repository} is not valid:\n{lines}")

    @property
    def tiers(self) -> tuple[Tier, ...]:
        """The networks its flows cross, in a stable order."""
        return tuple(sorted({flow.tier for flow in self.flows}))

    def published_ports(self, name: str) -> dict[str, int]:
        """Ports on the host by port name, for a workload called ``name``."""
        return {
            flow.port: flow.published_port
            for flow in self.flows
            if flow.target == name and flow.published_port is not None
        }

    def check_flows(self, name: str) -> None:
        """Refuse flows that do not fit a workload called ``name``.

        Raises:
            ValueError: A flow neither starts nor ends here, or ends at a port there is none of.
        """
        for flow in self.flows:
            if name not in (flow.source, flow.target):
                ends = {flow.source, flow.target} - {HOST, NEIGHBOURS}
                raise ValueError(
                    f"{name}: the flow from {flow.source} to {flow.target} does not concern it; "
                    f"give it to {' and '.join(sorted(ends))}"
                )
            if name == flow.target and flow.port not in self.ports:
                raise ValueError(
                    f"{name}: the flow from {flow.source} calls the port {flow.port!r}; "
                    f"ports has {', '.join(sorted(self.ports)) or 'none'}"
                )


def _environment_problems(workload: Workload) -> Iterator[str]:
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
    mounts = sorted(
        [(path, "files") for path in directories]
        + [(PurePosixPath(volume.path), "volumes") for volume in workload.volumes.values()]
        + [(PurePosixPath(path), "scratch_mib") for path in workload.scratch_mib]
    )
    for (upper, one), (lower, other) in pairwise(mounts):
        if lower == upper or upper in lower.parents:
            yield f"{lower} ({other}) lies in {upper} ({one}); mounts must not overlap"


def _path_problems(path: str) -> Iterator[str]:
    try:
        _PATH.validate_python(path)
    except ValidationError:
        yield f"{path!r} is not an absolute path without '.' and '..'"
