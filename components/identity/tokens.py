"""What the tokens of continuous integration services call their subjects."""

from __future__ import annotations

from components.identity.spec import GitHubSubjectSpec, GitLabSubjectSpec


def github_subjects(subject: GitHubSubjectSpec) -> list[str]:
    """The ``sub`` of a job of GitHub, by names alone and with ids beside them.

    Repositories that were created, renamed or transferred after 2026-07-15 send the second form.
    Source: "OpenID Connect reference" in the GitHub documentation, checked 2026-11-21.
    """
    owner, repository = subject.repository.split("/")
    if subject.environment:
        tail = f"environment:{subject.environment}"
    elif subject.ref:
        tail = f"ref:{subject.ref}"
    else:
        tail = "pull_request"
    return [
        f"repo:{owner}/{repository}:{tail}",
        f"repo:{owner}@{subject.owner_id}/{repository}@{subject.repository_id}:{tail}",
    ]


def gitlab_subject(subject: GitLabSubjectSpec) -> str:
    """The ``sub`` of a job of GitLab.

    Source: "OpenID Connect (OIDC) Authentication Using ID Tokens" in the GitLab documentation,
    checked 2026-11-21.
    """
    return f"project_path:{subject.project_path}:ref_type:{subject.ref_type}:ref:{subject.ref}"
