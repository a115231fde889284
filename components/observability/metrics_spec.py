"""What a stack asks of Prometheus."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import Annotated, Any, ClassVar, Final, Literal, Self

from pydantic import Field, model_validator

from components.environment import Environment
from components.observability.capacity_spec import FILLED_PERCENT, Reserving

BYTES_PER_SAMPLE: Final = 1.7
"""What a stored sample takes, index and write-ahead log included.

Source: https://prometheus.io/docs/prometheus/latest/storage/ (1-2 bytes), checked 2026-11-21.
"""
KIB_PER_SERIES: Final = 4
"""Memory of an active series with its part of everything else, KiB (an estimate)."""
GIB: Final = 1024**3
SECONDS_PER_DAY: Final = 86_400


class MetricsSpec(Reserving):
    """How much Prometheus takes in, and for how long it keeps it."""

    RELAXED: ClassVar[Mapping[Environment, Mapping[str, Any]]] = {
        Environment.STAGING: {
            "replicas": 1,
            "series": 150_000,
            "retention_days": 10,
            "volume_gib": 50,
            "cpus": 1.0,
            "cpus_reserved": 0.25,
            "memory_mib": 2_048,
        },
        Environment.DEV: {
            "replicas": 1,
            "series": 30_000,
            "retention_days": 3,
            "volume_gib": 10,
            "cpus": 1.0,
            "cpus_reserved": 0.1,
            "memory_mib": 512,
        },
    }

    replicas: Annotated[int, Field(ge=1, le=2)] = Field(
        default=2, description="Identical copies, each with all data."
    )
    series: Annotated[int, Field(ge=1_000, le=20_000_000)] = Field(
        default=500_000,
        description="Active series that are planned for; memory and storage are estimated from it,"
        " and an alert fires before it is exceeded.",
    )
    scrape_seconds: Annotated[int, Field(ge=5, le=300)] = Field(
        default=30, description="Time between two scrapes of a target and two evaluations."
    )
    retention_days: Annotated[int, Field(ge=1, le=400)] = Field(
        default=15, description="How long samples are kept, days."
    )
    volume_gib: Annotated[int, Field(ge=2, le=16_384)] = Field(
        default=150,
        description="Storage of each copy, GiB; the oldest samples go when it is nearly full.",
    )
    cpus: Annotated[float, Field(ge=0.1, le=64)] = Field(
        default=4.0, description="CPU limit of each copy, cores."
    )
    cpus_reserved: Annotated[float, Field(ge=0.01, le=64)] = Field(
        default=1.0, description="CPU reserved for each copy, cores."
    )
    memory_mib: Annotated[int, Field(ge=256, le=1_048_576)] = Field(
        default=8_192, description="Memory of each copy, MiB."
    )
    mode: Literal["server", "agent"] = Field(
        default="server",
        description="agent: keep nothing, evaluate nothing, send everything to a destination.",
    )
    cardinality: Literal["full", "standard", "lean"] = Field(
        default="standard",
        description="How much of the cluster's own metrics is kept: lean keeps what alerts and"
        " dashboards use.",
    )
    native_histograms: bool = Field(
        default=False, description="Scrape native histograms beside the classic ones."
    )

    @property
    def estimated_gib(self) -> float:
        """Storage that the planned series take over the retention, GiB."""
        samples_per_second = self.series / self.scrape_seconds
        seconds = self.retention_days * SECONDS_PER_DAY
        return samples_per_second * seconds * BYTES_PER_SAMPLE / GIB

    @property
    def retention_gib(self) -> int:
        """Storage above which the oldest samples go, GiB."""
        return max(1, self.volume_gib * FILLED_PERCENT // 100)

    @property
    def estimated_mib(self) -> int:
        """Memory that the planned series take, MiB."""
        return self.series * KIB_PER_SERIES // 1024

    @property
    def _smallest_gib(self) -> int:
        return ceil(ceil(self.estimated_gib) * 100 / FILLED_PERCENT)

    @model_validator(mode="after")
    def _holds_what_it_keeps(self) -> Self:
        if self.mode == "server" and self.estimated_gib > self.retention_gib:
            longest = int(self.retention_days * self.retention_gib / self.estimated_gib)
            shorter = f"retention_days to {longest}" if longest else "plan for fewer series"
            raise ValueError(
                f"retention_days is {self.retention_days}, and {self.series:,} series take about"
                f" {self.estimated_gib:.1f} GiB in that time; a volume_gib of {self.volume_gib}"
                f" holds {self.retention_gib}: set volume_gib to {self._smallest_gib}, or {shorter}"
            )
        if self.estimated_mib > self.memory_mib * FILLED_PERCENT // 100:
            raise ValueError(
                f"memory_mib is {self.memory_mib}, and {self.series:,} series take about"
                f" {self.estimated_mib} MiB: set memory_mib to at least"
                f" {self.estimated_mib * 100 // FILLED_PERCENT + 1}, or lower series"
            )
        return self
