"""The audit on every ground, for the contract tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.audit import Audit, AuditSpec, AwsAuditRef, GcpAuditRef, create_audit
from components.environment import Environment
from tests.components.variants import (
    AWS_PROVIDERS,
    Variant,
    adopted_aws_keys,
    adopted_gcp_keys,
    aws_cloud,
    gcp_cloud,
)


def aws_audit(environment: Environment, **asked: Any) -> Audit:
    """The record of an AWS account."""
    cloud = aws_cloud(environment)
    spec = AuditSpec.resolve(environment, asked)
    return create_audit(cloud, "audit", spec, keys=adopted_aws_keys(cloud))


def gcp_audit(environment: Environment, **asked: Any) -> Audit:
    """The record of a Google Cloud project."""
    cloud = gcp_cloud(environment)
    spec = AuditSpec.resolve(environment, asked)
    return create_audit(cloud, "audit", spec, keys=adopted_gcp_keys(cloud))


def audit_outputs(audit: Audit) -> Mapping[str, Any]:
    """What the contract asserts on."""
    match audit.ref:
        case AwsAuditRef() as ref:
            return {"trail": ref.trail_arn, "access_log_bucket": ref.access_log_bucket}
        case GcpAuditRef() as ref:
            return {"log_bucket": ref.log_bucket_id}


VARIANTS = [
    Variant(
        capability="audit",
        ground="aws",
        token="plinth:audit:AwsAudit",
        name="audit",
        program=lambda environment: audit_outputs(aws_audit(environment)),
        outputs=frozenset({"trail", "access_log_bucket"}),
        secrets=frozenset(),
        providers=AWS_PROVIDERS,
        protected=frozenset({"aws:s3/bucket:Bucket", "aws:cloudtrail/trail:Trail"}),
    ),
    Variant(
        capability="audit",
        ground="gcp",
        token="plinth:audit:GcpAudit",
        name="audit",
        program=lambda environment: audit_outputs(gcp_audit(environment)),
        outputs=frozenset({"log_bucket"}),
        secrets=frozenset(),
        providers=frozenset({"pulumi:providers:gcp"}),
        protected=frozenset({"gcp:logging/projectBucketConfig:ProjectBucketConfig"}),
    ),
]
