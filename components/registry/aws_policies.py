"""Who may use ECR repositories and what expires in them, as documents."""

from __future__ import annotations

import json
from typing import Final

from components.ground import AwsCloud
from components.iam import EVERYONE, Statement, document

UNTAGGED_DAYS: Final = 7
PULL: Final = (
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:DescribeImages",
    "ecr:GetDownloadUrlForLayer",
)
PUSH: Final = (
    "ecr:CompleteLayerUpload",
    "ecr:InitiateLayerUpload",
    "ecr:PutImage",
    "ecr:UploadLayerPart",
)


def repository_arns(cloud: AwsCloud, prefix: str) -> str:
    """What the ARNs of the repositories below ``prefix`` begin with."""
    return f"arn:{cloud.partition}:ecr:{cloud.region}:{cloud.account_id}:repository/{prefix}"


def lifecycle_policy(keep_images: int) -> str:
    """Untagged images expire after a week, tagged ones after ``keep_images`` newer ones; JSON."""
    rules = [
        {
            "rulePriority": 1,
            "description": f"Untagged images expire after {UNTAGGED_DAYS} days",
            "selection": {
                "tagStatus": "untagged",
                "countType": "sinceImagePushed",
                "countUnit": "days",
                "countNumber": UNTAGGED_DAYS,
            },
            "action": {"type": "expire"},
        },
        {
            "rulePriority": 2,
            "description": f"The newest {keep_images} images stay",
            "selection": {
                "tagStatus": "tagged",
                "tagPatternList": ["*"],
                "countType": "imageCountMoreThan",
                "countNumber": keep_images,
            },
            "action": {"type": "expire"},
        },
    ]
    return json.dumps({"rules": rules})


def repository_policy(cloud: AwsCloud) -> str:
    """The account may pull and push, its organisation, if it has one, may pull; in JSON."""
    account = f"arn:{cloud.partition}:iam::{cloud.account_id}:root"
    statements = [
        Statement(sid="AccountUses", actions=PULL + PUSH, principal={"AWS": account}),
    ]
    if cloud.organization_id:
        organization = {"StringEquals": {"aws:PrincipalOrgID": cloud.organization_id}}
        statements.append(
            Statement(
                sid="OrganisationPulls",
                actions=PULL,
                principal=EVERYONE,
                conditions=organization,
            )
        )
    return document(*statements)


def creator_policy(cloud: AwsCloud, key_arns: tuple[str, ...], prefixes: tuple[str, ...]) -> str:
    """May make and tag the repositories that ECR makes by itself, encrypted; in JSON.

    Source: "Create a custom policy for repository creation templates" in the ECR user guide, checked
    2026-11-21.
    """
    account = f"arn:{cloud.partition}:ecr:*:{cloud.account_id}:repository"
    return document(
        Statement(
            sid="MakeRepositories",
            actions=("ecr:CreateRepository", "ecr:ReplicateImage", "ecr:TagResource"),
            resources=tuple(f"{account}/{prefix}/*" for prefix in prefixes),
        ),
        Statement(
            sid="EncryptThem",
            actions=("kms:CreateGrant", "kms:DescribeKey", "kms:RetireGrant"),
            resources=key_arns,
        ),
    )
