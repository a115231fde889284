"""What every variant of the audit publishes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

import pulumi

from components.component import Component
from components.ground import AwsCloud, GcpCloud


@dataclass(frozen=True)
class AwsAuditRef:
    """The trail of an account.

    ``access_log_bucket`` takes records of each access to the buckets of the region; its name is
    known once it does.
    """

    cloud: AwsCloud
    trail_arn: pulumi.Output[str]
    access_log_bucket: pulumi.Output[str]


@dataclass(frozen=True)
class GcpAuditRef:
    """The log bucket that keeps the audit logs of a project."""

    cloud: GcpCloud
    log_bucket_id: pulumi.Output[str]


AuditRef = AwsAuditRef | GcpAuditRef


class Audit(Component):
    """The record of what is done to an account or project.

    ``unhonoured`` says what the spec asks and the ground cannot give, one sentence each.
    """

    ref: AuditRef
    unhonoured: tuple[str, ...]

    def publish(self, *, ref: AuditRef, unhonoured: Sequence[str] = ()) -> None:
        """Set and register the outputs."""
        self.ref = ref
        self.unhonoured = tuple(unhonoured)
        match ref:
            case AwsAuditRef():
                record = {
                    "trail_arn": ref.trail_arn,
                    "access_log_bucket": ref.access_log_bucket,
                }
            case GcpAuditRef():
                record = {"log_bucket_id": ref.log_bucket_id}
            case _:
                assert_never(ref)
        self.register_outputs({**record, "unhonoured": list(unhonoured)})
