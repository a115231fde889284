"""Whom a role on AWS trusts, and by which words of their token."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, assert_never

from components.ground import AwsCloud
from components.iam import Statement, document
from components.identity.spec import (
    GITHUB_HOST,
    GitHubSubjectSpec,
    GitLabSubjectSpec,
    ServiceAccountSubjectSpec,
    Subject,
)
from components.identity.tokens import github_subjects, gitlab_subject

AUDIENCE: Final = "sts.amazonaws.com"
PODS: Final = "pods.eks.amazonaws.com"


def trust_document(cloud: AwsCloud, subject: Subject) -> str:
    """The trust policy of a role that ``subject`` alone may assume, in JSON.

    Source: "Create IAM role with trust policy required by EKS Pod Identity" in the EKS user guide;
    the claims of GitHub that STS compares: "Available keys for AWS web identity federation" in the
    IAM user guide, checked 2026-11-21.
    """
    match subject:
        case ServiceAccountSubjectSpec():
            return document(_pods(cloud, subject))
        case GitHubSubjectSpec():
            # repository_id stays with the repository; sub and the others do not.
            claims = {
                "sub": github_subjects(subject),
                "repository_id": subject.repository_id,
                "environment": subject.environment,
                "ref": subject.ref,
                "job_workflow_ref": subject.workflow,
            }
            return document(_jobs(cloud, GITHUB_HOST, claims))
        case GitLabSubjectSpec():
            return document(_jobs(cloud, subject.host, {"sub": gitlab_subject(subject)}))
        case _:
            assert_never(subject)


def provider_arn(cloud: AwsCloud, host: str) -> str:
    """The ARN of the account's identity provider for ``host``."""
    return f"arn:{cloud.partition}:iam::{cloud.account_id}:oidc-provider/{host}"


def unhonoured(subject: Subject) -> Iterator[str]:
    """What ``subject`` asks and AWS cannot see."""
    if not isinstance(subject, GitLabSubjectSpec):
        return
    yield (
        f"subject.project_id: {subject.project_id} is asked; AWS compares aud and sub of GitLab's"
        " tokens alone, and sub holds the path"
    )
    if subject.environment:
        yield (
            f"subject.environment: {subject.environment} is asked; AWS compares aud and sub of"
            " GitLab's tokens alone"
        )


def _pods(cloud: AwsCloud, subject: ServiceAccountSubjectSpec) -> Statement:
    return Statement(
        sid="PodsOfOneServiceAccount",
        actions=("sts:AssumeRole", "sts:TagSession"),
        principal={"Service": PODS},
        conditions={
            "StringEquals": {
                "aws:SourceAccount": cloud.account_id,
                "aws:RequestTag/kubernetes-namespace": subject.namespace,
                "aws:RequestTag/kubernetes-service-account": subject.service_account,
            }
        },
    )


def _jobs(cloud: AwsCloud, host: str, claims: dict[str, str | list[str] | None]) -> Statement:
    compared = {f"{host}:{claim}": value for claim, value in claims.items() if value is not None}
    return Statement(
        sid="JobsOfOneSubject",
        actions=("sts:AssumeRoleWithWebIdentity",),
        principal={"Federated": provider_arn(cloud, host)},
        conditions={"StringEquals": {f"{host}:aud": AUDIENCE, **compared}},
    )
