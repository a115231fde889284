"""What Prometheus, Alertmanager, Grafana and the exporters may be asked for."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from components.environment import Environment
from components.observability.alerting_spec import AlertingSpec, EmailReceiverSpec
from components.observability.applications_spec import HistogramSpec, ProbeSpec
from components.observability.destinations_spec import OtlpDestination
from components.observability.grafana_spec import GrafanaSpec
from components.observability.logs_spec import AgentSpec, LogAlertSpec, LogsSpec
from components.observability.metrics_spec import MetricsSpec
from components.observability.spec import ObservabilitySpec
from components.observability.traces_spec import GatewaySpec, SamplingSpec, TracesSpec
from components.spec import Spec
from tests.components.metrics_parts import DEV, ON_CALL, PROD, WEBHOOK

SSO = {
    "authorize_url": "https://login.example.com/authorize",
    "token_url": "https://login.example.com/token",
    "userinfo_url": "https://login.example.com/userinfo",
    "client_id": "grafana",
    "client_secret": {"config": "grafana-sso"},
    "email_domains": ["example.com"],
}
STATE = {
    "database": "grafana",
    "password": {"config": "grafana-database"},
    "secret_key": {"config": "grafana-encryption"},
}
URL = "https://grafana.example.com/"


def refusal(spec: type[Spec], environment: Environment = PROD, /, **asked: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        spec.resolve(environment, asked)
    (error,) = caught.value.errors()
    return error["msg"].removeprefix("Value error, ")


@pytest.mark.parametrize("environment", list(Environment))
def test_the_sizes_of_every_environment_hold_what_they_are_for(environment: Environment) -> None:
    spec = MetricsSpec.resolve(environment, {})

    assert spec.estimated_gib <= spec.retention_gib
    assert spec.estimated_mib < spec.memory_mib
    assert spec.retention_gib <= 0.8 * spec.volume_gib


def test_a_retention_that_the_volume_cannot_hold_says_what_fits() -> None:
    assert refusal(MetricsSpec, retention_days=90, volume_gib=150) == (
        "retention_days is 90, and 500,000 series take about 205.2 GiB in that time; a volume_gib"
        " of 150 holds 120: set volume_gib to 258, or retention_days to 52"
    )


@pytest.mark.parametrize("asked", [{"volume_gib": 258}, {"retention_days": 52}])
def test_what_the_refusal_of_a_retention_suggests_is_accepted(asked: dict[str, int]) -> None:
    spec = MetricsSpec.resolve(PROD, {"retention_days": 90, "volume_gib": 150, **asked})

    assert spec.estimated_gib <= spec.retention_gib


@pytest.mark.parametrize("series", range(400_000, 1_000_000, 17_321))
def test_the_volume_that_is_suggested_is_the_smallest_that_is_enough(series: int) -> None:
    asked = {"series": series, "retention_days": 60, "memory_mib": 65_536}
    message = refusal(MetricsSpec, volume_gib=10, **asked)
    enough = int(message.partition("set volume_gib to ")[2].partition(",")[0])

    MetricsSpec.resolve(PROD, {**asked, "volume_gib": enough})
    refusal(MetricsSpec, volume_gib=enough - 1, **asked)


def test_a_volume_too_small_for_a_day_asks_for_fewer_series() -> None:
    assert refusal(MetricsSpec, volume_gib=2).endswith("or plan for fewer series")


def test_an_agent_needs_no_volume_for_what_it_does_not_keep() -> None:
    assert MetricsSpec.resolve(PROD, {"mode": "agent", "volume_gib": 10}).mode == "agent"


def test_memory_too_small_for_the_series_says_how_much_is_enough() -> None:
    assert refusal(MetricsSpec, memory_mib=2_048) == (
        "memory_mib is 2048, and 500,000 series take about 1953 MiB: set memory_mib to at least"
        " 2442, or lower series"
    )
    assert MetricsSpec.resolve(PROD, {"memory_mib": 2_442}).memory_mib == 2_442


def test_more_cpu_reserved_than_allowed_is_refused() -> None:
    assert refusal(MetricsSpec, cpus=1, cpus_reserved=2) == (
        "cpus_reserved is 2, more than cpus, 1: lower it, or raise cpus"
    )


def test_production_pages_somebody_and_is_watched_itself() -> None:
    assert refusal(AlertingSpec) == (
        "critical is missing, so nobody would be paged in prod: name one of receivers; watchdog is"
        " missing, so nobody would notice that alerting itself has stopped in prod: name one of"
        " receivers, such as a webhook of a dead man's switch"
    )


@pytest.mark.parametrize("environment", [Environment.STAGING, DEV])
def test_elsewhere_nobody_has_to_be_told(environment: Environment) -> None:
    assert AlertingSpec.resolve(environment, {}).receivers == {}


def test_a_receiver_that_there_is_none_of_is_named_with_those_there_are() -> None:
    assert refusal(AlertingSpec, **{**ON_CALL, "warning": "tickets"}) == (
        "warning is tickets, which is no receiver; receivers has pager, switch"
    )
    assert "teams.shop.critical is nobody-known" in refusal(
        AlertingSpec, **ON_CALL, teams={"shop": {"critical": "nobody-known"}}
    )


def test_a_receiver_that_is_told_nothing_is_refused() -> None:
    receivers = {**ON_CALL["receivers"], "spare": WEBHOOK}

    assert refusal(AlertingSpec, **{**ON_CALL, "receivers": receivers}) == (
        "receivers.spare is told nothing: name it in critical, warning, watchdog or teams, or"
        " remove it"
    )


def test_no_receiver_takes_the_name_of_what_nobody_is_told() -> None:
    receivers = {**ON_CALL["receivers"], "nobody": WEBHOOK}

    assert refusal(AlertingSpec, **{**ON_CALL, "receivers": receivers, "warning": "nobody"}) == (
        "receivers.nobody has the name of what is told to nobody: rename it"
    )


def test_business_hours_are_in_a_time_zone_that_exists_and_in_order() -> None:
    assert "Mars/Olympus is no time zone" in refusal(
        AlertingSpec, **ON_CALL, business_hours={"time_zone": "Mars/Olympus"}
    )
    assert refusal(AlertingSpec, **ON_CALL, business_hours={"start": "18:00", "end": "08:00"}) == (
        "start is 18:00, not before end, 08:00: swap them"
    )


def test_a_credential_is_in_one_place() -> None:
    hook = {"kind": "webhook", "url": {"config": "hook", "secret": "hooks", "key": "url"}}

    assert "one place for the credential" in refusal(
        AlertingSpec, **{**ON_CALL, "receivers": {**ON_CALL["receivers"], "pager": hook}}
    )


def test_copies_of_grafana_need_a_database() -> None:
    assert refusal(GrafanaSpec, sso=SSO, url=URL) == (
        "replicas is 2 and database is missing, so each copy would have users of its own: name one"
        " of the stack's databases, or set replicas to 1"
    )
    assert GrafanaSpec.resolve(PROD, {"sso": SSO, "url": URL, "database": STATE}).replicas == 2
    assert GrafanaSpec.resolve(PROD, {"sso": SSO, "url": URL, "replicas": 1}).database is None


def test_somebody_can_sign_in_outside_of_dev() -> None:
    assert refusal(GrafanaSpec, replicas=1) == (
        "sso and admin_password are missing, so nobody could sign in in prod: give sso, or"
        " admin_password"
    )
    assert GrafanaSpec.resolve(DEV, {}).admin_password is None


def test_sso_has_an_address_to_come_back_to_and_no_admin_beside_it() -> None:
    message = refusal(GrafanaSpec, replicas=1, sso=SSO, admin_password={"config": "admin"})

    assert "sso and admin_password are both given" in message
    assert "url is missing, and sso sends people back to it" in message


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("client_id", "a b"),
        ("client_id", "a\nenabled = false"),
        ("client_id", "${HOSTNAME}"),
        ("token_url", "https://login.example.com/`"),
        ("administrators", ["a', groups) && 'Admin"]),
        ("scopes", ["openid email"]),
    ],
)
def test_nothing_of_sso_can_leave_its_place_in_the_file(field: str, value: object) -> None:
    with pytest.raises(ValidationError, match="String should match pattern"):
        GrafanaSpec.resolve(PROD, {"replicas": 1, "url": URL, "sso": {**SSO, field: value}})


@pytest.mark.parametrize(
    ("url", "module", "host", "port"),
    [
        ("https://shop.example/health?a=b:9", "http_2xx", "shop.example", 443),
        ("http://shop.example", "http_2xx", "shop.example", 80),
        ("https://shop.example:8443?x=1:2", "http_2xx", "shop.example", 8443),
        ("https://[2001:db8::1]/", "http_2xx", "2001:db8::1", 443),
        ("db.example:5432", "tcp_connect", "db.example", 5432),
    ],
)
def test_a_probe_knows_how_and_where_it_asks(url: str, module: str, host: str, port: int) -> None:
    probe = ProbeSpec(url=url)

    assert (probe.module, probe.host, probe.port_number) == (module, host, port)


@pytest.mark.parametrize(
    "url", ["https://shop.example:99999/", "https://[2001:db8::1/", "https:///path", "db:0"]
)
def test_an_address_that_cannot_be_called_is_refused(url: str) -> None:
    assert refusal(ProbeSpec, url=url) == (
        f"url is {url}, which has no host or no port from 1 to 65535: correct it"
    )


def test_a_probe_carries_no_credential_and_the_refusal_repeats_none() -> None:
    message = refusal(ProbeSpec, url="https://ada:hunter2@shop.example/")

    assert message.startswith("url names a user of shop.example")
    assert "hunter2" not in message


def test_the_boundaries_of_a_histogram_rise() -> None:
    assert refusal(HistogramSpec, name="latency_seconds", buckets_seconds=(0.5, 0.1)) == (
        "buckets_seconds of latency_seconds are (0.5, 0.1): list each once, rising"
    )


@pytest.mark.parametrize(
    "spec", [MetricsSpec, LogsSpec, AgentSpec, TracesSpec, GatewaySpec, SamplingSpec]
)
def test_nothing_reserves_more_cpu_than_it_may_use(spec: type[Spec]) -> None:
    asked = {"percent": 10} if spec is SamplingSpec else {}

    assert refusal(spec, cpus=0.5, cpus_reserved=1, **asked) == (
        "cpus_reserved is 1, more than cpus, 0.5: lower it, or raise cpus"
    )


@pytest.mark.parametrize(
    "asked",
    [
        {"network": "10.300.0.0/16"},
        {"network": "10.0.0.1/8"},
        {"url": "https://otlp.example.com:99999/"},
        {"url": "https://otlp.example.com:0/"},
    ],
)
def test_an_address_that_nobody_could_call_is_refused(asked: dict[str, str]) -> None:
    message = refusal(
        OtlpDestination, **{"kind": "otlp", "url": "https://otlp.example.com/", **asked}
    )

    assert next(iter(asked.values())) in message
    assert message.endswith("correct it")


def test_a_mail_server_at_no_port_is_refused() -> None:
    message = refusal(
        EmailReceiverSpec,
        kind="email",
        to="team@example.com",
        sender="alerts@example.com",
        smarthost="mail.example.com:70000",
        username="alerts",
        password={"config": "mail"},
    )

    assert "mail.example.com:70000 has no host or no port from 1 to 65535" in message


def test_an_alert_on_logs_that_selects_none_is_refused() -> None:
    message = refusal(LogAlertSpec, expression="absent(x)", summary="No line comes at all")

    assert "'absent(x)' selects no stream of logs" in message


def test_an_objective_on_an_address_that_nobody_asks_is_refused() -> None:
    message = refusal(
        ObservabilitySpec,
        DEV,
        runbooks_url="https://runbooks.example.com/",
        metrics={"retention_days": 30},
        probes={"shop": {"url": "https://shop.example.com/"}},
        slos={
            "shop": {
                "description": "The shop answers when asked.",
                "service": "shop",
                "team": "shop",
                "objective_percent": 99.5,
                "indicator": {"kind": "probe", "instance": "https://shop.example.org/"},
            }
        },
    )

    assert message == (
        "slos.shop.indicator.instance is https://shop.example.org/, which no probe asks: add it to"
        " probes, or take one of https://shop.example.com/"
    )
