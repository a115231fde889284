"""How a promise to users is measured: what is counted, and which part of it is good."""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from components.observability.slo_selector import SeriesSelector, example, fits, parsed
from components.spec import Spec

PROBES: Final = "probe"
"""Job of the probes."""

LabelValue = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$")]


class RequestsSpec(Spec):
    """The part of requests that is answered well, of two counters."""

    kind: Literal["requests"] = Field(description="Counted events, good and bad.")
    total: SeriesSelector = Field(
        description='Counter of all, a PromQL selector: http_requests_total{job="orders"}.'
    )
    errors: SeriesSelector | None = Field(
        default=None, description="Counter of those that failed; this or good."
    )
    good: SeriesSelector | None = Field(
        default=None, description="Counter of those that went well; this or errors."
    )

    @model_validator(mode="after")
    def _counts_a_part(self) -> Self:
        part = self.errors or self.good
        if part is None or (self.errors and self.good):
            raise ValueError("requests need either errors or good beside total: give exactly one")
        name = "errors" if self.errors else "good"
        metric, chosen = parsed(part)
        whole_metric, whole = parsed(self.total)
        labels = example(chosen)
        if labels is None or example(whole) is None:
            raise ValueError(
                f"no series can be thought of that fits both total {self.total!r} and {name}"
                f" {part!r}: use plainer patterns, 5.. or a|b"
            )
        if metric == whole_metric and not fits(labels, whole):
            raise ValueError(
                f"{name} {part!r} selects series that total {self.total!r} leaves out: let total"
                " select them too"
            )
        if metric == whole_metric and example(whole, unlike=chosen) is None:
            raise ValueError(
                f"{name} {part!r} selects all that total {self.total!r} selects: add a matcher"
            )
        return self


class LatencySpec(Spec):
    """The part of requests that is answered in time, of a classic histogram."""

    kind: Literal["latency"] = Field(description="Counted events, in time and late.")
    histogram: SeriesSelector = Field(
        description="Histogram without _bucket, a PromQL selector:"
        ' http_request_duration_seconds{job="orders"}.'
    )
    threshold_seconds: Annotated[float, Field(ge=0.001, le=3_600)] = Field(
        description="In time is what takes at most this long; a boundary of the histogram."
    )

    @model_validator(mode="after")
    def _names_the_base(self) -> Self:
        metric, chosen = parsed(self.histogram)
        if metric.endswith(("_bucket", "_count", "_sum")):
            raise ValueError(
                f"histogram is {self.histogram!r}: write the name without"
                f" _{metric.rpartition('_')[2]}"
            )
        if chosen.on("le"):
            raise ValueError(
                f"histogram {self.histogram!r} has a matcher on le: threshold_seconds chooses it"
            )
        if example(chosen) is None:
            raise ValueError(
                f"no series can be thought of that fits histogram {self.histogram!r}: use plainer"
                " patterns, 5.. or a|b"
            )
        return self


class ProbeSpec(Spec):
    """The part of the time that an address answers the blackbox exporter."""

    kind: Literal["probe"] = Field(description="Time, up and down.")
    job: LabelValue = Field(default=PROBES, description="Job of the probes.")
    instance: Annotated[str, Field(pattern=r"^[!#-\[\]-~]{1,500}$")] = Field(
        description="The address that is asked, as among the probes: https://orders.example.com."
    )


class GaugeSpec(Spec):
    """The part of the time that a gauge is 1."""

    kind: Literal["gauge"] = Field(description="Time, good and bad.")
    gauge: SeriesSelector = Field(
        description="Gauge that is 1 when all is well and 0 when not, a PromQL selector."
    )

    @model_validator(mode="after")
    def _can_be_thought_of(self) -> Self:
        if example(parsed(self.gauge)[1]) is None:
            raise ValueError(
                f"no series can be thought of that fits gauge {self.gauge!r}: use plainer"
                " patterns, 5.. or a|b"
            )
        return self


Indicator = Annotated[
    RequestsSpec | LatencySpec | ProbeSpec | GaugeSpec, Field(discriminator="kind")
]
