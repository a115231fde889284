"""What a stack asks to be scraped and probed besides its own parts."""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self
from urllib.parse import SplitResult, urlsplit

from pydantic import Field, model_validator

from components.spec import Spec

_PORTS: Final = {"http": 80, "https": 443}

MetricName = Annotated[str, Field(pattern=r"^[a-zA-Z_:][a-zA-Z0-9_:]{0,199}$")]
DnsLabel = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]


class HistogramSpec(Spec):
    """A classic histogram and its boundaries."""

    name: MetricName = Field(description="Name without _bucket, _sum and _count.")
    buckets_seconds: tuple[Annotated[float, Field(gt=0, le=86_400)], ...] = Field(
        min_length=1, max_length=100, description="Its upper bounds, seconds, rising."
    )

    @model_validator(mode="after")
    def _rises(self) -> Self:
        if list(self.buckets_seconds) != sorted(set(self.buckets_seconds)):
            raise ValueError(
                f"buckets_seconds of {self.name} are {self.buckets_seconds}: list each once, rising"
            )
        return self


class ApplicationSpec(Spec):
    """Pods that answer Prometheus; on Docker, a container."""

    workload: DnsLabel = Field(
        description="Value of the label app.kubernetes.io/name; on Docker the name of the"
        " container."
    )
    namespace: DnsLabel = Field(default="default", description="Kubernetes namespace of the pods.")
    port: Annotated[int, Field(ge=1, le=65_535)] = Field(
        description="Port that answers with metrics."
    )
    path: Annotated[str, Field(pattern=r"^/[!-~]*$")] = Field(
        default="/metrics", description="Path of the metrics."
    )
    metrics: tuple[MetricName, ...] = Field(
        default=(),
        max_length=2_000,
        description="Names it exposes; what an SLO uses must be among them.",
    )
    histograms: tuple[HistogramSpec, ...] = Field(
        default=(), max_length=200, description="Histograms it exposes, with their boundaries."
    )


class ProbeSpec(Spec):
    """An address that has to answer."""

    url: Annotated[str, Field(pattern=r"^(https?://[!-~]{1,500}|[a-z0-9.-]+:\d{1,5})$")] = Field(
        description="https:// or http:// address, or host:port for a TCP connection."
    )
    internet: bool = Field(
        default=True, description="Whether the address is outside the network of the stack."
    )

    @property
    def module(self) -> Literal["http_2xx", "tcp_connect"]:
        """How the blackbox exporter asks."""
        return "http_2xx" if "://" in self.url else "tcp_connect"

    @property
    def host(self) -> str:
        """The name or address that is called."""
        return self._parts.hostname or ""

    @property
    def port_number(self) -> int:
        """The port that is called."""
        return self._parts.port or _PORTS[self._parts.scheme]

    @property
    def _parts(self) -> SplitResult:
        return urlsplit(self.url if "://" in self.url else f"tcp://{self.url}")

    @model_validator(mode="after")
    def _can_be_called(self) -> Self:
        try:
            host, port = self.host, self._parts.port
        except ValueError:
            host, port = "", 0
        if not host or port == 0:
            raise ValueError(
                f"url is {self.url}, which has no host or no port from 1 to 65535: correct it"
            )
        if "@" in self._parts.netloc:
            raise ValueError(
                f"url names a user of {host}, and everybody who sees metrics would see the"
                " credential: probe an address that needs none"
            )
        return self
