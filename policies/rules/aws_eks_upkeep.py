"""Kubernetes clusters on AWS: which version they run, and who administers them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from policies.controls import Relation, cis_eks, fsbp
from policies.rule import Check, Demand, Props, Rule, Setting, Severity
from policies.subject import Subject
from policies.themes import Theme
from policies.view import UNKNOWN_STRING, Truth

_CLUSTER: Final = "aws:eks/cluster:Cluster"
_ACCESS_POLICY: Final = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"


def _supported(cluster: Subject) -> Iterator[Demand]:
    version = cluster.at("version")
    least = (1, cluster.configured["least_minor"])
    charged = cluster.at("upgradePolicy", "supportType", absent="EXTENDED").is_one_of("EXTENDED")
    problem = "is left to AWS, or is no version that still has standard support"
    if charged is Truth.YES:
        problem += "; extended support for it is charged by the hour"
    yield Demand(version.matches(lambda text: _parsed(text) >= least), version, problem)


def _parsed(version: str) -> tuple[int, ...]:
    """Major and minor version; nothing, which is below every version, for what is none."""
    found = re.fullmatch(r"(\d{1,4})\.(\d{1,4})", version)
    return (int(found[1]), int(found[2])) if found else ()


def _administered_by_few(association: Subject) -> Iterator[Demand]:
    administrators = association.configured["administrators"]
    policy, principal = association.at("policyArn"), association.at("principalArn")
    scope = association.at("accessScope", "type")
    everything = policy.matches(lambda arn: arn.endswith("/AmazonEKSClusterAdminPolicy"))
    chosen = principal.matches(lambda arn: arn in administrators or _role(arn) in administrators)
    problem = "makes an administrator of somebody who is not meant to be one"
    yield Demand(~everything | scope.is_one_of("namespace") | chosen, principal, problem)


def _role(arn: str) -> str:
    """The name of the role with ``arn``, without its path; empty for anything else."""
    return arn.rpartition("/")[2] if ":role/" in arn else ""


SUPPORTED_VERSION: Final = Rule(
    id="aws-eks-supported-version",
    title="Clusters run a version of Kubernetes in standard support",
    reason=(
        "After standard support a version costs more and gets fewer fixes, and after extended "
        "support AWS upgrades the cluster on a day of its own choosing."
    ),
    severity=Severity.MEDIUM,
    theme=Theme.SUPPLY,
    controls=fsbp("EKS.2"),
    fix="Set version to a minor version of Kubernetes that is in standard support.",
    source="https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html",
    settings=(
        Setting(
            name="least_minor",
            description="The oldest minor version of Kubernetes 1 that a cluster may run.",
            # Its standard support ends on 2026-12-02, that of 1.33 ended on 2026-07-29.
            default=34,
        ),
    ),
    checks=(
        Check(
            type=_CLUSTER,
            demand="The version is named and is not older than the oldest one in standard support.",
            reads=("version", "upgradePolicy.supportType"),
            absent=(
                "version left out is whatever AWS takes and violates. upgradePolicy.supportType "
                "left out is EXTENDED, which does not violate and is told beside an old version."
            ),
            judge=_supported,
            good={
                "the oldest one": {"version": "1.34", "upgradePolicy": {"supportType": "STANDARD"}},
                "a newer one": {"version": "1.36", "upgradePolicy": {}},
                "a newer one, extended support": {
                    "version": "1.35",
                    "upgradePolicy": {"supportType": "EXTENDED"},
                },
                "the next major version": {"version": "2.0"},
            },
            bad={
                "left out": {},
                "an older one": {"version": "1.33", "upgradePolicy": {"supportType": "STANDARD"}},
                "an older one of one digit": {"version": "1.9"},
                "an older one, kind of support not known": {
                    "version": "1.33",
                    "upgradePolicy": {"supportType": UNKNOWN_STRING},
                },
                "no version of Kubernetes": {"version": "latest"},
            },
            undecided={"not known": {"version": UNKNOWN_STRING}},
        ),
    ),
)

_ADMIN_POLICY: Final = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
_VIEW_POLICY: Final = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"
_BUILDER: Final = "arn:aws:iam::111122223333:role/builder"
_PLATFORM: Final = "arn:aws:iam::111122223333:role/platform-admin"


def _access(policy: str = _ADMIN_POLICY, principal: str = _BUILDER, **scope: Any) -> Props:
    scope = scope or {"type": "cluster"}
    return {"policyArn": policy, "principalArn": principal, "accessScope": scope}


NO_CLUSTER_WIDE_ADMIN: Final = Rule(
    id="aws-eks-no-cluster-wide-admin",
    title="Only named principals administer a whole cluster",
    reason="An administrator of a cluster reads every secret in it and enters every node.",
    severity=Severity.HIGH,
    theme=Theme.PRIVILEGE,
    controls=cis_eks("4.1.1", relation=Relation.RELATED),
    fix=(
        "Associate a policy that grants less, limit it to namespaces, or name the principal among "
        "the administrators of the rule."
    ),
    source="https://docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html",
    settings=(
        Setting(
            name="administrators",
            description=(
                "ARNs of the principals, or names of the roles, that may administer a whole cluster."
            ),
            default=("platform-admin",),
        ),
    ),
    checks=(
        Check(
            type=_ACCESS_POLICY,
            demand="The policy of cluster administrators is for named principals or for namespaces.",
            reads=("policyArn", "accessScope.type", "principalArn"),
            absent=(
                "policyArn left out satisfies; the provider refuses it. accessScope.type left out "
                "is the whole cluster. principalArn left out is no administrator and violates."
            ),
            judge=_administered_by_few,
            good={
                "an administrator": _access(principal=_PLATFORM),
                "an administrator, role with a path": _access(
                    principal="arn:aws:iam::111122223333:role/team/platform-admin"
                ),
                "a smaller policy": _access(_VIEW_POLICY),
                "some namespaces": _access(type="namespace", namespaces=["shop"]),
                "no policy": {"principalArn": _BUILDER, "accessScope": {}},
                "an administrator, policy not known": _access(UNKNOWN_STRING, _PLATFORM),
            },
            bad={
                "somebody else": _access(),
                "a user of that name": _access(
                    principal="arn:aws:iam::111122223333:user/platform-admin"
                ),
                "scope left out": {"policyArn": _ADMIN_POLICY, "principalArn": _BUILDER},
                "no principal": {"policyArn": _ADMIN_POLICY, "accessScope": {"type": "cluster"}},
            },
            undecided={
                "policy not known": _access(UNKNOWN_STRING),
                "scope not known": _access(type=UNKNOWN_STRING),
                "principal not known": _access(principal=UNKNOWN_STRING),
            },
        ),
    ),
)
