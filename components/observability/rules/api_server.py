"""The Kubernetes API: its errors against a budget, its aggregated APIs, certificates, versions."""

from __future__ import annotations

from typing import Final

from components.observability.alert import Alert, Case, Group, Recording, Severity
from components.observability.rules.presence import gone

_REQUESTS: Final = "cluster:apiserver_request:increase5m"
_ERRORS: Final = "cluster:apiserver_request_errors:increase5m"
_BUDGET: Final = 0.01


def _ratio(window: str, factor: float) -> str:
    return (
        f"sum_over_time({_ERRORS}[{window}]) / (sum_over_time({_REQUESTS}[{window}]) > 0)"
        f" > {factor} * {_BUDGET}"
    )


def _burning(*pairs: tuple[str, str, float]) -> str:
    return " or ".join(
        f"({_ratio(long, factor)} and {_ratio(short, factor)})" for long, short, factor in pairs
    )


def _answers(good: str, bad: str) -> dict[str, str]:
    return {
        'apiserver_request_total{job="apiserver", instance="a", verb="GET", code="200"}': good,
        'apiserver_request_total{job="apiserver", instance="a", verb="GET", code="503"}': bad,
    }


def _certificates(soon: str, later: str) -> dict[str, str]:
    name = "apiserver_client_certificate_expiration_seconds_bucket"
    days = (("86400.0", soon), ("604800.0", later), ("2.592e+06", "0+100x40"), ("+Inf", "0+100x40"))
    return {f'{name}{{job="apiserver", instance="a", le="{le}"}}': value for le, value in days}


def _expiring(name: str, seconds: int, severity: Severity, when: str) -> Alert:
    soon = severity is Severity.CRITICAL
    return Alert(
        name=name,
        expression=(
            "histogram_quantile(0.01, sum by (cluster, job, le)"
            " (rate(apiserver_client_certificate_expiration_seconds_bucket"
            f'{{job="apiserver"}}[5m]))) < {seconds}'
        ),
        for_minutes=5,
        severity=severity,
        summary=f"A client certificate of the Kubernetes API expires within {when}",
        description=(
            f"A client that calls the API uses a certificate that expires within {when}, in "
            "{{ $value | humanizeDuration }} by estimate. It is locked out then."
        ),
        remedy=(
            "The audit log tells which user presents it. Kubelets renew theirs by themselves: look "
            "for signing requests that nobody approved. Renew people's and machines' by hand."
        ),
        firing=(
            Case(
                series=_certificates("0+1.5x40" if soon else "0x40", "0+1.5x40"),
                after_minutes=12,
                firing=1,
            ),
        ),
        silent=(
            Case(
                series=_certificates(
                    "0+0.7x40" if soon else "0x40", "0+5x40" if soon else "0+0.7x40"
                ),
                after_minutes=20,
                firing=0,
            ),
        ),
    )


_SLO: Final = (
    Recording(
        record=_REQUESTS,
        expression='sum by (cluster) (increase(apiserver_request_total{job="apiserver"}[5m]))',
    ),
    Recording(
        record=_ERRORS,
        expression=(
            'sum by (cluster) (increase(apiserver_request_total{job="apiserver", code=~"5.."}[5m]))'
        ),
    ),
    Alert(
        name="KubeAPIErrorBudgetBurn",
        expression=_burning(("1h", "5m", 14.4), ("6h", "30m", 6)),
        for_minutes=2,
        severity=Severity.CRITICAL,
        summary="The Kubernetes API answers with too many errors",
        description=(
            "{{ $value | humanizePercentage }} of the API's answers are errors of the server. At "
            "this pace a month's allowance of 1 % is gone within days."
        ),
        remedy=(
            "See which verb and resource fail: `sum by (verb, resource, code) "
            '(rate(apiserver_request_total{code=~"5.."}[5m]))`. Webhooks that do not answer and an '
            "overloaded etcd are the usual causes; with a managed cluster, the provider's status."
        ),
        firing=(
            Case(
                series=_answers("0+100x360 36000x40", "0x360 0+100x40"), after_minutes=376, firing=1
            ),
            Case(series=_answers("0+93x400", "0+7x400"), after_minutes=380, firing=1),
        ),
        silent=(
            Case(series=_answers("0+96x400", "0+4x400"), after_minutes=380, firing=0),
            Case(
                series=_answers("0+100x360 36000x40", "0x360 0+100x40"), after_minutes=368, firing=0
            ),
            Case(
                series=_answers("0+100x360 36000x10 36000+100x40", "0x360 0+100x10 1000x40"),
                after_minutes=382,
                firing=0,
            ),
        ),
    ),
    Alert(
        name="KubeAPIErrorBudgetBurnSlow",
        expression=_burning(("1d", "2h", 3), ("3d", "6h", 1)),
        for_minutes=60,
        severity=Severity.WARNING,
        summary="The Kubernetes API spends its error budget too fast",
        description=(
            "{{ $value | humanizePercentage }} of the API's answers over a day or more are errors "
            "of the server: the month's allowance of 1 % will not last."
        ),
        remedy="As for KubeAPIErrorBudgetBurn, without its hurry: look for what recurs daily.",
        firing=(
            Case(series=_answers("0+98x1600", "0+2x1600"), after_minutes=1550, firing=1),
            Case(series=_answers("0+96x1600", "0+4x1600"), after_minutes=1550, firing=1),
        ),
        silent=(Case(series=_answers("0+991x1600", "0+9x1600"), after_minutes=1550, firing=0),),
    ),
)

_API: Final = (
    Alert(
        name="KubeAggregatedAPIDown",
        expression=(
            "max by (cluster, name) (avg_over_time("
            'aggregator_unavailable_apiservice{job="apiserver"}[10m])) > 0.15'
        ),
        for_minutes=5,
        severity=Severity.WARNING,
        summary="The aggregated API {{ $labels.name }} is unavailable",
        description=(
            "The API {{ $labels.name }} was unavailable for {{ $value | humanizePercentage }} of "
            "the last 10 minutes. What lists all kinds fails with it, namespaces do not go away."
        ),
        remedy=(
            "`kubectl get apiservice` shows the reason. Look at the pods behind it (metrics-server, "
            "an adapter), at their certificate, and at the flow from the API server to them."
        ),
        firing=(
            Case(
                series={
                    'aggregator_unavailable_apiservice{job="apiserver", name="v1beta1.metrics"}': (
                        "0x3 1 0x3 1 0x3 1 0x3 1 0x3 1 0x3"
                    )
                },
                after_minutes=15,
                firing=1,
            ),
        ),
        silent=(
            Case(
                series={
                    'aggregator_unavailable_apiservice{job="apiserver", name="v1beta1.metrics"}': (
                        "0x8 1 0x8 1 0x8 1 0x8 1 0x8"
                    )
                },
                after_minutes=35,
                firing=0,
            ),
        ),
    ),
    Alert(
        name="KubeAggregatedAPIErrors",
        expression=(
            "sum by (cluster, name, reason) (increase("
            'aggregator_unavailable_apiservice_total{job="apiserver"}[15m])) > 4'
        ),
        for_minutes=10,
        severity=Severity.WARNING,
        summary="The aggregated API {{ $labels.name }} goes and comes",
        description=(
            "The API {{ $labels.name }} became unavailable {{ $value | humanize }} times in 15 "
            "minutes ({{ $labels.reason }})."
        ),
        remedy="As for KubeAggregatedAPIDown: mostly a pod that restarts or is short of CPU.",
        firing=(
            Case(
                series={
                    "aggregator_unavailable_apiservice_total"
                    '{job="apiserver", name="v1beta1.metrics", reason="FailedDiscoveryCheck"}': (
                        "0+0.4x60"
                    )
                },
                after_minutes=25,
                firing=1,
            ),
        ),
        silent=(
            Case(
                series={
                    "aggregator_unavailable_apiservice_total"
                    '{job="apiserver", name="v1beta1.metrics", reason="FailedDiscoveryCheck"}': (
                        "0+0.25x60"
                    )
                },
                after_minutes=50,
                firing=0,
            ),
        ),
    ),
    _expiring("KubeClientCertificateExpiration", 604_800, Severity.WARNING, "7 days"),
    _expiring("KubeClientCertificateExpirationSoon", 86_400, Severity.CRITICAL, "24 hours"),
    Alert(
        name="KubeVersionMismatch",
        expression=(
            "count by (cluster) (count by (cluster, minor) (label_replace(kubernetes_build_info"
            '{job=~"apiserver|kubelet"}, "minor", "$1", "git_version", "v([0-9]+[.][0-9]+).*"'
            "))) > 1"
        ),
        for_minutes=1_440,
        severity=Severity.WARNING,
        summary="{{ $value }} minor versions of Kubernetes run side by side for a day",
        description=(
            "API servers and kubelets run {{ $value }} different minor versions for a day: an "
            "upgrade stopped half-way. Kubelets may be three minors behind, and not more."
        ),
        remedy=(
            "`kubectl get nodes` shows the old ones. A disruption budget that allows nothing, or a "
            "pod without a controller, keeps a node from being drained."
        ),
        firing=(
            Case(
                series={
                    'kubernetes_build_info{job="apiserver", git_version="v1.36.2"}': "1x1500",
                    'kubernetes_build_info{job="kubelet", node="n1", git_version="v1.35.4"}': "1x1500",
                },
                after_minutes=1_445,
                firing=1,
            ),
        ),
        silent=(
            Case(
                series={
                    'kubernetes_build_info{job="apiserver", git_version="v1.36.2-eks-1"}': "1x1500",
                    'kubernetes_build_info{job="kubelet", node="n1", git_version="v1.36.0"}': "1x1500",
                },
                after_minutes=1_445,
                firing=0,
            ),
            Case(
                series={
                    'kubernetes_build_info{job="apiserver", git_version="v1.36.2"}': "1x1500",
                    'kubernetes_build_info{job="kubelet", node="n1", git_version="v1.35.4"}': (
                        "1x600 stale"
                    ),
                },
                after_minutes=1_445,
                firing=0,
            ),
        ),
    ),
)

GROUPS: Final = (
    Group(
        name="api-server",
        rules=(
            gone(
                "KubeAPIDown",
                job="apiserver",
                consequence="Nothing can be scheduled, healed or changed if the API is really gone.",
                remedy=(
                    "Try `kubectl get --raw /readyz`. If it answers, Prometheus lost its way or its "
                    "right to the API; if not, look at the control plane or the provider's status. "
                    "Running pods go on meanwhile: change nothing in haste."
                ),
                for_minutes=5,
            ),
            *_SLO,
            *_API,
        ),
    ),
)
