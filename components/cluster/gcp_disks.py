"""The disks of pods on GKE."""

from __future__ import annotations

import pulumi

from components.ground import GcpCloud
from components.keys.interface import GcpKeysRef
from components.keys.spec import Purpose
from components.ownership import DataClass


def disk_parameters(cloud: GcpCloud, keys: GcpKeysRef) -> dict[str, pulumi.Input[str]]:
    """Parameters of a class of disks, encrypted with the key of volumes and labelled.

    The driver and not Pulumi makes the disks, so the component cannot label them.
    """
    labels = cloud.ownership.labels(DataClass.INTERNAL)
    return {
        "type": "pd-balanced",
        "disk-encryption-kms-key": keys.ids[Purpose.VOLUMES],
        "labels": ",".join(f"{key}={value}" for key, value in labels.items()),
    }
