"""Routes, receivers and inhibitions, made from what a stack asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from components.observability.alerting_spec import (
    NOBODY,
    AlertingSpec,
    EmailReceiverSpec,
    PagerdutyReceiverSpec,
    ReceiverSpec,
    SlackReceiverSpec,
    TeamsReceiverSpec,
    WebhookReceiverSpec,
)
from components.observability.alertmanager.config import (
    AlertmanagerConfig,
    EmailConfig,
    InhibitRule,
    Interval,
    PagerdutyConfig,
    Receiver,
    Route,
    SlackConfig,
    TeamsConfig,
    TimeInterval,
    TimeRange,
    WebhookConfig,
)
from components.observability.secret_spec import SecretSpec

BUSINESS_HOURS: Final = "business-hours"
SECRETS: Final = "/etc/alertmanager/secrets"
GROUP_BY: Final = ("alertname", "cluster", "namespace")

_TITLE: Final = (
    '[{{ .Status | toUpper }}{{ if eq .Status "firing" }}:{{ .Alerts.Firing | len }}{{ end }}]'
    " {{ .CommonLabels.alertname }} ({{ .CommonLabels.environment }})"
)
_SUMMARY: Final = (
    f"{{{{ with .CommonAnnotations.summary }}}}{{{{ . }}}}{{{{ else }}}}{_TITLE}{{{{ end }}}}"
)
# PagerDuty refuses any other word, and an alert may have none or that of the machinery.
_SEVERITY: Final = (
    '{{ if eq .CommonLabels.severity "critical" "warning" "info" }}{{ .CommonLabels.severity }}'
    "{{ else }}error{{ end }}"
)
_TEXT: Final = (
    "{{ range .Alerts }}{{ .Annotations.summary }}\n{{ .Annotations.description }}\n"
    "Runbook: {{ .Annotations.runbook_url }}\n\n{{ end }}"
)


def credential_file(receiver: str) -> str:
    """Where the credential of ``receiver`` is mounted."""
    return f"{SECRETS}/{receiver}"


def credential(receiver: ReceiverSpec) -> SecretSpec:
    """Where the credential of ``receiver`` comes from."""
    match receiver:
        case EmailReceiverSpec():
            return receiver.password
        case PagerdutyReceiverSpec():
            return receiver.routing_key
        case _:
            return receiver.url


def alertmanager_config(spec: AlertingSpec) -> AlertmanagerConfig:
    """The whole configuration; what nobody is named for is kept, shown and told to nobody."""
    hours = spec.business_hours
    return AlertmanagerConfig(
        route=Route(
            receiver=spec.critical or NOBODY,
            group_by=GROUP_BY,
            group_wait="30s",
            group_interval="5m",
            repeat_interval=f"{spec.repeat_hours}h",
            routes=tuple(_routes(spec)),
        ),
        receivers=(
            Receiver(name=NOBODY),
            *(_receiver(name, receiver) for name, receiver in sorted(spec.receivers.items())),
        ),
        inhibit_rules=INHIBITIONS,
        time_intervals=(
            TimeInterval(
                name=BUSINESS_HOURS,
                time_intervals=(
                    Interval(
                        times=(TimeRange(start_time=hours.start, end_time=hours.end),),
                        weekdays=hours.days,
                        location=hours.time_zone,
                    ),
                ),
            ),
        )
        if hours
        else None,
    )


INHIBITIONS: Final = (
    InhibitRule(
        name="critical-over-lesser",
        source_matchers=('severity="critical"',),
        target_matchers=('severity=~"warning|info"',),
        equal=("cluster", "namespace", "alertname"),
    ),
    InhibitRule(
        name="warning-over-info",
        source_matchers=('severity="warning"',),
        target_matchers=('severity="info"',),
        equal=("cluster", "namespace", "alertname"),
    ),
    InhibitRule(
        name="info-without-company",
        source_matchers=('alertname="InfoInhibitor"',),
        target_matchers=('severity="info"',),
        equal=("cluster", "namespace"),
    ),
)


def _routes(spec: AlertingSpec) -> Iterator[Route]:
    yield Route(
        receiver=spec.watchdog or NOBODY,
        matchers=('alertname="Watchdog"',),
        group_wait="0s",
        group_interval="1m",
        repeat_interval=f"{spec.watchdog_minutes}m",
    )
    yield Route(receiver=NOBODY, matchers=('severity=~"none|info"',))
    tickets = f"{spec.longest_repeat_hours}h"
    active = (BUSINESS_HOURS,) if spec.business_hours else None
    for team, route in sorted(spec.teams.items()):
        if route.critical:
            yield Route(receiver=route.critical, matchers=(f'team="{team}"', 'severity="critical"'))
        if route.warning:
            yield Route(
                receiver=route.warning,
                matchers=(f'team="{team}"', 'severity="warning"'),
                repeat_interval=tickets,
                active_time_intervals=active,
            )
    yield Route(receiver=spec.critical or NOBODY, matchers=('severity="critical"',))
    yield Route(
        receiver=spec.warning or NOBODY,
        matchers=('severity="warning"',),
        repeat_interval=tickets,
        active_time_intervals=active,
    )


def _receiver(name: str, spec: ReceiverSpec) -> Receiver:
    file = credential_file(name)
    match spec:
        case SlackReceiverSpec():
            slack = SlackConfig(api_url_file=file, channel=spec.channel, title=_TITLE, text=_TEXT)
            return Receiver(name=name, slack_configs=(slack,))
        case TeamsReceiverSpec():
            teams = TeamsConfig(webhook_url_file=file, title=_TITLE, text=_TEXT)
            return Receiver(name=name, msteamsv2_configs=(teams,))
        case EmailReceiverSpec():
            email = EmailConfig(
                to=spec.to,
                from_=spec.sender,
                smarthost=spec.smarthost,
                auth_username=spec.username,
                auth_password_file=file,
            )
            return Receiver(name=name, email_configs=(email,))
        case PagerdutyReceiverSpec():
            pagerduty = PagerdutyConfig(
                routing_key_file=file,
                severity=_SEVERITY,
                description=_SUMMARY,
            )
            return Receiver(name=name, pagerduty_configs=(pagerduty,))
        case WebhookReceiverSpec():
            return Receiver(name=name, webhook_configs=(WebhookConfig(url_file=file),))


def routed_to(spec: AlertingSpec) -> Mapping[str, str]:
    """Receiver by label set in amtool's notation, to prove the routes with the real binary."""
    cases = {
        "alertname=Watchdog severity=none": spec.watchdog or NOBODY,
        "alertname=InfoInhibitor severity=none": NOBODY,
        "alertname=KubeNodeNotReady severity=info": NOBODY,
        "alertname=KubeNodeNotReady severity=warning": spec.warning or NOBODY,
        "alertname=KubeNodeNotReady severity=critical": spec.critical or NOBODY,
        "alertname=Unheard": spec.critical or NOBODY,
    }
    for team, route in spec.teams.items():
        cases[f"alertname=Slow severity=critical team={team}"] = (
            route.critical or spec.critical or NOBODY
        )
        cases[f"alertname=Slow severity=warning team={team}"] = (
            route.warning or spec.warning or NOBODY
        )
    return cases
