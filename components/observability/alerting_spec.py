"""What a stack asks of Alertmanager: who hears of what, when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Final, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, ValidationInfo, field_validator, model_validator

from components.environment import Environment
from components.observability.address_spec import callable_address
from components.observability.secret_spec import SecretSpec
from components.spec import Spec

NOBODY: Final = "nobody"
"""The receiver of what is shown and told to nobody."""
TICKETS: Final = 3
"""How many times longer than what pages a ticket may wait until it is said again."""

Key = Annotated[str, Field(pattern=r"^[a-z](-?[a-z0-9])*$", max_length=40)]
ClockTime = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class SlackReceiverSpec(Spec):
    """A channel in Slack."""

    kind: Literal["slack"] = Field(description="An incoming webhook of Slack.")
    channel: Annotated[str, Field(pattern=r"^[#@][\w.-]{1,80}$")] = Field(
        description="Channel or person, with # or @."
    )
    url: SecretSpec = Field(description="The webhook's address, which is a credential.")


class TeamsReceiverSpec(Spec):
    """A channel in Microsoft Teams."""

    kind: Literal["teams"] = Field(description="A workflow of Microsoft Teams.")
    url: SecretSpec = Field(description="The workflow's address, which is a credential.")


class EmailReceiverSpec(Spec):
    """People with a mailbox."""

    kind: Literal["email"] = Field(description="Mail over SMTP with TLS.")
    to: Annotated[str, Field(pattern=r"^[^@\s,]+@[^@\s,]+$")] = Field(description="Who reads it.")
    sender: Annotated[str, Field(pattern=r"^[^@\s,]+@[^@\s,]+$")] = Field(
        description="Who it comes from."
    )
    smarthost: Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]+:\d{2,5}$")] = Field(
        description="host:port of the server that takes it, usually port 587."
    )
    username: Annotated[str, Field(min_length=1, max_length=200)] = Field(
        description="Who logs in there."
    )
    password: SecretSpec = Field(description="The password of username.")

    @field_validator("smarthost")
    @classmethod
    def _can_be_called(cls, address: str) -> str:
        callable_address(f"smtp://{address}")
        return address

    @property
    def port_number(self) -> int:
        """Port of the server that takes the mail."""
        return int(self.smarthost.rpartition(":")[2])


class PagerdutyReceiverSpec(Spec):
    """Who is on call."""

    kind: Literal["pagerduty"] = Field(description="A service of PagerDuty, Events API v2.")
    routing_key: SecretSpec = Field(description="Integration key of the service.")


class WebhookReceiverSpec(Spec):
    """A program."""

    kind: Literal["webhook"] = Field(description="An address that takes Alertmanager's JSON.")
    url: SecretSpec = Field(
        description="The address, https on port 443, which may hold a credential."
    )


ReceiverSpec = Annotated[
    SlackReceiverSpec
    | TeamsReceiverSpec
    | EmailReceiverSpec
    | PagerdutyReceiverSpec
    | WebhookReceiverSpec,
    Field(discriminator="kind"),
]


class BusinessHoursSpec(Spec):
    """When tickets are opened."""

    time_zone: Annotated[str, Field(min_length=3, max_length=64)] = Field(
        default="Etc/UTC", description="Name from the IANA database, such as Europe/Berlin."
    )
    days: tuple[Weekday, ...] = Field(
        default=("monday", "tuesday", "wednesday", "thursday", "friday"),
        min_length=1,
        max_length=7,
        description="Days of the week.",
    )
    start: ClockTime = Field(default="08:00", description="First minute, HH:MM.")
    end: ClockTime = Field(default="18:00", description="First minute after, HH:MM.")

    @field_validator("time_zone")
    @classmethod
    def _exists(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(
                f"{name} is no time zone; write a name such as Europe/Berlin or Etc/UTC"
            ) from None
        return name

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.start >= self.end:
            raise ValueError(f"start is {self.start}, not before end, {self.end}: swap them")
        return self


class TeamRouteSpec(Spec):
    """Alerts that carry a team go to that team."""

    critical: Key | None = Field(
        default=None, description="Receiver of what pages; unset: as for everybody."
    )
    warning: Key | None = Field(
        default=None, description="Receiver of tickets; unset: as for everybody."
    )


class AlertingSpec(Spec):
    """Who hears of what, when."""

    RELAXED: ClassVar[Mapping[Environment, Mapping[str, Any]]] = {
        Environment.STAGING: {"replicas": 2, "memory_mib": 128, "cpus_reserved": 0.02},
        Environment.DEV: {"replicas": 1, "memory_mib": 64, "cpus_reserved": 0.01},
    }

    replicas: Annotated[int, Field(ge=1, le=5)] = Field(
        default=3, description="Alertmanagers that agree among themselves who notifies."
    )
    receivers: dict[Key, ReceiverSpec] = Field(
        default={}, max_length=100, description="Who can be told, by name."
    )
    critical: Key | None = Field(
        default=None, description="Receiver of what pages; in prod somebody has to be."
    )
    warning: Key | None = Field(default=None, description="Receiver of tickets.")
    watchdog: Key | None = Field(
        default=None,
        description="Receiver that raises the alarm when it hears nothing: a dead man's switch.",
    )
    teams: dict[Key, TeamRouteSpec] = Field(
        default={}, max_length=100, description="Receivers by value of the label team."
    )
    business_hours: BusinessHoursSpec | None = Field(
        default=None, description="When tickets are opened; unset: at any time."
    )
    repeat_hours: Annotated[int, Field(ge=1, le=168)] = Field(
        default=4, description="Time until what still fires is said again; tickets thrice that."
    )
    watchdog_minutes: Annotated[int, Field(ge=1, le=60)] = Field(
        default=5, description="Time between two signs of life."
    )
    volume_gib: Annotated[int, Field(ge=1, le=100)] = Field(
        default=2, description="Storage of silences and of what was said, GiB each."
    )
    cpus_reserved: Annotated[float, Field(ge=0.005, le=4)] = Field(
        default=0.05, description="CPU reserved for each, cores."
    )
    memory_mib: Annotated[int, Field(ge=32, le=4_096)] = Field(
        default=200, description="Memory of each, MiB."
    )

    @property
    def longest_repeat_hours(self) -> int:
        """Time until a ticket that still fires is said again, hours."""
        return TICKETS * self.repeat_hours

    @model_validator(mode="after")
    def _tells_whom_it_knows(self, info: ValidationInfo) -> Self:
        problems = list(self._strangers())
        environment = (info.context or {}).get("environment", Environment.PROD)
        if environment is Environment.PROD:
            if self.critical is None:
                problems.append(
                    "critical is missing, so nobody would be paged in prod: name one of receivers"
                )
            if self.watchdog is None:
                problems.append(
                    "watchdog is missing, so nobody would notice that alerting itself has stopped"
                    " in prod: name one of receivers, such as a webhook of a dead man's switch"
                )
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def _strangers(self) -> Iterator[str]:
        named: dict[str, str | None] = {
            "critical": self.critical,
            "warning": self.warning,
            "watchdog": self.watchdog,
        }
        for team, route in self.teams.items():
            named[f"teams.{team}.critical"] = route.critical
            named[f"teams.{team}.warning"] = route.warning
        if NOBODY in self.receivers:
            yield f"receivers.{NOBODY} has the name of what is told to nobody: rename it"
        known = ", ".join(sorted(self.receivers)) or "none"
        for place, name in named.items():
            if name is not None and name not in self.receivers:
                yield f"{place} is {name}, which is no receiver; receivers has {known}"
        for name in sorted(self.receivers.keys() - set(named.values())):
            yield (
                f"receivers.{name} is told nothing: name it in critical, warning, watchdog or"
                " teams, or remove it"
            )
