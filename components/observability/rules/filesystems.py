"""File systems of machines, by node-exporter: space and inodes, now and as they develop."""

from __future__ import annotations

from typing import Final

from components.observability.alert import Alert, Case, Group, Severity

_REAL: Final = (
    '{job="node-exporter", mountpoint!="",'
    ' fstype!~"tmpfs|ramfs|devtmpfs|overlay|squashfs|iso9660|nsfs"}'
)
_DISK: Final = '{job="node-exporter", instance="a", device="sda1", fstype="ext4", mountpoint="/"}'
_SPACE: Final = ("node_filesystem_avail_bytes", "node_filesystem_size_bytes")
_FILES: Final = ("node_filesystem_files_free", "node_filesystem_files")
_SPACE_REMEDY: Final = (
    "`du -x` on the node finds what grows: container logs, images, a directory of the host that a "
    "pod writes to. The kubelet removes unused images at its own threshold; a larger disk means "
    "new nodes."
)
_FILES_REMEDY: Final = (
    "`find -xdev` counted by directory finds the many small files, mostly sessions, caches or mail. "
    "Delete them there; inodes of ext4 cannot be added, so a new file system is the other way."
)


def _filling(
    name: str,
    pair: tuple[str, str],
    *,
    below: int,
    hours: int,
    for_minutes: int,
    severity: Severity,
    what: str,
    remedy: str,
) -> Alert:
    """Less than a share is free, and the trend of 6 hours uses it up within a horizon."""
    free, whole = pair
    step = round(below / (hours * 60) * 1.2, 4)
    falling = {
        free + _DISK: f"{below - 1}-{step}x400",
        whole + _DISK: "100x400",
        "node_filesystem_readonly" + _DISK: "0x400",
    }
    return Alert(
        name=name,
        expression=(
            f"{free}{_REAL} / ({whole}{_REAL} > 0) < {below / 100}"
            f" and predict_linear({free}{_REAL}[6h], {hours} * 3600) < 0"
            f" and node_filesystem_readonly{_REAL} == 0"
        ),
        for_minutes=for_minutes,
        severity=severity,
        summary=f"{{{{ $labels.instance }}}}:{{{{ $labels.mountpoint }}}} runs out of {what}",
        description=(
            f"File system {{{{ $labels.mountpoint }}}} ({{{{ $labels.device }}}}) of "
            f"{{{{ $labels.instance }}}} has {{{{ $value | humanizePercentage }}}} of its {what} "
            f"left, and at the pace of the last 6 hours none in {hours} hours."
        ),
        remedy=remedy,
        firing=(Case(series=falling, after_minutes=for_minutes + 10, firing=1),),
        silent=(
            Case(
                series={**falling, free + _DISK: f"{below + 15}-{step * 2}x400"},
                after_minutes=for_minutes + 20,
                firing=0,
            ),
            Case(
                series={**falling, free + _DISK: f"{below - 1}-{step * 0.6}x400"},
                after_minutes=for_minutes + 60,
                firing=0,
            ),
            Case(
                series={**falling, "node_filesystem_readonly" + _DISK: "1x400"},
                after_minutes=for_minutes + 60,
                firing=0,
            ),
        ),
    )


def _almost_none(name: str, pair: tuple[str, str], *, what: str, remedy: str) -> Alert:
    free, whole = pair
    return Alert(
        name=name,
        expression=(
            f"{free}{_REAL} / ({whole}{_REAL} > 0) < 0.03 and node_filesystem_readonly{_REAL} == 0"
        ),
        for_minutes=10,
        severity=Severity.CRITICAL,
        summary=f"{{{{ $labels.instance }}}}:{{{{ $labels.mountpoint }}}} has almost no {what} left",
        description=(
            f"File system {{{{ $labels.mountpoint }}}} ({{{{ $labels.device }}}}) of "
            f"{{{{ $labels.instance }}}} has {{{{ $value | humanizePercentage }}}} of its {what} "
            "left. Writes fail soon, and with them what runs on the node."
        ),
        remedy=remedy,
        firing=(
            Case(
                series={
                    free + _DISK: "2.9x40",
                    whole + _DISK: "100x40",
                    "node_filesystem_readonly" + _DISK: "0x40",
                },
                after_minutes=12,
                firing=1,
            ),
        ),
        silent=(
            Case(
                series={
                    free + _DISK: "3.1x40",
                    whole + _DISK: "100x40",
                    "node_filesystem_readonly" + _DISK: "0x40",
                },
                after_minutes=30,
                firing=0,
            ),
            Case(
                series={
                    free + _DISK: "2.9x40",
                    whole + _DISK: "100x40",
                    "node_filesystem_readonly" + _DISK: "1x40",
                },
                after_minutes=30,
                firing=0,
            ),
            Case(
                series={
                    free + _DISK: "0x40",
                    whole + _DISK: "0x40",
                    "node_filesystem_readonly" + _DISK: "0x40",
                },
                after_minutes=30,
                firing=0,
            ),
        ),
    )


GROUPS: Final = (
    Group(
        name="filesystems",
        rules=(
            _filling(
                "NodeFilesystemSpaceFillingUp",
                _SPACE,
                below=40,
                hours=24,
                for_minutes=60,
                severity=Severity.WARNING,
                what="space",
                remedy=_SPACE_REMEDY,
            ),
            _filling(
                "NodeFilesystemSpaceFillingUpFast",
                _SPACE,
                below=20,
                hours=4,
                for_minutes=30,
                severity=Severity.CRITICAL,
                what="space",
                remedy=_SPACE_REMEDY,
            ),
            _almost_none(
                "NodeFilesystemAlmostOutOfSpace", _SPACE, what="space", remedy=_SPACE_REMEDY
            ),
            _filling(
                "NodeFilesystemFilesFillingUp",
                _FILES,
                below=40,
                hours=24,
                for_minutes=60,
                severity=Severity.WARNING,
                what="inodes",
                remedy=_FILES_REMEDY,
            ),
            _almost_none(
                "NodeFilesystemAlmostOutOfFiles", _FILES, what="inodes", remedy=_FILES_REMEDY
            ),
        ),
    ),
)
