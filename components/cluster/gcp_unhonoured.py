"""What a stack may ask of a cluster and GKE cannot give."""

from __future__ import annotations

from components.cluster.gcp_logs import kept_days
from components.cluster.gcp_upkeep import maintenance_days
from components.cluster.spec import ClusterSpec, ControlPlaneLog


def unhonoured(spec: ClusterSpec) -> list[str]:
    """One sentence for each field that is not honoured to the letter, beginning with its name."""
    found: list[str] = []
    if ControlPlaneLog.AUTHENTICATOR in spec.control_plane_logs:
        found.append(
            "control_plane_logs: GKE has no authenticator log; the audit log says who did what"
        )
    if kept_days(spec) < spec.log_days:
        found.append(f"log_days: {spec.log_days} are asked; a log bucket keeps {kept_days(spec)}")
    if len(days := maintenance_days(spec.maintenance_window)) > 1:
        found.append(
            f"maintenance_window: GKE needs 12 hours of it a week, so it opens on {', '.join(days)}"
        )
    return found
