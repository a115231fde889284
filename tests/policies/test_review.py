"""Resources that are dangerous in ways that are easily overlooked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from policies.addresses import covers_every_address
from policies.catalogue import RULES
from policies.examples import example
from policies.judge import judge
from policies.rule import Verdict
from policies.view import Truth, View

BY_ID = {rule.id: rule for rule in RULES}
TO_EVERYBODY = {"role": "roles/viewer", "members": ["allUsers"]}
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
ADMINISTER = json.dumps({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})


@pytest.mark.parametrize(
    ("rule", "type_", "props"),
    [
        ("aws-iam-no-star-admin", "aws:iam/groupPolicy:GroupPolicy", {"policy": ADMINISTER}),
        (
            "aws-iam-no-admin-managed",
            "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive",
            {"policyArns": [ADMINISTRATOR]},
        ),
        (
            "gcp-iam-no-primitive",
            "gcp:organizations/iAMMember:IAMMember",
            {"role": "roles/owner", "member": "user:anna@example.com"},
        ),
        (
            "gcp-iam-no-primitive",
            "gcp:projects/iAMBinding:IAMBinding",
            {"role": "roles/storage.admin", "members": ["serviceAccount:a@example.com"]},
        ),
        (
            "gcp-iam-no-project-impersonation",
            "gcp:folder/iAMBinding:IAMBinding",
            {"role": "roles/iam.workloadIdentityUser", "members": ["group:a@example.com"]},
        ),
        (
            "gcp-fw-no-public-admin",
            "gcp:compute/firewallPolicyRule:FirewallPolicyRule",
            {"action": "allow", "match": {"layer4Configs": [{"ipProtocol": "all"}]}},
        ),
        (
            "gcp-gcs-private",
            "gcp:storage/bucketACL:BucketACL",
            {"roleEntities": ["READER:allUsers"]},
        ),
        *(
            (rule, type_, {"policyData": json.dumps({"bindings": [TO_EVERYBODY]})})
            for rule, type_ in (
                ("gcp-gcs-private", "gcp:storage/bucketIAMPolicy:BucketIAMPolicy"),
                ("gcp-kms-private", "gcp:kms/keyRingIAMPolicy:KeyRingIAMPolicy"),
                ("gcp-secret-managed", "gcp:secretmanager/secretIamPolicy:SecretIamPolicy"),
                ("gcp-iam-no-project-impersonation", "gcp:projects/iAMPolicy:IAMPolicy"),
            )
        ),
    ],
)
def test_a_resource_beside_the_usual_one_is_judged_like_it(
    rule: str, type_: str, props: Mapping[str, Any]
) -> None:
    (finding,) = judge(BY_ID[rule], example(type_, "odd", props))

    assert finding.verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("ranges", "answer"),
    [
        (["2000::/3"], Truth.YES),
        (["2000::/4", "3000::/4"], Truth.YES),
        (["::/0"], Truth.YES),
        (["2000::/4"], Truth.NO),
        (["fc00::/7"], Truth.NO),
    ],
)
def test_every_public_address_of_ipv6_is_every_address(ranges: list[str], answer: Truth) -> None:
    assert covers_every_address(map(View, ranges)) is answer
