"""What is asked from inside the way users ask it."""

from __future__ import annotations

from typing import Final

from components.observability.dashboard import (
    Dashboard,
    Panel,
    Query,
    Row,
    Threshold,
    Variable,
    View,
)

_HERE: Final = 'instance=~"$address"'

PROBES: Final = Dashboard(
    uid="probes",
    title="Probes and certificates",
    tags=("users",),
    variables=(Variable(name="address", metric="probe_success", label="instance"),),
    rows=(
        Row(
            title="Addresses",
            panels=(
                Panel(
                    title="Answers",
                    view=View.STAT,
                    queries=(
                        Query(
                            expression=f"probe_success{{{_HERE}}}",
                            legend="{{instance}}",
                            instant=True,
                        ),
                    ),
                    thresholds=(Threshold(value=1, colour="green"),),
                ),
                Panel(
                    title="Time to answer",
                    unit="s",
                    queries=(
                        Query(
                            expression=f"probe_duration_seconds{{{_HERE}}}", legend="{{instance}}"
                        ),
                    ),
                ),
                Panel(
                    title="Answered in the last 30 days",
                    view=View.STAT,
                    unit="percentunit",
                    queries=(
                        Query(
                            expression=f"avg_over_time(probe_success{{{_HERE}}}[30d])",
                            legend="{{instance}}",
                            instant=True,
                        ),
                    ),
                ),
                Panel(
                    title="Certificates, time left",
                    unit="s",
                    queries=(
                        Query(
                            expression=f"probe_ssl_earliest_cert_expiry{{{_HERE}}} - time()",
                            legend="{{instance}}",
                        ),
                    ),
                    thresholds=(
                        Threshold(value=7 * 86_400, colour="orange"),
                        Threshold(value=21 * 86_400, colour="green"),
                    ),
                ),
            ),
        ),
    ),
)

DASHBOARDS: Final = (PROBES,)
