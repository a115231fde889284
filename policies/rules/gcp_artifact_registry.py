"""Google Cloud image repositories: who pulls them, and what a tag means tomorrow."""

from __future__ import annotations

from typing import Final

from policies.controls import Relation, cis_gke
from policies.expected import expects, on, one_of
from policies.members import private_members, private_policy, settled_members
from policies.rule import Rule, Severity
from policies.subject import Subject
from policies.themes import Theme
from policies.view import Truth

_REPOSITORY: Final = "gcp:artifactregistry/repository:Repository"
_GRANTED: Final = "gcp:artifactregistry/repositoryIamPolicy:RepositoryIamPolicy"
_GRANTS: Final = (
    "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember",
    "gcp:artifactregistry/repositoryIamBinding:RepositoryIamBinding",
)


def _takes_images(repository: Subject) -> Truth:
    """Whether images are pushed to the repository, rather than passed through it."""
    images = repository.at("format", absent="DOCKER").matches(lambda text: text.upper() == "DOCKER")
    standard = repository.at("mode", absent="STANDARD_REPOSITORY")
    return images & standard.is_one_of("STANDARD_REPOSITORY")


PRIVATE: Final = Rule(
    id="gcp-ar-private",
    title="No repository lets everybody at its images",
    reason="Images hold the code, and too often the secrets, of those who built them.",
    severity=Severity.CRITICAL,
    theme=Theme.PRIVILEGE,
    controls=cis_gke("5.1.2", relation=Relation.RELATED),
    fix="Name the members that pull.",
    source="https://cloud.google.com/artifact-registry/docs/access-control",
    checks=(*map(private_members, _GRANTS), private_policy(_GRANTED)),
    stack_checks=tuple(map(settled_members, _GRANTS)),
)

HARDENED: Final = Rule(
    id="gcp-ar-hardened",
    title="Image tags cannot be overwritten, and images are scanned",
    reason=(
        "Where a tag can be moved, what was reviewed and scanned under it is not what runs, and a "
        "rollback to it may bring anything."
    ),
    severity=Severity.MEDIUM,
    theme=Theme.SUPPLY,
    controls=cis_gke("5.1.1"),
    fix="Set docker_config.immutable_tags=True, and do not disable vulnerability scanning.",
    source="https://cloud.google.com/artifact-registry/docs/repositories/create-repos",
    checks=(
        expects(
            _REPOSITORY,
            "A repository for images has immutable tags, and scanning is not disabled.",
            on("dockerConfig.immutableTags", "lets tags be overwritten"),
            one_of(
                "vulnerabilityScanningConfig.enablementConfig",
                "takes in images nobody scans",
                "INHERITED",
                bad=("DISABLED",),
                left_out="INHERITED",
            ),
            applies=_takes_images,
            applies_reads=("format", "mode"),
            foreign={
                "another format": {"format": "PYTHON"},
                "images of others, passed through": {
                    "format": "DOCKER",
                    "mode": "REMOTE_REPOSITORY",
                },
            },
        ),
    ),
)
