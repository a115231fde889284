"""What a stack asks of Loki, and of the agents that bring the logs."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Final, Literal, Self, cast

from pydantic import AfterValidator, Field, model_validator

from components.environment import Environment
from components.observability.capacity_spec import Reserving, refuse_overfull
from components.observability.promql import check_log_query
from components.spec import Spec

STORED_SHARE: Final = 0.25
"""What is left of a log line on disk, compressed and indexed (an estimate on the safe side)."""

AlertName = Annotated[str, Field(pattern=r"^[A-Z][A-Za-z0-9]{2,79}$")]


def _is_log_query(text: str) -> str:
    check_log_query(text)
    return text


LogQuery = Annotated[str, Field(min_length=3, max_length=2_000), AfterValidator(_is_log_query)]


class Storage(StrEnum):
    """Where logs are kept."""

    BUCKET = "bucket"  # a bucket of the cloud
    VOLUME = "volume"  # the volume of the one replica


class AgentSpec(Reserving):
    """The collector on every node, which reads what containers print."""

    RELAXED: ClassVar[Mapping[Environment, Mapping[str, Any]]] = {
        Environment.STAGING: {"memory_mib": 192},
        Environment.DEV: {"cpus_reserved": 0.05, "memory_mib": 128},
    }

    cpus: Annotated[float, Field(ge=0.05, le=16)] = Field(
        default=0.5, description="CPU limit on each node, cores."
    )
    cpus_reserved: Annotated[float, Field(ge=0.01, le=16)] = Field(
        default=0.1, description="CPU reserved on each node, cores."
    )
    memory_mib: Annotated[int, Field(ge=128, le=16_384)] = Field(
        default=256, description="Memory on each node, MiB."
    )


class LogAlertSpec(Spec):
    """An alert on what logs say, evaluated by Loki's ruler and sent to Alertmanager."""

    expression: LogQuery = Field(description="LogQL; what it returns, fires.")
    for_minutes: Annotated[int, Field(ge=0, le=20_160)] = Field(
        default=5, description="How long it holds before the alert fires, minutes."
    )
    severity: Literal["critical", "warning", "info"] = Field(
        default="warning", description="Who hears of it."
    )
    summary: Annotated[str, Field(min_length=10, max_length=200)] = Field(
        description="One line, in Prometheus' template language."
    )


class LogsSpec(Reserving):
    """How many logs Loki takes in, and for how long it keeps them."""

    RELAXED: ClassVar[Mapping[Environment, Mapping[str, Any]]] = {
        Environment.STAGING: {
            "replicas": 1,
            "gib_per_day": 5,
            "retention_days": 7,
            "cpus": 1.0,
            "cpus_reserved": 0.5,
            "memory_mib": 1_024,
        },
        Environment.DEV: {
            "replicas": 1,
            "storage": Storage.VOLUME,
            "gib_per_day": 2,
            "retention_days": 3,
            "volume_gib": 10,
            "cpus": 0.5,
            "cpus_reserved": 0.1,
            "memory_mib": 512,
        },
    }

    replicas: Literal[1, 3] = Field(
        default=3, description="1, or 3 of which any may fail; each line is then kept 3 times."
    )
    storage: Storage = Field(
        default=Storage.BUCKET, description="bucket, or volume for a single replica."
    )
    retention_days: Annotated[int, Field(ge=1, le=3_650)] = Field(
        default=30, description="Lines older than this are deleted, days."
    )
    gib_per_day: Annotated[float, Field(gt=0, le=1_000)] = Field(
        default=20, description="Expected intake before compression, GiB a day."
    )
    volume_gib: Annotated[int, Field(ge=5, le=16_384)] = Field(
        default=20,
        description="Storage of each replica, GiB: the write-ahead log, and with storage volume"
        " everything.",
    )
    cpus: Annotated[float, Field(ge=0.1, le=64)] = Field(
        default=4.0, description="CPU limit of each replica, cores."
    )
    cpus_reserved: Annotated[float, Field(ge=0.01, le=64)] = Field(
        default=1.0, description="CPU reserved for each replica, cores."
    )
    memory_mib: Annotated[int, Field(ge=256, le=1_048_576)] = Field(
        default=4_096, description="Memory of each replica, MiB."
    )
    alerts: dict[AlertName, LogAlertSpec] = Field(
        default={}, max_length=100, description="Alerts on what logs say, by name."
    )
    agent: AgentSpec = Field(
        default=cast("AgentSpec", {}),
        validate_default=True,
        description="The collector on every node.",
    )

    @model_validator(mode="after")
    def _holds_what_it_keeps(self) -> Self:
        if self.storage is Storage.BUCKET:
            return self
        if self.replicas > 1:
            raise ValueError(
                f"storage is volume with {self.replicas} replicas, which share nothing but a"
                " bucket: set storage to bucket, or replicas to 1"
            )
        refuse_overfull(
            retention_days=self.retention_days,
            gib_per_day=self.gib_per_day,
            stored_share=STORED_SHARE,
            volume_gib=self.volume_gib,
        )
        return self
