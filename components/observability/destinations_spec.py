"""Where a stack sends telemetry besides its own stores."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, ClassVar, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from components.observability.address_spec import Network, callable_address
from components.observability.secret_spec import SecretSpec
from components.spec import Spec

Url = Annotated[
    str,
    Field(pattern=r"^https?://[A-Za-z0-9.-]+(:\d{1,5})?(/[!-~]*)?$"),
    AfterValidator(callable_address),
]
HeaderName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,63}$")]

_SENSITIVE: Final = ("key", "token", "authorization", "secret", "password")


class Signal(StrEnum):
    """A kind of telemetry."""

    METRICS = "metrics"
    LOGS = "logs"
    TRACES = "traces"


class BasicAuth(Spec):
    """A name and a password, as Grafana Cloud asks for."""

    kind: Literal["basic"] = Field(description="This kind of credential.")
    username: Annotated[str, Field(min_length=1, max_length=200)] = Field(
        description="Name, or the number of the instance."
    )
    password: SecretSpec = Field(description="Where the password comes from.")


class BearerAuth(Spec):
    """A token."""

    kind: Literal["bearer"] = Field(description="This kind of credential.")
    token: SecretSpec = Field(description="Where the token comes from.")


class SigV4Auth(Spec):
    """Requests signed for AWS with the identity of the sender, as Amazon Managed Prometheus asks."""

    kind: Literal["sigv4"] = Field(description="This kind of credential.")
    region: Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")] = Field(
        description="Region of the workspace."
    )


class GoogleAuth(Spec):
    """Requests with the sender's Google identity, as Google Managed Prometheus asks."""

    kind: Literal["google"] = Field(description="This kind of credential.")
    project: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{4,28}[a-z0-9]$")] = Field(
        description="Project that the metrics belong to."
    )


PasswordOrToken = Annotated[BasicAuth | BearerAuth, Field(discriminator="kind")]
PrometheusAuth = Annotated[
    BasicAuth | BearerAuth | SigV4Auth | GoogleAuth, Field(discriminator="kind")
]


class _Destination(Spec):
    TAKES: ClassVar[frozenset[Signal]] = frozenset(Signal)

    network: Network | None = Field(
        default=None, description="IPv4 range it is in, 10.0.0.0/16; unset: public addresses."
    )

    @property
    def addresses(self) -> tuple[str, ...]:
        """Every address that is called."""
        raise NotImplementedError

    @property
    def takes(self) -> tuple[Signal, ...]:
        """The signals it is sent."""
        raise NotImplementedError

    @property
    def carries_credential(self) -> bool:
        """Whether requests carry something that must not be overheard."""
        return getattr(self, "auth", None) is not None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        kind = getattr(self, "kind", "")
        for signal in self.takes:
            if signal not in self.TAKES:
                allowed = ", ".join(sorted(self.TAKES))
                raise ValueError(
                    f"signals has {signal}, which {kind} does not take: choose from {allowed}"
                )
        if len(set(self.takes)) != len(self.takes):
            raise ValueError(f"signals is {', '.join(self.takes)}: name each of them once")
        for url in self.addresses:
            if self.carries_credential and urlsplit(url).scheme != "https":
                raise ValueError(f"{url} would carry the credential in the clear: use https")
        return self


class PrometheusDestination(_Destination):
    """Prometheus remote write: Amazon or Google Managed Prometheus, Grafana Cloud, Mimir, any."""

    TAKES: ClassVar[frozenset[Signal]] = frozenset({Signal.METRICS})

    kind: Literal["prometheus"] = Field(description="This kind of destination.")
    url: Url = Field(description="Address that samples are posted to, path included.")
    auth: PrometheusAuth | None = Field(default=None, description="Who we are; unset: nobody.")
    sender: Literal["prometheus", "gateway"] = Field(
        default="prometheus",
        description="prometheus sends everything it has; gateway only what applications push.",
    )

    @property
    def addresses(self) -> tuple[str, ...]:
        """The one address."""
        return (self.url,)

    @property
    def takes(self) -> tuple[Signal, ...]:
        """Metrics alone."""
        return (Signal.METRICS,)


class OtlpDestination(_Destination):
    """Anything that takes OTLP: Datadog, New Relic, Honeycomb, another collector."""

    kind: Literal["otlp"] = Field(description="This kind of destination.")
    url: Url = Field(description="Address; over http the paths /v1/... are added to it.")
    protocol: Literal["http", "grpc"] = Field(default="http", description="How OTLP is sent.")
    headers: Mapping[HeaderName, Annotated[str, Field(max_length=1_000)]] = Field(
        default={}, description="Headers of every request; no credentials."
    )
    secret_headers: Mapping[HeaderName, SecretSpec] = Field(
        default={}, description="Headers that carry credentials: dd-api-key, api-key."
    )
    signals: Annotated[tuple[Signal, ...], Field(min_length=1, max_length=3)] = Field(
        default=tuple(Signal), description="What is sent."
    )

    @property
    def addresses(self) -> tuple[str, ...]:
        """The one address."""
        return (self.url,)

    @property
    def takes(self) -> tuple[Signal, ...]:
        """What was chosen."""
        return self.signals

    @property
    def carries_credential(self) -> bool:
        """Whether a header does."""
        return bool(self.secret_headers)

    @model_validator(mode="after")
    def _keeps_credentials_out_of_headers(self) -> Self:
        for name in self.headers:
            if any(word in name.lower() for word in _SENSITIVE):
                raise ValueError(
                    f"headers.{name} looks like a credential: put it into secret_headers"
                )
        return self


class LokiDestination(_Destination):
    """Another Loki, such as that of Grafana Cloud."""

    TAKES: ClassVar[frozenset[Signal]] = frozenset({Signal.LOGS})

    kind: Literal["loki"] = Field(description="This kind of destination.")
    url: Url = Field(description="Address without a path; /otlp/v1/logs is added.")
    tenant: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,150}$")] | None = Field(
        default=None, description="Tenant, where it has several."
    )
    auth: PasswordOrToken | None = Field(default=None, description="Who we are; unset: nobody.")

    @property
    def addresses(self) -> tuple[str, ...]:
        """The one address."""
        return (self.url,)

    @property
    def takes(self) -> tuple[Signal, ...]:
        """Logs alone."""
        return (Signal.LOGS,)


class SearchDestination(_Destination):
    """An Elasticsearch or OpenSearch cluster."""

    TAKES: ClassVar[frozenset[Signal]] = frozenset({Signal.LOGS, Signal.TRACES})

    kind: Literal["elasticsearch", "opensearch"] = Field(description="Which of the two it is.")
    urls: Annotated[tuple[Url, ...], Field(min_length=1, max_length=16)] = Field(
        description="Addresses of its nodes; of OpenSearch one."
    )
    auth: PasswordOrToken | None = Field(default=None, description="Who we are; unset: nobody.")
    signals: Annotated[tuple[Signal, ...], Field(min_length=1, max_length=3)] = Field(
        default=(Signal.LOGS,), description="What is sent."
    )

    @property
    def addresses(self) -> tuple[str, ...]:
        """The nodes."""
        return self.urls

    @property
    def takes(self) -> tuple[Signal, ...]:
        """What was chosen."""
        return self.signals

    @model_validator(mode="after")
    def _one_address_of_opensearch(self) -> Self:
        if self.kind == "opensearch" and len(self.urls) > 1:
            raise ValueError(
                f"urls has {len(self.urls)} addresses, and opensearch takes one: name the one that"
                " reaches every node"
            )
        return self


class SplunkDestination(_Destination):
    """The HTTP event collector of Splunk."""

    kind: Literal["splunk"] = Field(description="This kind of destination.")
    url: Url = Field(description="Address, https://host:8088/services/collector.")
    token: SecretSpec = Field(description="Where the token comes from.")
    index: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,79}$")] | None = Field(
        default=None, description="Index; unset: that of the token."
    )
    sourcetype: Annotated[str, Field(pattern=r"^[A-Za-z0-9:_-]{1,80}$")] = Field(
        default="otel", description="Splunk's name for the format."
    )
    signals: Annotated[tuple[Signal, ...], Field(min_length=1, max_length=3)] = Field(
        default=(Signal.LOGS,), description="What is sent."
    )

    @property
    def addresses(self) -> tuple[str, ...]:
        """The one address."""
        return (self.url,)

    @property
    def takes(self) -> tuple[Signal, ...]:
        """What was chosen."""
        return self.signals

    @property
    def carries_credential(self) -> bool:
        """Always: the token."""
        return True


DestinationSpec = Annotated[
    PrometheusDestination
    | OtlpDestination
    | LokiDestination
    | SearchDestination
    | SplunkDestination,
    Field(discriminator="kind"),
]
"""A place that telemetry is sent to, by ``kind``."""
