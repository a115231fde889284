"""AWS image repositories: what a tag means tomorrow, what is known of it, who may pull it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from policies.controls import Relation, cis_aws, cis_eks, fsbp
from policies.documents import is_public
from policies.examples import example
from policies.rule import Check, Demand, Rule, Setting, Severity, StackCheck
from policies.subject import Stack, Subject
from policies.themes import Theme
from policies.view import UNKNOWN_BOOLEAN, UNKNOWN_STRING, View, every, some, truth

_REPOSITORY: Final = "aws:ecr/repository:Repository"
_SCANNING: Final = "aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration"


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


def _scanned(repository: Subject, stack: Stack) -> Iterator[Demand]:
    on_push = repository.at("imageScanningConfiguration", "scanOnPush", absent=False)
    of_registry = some(
        truth(View(each.props).at("scanType").is_present) for each in stack.of(_SCANNING)
    )
    yield Demand(on_push.is_true() | of_registry, on_push, "takes in images nobody scans")


def _private(policy: Subject) -> Iterator[Demand]:
    document = policy.at("policy")
    yield Demand(~is_public(document), document, "lets everybody at the images")


def _document(**statement: object) -> str:
    return json.dumps({"Statement": [{"Effect": "Allow", "Action": "ecr:*", **statement}]})


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
            type=_REPOSITORY,
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

SCAN_ON_PUSH: Final = Rule(
    id="aws-ecr-scan-on-push",
    title="Images are scanned when they are pushed",
    reason="A flaw that is known to the world should not be found by an intruder first.",
    severity=Severity.MEDIUM,
    theme=Theme.SUPPLY,
    controls=(*cis_eks("5.1.1"), *fsbp("ECR.1")),
    fix=(
        "Set image_scanning_configuration with scan_on_push=True, or create an "
        "aws.ecr.RegistryScanningConfiguration."
    ),
    source="https://docs.aws.amazon.com/securityhub/latest/userguide/ecr-controls.html#ecr-1",
    stack_checks=(
        StackCheck(
            type=_REPOSITORY,
            demand="The repository scans what is pushed, or the whole registry does.",
            reads={
                _REPOSITORY: ("imageScanningConfiguration.scanOnPush",),
                _SCANNING: ("scanType",),
            },
            absent=(
                "scanOnPush left out is off and violates, unless the stack has a configuration of "
                "scanning with a scanType."
            ),
            judge=_scanned,
            good={
                "scanned by the repository": (
                    example(
                        _REPOSITORY, "web", {"imageScanningConfiguration": {"scanOnPush": True}}
                    ),
                ),
                "scanned by the registry": (
                    example(_REPOSITORY, "web"),
                    example(_SCANNING, "scanning", {"scanType": "ENHANCED"}),
                ),
            },
            bad={
                "left out": (example(_REPOSITORY, "web"),),
                "off": (
                    example(
                        _REPOSITORY, "web", {"imageScanningConfiguration": {"scanOnPush": False}}
                    ),
                ),
                "scanType left out": (
                    example(_REPOSITORY, "web"),
                    example(_SCANNING, "scanning"),
                ),
            },
            undecided={
                "not known": (
                    example(
                        _REPOSITORY,
                        "web",
                        {"imageScanningConfiguration": {"scanOnPush": UNKNOWN_BOOLEAN}},
                    ),
                ),
            },
        ),
    ),
)

PRIVATE: Final = Rule(
    id="aws-ecr-private",
    title="No repository lets everybody at its images",
    reason="Images hold the code, and too often the secrets, of those who built them.",
    severity=Severity.HIGH,
    theme=Theme.PRIVILEGE,
    controls=(*cis_aws(v7=("2.21",)), *cis_eks("5.1.2", relation=Relation.RELATED)),
    fix="Name the principals that pull, or give the statement a condition on the organisation.",
    source="https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html",
    checks=(
        Check(
            type="aws:ecr/repositoryPolicy:RepositoryPolicy",
            demand="No statement is for everybody without a condition.",
            reads=("policy",),
            absent="No policy grants nothing and satisfies.",
            judge=_private,
            good={
                "for one account": {
                    "policy": _document(Principal={"AWS": "arn:aws:iam::111122223333:root"})
                },
                "for everybody in an organisation": {
                    "policy": _document(
                        Principal="*",
                        Condition={"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}},
                    )
                },
                "left out": {},
            },
            bad={"for everybody": {"policy": _document(Principal="*")}},
            undecided={"not known": {"policy": UNKNOWN_STRING}},
        ),
    ),
)
