"""What a tag means tomorrow: AWS image repositories."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.controls import fsbp
from policies.rule import Check, Demand, Rule, Setting, Severity
from policies.subject import Subject
from policies.themes import Theme
from policies.view import UNKNOWN_STRING, every


def _immutable(repository: Subject) -> Iterator[Demand]:
    mutability = repository.at("imageTagMutability", absent="MUTABLE")
    allowed: tuple[str, ...] = repository.configured["mutable_filters"]
    filters = [
        element.at("filter").is_one_of(*allowed)
        for element in repository.at("imageTagMutabilityExclusionFilters").elements()
    ]
    excluded = mutability.is_one_of("IMMUTABLE_WITH_EXCLUSION") & every(filters)
    yield Demand(
        mutability.is_one_of("IMMUTABLE") | excluded, mutability, "lets tags be overwritten"
    )


IMMUTABLE_TAGS: Final = Rule(
    id="aws-ecr-immutable-tags",
    title="Image tags cannot be overwritten",
    reason=(
        "Where a tag can be moved, what was reviewed and scanned under it is not what runs, and a "
        "rollback to it may bring anything."
    ),
    severity=Severity.MEDIUM,
    theme=Theme.SUPPLY,
    controls=fsbp("ECR.2"),
    fix=(
        'Set image_tag_mutability="IMMUTABLE", or exclude only filters that the configuration of '
        "the pack allows."
    ),
    source="https://docs.aws.amazon.com/securityhub/latest/userguide/ecr-controls.html#ecr-2",
    settings=(
        Setting(
            name="mutable_filters",
            description="Filters that may exclude tags, such as those of a build cache.",
            default=(),
        ),
    ),
    checks=(
        Check(
            type="aws:ecr/repository:Repository",
            demand="Tags are immutable, except for exclusions the configuration allows.",
            reads=("imageTagMutability", "imageTagMutabilityExclusionFilters.filter"),
            absent="imageTagMutability left out is MUTABLE and violates.",
            judge=_immutable,
            good={
                "immutable": {"imageTagMutability": "IMMUTABLE"},
                "immutable, filters without effect": {
                    "imageTagMutability": "IMMUTABLE",
                    "imageTagMutabilityExclusionFilters": UNKNOWN_STRING,
                },
                "exclusion of nothing": {"imageTagMutability": "IMMUTABLE_WITH_EXCLUSION"},
            },
            bad={
                "mutable": {"imageTagMutability": "MUTABLE"},
                "left out": {},
                "mutable with exclusions": {
                    "imageTagMutability": "MUTABLE_WITH_EXCLUSION",
                    "imageTagMutabilityExclusionFilters": [
                        {"filter": "v*", "filterType": "WILDCARD"}
                    ],
                },
                "an exclusion nobody allowed": {
                    "imageTagMutability": "IMMUTABLE_WITH_EXCLUSION",
                    "imageTagMutabilityExclusionFilters": [
                        {"filter": "*", "filterType": "WILDCARD"}
                    ],
                },
                "an exclusion without filter": {
                    "imageTagMutability": "IMMUTABLE_WITH_EXCLUSION",
                    "imageTagMutabilityExclusionFilters": [{"filterType": "WILDCARD"}],
                },
            },
            undecided={
                "mutability not known": {"imageTagMutability": UNKNOWN_STRING},
                "filters not known": {
                    "imageTagMutability": "IMMUTABLE_WITH_EXCLUSION",
                    "imageTagMutabilityExclusionFilters": UNKNOWN_STRING,
                },
                "one filter not known": {
                    "imageTagMutability": "IMMUTABLE_WITH_EXCLUSION",
                    "imageTagMutabilityExclusionFilters": [{"filter": UNKNOWN_STRING}],
                },
            },
        ),
    ),
)
