"""The repairs of each rule that has some."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from policies.autofix import AutoFix
from policies.fixes.aws import AWS
from policies.fixes.docker import DOCKER
from policies.fixes.gcp import GCP
from policies.fixes.kubernetes import KUBERNETES

FIXES: Final[Mapping[str, tuple[AutoFix, ...]]] = {**AWS, **GCP, **KUBERNETES, **DOCKER}
"""The repairs of each rule that has some, by its id."""
