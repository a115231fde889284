"""Addresses probed from outside by blackbox-exporter, and the certificates they show."""

from __future__ import annotations

from typing import Final

from components.observability.alert import Alert, Case, Group, Severity
from components.observability.rules.presence import gone

_JOB: Final = 'job="probe"'
_SITE: Final = '{job="probe", instance="https://shop.example"}'
_DAY: Final = 86_400


def _expiry(name: str, days: int, for_minutes: int, severity: Severity) -> Alert:
    series = f"probe_ssl_earliest_cert_expiry{_SITE}"
    end = days * _DAY
    return Alert(
        name=name,
        expression=f"probe_ssl_earliest_cert_expiry{{{_JOB}}} - time() < {days} * 86400",
        for_minutes=for_minutes,
        severity=severity,
        summary="The certificate of {{ $labels.instance }} expires in {{ $value | humanizeDuration }}",
        description=(
            "A certificate in the chain that {{ $labels.instance }} shows expires in "
            f"{{{{ $value | humanizeDuration }}}}, less than {days} days. Automatic renewal should "
            "have replaced it."
        ),
        remedy=(
            "Ask whoever issues it (cert-manager, the cloud) why it was not renewed: a DNS record "
            "that is missing, a rate limit, a changed domain. If it was, the server has not loaded "
            "it: restart it, and see why it does not reload."
        ),
        firing=(
            Case(series={series: f"{end + 300}x200"}, after_minutes=for_minutes + 8, firing=1),
        ),
        silent=(
            Case(series={series: f"{end + _DAY}x200"}, after_minutes=for_minutes + 60, firing=0),
            Case(series={series: f"{end - 60}x200"}, after_minutes=for_minutes - 1, firing=0),
        ),
    )


GROUPS: Final = (
    Group(
        name="probes",
        rules=(
            gone(
                "BlackboxExporterDown",
                job="blackbox",
                consequence="Nothing is probed from outside, and certificates are not watched.",
                remedy=(
                    "Look at its pod or container, and at its configuration "
                    "(`blackbox_exporter --config.check`)."
                ),
                severity=Severity.WARNING,
            ),
            Alert(
                name="ProbesMissing",
                expression=f"absent(probe_success{{{_JOB}}})",
                for_minutes=10,
                severity=Severity.WARNING,
                labels={"job": "probe"},
                summary="No address is probed any more",
                description=(
                    "Prometheus has had no result of any probe for 10 minutes. ProbeFailed and the "
                    "alerts on certificates are blind."
                ),
                remedy=(
                    "Look at the job of the probes on Prometheus' page of targets, then at "
                    "BlackboxExporterDown: the exporter is asked on behalf of each address."
                ),
                firing=(
                    Case(series={f"probe_success{_SITE}": "1x2 stale"}, after_minutes=14, firing=1),
                ),
                silent=(
                    Case(series={f"probe_success{_SITE}": "0x30"}, after_minutes=20, firing=0),
                    Case(series={f"probe_success{_SITE}": "1x2 stale"}, after_minutes=12, firing=0),
                ),
            ),
            Alert(
                name="ProbeFailed",
                expression=f"max_over_time(probe_success{{{_JOB}}}[2m]) == 0",
                for_minutes=3,
                severity=Severity.CRITICAL,
                summary="{{ $labels.instance }} does not answer as it should",
                description=(
                    "The probe of {{ $labels.instance }} has failed for 5 minutes without a success in "
                    "between: users cannot reach it either."
                ),
                remedy=(
                    "Ask the exporter with `debug=true` for this target: it shows which step fails: "
                    "name, connection, TLS, status or content. Then follow the request inwards: load "
                    "balancer, ingress, service, pods."
                ),
                firing=(
                    Case(series={f"probe_success{_SITE}": "1x5 0x20"}, after_minutes=11, firing=1),
                ),
                silent=(
                    Case(series={f"probe_success{_SITE}": "1x5 0x20"}, after_minutes=9, firing=0),
                    Case(
                        series={f"probe_success{_SITE}": "1 0 1 0 1 0 1 0 1 0 1 0 1 0 1"},
                        after_minutes=13,
                        firing=0,
                    ),
                ),
            ),
            Alert(
                name="ProbeFlapping",
                expression=f"avg_over_time(probe_success{{{_JOB}}}[30m]) < 0.9",
                for_minutes=10,
                severity=Severity.WARNING,
                summary="{{ $labels.instance }} answers only sometimes",
                description=(
                    "Only {{ $value | humanizePercentage }} of the probes of {{ $labels.instance }} in "
                    "the last half hour succeeded."
                ),
                remedy=(
                    "One of several replicas, zones or addresses is broken: compare the failures with "
                    "the addresses the name resolves to and with restarts of the pods behind it."
                ),
                firing=(
                    Case(
                        series={
                            f"probe_success{_SITE}": "1 1 0 1 1 0 1 1 0 1 1 0 1 1 0 1 1 0 1 1 0 1 1 0 1 1"
                        },
                        after_minutes=20,
                        firing=1,
                    ),
                ),
                silent=(
                    Case(
                        series={f"probe_success{_SITE}": "1x14 0 1x14 0 1x30"},
                        after_minutes=45,
                        firing=0,
                    ),
                ),
            ),
            Alert(
                name="ProbeSlow",
                expression=f"avg_over_time(probe_duration_seconds{{{_JOB}}}[10m]) > 3",
                for_minutes=10,
                severity=Severity.WARNING,
                summary="{{ $labels.instance }} takes {{ $value | humanizeDuration }} to answer",
                description=(
                    "Probes of {{ $labels.instance }} have taken {{ $value | humanizeDuration }} on "
                    "average for 10 minutes."
                ),
                remedy=(
                    "`probe_http_duration_seconds` by phase tells whether it is the name, the "
                    "connection, TLS or the service itself."
                ),
                firing=(
                    Case(
                        series={f"probe_duration_seconds{_SITE}": "3.2x40"},
                        after_minutes=12,
                        firing=1,
                    ),
                ),
                silent=(
                    Case(
                        series={f"probe_duration_seconds{_SITE}": "2.9x40"},
                        after_minutes=30,
                        firing=0,
                    ),
                    Case(
                        series={f"probe_duration_seconds{_SITE}": "0.2x10 9x1 0.2x30"},
                        after_minutes=20,
                        firing=0,
                    ),
                ),
            ),
            _expiry("CertificateExpiresSoon", 21, 60, Severity.WARNING),
            _expiry("CertificateExpiresVerySoon", 7, 10, Severity.CRITICAL),
        ),
    ),
)
