"""The configuration file of Alertmanager 0.34, close to its schema.

Source: https://prometheus.io/docs/alerting/latest/configuration/, checked 2026-11-21.
"""

from __future__ import annotations

from pydantic import Field

from components.observability.config import Config


class SlackConfig(Config):
    """One channel in Slack."""

    api_url_file: str
    channel: str
    send_resolved: bool = True
    title: str
    text: str


class TeamsConfig(Config):
    """One workflow of Microsoft Teams."""

    webhook_url_file: str
    send_resolved: bool = True
    title: str
    text: str


class EmailConfig(Config):
    """One mailbox."""

    to: str
    from_: str = Field(serialization_alias="from")
    smarthost: str
    auth_username: str
    auth_password_file: str
    require_tls: bool = True
    send_resolved: bool = True


class PagerdutyConfig(Config):
    """One service of PagerDuty."""

    routing_key_file: str
    severity: str
    description: str
    send_resolved: bool = True


class WebhookConfig(Config):
    """One program."""

    url_file: str
    send_resolved: bool = True
    max_alerts: int = 0


class Receiver(Config):
    """Who is told, in one or more ways; in none, nobody is."""

    name: str
    slack_configs: tuple[SlackConfig, ...] | None = None
    msteamsv2_configs: tuple[TeamsConfig, ...] | None = None
    email_configs: tuple[EmailConfig, ...] | None = None
    pagerduty_configs: tuple[PagerdutyConfig, ...] | None = None
    webhook_configs: tuple[WebhookConfig, ...] | None = None


class Route(Config):
    """A branch: the first child that matches takes the alert."""

    receiver: str
    matchers: tuple[str, ...] | None = None
    group_by: tuple[str, ...] | None = None
    group_wait: str | None = None
    group_interval: str | None = None
    repeat_interval: str | None = None
    active_time_intervals: tuple[str, ...] | None = None
    routes: tuple[Route, ...] | None = None


class InhibitRule(Config):
    """What is not said while something else is."""

    name: str
    source_matchers: tuple[str, ...]
    target_matchers: tuple[str, ...]
    equal: tuple[str, ...]


class TimeRange(Config):
    """From one minute of the day to before another."""

    start_time: str
    end_time: str


class Interval(Config):
    """Times of the week."""

    times: tuple[TimeRange, ...]
    weekdays: tuple[str, ...]
    location: str


class TimeInterval(Config):
    """Times with a name."""

    name: str
    time_intervals: tuple[Interval, ...]


class AlertmanagerConfig(Config):
    """The whole file."""

    route: Route
    receivers: tuple[Receiver, ...]
    inhibit_rules: tuple[InhibitRule, ...]
    time_intervals: tuple[TimeInterval, ...] | None = None
