from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import policies
from policies.catalogue import RULES, rules_of
from policies.controls import Framework, Relation
from policies.rule import EVERY_TYPE, Check, Example, Props, Rule
from policies.subject import Resource
from policies.themes import Theme
from policies.view import MARKERS
from rehearsal.property_types import PropertyType
from rehearsal.sdk import Sdk
from tests.policies.support import each_rule

POLICIES = Path(policies.__file__).parent

ITEM_OF = {
    Framework.CIS_AWS_7: r"\d{1,2}\.\d{1,2}(\.\d{1,2})?",
    Framework.CIS_AWS_5: r"\d{1,2}\.\d{1,2}(\.\d{1,2})?",
    Framework.CIS_DOCKER: r"\d\.\d{1,2}",
    Framework.CIS_EKS: r"\d\.\d{1,2}\.\d{1,2}",
    Framework.CIS_GCP_5: r"\d\.\d{1,2}(\.\d{1,2})?",
    Framework.CIS_GCP_4: r"\d\.\d{1,2}(\.\d{1,2})?",
    Framework.CIS_GKE: r"\d\.\d{1,2}\.\d{1,2}",
    Framework.CIS_KUBERNETES: r"\d\.\d{1,2}\.\d{1,2}",
    Framework.PSS: r"(baseline|restricted): [/A-Z][A-Za-z /-]+",
    Framework.NSA: r"C-\d{4}",
    Framework.FSBP: r"(CloudTrail|EC2|ECR|EKS|ELB|ElastiCache|IAM|KMS|RDS|S3|SecretsManager)\.\d{1,3}",
    Framework.NIST: r"[A-Z]{2}-\d{1,2}",
    Framework.PCI: r"\d{1,2}\.\d{1,2}\.\d{1,2}",
    Framework.HIPAA: r"\d{3}(\([a-z]\)|\(\d\)|\([ivxD]+\))+",
    Framework.GDPR: r"Art\. \d{1,2}",
    Framework.SOC2: r"(CC\d|A1)\.\d",
    Framework.ISO: r"A\.\d\.\d{1,2}",
}

CHECKS = [(rule, check) for rule in RULES for check in rule.checks]
each_check = pytest.mark.parametrize(
    ("rule", "check"),
    CHECKS,
    ids=[f"{rule.id}: {check.type}: {check.demand}" for rule, check in CHECKS],
)


def ledger() -> dict[str, str]:
    """Each id ever given, with what is said behind it."""
    lines = (POLICIES / "ids.txt").read_text(encoding="utf-8").splitlines()
    entries = [line.partition(" ") for line in lines if line and not line.startswith("#")]
    ids = [entry[0] for entry in entries]
    assert len(ids) == len(set(ids)), "an id is in the ledger twice"
    return {id_: rest for id_, _, rest in entries}


def test_every_id_is_given_once_and_kept_in_the_ledger_for_ever() -> None:
    given = [rule.id for rule in RULES]

    assert len(given) == len(set(given))
    assert set(given) == {id_ for id_, rest in ledger().items() if not rest}


def test_a_retired_id_says_when_and_why() -> None:
    for id_, rest in ledger().items():
        assert not rest or re.fullmatch(r"retired \d{4}-\d{2}-\d{2} .+", rest), id_


def test_every_rule_belongs_to_one_pack_and_every_pack_has_rules() -> None:
    packs = {path.parent.name for path in POLICIES.glob("*/PulumiPolicy.yaml")}

    assert {rule.pack for rule in RULES} == packs
    assert sum(len(rules_of(pack)) for pack in packs) == len(RULES)


@each_rule
def test_every_rule_is_described_and_can_be_fixed(rule: Rule) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", rule.id)
    assert rule.title
    assert not rule.title.endswith(".")
    for sentence in (rule.reason, rule.fix):
        assert sentence.endswith(".")
        assert len(sentence) > 20
    assert rule.source.startswith("https://")
    assert rule.checks or rule.stack_checks


@each_rule
def test_every_control_is_an_item_of_a_framework_in_one_version(rule: Rule) -> None:
    for control in rule.all_controls:
        assert re.fullmatch(ITEM_OF[control.framework], control.id), control
    assert len(rule.all_controls) == len({(c.framework, c.id) for c in rule.all_controls})


def test_controls_are_those_of_the_reference() -> None:
    told = {
        rule.id: sorted(f"{_SHORT[c.framework]} {c.id}{_MARK[c.relation]}" for c in rule.controls)
        for rule in RULES
    }

    assert told == {
        "aws-sg-no-public-admin": [
            "AWS5 5.3",
            "AWS5 5.4",
            "AWS7 6.3",
            "AWS7 6.4",
            "FSBP EC2.13",
            "FSBP EC2.14",
            "FSBP EC2.19 (related)",
        ],
        "aws-sg-no-public-ingress": ["FSBP EC2.18"],
        "aws-sg-rule-described": [],
        "aws-sg-no-mixed-rule-styles": [],
        "aws-vpc-default-sg-closed": ["AWS5 5.5", "AWS7 6.5", "FSBP EC2.2"],
        "aws-vpc-flow-logs": ["AWS5 3.7", "AWS7 4.7", "FSBP EC2.6"],
        "aws-nacl-no-public-admin": ["AWS5 5.2", "AWS7 6.2", "FSBP EC2.21"],
        "aws-subnet-no-auto-public-ip": ["FSBP EC2.15"],
        "aws-ec2-imdsv2": ["AWS5 5.7", "AWS7 6.7", "FSBP EC2.170", "FSBP EC2.8"],
        "aws-ec2-no-public-ip": ["FSBP EC2.25", "FSBP EC2.9"],
        "aws-ebs-encrypted": [
            "AWS5 5.1.1 (related)",
            "AWS7 6.1.1 (related)",
            "FSBP EC2.181",
            "FSBP EC2.3",
            "FSBP EC2.7 (related)",
        ],
        "aws-eks-endpoint-not-world": ["EKS 5.4.1", "EKS 5.4.2 (related)", "FSBP EKS.1 (related)"],
        "aws-eks-secrets-kms": ["EKS 5.3.1", "FSBP EKS.3", "NSA C-0066"],
        "aws-eks-control-plane-logs": ["EKS 2.1.1", "FSBP EKS.8", "NSA C-0067"],
        "aws-eks-access-entries": ["EKS 4.1.7"],
        "aws-eks-supported-version": ["FSBP EKS.2"],
        "aws-eks-no-cluster-wide-admin": ["EKS 4.1.1 (related)"],
        "aws-eks-private-nodes": ["EKS 5.4.3"],
        "aws-eks-nodegroup-ssh": [],
        "aws-ecr-immutable-tags": ["FSBP ECR.2"],
        "aws-ecr-scan-on-push": ["EKS 5.1.1", "FSBP ECR.1"],
        "aws-ecr-private": ["AWS7 2.21", "EKS 5.1.2 (related)"],
        "aws-rds-not-public": ["AWS5 2.2.3", "AWS7 3.2.3", "FSBP RDS.2"],
        "aws-rds-storage-encrypted": ["AWS5 2.2.1", "AWS7 3.2.1", "FSBP RDS.27", "FSBP RDS.3"],
        "aws-rds-no-literal-password": [],
        "aws-rds-deletion-protection": ["FSBP RDS.7", "FSBP RDS.8"],
        "aws-rds-private-subnets": ["AWS5 2.2.3 (related)", "AWS7 3.2.3 (related)", "FSBP RDS.46"],
        "aws-rds-multi-az": ["AWS5 2.2.4", "AWS7 3.2.4", "FSBP RDS.15", "FSBP RDS.5"],
        "aws-rds-backup-retention": ["FSBP RDS.11"],
        "aws-rds-minor-upgrades": ["AWS5 2.2.2", "AWS7 3.2.2", "FSBP RDS.13", "FSBP RDS.35"],
        "aws-rds-iam-auth": ["FSBP RDS.10", "FSBP RDS.12"],
        "aws-rds-force-tls": ["FSBP RDS.38", "FSBP RDS.39"],
        "aws-rds-log-exports": ["FSBP RDS.36", "FSBP RDS.37", "FSBP RDS.9"],
        "aws-kms-rotation": ["AWS5 3.6", "AWS7 4.6", "FSBP KMS.4"],
        "aws-kms-deletion-window": ["FSBP KMS.3 (related)"],
        "aws-kms-policy-scoped": ["AWS7 2.21", "FSBP KMS.5"],
        "aws-iam-no-star-admin": ["AWS5 1.15", "AWS7 2.14", "FSBP IAM.1", "FSBP IAM.21"],
        "aws-iam-no-escalation": [],
        "aws-iam-trust-scoped": [],
        "aws-iam-no-admin-managed": ["AWS5 1.15", "AWS7 2.14"],
        "aws-iam-no-user-grants": ["AWS5 1.14", "AWS7 2.13", "FSBP IAM.2"],
        "aws-s3-block-public-access": ["AWS5 2.1.4", "AWS7 3.1.4", "FSBP S3.8"],
        "aws-s3-no-public-grant": ["AWS7 2.21", "FSBP S3.2", "FSBP S3.3"],
        "aws-s3-tls-only": ["AWS5 2.1.1", "AWS7 3.1.1", "FSBP S3.5"],
        "aws-s3-encryption-kms": ["FSBP S3.17"],
        "aws-s3-versioned": ["FSBP S3.14"],
        "aws-secret-recoverable": [],
        "aws-s3-access-logging": ["AWS5 3.4", "AWS7 4.4", "FSBP S3.9"],
        "aws-s3-owner-enforced": ["FSBP S3.12"],
        "aws-secret-rotation": ["FSBP SecretsManager.1", "FSBP SecretsManager.4 (related)"],
        "aws-lb-https": ["EKS 5.4.5", "FSBP ELB.1", "FSBP ELB.3"],
        "aws-lb-tls-policy": [],
        "aws-lb-access-logs": ["AWS7 4.10", "FSBP ELB.5"],
        "aws-lb-hardened": ["FSBP ELB.12", "FSBP ELB.4", "FSBP ELB.6"],
        "aws-loggroup-retention-kms": [],
        "aws-backup-vault-protected": [],
        "aws-backup-covers-stateful": [],
        "aws-secret-policy-private": ["AWS7 2.21"],
        "aws-cloudtrail-complete": [
            "AWS5 3.1",
            "AWS5 3.2",
            "AWS7 4.1",
            "AWS7 4.2",
            "FSBP CloudTrail.1",
            "FSBP CloudTrail.4",
        ],
        "aws-cloudtrail-kms": ["AWS5 3.5", "AWS7 4.5", "FSBP CloudTrail.2", "FSBP CloudTrail.5"],
        "aws-elasticache-encrypted": ["FSBP ElastiCache.4", "FSBP ElastiCache.5"],
        "aws-elasticache-auth": ["FSBP ElastiCache.6"],
        "aws-elasticache-resilient": [
            "FSBP ElastiCache.1",
            "FSBP ElastiCache.2",
            "FSBP ElastiCache.3",
        ],
        "gcp-fw-no-public-admin": ["GCP4 3.6", "GCP4 3.7", "GCP5 3.6", "GCP5 3.7"],
        "gcp-fw-no-public-ingress": [],
        "gcp-network-custom": [
            "GCP4 3.1 (related)",
            "GCP4 3.2 (related)",
            "GCP5 3.1 (related)",
            "GCP5 3.2 (related)",
        ],
        "gcp-subnet-flow-logs": ["GCP4 3.8", "GCP5 3.10", "GKE 5.6.1"],
        "gcp-subnet-private-google-access": ["GCP5 3.9 (related)"],
        "gcp-ssl-policy-modern": ["GCP4 3.9", "GCP5 3.11"],
        "gcp-gke-endpoint-not-world": ["GKE 5.6.3", "GKE 5.6.4 (related)"],
        "gcp-gke-secrets-kms": ["GKE 5.3.1", "NSA C-0066"],
        "gcp-gke-no-legacy-auth": ["GKE 5.8.1", "GKE 5.8.3"],
        "gcp-gke-network-policy": ["GKE 4.3.1"],
        "gcp-gke-observability": ["GKE 5.10.4", "GKE 5.7.1"],
        "gcp-gke-provenance": ["GKE 4.5.1"],
        "gcp-gke-deletion-protection": [],
        "gcp-gke-vpc-native-visible": ["GKE 5.6.1", "GKE 5.6.2"],
        "gcp-gke-private-nodes": ["GKE 5.6.5"],
        "gcp-gke-workload-identity": ["GKE 5.2.2", "GKE 5.4.1"],
        "gcp-gke-node-sa": ["GKE 5.2.1"],
        "gcp-gke-shielded-nodes": ["GKE 5.5.5", "GKE 5.5.6", "GKE 5.5.7"],
        "gcp-gke-node-maintenance": [
            "GKE 5.10.2",
            "GKE 5.5.1",
            "GKE 5.5.2",
            "GKE 5.5.3",
            "GKE 5.5.4",
        ],
        "gcp-gke-kubelet-readonly-off": [],
        "gcp-ar-private": ["GKE 5.1.2 (related)"],
        "gcp-ar-hardened": ["GKE 5.1.1"],
        "gcp-sql-private": ["GCP4 6.6", "GCP5 6.7"],
        "gcp-sql-no-open-networks": ["GCP4 6.5", "GCP5 6.5"],
        "gcp-sql-tls": ["GCP4 6.4", "GCP5 6.4"],
        "gcp-sql-backups": ["GCP4 6.7", "GCP5 6.8"],
        "gcp-sql-resilient": ["GCP5 6.9"],
        "gcp-sql-cmek": [],
        "gcp-sql-iam-auth": ["GCP5 6.6"],
        "gcp-sql-flags": [
            "GCP5 6.1.2",
            "GCP5 6.1.3",
            "GCP5 6.2.1",
            "GCP5 6.2.2",
            "GCP5 6.2.3",
            "GCP5 6.2.4",
            "GCP5 6.2.5",
            "GCP5 6.2.6",
            "GCP5 6.2.7",
            "GCP5 6.2.8",
        ],
        "gcp-kms-rotation": ["GCP4 1.10", "GCP5 1.11"],
        "gcp-kms-private": ["GCP4 1.9", "GCP5 1.10"],
        "gcp-iam-no-primitive": ["GCP4 1.5", "GCP5 1.6"],
        "gcp-iam-no-project-impersonation": ["GCP4 1.6", "GCP5 1.7"],
        "gcp-iam-no-sa-keys": ["GCP4 1.4", "GCP5 1.5"],
        "gcp-gcs-private": ["GCP4 5.1", "GCP5 5.1"],
        "gcp-gcs-uniform-access": ["GCP4 5.2", "GCP5 5.2"],
        "gcp-gcs-durable": ["GCP4 2.3 (related)", "GCP5 2.4 (related)"],
        "gcp-secret-managed": [],
        "gcp-memorystore-tls": [],
        "gcp-memorystore-auth": [],
        "k8s-pss-host-namespaces": [
            "EKS 4.2.2",
            "EKS 4.2.3",
            "EKS 4.2.4",
            "K8S 5.2.3",
            "K8S 5.2.4",
            "K8S 5.2.5",
            "NSA C-0038",
            "NSA C-0041",
            "PSS baseline: Host Namespaces",
        ],
        "k8s-pss-privileged": [
            "EKS 4.2.1",
            "K8S 5.2.10",
            "K8S 5.2.2",
            "NSA C-0057",
            "PSS baseline: HostProcess",
            "PSS baseline: Privileged Containers",
        ],
        "k8s-pss-capabilities": [
            "K8S 5.2.8",
            "K8S 5.2.9",
            "NSA C-0046",
            "PSS baseline: Capabilities",
            "PSS restricted: Capabilities",
        ],
        "k8s-pss-hostpath-volumes": [
            "K8S 5.2.11",
            "PSS baseline: HostPath Volumes",
            "PSS restricted: Volume Types",
        ],
        "k8s-pss-host-ports": [
            "K8S 5.2.12",
            "NSA C-0044",
            "PSS baseline: Host Ports",
            "PSS baseline: Host Probes / Lifecycle Hooks",
        ],
        "k8s-pss-lsm-proc-sysctl": [
            "PSS baseline: /proc Mount Type",
            "PSS baseline: AppArmor",
            "PSS baseline: SELinux",
            "PSS baseline: Sysctls",
            "PSS restricted: /proc Mount Type",
        ],
        "k8s-pss-seccomp": [
            "GKE 4.6.2",
            "K8S 5.6.2",
            "NSA C-0055",
            "PSS baseline: Seccomp",
            "PSS restricted: Seccomp",
        ],
        "k8s-pss-no-escalation": [
            "EKS 4.2.5",
            "K8S 5.2.6",
            "NSA C-0016",
            "PSS restricted: Privilege Escalation",
        ],
        "k8s-pss-non-root": [
            "K8S 5.2.7",
            "NSA C-0013",
            "PSS restricted: Running as Non-root",
            "PSS restricted: Running as Non-root user",
        ],
        "k8s-readonly-rootfs": ["NSA C-0017"],
        "k8s-image-pinned": ["EKS 5.1.4 (related)", "GKE 5.1.4 (related)"],
        "k8s-image-registry-allowed": ["EKS 5.1.4", "GKE 5.1.4"],
        "k8s-resources-set": ["NSA C-0270 (related)", "NSA C-0271"],
        "k8s-probes-set": [],
        "k8s-no-token-automount": [
            "EKS 4.1.5",
            "EKS 4.1.6",
            "GKE 4.1.4",
            "GKE 4.1.5",
            "K8S 5.1.5",
            "K8S 5.1.6",
            "NSA C-0034",
        ],
        "k8s-secrets-not-in-env": ["EKS 4.4.1", "GKE 4.4.1", "K8S 5.4.1", "NSA C-0012"],
        "k8s-secret-refs-not-in-env": ["EKS 4.4.1", "GKE 4.4.1", "K8S 5.4.1"],
        "k8s-no-runtime-socket": ["PSS baseline: HostPath Volumes (related)"],
        "k8s-no-default-namespace": ["EKS 4.5.2", "GKE 4.6.4", "K8S 5.6.4"],
        "k8s-no-bare-pods": [],
        "k8s-replicas-and-spread": [],
        "k8s-pdb-present-and-sane": [],
        "k8s-ns-default-deny": ["EKS 4.3.2", "GKE 4.3.2", "K8S 5.3.2", "NSA C-0030", "NSA C-0054"],
        "k8s-netpol-not-world": [],
        "k8s-ns-pss-label": ["GKE 4.2.1", "K8S 5.2.1"],
        "k8s-ns-quota": [],
        "k8s-rbac-no-wildcard": ["EKS 4.1.3", "GKE 4.1.3", "K8S 5.1.3"],
        "k8s-rbac-sensitive-verbs": [
            "EKS 4.1.10",
            "EKS 4.1.11",
            "EKS 4.1.12",
            "EKS 4.1.2",
            "EKS 4.1.4",
            "EKS 4.1.8",
            "GKE 4.1.2",
            "GKE 4.1.7",
            "K8S 5.1.10",
            "K8S 5.1.11",
            "K8S 5.1.12",
            "K8S 5.1.13",
            "K8S 5.1.2",
            "K8S 5.1.4",
            "K8S 5.1.8",
            "NSA C-0002",
        ],
        "k8s-rbac-no-cluster-admin": [
            "EKS 4.1.1",
            "GKE 4.1.1",
            "GKE 4.1.10",
            "GKE 4.1.6",
            "GKE 4.1.8",
            "GKE 4.1.9",
            "K8S 5.1.1",
            "K8S 5.1.5",
            "K8S 5.1.7",
            "NSA C-0035",
        ],
        "k8s-service-exposure": [],
        "k8s-ingress-tls": ["EKS 5.4.5", "GKE 5.6.7 (related)", "NSA C-0059 (related)"],
        "k8s-secret-not-plain": [
            "EKS 4.4.2 (related)",
            "GKE 4.4.2 (related)",
            "K8S 5.4.2 (related)",
            "NSA C-0012",
        ],
        "k8s-helm-release-visible": [],
        "docker-no-privileged": ["DKR 5.5"],
        "docker-no-host-namespaces": ["DKR 5.10", "DKR 5.16", "DKR 5.17", "DKR 5.31"],
        "docker-no-daemon-socket": ["DKR 5.32"],
        "docker-no-sensitive-mounts": ["DKR 5.20", "DKR 5.6"],
        "docker-capabilities": ["DKR 5.4"],
        "docker-security-opts": ["DKR 5.2", "DKR 5.22", "DKR 5.26"],
        "docker-non-root": ["DKR 4.1"],
        "docker-readonly-rootfs": ["DKR 5.13"],
        "docker-image-pinned": ["DKR 5.28 (related)"],
        "docker-restart-bounded": ["DKR 5.15"],
        "docker-ports-bound": ["DKR 5.14", "DKR 5.8"],
        "docker-limits": ["DKR 5.11", "DKR 5.12"],
        "docker-healthcheck": ["DKR 5.27"],
        "docker-no-devices": ["DKR 5.18"],
        "stack-required-tags": [],
        "stack-env-coherent": [],
        "stack-protect-stateful": [],
        "stack-region-allowed": [],
        "stack-component-only": [],
        "stack-no-plain-secret-inputs": [],
        "stack-no-orphan-exposure": [],
        "stack-size-allowed": [],
        "stack-cost-guard": [],
        "stack-resource-ceiling": [],
        "stack-observability-present": [],
        "stack-unknown-budget": [],
        "stack-exemptions-sound": [],
    }


_SHORT = {
    Framework.CIS_AWS_7: "AWS7",
    Framework.CIS_AWS_5: "AWS5",
    Framework.FSBP: "FSBP",
    Framework.CIS_EKS: "EKS",
    Framework.CIS_GCP_5: "GCP5",
    Framework.CIS_GCP_4: "GCP4",
    Framework.CIS_GKE: "GKE",
    Framework.CIS_DOCKER: "DKR",
    Framework.CIS_KUBERNETES: "K8S",
    Framework.PSS: "PSS",
    Framework.NSA: "NSA",
}
_MARK = {Relation.SAME: "", Relation.RELATED: " (related)"}


@each_rule
def test_broad_items_follow_from_the_theme_and_are_inferred_where_no_source_has_them(
    rule: Rule,
) -> None:
    broad = [control for control in rule.all_controls if control not in rule.controls]

    assert broad
    relations = {control.relation for control in broad}
    if rule.pack in ("docker", "kubernetes") or rule.theme is Theme.GOVERNANCE:
        assert relations == {Relation.INFERRED}
    else:
        assert Relation.THEME in relations


@pytest.mark.parametrize("theme", list(Theme))
def test_every_theme_has_items_of_nist_and_iso(theme: Theme) -> None:
    rule = next((rule for rule in RULES if rule.theme is theme), None)
    if rule is None:
        pytest.fail(f"no rule is about {theme}")

    frameworks = {control.framework for control in rule.all_controls}
    assert {Framework.NIST, Framework.SOC2, Framework.ISO} <= frameworks


@each_check
def test_every_check_has_a_good_and_a_bad_example(rule: Rule, check: Check) -> None:
    assert bool(check.good) is not check.forbidden, rule.id
    assert check.bad, rule.id


@each_rule
def test_every_check_that_takes_the_stack_has_examples_of_both_outcomes(rule: Rule) -> None:
    for check in rule.stack_checks:
        assert check.good
        # What is about judging depends on what other rules said, which no example shows.
        assert check.undecided or rule.about_judging
        # A check that only settles what another one left open cannot find a violation.
        assert bool(check.bad) is not (check.settles or rule.about_judging)


@each_rule
def test_every_example_stack_holds_what_is_judged_and_what_properties_were_made_from(
    rule: Rule,
) -> None:
    for check in rule.stack_checks:
        examples = (*check.good.values(), *check.bad.values(), *check.undecided.values())
        for resources in examples:
            dependencies = [resource.property_dependencies for resource in resources]
            made_from = {urn for keys in dependencies for urns in keys.values() for urn in urns}

            assert any(check.type in (resource.type, EVERY_TYPE) for resource in resources)
            # The SDK drops dependencies on what is not in the stack.
            assert made_from <= {resource.urn for resource in resources}


@each_check
def test_every_property_read_is_left_out_in_an_example(rule: Rule, check: Check) -> None:
    shown = (*check.good.values(), *check.bad.values(), *check.foreign.values())
    examples = [*map(props_of, shown)]
    for path in check.reads:
        assert any(is_left_out(props, path.split(".")) for props in examples), (rule.id, path)


@each_check
def test_every_property_read_is_unknown_in_an_example(rule: Rule, check: Check) -> None:
    settled = any(other.settles and other.type == check.type for other in rule.stack_checks)
    shown = (*check.good.values(), *check.bad.values(), *check.undecided.values())
    examples = [*map(props_of, shown)]
    for path in check.reads:
        found = any(is_unknown(props, path.split(".")) for props in examples)
        assert found or settled, (rule.id, path)


@each_rule
def test_every_property_read_is_an_input_of_its_type_in_the_sdk(rule: Rule) -> None:
    reads = [(check.type, path) for check in rule.checks for path in check.reads]
    reads += [
        (type_, path)
        for check in rule.stack_checks
        for type_, paths in check.reads.items()
        for path in paths
    ]
    for type_, path in reads:
        assert is_input(type_, path.split(".")), f"{type_} has no input {path}"


def props_of(shown: Example) -> Props:
    return shown.props if isinstance(shown, Resource) else shown


def is_left_out(value: Any, path: list[str]) -> bool:
    if isinstance(value, list):
        return any(is_left_out(item, path) for item in value)
    if not isinstance(value, dict):
        return False
    key, *rest = path
    if not rest:
        return value.get(key) is None
    return is_left_out(value.get(key), rest)


def is_unknown(value: Any, path: list[str]) -> bool:
    if isinstance(value, str) and value in MARKERS:
        return True
    if isinstance(value, list):
        return any(is_unknown(item, path) for item in value)
    if not path or not isinstance(value, dict):
        return False
    return is_unknown(value.get(path[0]), path[1:])


def is_input(type_: str, path: list[str]) -> bool:
    resource = Sdk().resource_type(type_)
    assert resource is not None, f"no SDK has the type {type_}"
    key, *rest = path
    return key in resource.inputs and has_field(resource.inputs[key], rest)


def has_field(kind: PropertyType, path: list[str]) -> bool:
    if not path:
        return True
    return any(
        has_field(object_.object.fields[path[0]], path[1:])
        for object_ in objects_in(kind)
        if object_.object is not None and path[0] in object_.object.fields
    )


def objects_in(kind: PropertyType) -> Iterator[PropertyType]:
    if kind.object is not None:
        yield kind
    for inner in (*kind.members, *((kind.element,) if kind.element else ())):
        yield from objects_in(inner)
