"""Persistent volumes: space and inodes, by the kubelets; claims, by kube-state-metrics."""

from __future__ import annotations

from typing import Final

from components.observability.alert import Alert, Case, Group, Severity

_CLAIM: Final = 'namespace="shop", persistentvolumeclaim="data-db-0"'
_KUBELET: Final = f'{{job="kubelet", {_CLAIM}}}'
_WRITABLE: Final = (
    " unless on (cluster, namespace, persistentvolumeclaim)"
    ' kube_persistentvolumeclaim_access_mode{access_mode="ReadOnlyMany"} == 1'
)
_READ_ONLY_SERIES: Final = (
    f'kube_persistentvolumeclaim_access_mode{{{_CLAIM}, access_mode="ReadOnlyMany"}}'
)
_WHERE: Final = "{{ $labels.namespace }}/{{ $labels.persistentvolumeclaim }}"
_GROW: Final = (
    "Look at what grew: the application's own retention first. Most storage classes grow a claim "
    "while it is in use: raise the size in the stack's settings, not with kubectl, so that the next "
    "update does not undo it. A stateful set needs its claims resized one by one."
)
_SPACE: Final = ("available_bytes", "capacity_bytes")
_INODES: Final = ("inodes_free", "inodes")


def _series(parts: tuple[str, str], free: str, whole: str) -> dict[str, str]:
    return {
        f"kubelet_volume_stats_{part}{_KUBELET}": values
        for part, values in zip(parts, (free, whole), strict=True)
    }


def _full(name: str, parts: tuple[str, str], what: str) -> Alert:
    free, whole = (f'kubelet_volume_stats_{part}{{job="kubelet"}}' for part in parts)
    return Alert(
        name=name,
        expression=f"{free} / ({whole} > 0) < 0.03{_WRITABLE}",
        for_minutes=2,
        severity=Severity.CRITICAL,
        summary=f"Volume {_WHERE} has almost no {what} left",
        description=(
            f"The volume of claim {_WHERE} has {{{{ $value | humanizePercentage }}}} of its {what} "
            "left. Writes are about to fail."
        ),
        remedy=_GROW,
        firing=(Case(series=_series(parts, "2.9x20", "100x20"), after_minutes=3, firing=1),),
        silent=(
            Case(series=_series(parts, "3.1x20", "100x20"), after_minutes=10, firing=0),
            Case(
                series={
                    **_series(parts, "2.9x20", "100x20"),
                    _READ_ONLY_SERIES: "1x20",
                },
                after_minutes=10,
                firing=0,
            ),
            Case(series=_series(parts, "0x20", "0x20"), after_minutes=10, firing=0),
        ),
    )


def _filling(name: str, parts: tuple[str, str], what: str) -> Alert:
    free, whole = (f'kubelet_volume_stats_{part}{{job="kubelet"}}' for part in parts)
    falling = _series(parts, "14-0.003x400", "100x400")
    return Alert(
        name=name,
        expression=(
            f"{free} / ({whole} > 0) < 0.15"
            f" and predict_linear({free}[6h], 4 * 86400) < 0{_WRITABLE}"
        ),
        for_minutes=60,
        severity=Severity.WARNING,
        summary=f"Volume {_WHERE} runs out of {what} within four days",
        description=(
            f"The volume of claim {_WHERE} has {{{{ $value | humanizePercentage }}}} of its {what} "
            "left, and at the pace of the last 6 hours none in four days."
        ),
        remedy=_GROW,
        firing=(Case(series=falling, after_minutes=70, firing=1),),
        silent=(
            Case(
                series=_series(parts, "20-0.005x400", "100x400"),
                after_minutes=120,
                firing=0,
            ),
            Case(
                series=_series(parts, "14-0.002x400", "100x400"),
                after_minutes=120,
                firing=0,
            ),
            Case(series={**falling, _READ_ONLY_SERIES: "1x400"}, after_minutes=120, firing=0),
        ),
    )


GROUPS: Final = (
    Group(
        name="volumes",
        rules=(
            _full("KubePersistentVolumeAlmostFull", _SPACE, "space"),
            _filling("KubePersistentVolumeFillingUp", _SPACE, "space"),
            _full("KubePersistentVolumeInodesAlmostUsed", _INODES, "inodes"),
            _filling("KubePersistentVolumeInodesFillingUp", _INODES, "inodes"),
            Alert(
                name="KubePersistentVolumeErrors",
                expression=(
                    "max by (cluster, persistentvolume, phase)"
                    ' (kube_persistentvolume_status_phase{phase=~"Failed|Pending"}) > 0'
                ),
                for_minutes=10,
                severity=Severity.WARNING,
                summary="Volume {{ $labels.persistentvolume }} is {{ $labels.phase }}",
                description=(
                    "Persistent volume {{ $labels.persistentvolume }} has been in phase "
                    "{{ $labels.phase }} for 10 minutes."
                ),
                remedy=(
                    "`kubectl describe pv` shows the storage driver's error: a limit of volumes, a zone "
                    "without room, a key that may not be used. Failed volumes keep their data: do not "
                    "delete them before it is clear that nobody needs it."
                ),
                firing=(
                    Case(
                        series={
                            'kube_persistentvolume_status_phase{persistentvolume="v", phase="Failed"}': (
                                "0x3 1x30"
                            )
                        },
                        after_minutes=15,
                        firing=1,
                    ),
                ),
                silent=(
                    Case(
                        series={
                            'kube_persistentvolume_status_phase{persistentvolume="v", phase="Pending"}': (
                                "1x8 0x30"
                            ),
                            'kube_persistentvolume_status_phase{persistentvolume="v", phase="Bound"}': (
                                "0x8 1x30"
                            ),
                        },
                        after_minutes=11,
                        firing=0,
                    ),
                ),
            ),
            Alert(
                name="KubePersistentVolumeClaimNotBound",
                expression=(
                    "max by (cluster, namespace, persistentvolumeclaim, phase)"
                    ' (kube_persistentvolumeclaim_status_phase{phase=~"Pending|Lost"}) > 0'
                ),
                for_minutes=30,
                severity=Severity.WARNING,
                summary=f"Claim {_WHERE} is {{{{ $labels.phase }}}}",
                description=(
                    f"Claim {_WHERE} has been {{{{ $labels.phase }}}} for half an hour: the pod that "
                    "needs it waits, or has lost its data's volume."
                ),
                remedy=(
                    "Pending: the events of the claim name the storage class or the zone that is "
                    "missing; a class that binds late waits for a pod. Lost: the volume was deleted; "
                    "restore it from its last snapshot under the same name."
                ),
                firing=(
                    Case(
                        series={
                            f'kube_persistentvolumeclaim_status_phase{{{_CLAIM}, phase="Lost"}}': "1x40"
                        },
                        after_minutes=31,
                        firing=1,
                    ),
                ),
                silent=(
                    Case(
                        series={
                            f'kube_persistentvolumeclaim_status_phase{{{_CLAIM}, phase="Pending"}}': (
                                "1x25 0x30"
                            )
                        },
                        after_minutes=31,
                        firing=0,
                    ),
                ),
            ),
        ),
    ),
)
