"""What a stack asks of its Kubernetes cluster."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Final, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from components.environment import Environment
from components.network.spec import Range
from components.retention import LogDays
from components.spec import Spec
from components.windows import WeeklyWindow

GROUNDS: Final = frozenset({"aws", "gcp"})
# A range wider than this is no office.
WIDEST_API: Final = 16

PoolName = Annotated[str, Field(pattern=r"^[a-z](-?[a-z0-9])*$", max_length=20)]
LabelKey = Annotated[
    str, Field(pattern=r"^([a-z0-9.-]{1,253}/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$")
]
LabelValue = Annotated[str, Field(pattern=r"^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$")]
IdentityName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{4,28}[a-z0-9]$")]


class MachineSize(StrEnum):
    """Provider-neutral sizes; each variant maps them to a machine type."""

    SMALL = "small"  # 2 vCPU, 8 GiB
    MEDIUM = "medium"  # 4 vCPU, 16 GiB
    LARGE = "large"  # 8 vCPU, 32 GiB
    XLARGE = "xlarge"  # 16 vCPU, 64 GiB


class Capacity(StrEnum):
    """What a machine may be taken away for."""

    ON_DEMAND = "on_demand"
    SPOT = "spot"  # cheap, and taken away at short notice


class TaintEffect(StrEnum):
    """What a taint does to pods that do not tolerate it."""

    NO_SCHEDULE = "no_schedule"
    PREFER_NO_SCHEDULE = "prefer_no_schedule"
    NO_EXECUTE = "no_execute"


class ReleaseChannel(StrEnum):
    """How soon Google upgrades a cluster; AWS has no channels."""

    REGULAR = "regular"
    STABLE = "stable"


class ControlPlaneLog(StrEnum):
    """What the control plane can record."""

    API = "api"
    AUDIT = "audit"
    AUTHENTICATOR = "authenticator"
    CONTROLLER_MANAGER = "controller_manager"
    SCHEDULER = "scheduler"


class TaintSpec(Spec):
    """Keeps pods off the nodes of a pool, but for those that tolerate it."""

    key: LabelKey = Field(description="Key of the taint.")
    value: LabelValue = Field(default="true", description="Value of the taint.")
    effect: TaintEffect = Field(
        default=TaintEffect.NO_SCHEDULE, description="What happens to pods that do not tolerate it."
    )


class PoolSpec(Spec):
    """Equal nodes, spread over the zones of the ground."""

    machine: MachineSize = Field(
        default=MachineSize.MEDIUM, description="Size of each node; a change replaces the nodes."
    )
    capacity: Capacity = Field(
        default=Capacity.ON_DEMAND,
        description="Whether the cloud may take nodes away; a change replaces the nodes.",
    )
    nodes_at_least: Annotated[int, Field(ge=0, le=500)] = Field(
        default=3, description="Nodes kept, in all zones together."
    )
    nodes_at_most: Annotated[int, Field(ge=1, le=500)] = Field(
        default=9, description="Nodes the autoscaler may grow to, in all zones together."
    )
    disk_gib: Annotated[int, Field(ge=30, le=2_000)] = Field(
        default=100, description="Encrypted disk of each node, GiB; a change replaces the nodes."
    )
    pods_per_node: Literal[32, 64, 110] = Field(
        default=110,
        description="Pods a node may run, which sizes its share of the pod addresses; a change"
        " replaces the nodes.",
    )
    labels: dict[LabelKey, LabelValue] = Field(
        default={}, max_length=20, description="Labels of the nodes, for pods to choose by."
    )
    taints: tuple[TaintSpec, ...] = Field(
        default=(), max_length=10, description="Keep pods that do not tolerate them off the nodes."
    )

    RELAXED: ClassVar[Mapping[Environment, Mapping[str, Any]]] = {
        Environment.DEV: {
            "machine": MachineSize.SMALL,
            "nodes_at_least": 1,
            "nodes_at_most": 4,
            "disk_gib": 50,
        },
        Environment.STAGING: {"nodes_at_most": 6, "disk_gib": 50},
    }

    @model_validator(mode="after")
    def _may_grow(self) -> Self:
        if self.nodes_at_most < self.nodes_at_least:
            raise ValueError(
                f"nodes_at_most is {self.nodes_at_most}, below nodes_at_least"
                f" {self.nodes_at_least}: raise it or lower the other"
            )
        return self

    @model_validator(mode="after")
    def _taints_differ(self) -> Self:
        named = [f"{taint.key} ({taint.effect})" for taint in self.taints]
        if twice := sorted({each for each in named if named.count(each) > 1}):
            raise ValueError(f"taints names {', '.join(twice)} twice: keep it once")
        return self

    @property
    def takes_any_pod(self) -> bool:
        """Whether a pod that tolerates nothing finds a node here."""
        repels = any(taint.effect is not TaintEffect.PREFER_NO_SCHEDULE for taint in self.taints)
        return self.nodes_at_least > 0 and not repels


class ProvisioningSpec(Spec):
    """Nodes of fitting size, created as pods need them: Karpenter or GKE node auto-provisioning."""

    limit_cpus: Annotated[int, Field(ge=4, le=10_000)] = Field(
        default=200, description="vCPUs that all provisioned nodes together may have."
    )
    limit_memory_gib: Annotated[int, Field(ge=16, le=40_000)] = Field(
        default=800, description="Memory that all provisioned nodes together may have, GiB."
    )


class ClusterSpec(Spec):
    """A private, hardened Kubernetes cluster.

    Its API is reached from inside the network alone, unless ``api_clients`` says otherwise.
    """

    version: Annotated[str, Field(pattern=r"^1\.[1-9]\d$")] = Field(
        description="Minor version of Kubernetes, such as 1.34, in quotes; one step up at a time,"
        " never down. Drives control plane, nodes and add-ons."
    )
    api_clients: dict[PoolName, Range] = Field(
        default={},
        max_length=50,
        description="Public ranges from which the API may be reached, by name; in prod none:"
        " it is reached from inside the network.",
    )
    administrators: tuple[IdentityName, ...] = Field(
        min_length=1,
        max_length=20,
        description="Who administers the cluster: names of IAM roles of the account, or of service"
        " accounts of the project. Without any, nobody could reach the API.",
    )
    control_plane_logs: tuple[ControlPlaneLog, ...] = Field(
        max_length=len(ControlPlaneLog),
        default=tuple(ControlPlaneLog),
        description="What the control plane records; audit always.",
    )
    log_days: LogDays = Field(default=365, description="Control plane logs are kept, days.")
    release_channel: ReleaseChannel = Field(
        default=ReleaseChannel.REGULAR, description="How soon Google upgrades the cluster."
    )
    maintenance_window: WeeklyWindow = Field(
        default="sat:20:00-sun:08:00",
        description="When the cloud may upgrade the cluster, ddd:hh:mm-ddd:hh:mm UTC; on Google"
        " Cloud 4 hours at least, and one shorter than 12 opens on further days.",
    )
    pools: dict[PoolName, PoolSpec] = Field(
        min_length=1,
        max_length=20,
        description="Pools of equal nodes by name; removing one drains and deletes its nodes. On"
        " Google Cloud bring the stack up with protected: false first.",
    )
    provisioning: ProvisioningSpec | None = Field(
        default=None, description="Create further nodes as pods need them; unset: only the pools."
    )
    protected: bool = Field(
        default=True, description="Refuse deletion, in the cloud and in Pulumi."
    )

    RELAXED: ClassVar[Mapping[Environment, Mapping[str, Any]]] = {
        Environment.DEV: {
            "control_plane_logs": (
                ControlPlaneLog.API,
                ControlPlaneLog.AUDIT,
                ControlPlaneLog.AUTHENTICATOR,
            ),
            "log_days": 7,
            "protected": False,
        },
        Environment.STAGING: {"log_days": 30},
    }
    FLOORS: ClassVar[Mapping[Environment, Mapping[str, int]]] = {
        Environment.STAGING: {"log_days": 30},
        Environment.PROD: {"log_days": 365},
    }

    @field_validator("administrators", mode="after")
    @classmethod
    def _administrators_differ(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"administrators names {', '.join(twice)} twice: keep it once")
        return names

    @field_validator("pools", mode="after")
    @classmethod
    def _system_pods_find_a_node(cls, pools: dict[str, PoolSpec]) -> dict[str, PoolSpec]:
        if not any(pool.takes_any_pod for pool in pools.values()):
            raise ValueError(
                f"pools {', '.join(pools)} all have taints or no nodes: what the cluster itself"
                " runs, such as its DNS, needs one without taints and with nodes_at_least 1"
            )
        return pools

    @field_validator("control_plane_logs", mode="after")
    @classmethod
    def _audits(cls, logs: tuple[ControlPlaneLog, ...]) -> tuple[ControlPlaneLog, ...]:
        if ControlPlaneLog.AUDIT not in logs:
            raise ValueError(
                f"control_plane_logs lacks {ControlPlaneLog.AUDIT}: who did what must be on"
                " record, add it"
            )
        return tuple(log for log in ControlPlaneLog if log in logs)

    @model_validator(mode="after")
    def _api_is_not_open(self, info: ValidationInfo) -> Self:
        environment = (info.context or {}).get("environment", Environment.PROD)
        if environment is Environment.PROD and self.api_clients:
            raise ValueError(
                f"api_clients names {', '.join(self.api_clients)}, {environment} allows none:"
                " reach the API from inside the network"
            )
        if wide := [f"{n} ({r})" for n, r in self.api_clients.items() if r.prefixlen < WIDEST_API]:
            raise ValueError(
                f"api_clients {', '.join(wide)} would open the API to half the internet:"
                f" name the ranges of your offices, /{WIDEST_API} or smaller"
            )
        return self
