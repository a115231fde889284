"""Deployments, stateful sets and daemon sets, by kube-state-metrics."""

from __future__ import annotations

from typing import Final

from components.observability.alert import Alert, Case, Severity

_DEPLOYMENT: Final = '{namespace="shop", deployment="web"}'
_STATEFUL: Final = 'namespace="shop", statefulset="db"'
_DAEMON: Final = '{namespace="kube-system", daemonset="agent"}'


def _daemons(*, desired: str, available: str, updated: str) -> dict[str, str]:
    return {
        f"kube_daemonset_status_desired_number_scheduled{_DAEMON}": desired,
        f"kube_daemonset_status_number_available{_DAEMON}": available,
        f"kube_daemonset_status_updated_number_scheduled{_DAEMON}": updated,
    }


ALERTS: Final = (
    Alert(
        name="KubeDeploymentReplicasMismatch",
        expression=(
            "kube_deployment_spec_replicas > kube_deployment_status_replicas_available"
            " and changes(kube_deployment_status_replicas_updated[10m]) == 0"
        ),
        for_minutes=15,
        severity=Severity.WARNING,
        summary="{{ $labels.namespace }}/{{ $labels.deployment }} lacks replicas",
        description=(
            "Deployment {{ $labels.namespace }}/{{ $labels.deployment }} wants {{ $value }} "
            "replicas and has had fewer for 15 minutes, without a roll-out that moves on."
        ),
        remedy=(
            "List its pods: one that is pending or crashing says why. If none is missing a pod, "
            "look at the events of its newest replica set for a quota or an admission policy."
        ),
        firing=(
            Case(
                series={
                    f"kube_deployment_spec_replicas{_DEPLOYMENT}": "3x40",
                    f"kube_deployment_status_replicas_available{_DEPLOYMENT}": "3x3 2x40",
                    f"kube_deployment_status_replicas_updated{_DEPLOYMENT}": "3x40",
                },
                after_minutes=22,
                firing=1,
            ),
        ),
        silent=(
            Case(
                series={
                    f"kube_deployment_spec_replicas{_DEPLOYMENT}": "9x60",
                    f"kube_deployment_status_replicas_available{_DEPLOYMENT}": "8x60",
                    f"kube_deployment_status_replicas_updated{_DEPLOYMENT}": (
                        "1x8 2x8 3x8 4x8 5x8 6x8"
                    ),
                },
                after_minutes=40,
                firing=0,
            ),
        ),
    ),
    Alert(
        name="KubeDeploymentRolloutStuck",
        expression=(
            'kube_deployment_status_condition{condition="Progressing", status="false"} == 1'
        ),
        for_minutes=15,
        severity=Severity.WARNING,
        summary="The roll-out of {{ $labels.namespace }}/{{ $labels.deployment }} is stuck",
        description=(
            "The roll-out of deployment {{ $labels.namespace }}/{{ $labels.deployment }} exceeded "
            "its deadline 15 minutes ago. The old pods still serve."
        ),
        remedy=(
            "`kubectl rollout status` and the events of the newest replica set tell what it waits "
            "for. `kubectl rollout undo` restores the previous one; then correct the change."
        ),
        firing=(
            Case(
                series={
                    'kube_deployment_status_condition{namespace="shop", deployment="web",'
                    ' condition="Progressing", status="false"}': "0x5 1x40"
                },
                after_minutes=22,
                firing=1,
            ),
        ),
        silent=(
            Case(
                series={
                    'kube_deployment_status_condition{namespace="shop", deployment="web",'
                    ' condition="Progressing", status="true"}': "1x40",
                    'kube_deployment_status_condition{namespace="shop", deployment="web",'
                    ' condition="Available", status="false"}': "1x40",
                },
                after_minutes=30,
                firing=0,
            ),
        ),
    ),
    Alert(
        name="KubeStatefulSetReplicasMismatch",
        expression=(
            "kube_statefulset_replicas > kube_statefulset_status_replicas_ready"
            " and changes(kube_statefulset_status_replicas_updated[10m]) == 0"
        ),
        for_minutes=15,
        severity=Severity.WARNING,
        summary="{{ $labels.namespace }}/{{ $labels.statefulset }} lacks replicas",
        description=(
            "Stateful set {{ $labels.namespace }}/{{ $labels.statefulset }} wants {{ $value }} "
            "replicas, and fewer have been ready for 15 minutes."
        ),
        remedy=(
            "Find the pod with the highest number that is not ready. Volumes bind a pod to a zone: "
            "a zone without free nodes keeps it pending. Do not delete the claim to «help»."
        ),
        firing=(
            Case(
                series={
                    f"kube_statefulset_replicas{{{_STATEFUL}}}": "3x40",
                    f"kube_statefulset_status_replicas_ready{{{_STATEFUL}}}": "2x40",
                    f"kube_statefulset_status_replicas_updated{{{_STATEFUL}}}": "3x40",
                },
                after_minutes=18,
                firing=1,
            ),
        ),
        silent=(
            Case(
                series={
                    f"kube_statefulset_replicas{{{_STATEFUL}}}": "9x60",
                    f"kube_statefulset_status_replicas_ready{{{_STATEFUL}}}": "8x60",
                    f"kube_statefulset_status_replicas_updated{{{_STATEFUL}}}": (
                        "1x8 2x8 3x8 4x8 5x8 6x8"
                    ),
                },
                after_minutes=40,
                firing=0,
            ),
            Case(
                series={
                    f"kube_statefulset_replicas{{{_STATEFUL}}}": "3x40",
                    f"kube_statefulset_status_replicas_ready{{{_STATEFUL}}}": "2x13 3x30",
                    f"kube_statefulset_status_replicas_updated{{{_STATEFUL}}}": "3x40",
                },
                after_minutes=16,
                firing=0,
            ),
        ),
    ),
    Alert(
        name="KubeStatefulSetUpdateNotRolledOut",
        expression=(
            "max by (cluster, namespace, statefulset) (kube_statefulset_status_current_revision"
            " unless on (cluster, namespace, statefulset, revision)"
            " kube_statefulset_status_update_revision)"
            " and on (cluster, namespace, statefulset)"
            " changes(kube_statefulset_status_replicas_updated[15m]) == 0"
        ),
        for_minutes=15,
        severity=Severity.WARNING,
        summary="The update of {{ $labels.namespace }}/{{ $labels.statefulset }} does not move on",
        description=(
            "Stateful set {{ $labels.namespace }}/{{ $labels.statefulset }} runs two revisions, and "
            "no pod has been updated for 15 minutes."
        ),
        remedy=(
            "The update waits for the last updated pod to become ready: read its log and events. "
            "If the new revision is broken, set the old one again and delete the broken pod."
        ),
        firing=(
            Case(
                series={
                    f'kube_statefulset_status_current_revision{{{_STATEFUL}, revision="a"}}': "1x60",
                    f'kube_statefulset_status_update_revision{{{_STATEFUL}, revision="b"}}': "1x60",
                    f"kube_statefulset_status_replicas_updated{{{_STATEFUL}}}": "0x5 1x60",
                },
                after_minutes=40,
                firing=1,
            ),
        ),
        silent=(
            Case(
                series={
                    f'kube_statefulset_status_current_revision{{{_STATEFUL}, revision="a"}}': "1x60",
                    f'kube_statefulset_status_update_revision{{{_STATEFUL}, revision="b"}}': "1x60",
                    f"kube_statefulset_status_replicas_updated{{{_STATEFUL}}}": (
                        "0x9 1x9 2x9 3x9 4x9 5x9"
                    ),
                },
                after_minutes=45,
                firing=0,
            ),
            Case(
                series={
                    f'kube_statefulset_status_current_revision{{{_STATEFUL}, revision="b"}}': "1x60",
                    f'kube_statefulset_status_update_revision{{{_STATEFUL}, revision="b"}}': "1x60",
                    f"kube_statefulset_status_replicas_updated{{{_STATEFUL}}}": "3x60",
                },
                after_minutes=45,
                firing=0,
            ),
        ),
    ),
    Alert(
        name="KubeDaemonSetRolloutStuck",
        expression=(
            "(kube_daemonset_status_number_available"
            " < kube_daemonset_status_desired_number_scheduled"
            " or kube_daemonset_status_updated_number_scheduled"
            " < kube_daemonset_status_desired_number_scheduled)"
            " and on (cluster, namespace, daemonset)"
            " changes(kube_daemonset_status_updated_number_scheduled[10m]) == 0"
        ),
        for_minutes=15,
        severity=Severity.WARNING,
        summary="{{ $labels.namespace }}/{{ $labels.daemonset }} is not on every node",
        description=(
            "Daemon set {{ $labels.namespace }}/{{ $labels.daemonset }} has only {{ $value }} "
            "available or updated pods, fewer than nodes that should have one, for 15 minutes."
        ),
        remedy=(
            "List its pods by node: the node without a ready one is full, tainted, not ready or "
            "cannot pull the image. Nodes that just joined need a few minutes."
        ),
        firing=(
            Case(
                series=_daemons(desired="5x40", available="4x40", updated="5x40"),
                after_minutes=17,
                firing=1,
            ),
            Case(
                series=_daemons(desired="5x40", available="5x40", updated="3x40"),
                after_minutes=17,
                firing=1,
            ),
        ),
        silent=(
            Case(
                series=_daemons(
                    desired="9x60", available="8x60", updated="1x8 2x8 3x8 4x8 5x8 6x8 7x8"
                ),
                after_minutes=45,
                firing=0,
            ),
        ),
    ),
    Alert(
        name="KubeDaemonSetMisscheduled",
        expression="kube_daemonset_status_number_misscheduled > 0",
        for_minutes=15,
        severity=Severity.WARNING,
        summary="{{ $labels.namespace }}/{{ $labels.daemonset }} runs where it should not",
        description=(
            "{{ $value }} pods of daemon set {{ $labels.namespace }}/{{ $labels.daemonset }} run on "
            "nodes that its selector, affinity or tolerations exclude, for 15 minutes."
        ),
        remedy=(
            "Labels or taints of nodes changed after the pods were placed. Delete those pods, or "
            "widen the daemon set's selection if the nodes should have them."
        ),
        firing=(
            Case(
                series={f"kube_daemonset_status_number_misscheduled{_DAEMON}": "0x3 1x40"},
                after_minutes=20,
                firing=1,
            ),
        ),
        silent=(
            Case(
                series={f"kube_daemonset_status_number_misscheduled{_DAEMON}": "1x13 0x30"},
                after_minutes=16,
                firing=0,
            ),
        ),
    ),
)
