"""The Kubernetes API and the kubelets."""

from __future__ import annotations

from typing import Final

from components.observability.dashboard import Dashboard, Panel, Query, Row, Threshold

_API: Final = 'job="apiserver"'
_QUICK: Final = 'verb!~"WATCH|CONNECT|WATCHLIST"'

CONTROL_PLANE: Final = Dashboard(
    uid="control-plane",
    title="Control plane",
    tags=("kubernetes",),
    rows=(
        Row(
            title="API server",
            panels=(
                Panel(
                    title="Requests by status",
                    unit="reqps",
                    queries=(
                        Query(
                            expression=(
                                "sum by (code) (rate(apiserver_request_total"
                                f"{{{_API}}}[$__rate_interval]))"
                            ),
                            legend="{{code}}",
                        ),
                    ),
                ),
                Panel(
                    title="Share of server errors",
                    unit="percentunit",
                    queries=(
                        Query(
                            expression=(
                                "sum(rate(apiserver_request_total"
                                f'{{{_API}, code=~"5.."}}[$__rate_interval]))'
                                f" / sum(rate(apiserver_request_total{{{_API}}}[$__rate_interval]))"
                            ),
                            legend="errors",
                        ),
                    ),
                    thresholds=(Threshold(value=0.01, colour="red"),),
                ),
                Panel(
                    title="99th percentile of the time to answer, by verb",
                    unit="s",
                    queries=(
                        Query(
                            expression=(
                                "histogram_quantile(0.99, sum by (le, verb) (rate("
                                f"apiserver_request_duration_seconds_bucket{{{_API}, {_QUICK}}}"
                                "[$__rate_interval])))"
                            ),
                            legend="{{verb}}",
                        ),
                    ),
                ),
                Panel(
                    title="Requests in progress",
                    queries=(
                        Query(
                            expression=(
                                "sum by (request_kind)"
                                f" (apiserver_current_inflight_requests{{{_API}}})"
                            ),
                            legend="{{request_kind}}",
                        ),
                    ),
                ),
            ),
        ),
        Row(
            title="Kubelets",
            panels=(
                Panel(
                    title="Pods running",
                    queries=(
                        Query(
                            expression='sum by (node) (kubelet_running_pods{job="kubelet"})',
                            legend="{{node}}",
                        ),
                    ),
                ),
                Panel(
                    title="99th percentile of the time to relist pods",
                    unit="s",
                    queries=(
                        Query(
                            expression=(
                                "histogram_quantile(0.99, sum by (node, le) (rate("
                                "kubelet_pleg_relist_duration_seconds_bucket"
                                '{job="kubelet"}[$__rate_interval])))'
                            ),
                            legend="{{node}}",
                        ),
                    ),
                ),
            ),
        ),
    ),
)

DASHBOARDS: Final = (CONTROL_PLANE,)
