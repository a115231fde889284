"""The record of what is done to a Google Cloud project: Cloud Audit Logs, kept and locked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

import pulumi
import pulumi_gcp as gcp

from components.audit.interface import Audit, GcpAuditRef
from components.audit.spec import AuditSpec
from components.ground import GcpCloud
from components.keys.interface import GcpKeysRef
from components.keys.spec import Purpose

AUDIT_LOGS: Final = 'log_id("cloudaudit.googleapis.com/{kind}")'
KINDS: Final = ("activity", "data_access", "system_event", "policy")


class GcpAudit(Audit):
    """Every call on record in a log bucket of its own, where it cannot be changed."""

    TOKEN: ClassVar[str] = "plinth:audit:GcpAudit"  # noqa: S105

    def __init__(
        self,
        name: str,
        spec: AuditSpec,
        cloud: GcpCloud,
        keys: GcpKeysRef,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare what is recorded, where it goes and how long it stays."""
        super().__init__(name, cloud, opts)
        child = pulumi.ResourceOptions(parent=self)

        if spec.owns_account:
            gcp.projects.IAMAuditConfig(
                f"{name}-trail",
                project=cloud.project,
                service="allServices",
                audit_log_configs=[
                    gcp.projects.IAMAuditConfigAuditLogConfigArgs(log_type=kind)
                    for kind in recorded(data_access=spec.data_access)
                ],
                opts=child,
            )
        bucket = gcp.logging.ProjectBucketConfig(
            f"{name}-trail",
            project=cloud.project,
            location=cloud.region,
            bucket_id=f"{name}-trail",
            description="Who did what",
            retention_days=spec.trail_days,
            locked=spec.tamper_proof,
            cmek_settings=gcp.logging.ProjectBucketConfigCmekSettingsArgs(
                kms_key_name=keys.ids[Purpose.LOGS]
            ),
            deletion_policy="PREVENT" if spec.protected else "DELETE",
            opts=pulumi.ResourceOptions(parent=self, protect=spec.protected),
        )
        gcp.logging.ProjectSink(
            f"{name}-trail",
            description="Who did what",
            destination=pulumi.Output.concat("logging.googleapis.com/", bucket.id),
            filter=" OR ".join(AUDIT_LOGS.format(kind=kind) for kind in KINDS),
            unique_writer_identity=True,
            opts=child,
        )

        self.publish(
            ref=GcpAuditRef(cloud=cloud, log_bucket_id=bucket.id),
            unhonoured=list(_unhonoured(spec)),
        )


def recorded(*, data_access: bool) -> tuple[str, ...]:
    """What is recorded beside changes, which always are."""
    return ("ADMIN_READ", "DATA_READ", "DATA_WRITE") if data_access else ("ADMIN_READ",)


def _unhonoured(spec: AuditSpec) -> Iterator[str]:
    if spec.threat_detection:
        yield (
            "threat_detection: Security Command Center is switched on for an organisation or by"
            " hand, not for a project through this provider"
        )
