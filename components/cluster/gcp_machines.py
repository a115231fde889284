"""Which machines the pools of a GKE cluster are made of.

Plain data, so that settings can be checked against what a region offers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from components.cluster.spec import MachineSize

MACHINE_TYPES: Final[Mapping[MachineSize, str]] = {
    MachineSize.SMALL: "n2-standard-2",
    MachineSize.MEDIUM: "n2-standard-4",
    MachineSize.LARGE: "n2-standard-8",
    MachineSize.XLARGE: "n2-standard-16",
}
