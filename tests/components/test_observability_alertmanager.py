"""Who hears of what, when, and how Alertmanagers agree among themselves."""

from __future__ import annotations

from typing import Any

import pytest

from components.network.plan import Tier
from components.observability.alerting_spec import AlertingSpec
from components.observability.alertmanager.routing import (
    INHIBITIONS,
    alertmanager_config,
    routed_to,
)
from components.observability.alertmanager.workload import addresses
from tests.components.metrics_parts import (
    ALERTMANAGER_FILE,
    DEV,
    ON_CALL,
    PROD,
    alertmanager,
    document,
    only,
    secret_paths,
    site,
    text,
    ways_out,
)

SECRET = {"secret": "alerting", "key": "hidden-credential"}
EVERY_KIND: dict[str, Any] = {
    "receivers": {
        "chat": {"kind": "slack", "channel": "#alerts", "url": SECRET},
        "rooms": {"kind": "teams", "url": SECRET},
        "mail": {
            "kind": "email",
            "to": "ops@example.com",
            "sender": "alerts@example.com",
            "smarthost": "smtp.example.com:587",
            "username": "alerts",
            "password": SECRET,
        },
        "pager": {"kind": "pagerduty", "routing_key": SECRET},
        "switch": {"kind": "webhook", "url": SECRET},
    },
    "critical": "pager",
    "warning": "chat",
    "watchdog": "switch",
    "teams": {"shop": {"critical": "mail", "warning": "rooms"}},
}


def config(**asked: Any) -> Any:
    return document(alertmanager(PROD, **asked), ALERTMANAGER_FILE)


def receiver(name: str) -> Any:
    """How the receiver ``name`` is told, of those of every kind."""
    found = next(each for each in config(**EVERY_KIND)["receivers"] if each["name"] == name)
    ((ways),) = [value for key, value in found.items() if key != "name"]
    (way,) = ways
    return way


def receiver_of(labels: dict[str, str], **asked: Any) -> str:
    """Where Alertmanager's own walk of the routes leads, for the matchers that are in use."""
    route = config(**asked)["route"]
    for child in route["routes"]:
        if all(_matches(matcher, labels) for matcher in child["matchers"]):
            return child["receiver"]
    return route["receiver"]


def _matches(matcher: str, labels: dict[str, str]) -> bool:
    label, sign, value = matcher.partition("=~") if "=~" in matcher else matcher.partition("=")
    allowed = value.strip('"').split("|") if sign == "=~" else [value.strip('"')]
    return labels.get(label, "") in allowed


def test_a_single_one_does_not_listen_for_others() -> None:
    workload = only(alertmanager(DEV))

    assert "--cluster.listen-address=" in workload.command
    assert not any(flag.startswith("--cluster.peer") for flag in workload.command)
    assert set(workload.ports) == {"http"}
    assert workload.max_unavailable is None


def test_three_know_each_other_by_name_and_nobody_elses_cluster() -> None:
    workload = only(alertmanager())
    host = "eyes-alertmanager-{}.eyes-alertmanager-replicas.observability.svc:9094"

    assert workload.replicas == 3
    assert {flag for flag in workload.command if flag.startswith("--cluster")} == {
        "--cluster.listen-address=:9094",
        "--cluster.peer-name=$(REPLICA)",
        "--cluster.label=observability/eyes-alertmanager",
        "--cluster.reconnect-timeout=5m",
        *(f"--cluster.peer={host.format(number)}" for number in range(3)),
    }


def test_three_gossip_over_tcp_and_over_udp() -> None:
    part = alertmanager()
    ports = only(part).ports

    assert {
        (flow.source, flow.target, ports[flow.port].number, ports[flow.port].protocol, flow.tier)
        for flow in part.flows
    } == {
        ("eyes-alertmanager", "eyes-alertmanager", 9094, protocol, Tier.PRIVATE)
        for protocol in ("TCP", "UDP")
    }


def test_prometheus_is_given_every_one_and_no_load_balancer() -> None:
    spec = AlertingSpec.resolve(PROD, ON_CALL)

    assert addresses(site(), spec) == tuple(
        f"eyes-alertmanager-{number}.eyes-alertmanager-replicas.observability.svc:9093"
        for number in range(3)
    )
    assert addresses(site(DEV), AlertingSpec.resolve(DEV, {})) == ("eyes-alertmanager:9093",)


@pytest.mark.parametrize(("hours", "kept"), [(4, "120h"), (100, "600h")])
def test_what_was_said_is_remembered_until_it_is_said_again(hours: int, kept: str) -> None:
    command = only(alertmanager(PROD, repeat_hours=hours)).command

    assert f"--data.retention={kept}" in command


def test_a_start_waits_for_prometheus_to_have_said_everything() -> None:
    assert "--dispatch.start-delay=60s" in only(alertmanager()).command


def test_credentials_are_in_secret_files_alone() -> None:
    part = alertmanager(PROD, **EVERY_KIND)
    paths = secret_paths(only(part))

    assert set(paths) == {f"/etc/alertmanager/secrets/{each}" for each in EVERY_KIND["receivers"]}
    assert {secret.key for secret in paths.values()} == {"hidden-credential"}
    assert set(only(part).files) == {ALERTMANAGER_FILE}
    assert "hidden-credential" not in text(part, ALERTMANAGER_FILE)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("chat", "api_url_file"),
        ("rooms", "webhook_url_file"),
        ("mail", "auth_password_file"),
        ("pager", "routing_key_file"),
        ("switch", "url_file"),
    ],
)
def test_every_kind_of_receiver_reads_its_credential_from_a_file(name: str, key: str) -> None:
    way = receiver(name)

    assert way[key] == f"/etc/alertmanager/secrets/{name}"
    assert way["send_resolved"] is True


def test_mail_is_never_sent_in_the_clear() -> None:
    assert receiver("mail")["require_tls"] is True


def test_pagerduty_always_gets_a_summary_and_a_severity_it_knows() -> None:
    way = receiver("pager")

    assert way["description"].startswith("{{ with .CommonAnnotations.summary }}")
    assert "{{ else }}[" in way["description"]
    assert way["severity"].endswith("{{ else }}error{{ end }}")


def test_the_port_of_every_receiver_and_no_other_is_open() -> None:
    assert ways_out(only(alertmanager(PROD, **EVERY_KIND))) == {
        ("@internet", 443),
        ("@internet", 587),
    }


@pytest.mark.parametrize(
    ("labels", "name"),
    [
        ({"alertname": "Watchdog", "severity": "none"}, "switch"),
        ({"alertname": "InfoInhibitor", "severity": "none"}, "nobody"),
        ({"alertname": "A", "severity": "info"}, "nobody"),
        ({"alertname": "A", "severity": "warning"}, "chat"),
        ({"alertname": "A", "severity": "critical"}, "pager"),
        ({"alertname": "A"}, "pager"),
        ({"alertname": "A", "severity": "critical", "team": "shop"}, "mail"),
        ({"alertname": "A", "severity": "warning", "team": "shop"}, "rooms"),
        ({"alertname": "A", "severity": "warning", "team": "other"}, "chat"),
    ],
)
def test_an_alert_reaches(labels: dict[str, str], name: str) -> None:
    assert receiver_of(labels, **EVERY_KIND) == name


def test_a_team_that_names_nobody_for_tickets_shares_those_of_everybody() -> None:
    asked = {**EVERY_KIND, "teams": {"shop": {"critical": "mail"}, "b": {"warning": "rooms"}}}

    assert receiver_of({"severity": "warning", "team": "shop"}, **asked) == "chat"


def test_the_cases_for_the_real_binary_are_those_of_the_routes() -> None:
    spec = AlertingSpec.resolve(PROD, EVERY_KIND)

    for labels, name in routed_to(spec).items():
        pairs = dict(each.split("=", 1) for each in labels.split())
        assert receiver_of(pairs, **EVERY_KIND) == name


def test_tickets_are_said_again_after_thrice_the_time_of_pages() -> None:
    route = config(**EVERY_KIND, repeat_hours=6)["route"]
    tickets = next(each for each in route["routes"] if each["receiver"] == "chat")

    assert route["repeat_interval"] == "6h"
    assert tickets["repeat_interval"] == "18h"


def test_a_sign_of_life_is_sent_at_once_and_often() -> None:
    watchdog = config(watchdog_minutes=3)["route"]["routes"][0]

    assert watchdog == {
        "receiver": "switch",
        "matchers": ['alertname="Watchdog"'],
        "group_wait": "0s",
        "group_interval": "1m",
        "repeat_interval": "3m",
    }


def test_business_hours_hold_for_tickets_and_not_for_pages() -> None:
    file = config(**EVERY_KIND, business_hours={"time_zone": "Europe/Berlin", "end": "17:30"})
    routes = file["route"]["routes"]

    assert file["time_intervals"] == [
        {
            "name": "business-hours",
            "time_intervals": [
                {
                    "times": [{"start_time": "08:00", "end_time": "17:30"}],
                    "weekdays": ["monday", "tuesday", "wednesday", "thursday", "friday"],
                    "location": "Europe/Berlin",
                }
            ],
        }
    ]
    assert {each["receiver"] for each in routes if "active_time_intervals" in each} == {
        "chat",
        "rooms",
    }


def test_without_business_hours_there_are_no_intervals() -> None:
    assert "time_intervals" not in config(**EVERY_KIND)


def test_what_is_worse_silences_what_is_less_bad_of_the_same_kind_and_place() -> None:
    assert [
        (rule.source_matchers, rule.target_matchers, set(rule.equal)) for rule in INHIBITIONS
    ] == [
        (
            ('severity="critical"',),
            ('severity=~"warning|info"',),
            {"cluster", "namespace", "alertname"},
        ),
        (('severity="warning"',), ('severity="info"',), {"cluster", "namespace", "alertname"}),
        (('alertname="InfoInhibitor"',), ('severity="info"',), {"cluster", "namespace"}),
    ]


def test_every_route_leads_to_a_receiver_that_there_is() -> None:
    file = alertmanager_config(AlertingSpec.resolve(PROD, EVERY_KIND))
    there = {each.name for each in file.receivers}

    assert {each.receiver for each in (file.route, *(file.route.routes or ()))} <= there
    assert len(there) == len(file.receivers)


def test_on_docker_people_reach_it_on_the_loopback_address() -> None:
    (people,) = alertmanager(DEV).flows

    assert (people.source, people.published_port) == ("@host", 9093)
