"""The parts of a workload: plain values, known before preview."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from components.network.plan import Tier

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,29}$")]
DnsLabel = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]
AbsolutePath = Annotated[str, Field(pattern=r"^(/[A-Za-z0-9_][A-Za-z0-9_.-]*)+$")]

HOST: Final = "@host"
"""As the source of a flow: people and programs on the machine itself."""

NEIGHBOURS: Final = "@neighbours"
"""As the source of a flow: every workload on the tier; on Kubernetes every pod of the cluster."""


class Kind(StrEnum):
    """How many run, where and for how long."""

    REPLICATED = "replicated"  # interchangeable copies
    STATEFUL = "stateful"  # copies with a name and volumes of their own
    PER_NODE = "per-node"  # one on every node
    SCHEDULED = "scheduled"  # runs to its end, again and again
    ONE_SHOT = "one-shot"  # runs to its end, once per description

    @property
    def serves(self) -> bool:
        """Whether it runs until it is stopped."""
        return self not in (Kind.SCHEDULED, Kind.ONE_SHOT)


class Outside(StrEnum):
    """What a workload calls that is no workload of the stack."""

    INTERNET = "@internet"  # public addresses, never the cloud's metadata
    API_SERVER = "@api-server"  # the Kubernetes API
    NODES = "@nodes"  # the machines that pods run on


class Fact(StrEnum):
    """What a replica knows of itself only once it runs."""

    REPLICA = "replica"  # name of the replica
    ADDRESS = "address"  # its IP address
    NODE = "node"  # name of the machine it runs on
    NODE_ADDRESS = "node-address"  # IP address of that machine


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Port(_Part):
    """A port the process listens on."""

    number: Annotated[int, Field(ge=1, le=65_535)] = Field(description="Port number.")
    protocol: Literal["TCP", "UDP"] = Field(default="TCP", description="Transport protocol.")


class Flow(_Part):
    """``source`` calls ``target`` on its port ``port``, across the network of ``tier``.

    There is no connection without a flow: a workload joins the networks of its flows and no
    others, and a port is published only by a flow from ``HOST``.
    """

    source: DnsLabel | Literal["@host", "@neighbours"] = Field(
        description="Pulumi name of the calling workload, HOST or NEIGHBOURS."
    )
    target: DnsLabel = Field(description="Pulumi name of the workload that is called.")
    port: Name = Field(description="Key of the port in the target's ``ports``.")
    tier: Tier = Field(description="Network the call crosses.")
    published_port: Annotated[int, Field(ge=1024, le=65_535)] | None = Field(
        default=None, description="Port on the host's loopback address; with source HOST only."
    )
    number: Annotated[int, Field(ge=1, le=65_535)] | None = Field(
        default=None, description="Number of that port, for the caller's side; ``connect`` sets it."
    )
    protocol: Literal["TCP", "UDP"] = Field(
        default="TCP", description="Transport protocol of that port; ``connect`` sets it."
    )
    source_namespace: DnsLabel | None = Field(
        default=None, description="Kubernetes namespace of the caller; unset: the target's own."
    )
    target_namespace: DnsLabel | None = Field(
        default=None, description="Kubernetes namespace of the target; unset: the caller's own."
    )

    @model_validator(mode="after")
    def _publishes_what_the_host_calls(self) -> Self:
        if (self.source == HOST) != (self.published_port is not None):
            message = (
                f"published_port is {self.published_port} with source {self.source}: a flow from "
                f"{HOST} needs it, every other flow must leave it out"
            )
            raise ValueError(message)
        if self.source == HOST and self.tier is not Tier.PUBLIC:
            message = f"tier is {self.tier}: only the tier {Tier.PUBLIC} can be reached from {HOST}"
            raise ValueError(message)
        return self


class Egress(_Part):
    """A connection to something that is no workload of the stack."""

    to: Outside | Annotated[str, Field(pattern=r"^(\d{1,3}\.){3}\d{1,3}/\d{1,2}$")] = Field(
        description="What is called, or an IPv4 range in CIDR notation."
    )
    port: Annotated[int, Field(ge=1, le=65_535)] = Field(description="Port that is called.")
    protocol: Literal["TCP", "UDP"] = Field(default="TCP", description="Transport protocol.")


class HttpCheck(_Part):
    """Healthy is an answer below 400."""

    path: Annotated[str, Field(pattern=r"^/[!-~]*$")] = Field(description="Path and query.")
    port: Name = Field(description="Key of the port in ``ports``.")


class TcpCheck(_Part):
    """Healthy is an accepted connection."""

    port: Name = Field(description="Key of the port in ``ports``.")


class Health(_Part):
    """What tells whether the process serves.

    Kubernetes asks ``ready`` and ``alive`` from outside; where they are left out, and on Docker,
    ``command`` is run inside the container and exit status 0 is healthy.
    """

    command: tuple[str, ...] = Field(
        default=(),
        description="Program and arguments, run inside the container without a shell; empty where"
        " the image has no program to ask with.",
    )
    ready: HttpCheck | TcpCheck | None = Field(
        default=None, description="Whether it can be sent requests; unset: the command says so."
    )
    alive: HttpCheck | TcpCheck | None = Field(
        default=None, description="Whether a restart would not help; unset: never restarted for it."
    )
    interval_seconds: Annotated[int, Field(ge=1, le=300)] = Field(
        default=10, description="Time between two checks."
    )
    timeout_seconds: Annotated[int, Field(ge=1, le=60)] = Field(
        default=5, description="Time after which one check has failed."
    )
    retries: Annotated[int, Field(ge=1, le=20)] = Field(
        default=3, description="Failures in a row that make the workload unhealthy."
    )
    start_seconds: Annotated[int, Field(ge=0, le=900)] = Field(
        default=30, description="Time to start in, during which failures do not count."
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.command and self.ready is None:
            raise ValueError("command and ready are missing: give at least one")
        if self.alive is not None and self.alive == self.ready:
            raise ValueError(
                "alive asks what ready asks, so a replica that is only busy would be restarted:"
                " ask something else, or leave alive out"
            )
        return self

    @property
    def deadline_seconds(self) -> int:
        """Time after which a workload that is not yet healthy has failed."""
        return self.start_seconds + self.retries * (self.interval_seconds + self.timeout_seconds)


class Resources(_Part):
    """What one replica may use."""

    cpus: Annotated[float, Field(ge=0.05, le=64)] = Field(description="CPU limit, cores.")
    memory_mib: Annotated[int, Field(ge=16, le=1_048_576)] = Field(
        description="Memory limit and reservation, MiB; the process is killed above it."
    )
    cpus_reserved: Annotated[float, Field(ge=0.005, le=64)] | None = Field(
        default=None, description="CPU reserved, cores; unset: a tenth of the limit."
    )

    @model_validator(mode="after")
    def _reserves_no_more_than_it_may_use(self) -> Self:
        if self.reserved_cpus > self.cpus:
            raise ValueError(
                f"cpus_reserved is {self.cpus_reserved:g}, more than cpus, {self.cpus:g}"
            )
        return self

    @property
    def reserved_cpus(self) -> float:
        """What the scheduler keeps free for one replica, cores."""
        return self.cpus / 10 if self.cpus_reserved is None else self.cpus_reserved


class Volume(_Part):
    """Storage that outlives the container.

    A new Docker volume takes owner and mode of what the image has at ``path``, so the image must
    let the workload's user write there.
    """

    path: AbsolutePath = Field(description="Where the storage is mounted.")
    size_gib: Annotated[int, Field(ge=1, le=16_384)] = Field(
        default=10, description="Size, GiB; on Kubernetes another size is another volume."
    )
    kept: bool = Field(
        default=True, description="False: on Kubernetes it goes with the replica, like a cache."
    )
    protected: bool = Field(default=False, description="Refuse deletion in Pulumi.")


class Autoscaling(_Part):
    """Copies follow the load; nobody else sets their number."""

    replicas_at_least: Annotated[int, Field(ge=1, le=1_000)] = Field(description="Never fewer.")
    replicas_at_most: Annotated[int, Field(ge=1, le=1_000)] = Field(description="Never more.")
    cpu_percent: Annotated[int, Field(ge=10, le=1_000)] = Field(
        default=80, description="Use of the reserved CPU above which copies are added, per cent."
    )
    scale_down_seconds: Annotated[int, Field(ge=0, le=3_600)] = Field(
        default=300, description="How long the load stays low before copies are removed."
    )

    @model_validator(mode="after")
    def _bounds_are_in_order(self) -> Self:
        if self.replicas_at_most < self.replicas_at_least:
            raise ValueError(
                f"replicas_at_most is {self.replicas_at_most}, below replicas_at_least,"
                f" {self.replicas_at_least}"
            )
        return self


class Batch(_Part):
    """How something that runs to its end runs."""

    schedule: Annotated[str, Field(pattern=r"^(\S+ ){4}\S+$")] | None = Field(
        default=None, description="Cron expression with five fields; for the kind scheduled."
    )
    time_zone: str = Field(default="Etc/UTC", description="Time zone of the schedule.")
    deadline_seconds: Annotated[int, Field(ge=1, le=604_800)] = Field(
        default=3_600, description="How long one run may take."
    )
    retries: Annotated[int, Field(ge=0, le=100)] = Field(
        default=3, description="Failed tries before a run has failed."
    )


class ApiAccess(_Part):
    """What the workload may do with the Kubernetes API; it has no other rights there."""

    reason: Annotated[str, Field(min_length=10, max_length=200)] = Field(
        description="Why it needs that, for those who review it."
    )
    verbs: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[a-z]+$")], ...], Field(min_length=1)
    ] = Field(description="Such as get, list and watch.")
    resources: tuple[Annotated[str, Field(pattern=r"^[a-z]+(/[a-z]+)?$")], ...] = Field(
        default=(), description="Plural names, such as pods or nodes/metrics."
    )
    group: Annotated[str, Field(pattern=r"^[a-z0-9.]*$")] = Field(
        default="", description="API group of the resources; empty: the core group."
    )
    paths: tuple[Annotated[str, Field(pattern=r"^/[a-z/]+$")], ...] = Field(
        default=(), description="Addresses that are no resources, such as /metrics."
    )
    namespaces: tuple[DnsLabel, ...] | None = Field(
        default=None, description="Where; unset: in the whole cluster."
    )


class HostPath(_Part):
    """A directory of the machine, shown read-only."""

    path: Annotated[str, Field(pattern=r"^/([A-Za-z0-9_][A-Za-z0-9_./-]*)?$")] = Field(
        description="Directory on the machine."
    )
    mounted_at: AbsolutePath = Field(description="Where the process sees it.")


class HostAccess(_Part):
    """What a workload needs of the machine itself; few do, and each says why.

    On Kubernetes such a workload runs in a namespace for those that do.
    """

    reason: Annotated[str, Field(min_length=10, max_length=200)] = Field(
        description="Why it cannot do without, for those who review it."
    )
    paths: Mapping[Name, HostPath] = Field(default={}, description="Directories by name.")
    network: bool = Field(default=False, description="Use the machine's own network.")
    processes: bool = Field(default=False, description="See the machine's processes.")
    groups: tuple[Annotated[int, Field(ge=0, le=65_535)], ...] = Field(
        default=(), description="Further groups of the process, to read what belongs to them."
    )
