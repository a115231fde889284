"""Where copies of a database's backups are kept."""

from __future__ import annotations

import pulumi

from components.database.spec import DatabaseSpec
from components.ground import AwsCloud, GcpCloud


def recovery_region(name: str, spec: DatabaseSpec, cloud: AwsCloud | GcpCloud) -> str | None:
    """The region that keeps the copies; None if none are asked for.

    Raises:
        pulumi.RunError: copies are asked for, and the ground has no region for them.
    """
    if not spec.recoverable_elsewhere:
        return None
    if cloud.recovery_region is None:
        raise pulumi.RunError(
            f"database {name}: recoverable_elsewhere is true, but the ground has no recovery_region:"
            " name a second region there, or set recoverable_elsewhere to false"
        )
    return cloud.recovery_region
