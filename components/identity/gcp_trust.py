"""Whom Google Cloud takes a token for, and by which of its claims."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from components.ground import GcpCloud, short_hash
from components.identity.spec import (
    GitHubSubjectSpec,
    GitLabSubjectSpec,
    PipelineSubjectSpec,
    ServiceAccountSubjectSpec,
    Subject,
)
from components.identity.tokens import github_subjects, gitlab_subject

POOL_NAME_LENGTH: Final = 20
TOKEN_MINUTES: Final = 60


@dataclass(frozen=True)
class Federation:
    """What a pool takes from a token and demands of it.

    ``repository`` is the claim that holds the id of the repository or project.
    """

    provider_id: str
    repository: str
    attributes: Mapping[str, str]
    condition: str


def federation(subject: GitHubSubjectSpec | GitLabSubjectSpec) -> Federation:
    """What tells the jobs of ``subject`` from all others.

    Source: "Configure Workload Identity Federation with deployment pipelines" in the Google Cloud
    documentation.
    """
    if isinstance(subject, GitHubSubjectSpec):
        claims = {
            "repository_id": subject.repository_id,
            "repository_owner_id": subject.owner_id,
            "environment": subject.environment,
            "ref": subject.ref,
            "job_workflow_ref": subject.workflow,
        }
        return _federation("github", "repository_id", "run_id", github_subjects(subject), claims)
    claims = {"project_id": subject.project_id, "environment": subject.environment}
    return _federation("gitlab", "project_id", "pipeline_id", [gitlab_subject(subject)], claims)


def pool_id(name: str, subject: PipelineSubjectSpec) -> str:
    """The id of the pool of the identity ``name``: one that was deleted stays taken for 30 days."""
    readable = name[:POOL_NAME_LENGTH].rstrip("-")
    return f"ci-{readable}-{short_hash(name, 'pool', subject.generation)}"


def pool_path(cloud: GcpCloud, pool: str) -> str:
    """The full name of a pool, by the number of the project."""
    return f"projects/{cloud.project_number}/locations/global/workloadIdentityPools/{pool}"


def member(cloud: GcpCloud, name: str, subject: Subject) -> str:
    """What ``subject`` is called in bindings of roles.

    Source: "Principal identifiers" in the IAM documentation.
    """
    if isinstance(subject, ServiceAccountSubjectSpec):
        pool = pool_path(cloud, f"{cloud.project}.svc.id.goog")
        account = f"ns/{subject.namespace}/sa/{subject.service_account}"
        return f"principal://iam.googleapis.com/{pool}/subject/{account}"
    pool = pool_path(cloud, pool_id(name, subject))
    claim = federation(subject).repository
    value = subject.repository_id if isinstance(subject, GitHubSubjectSpec) else subject.project_id
    return f"principalSet://iam.googleapis.com/{pool}/attribute.{claim}/{value}"


def unhonoured(subject: Subject) -> Iterator[str]:
    """What ``subject`` asks and Google Cloud cannot give."""
    if isinstance(subject, ServiceAccountSubjectSpec):
        yield (
            f"subject: service account {subject.service_account} of namespace {subject.namespace}"
            " is one subject in all clusters of the project"
        )
        return
    if subject.session_minutes > TOKEN_MINUTES:
        yield (
            f"subject.session_minutes: {subject.session_minutes} are asked; a token lasts"
            f" {TOKEN_MINUTES}"
        )
    if not subject.owns_provider:
        yield "subject.owns_provider: the identity has a pool and provider of its own all the same"


def _federation(
    service: str,
    repository: str,
    run: str,
    subjects: list[str],
    claims: Mapping[str, str | None],
) -> Federation:
    one_of = ", ".join(f"'{each}'" for each in subjects)
    demands = [f"assertion.{key} == '{value}'" for key, value in claims.items() if value]
    return Federation(
        provider_id=service,
        repository=repository,
        attributes={
            # The audit log shows the run; sub may be longer than the 127 bytes there are for it.
            "google.subject": f"assertion.{repository} + ':' + assertion.{run}",
            f"attribute.{repository}": f"assertion.{repository}",
        },
        condition=" && ".join([f"assertion.sub in [{one_of}]", *demands]),
    )
