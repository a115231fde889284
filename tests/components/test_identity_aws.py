"""IAM: a role that one subject assumes, and policies of what it was granted."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from components.bucket.interface import AwsBucketRef
from components.environment import Environment
from components.ground import DockerHost, GcpCloud
from components.identity import Identity, Thing, create_identity, resolve_grants
from rehearsal.plugin import Recording, record
from tests.components.variants import ACCOUNT, aws_cloud, docker_host, gcp_cloud
from tests.components.variants_identity import (
    EVERYTHING,
    GITHUB,
    GITLAB,
    IMAGES,
    POD,
    adopted_cluster,
    aws_identity,
    aws_things,
    gcp_things,
    identity_outputs,
    identity_spec,
    known,
)

ROLE = "aws:iam/role:Role"
POLICY = "aws:iam/policy:Policy"
PROVIDER = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
ASSOCIATION = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
HOST = "token.actions.githubusercontent.com"
READ = {"actions": ["read"], "target": {"bucket": "uploads"}}


def identity(subject: Mapping[str, Any], *grants: Mapping[str, Any]) -> Recording:
    return record(lambda: identity_outputs(aws_identity(subject, *grants or (READ,))))


@cache
def pod() -> Recording:
    return identity(POD, *EVERYTHING)


def trusted(recording: Recording) -> dict[str, Any]:
    (statement,) = json.loads(recording.only(ROLE).inputs["assumeRolePolicy"])["Statement"]
    return statement


def statements(recording: Recording) -> Iterator[dict[str, Any]]:
    for policy in recording.of(POLICY):
        yield from json.loads(policy.inputs["policy"])["Statement"]


def allowed(recording: Recording, sid: str) -> dict[str, Any]:
    (statement,) = [each for each in statements(recording) if each["Sid"] == sid]
    return {key: statement[key] for key in ("Action", "Resource", "Condition") if key in statement}


def test_a_service_account_is_led_to_its_role_by_its_cluster() -> None:
    association = pod().only(ASSOCIATION).inputs

    assert association["clusterName"] == "core-cluster"
    assert (association["namespace"], association["serviceAccount"]) == ("shop", "orders")
    assert association["disableSessionTags"] is False
    assert "policy" not in association
    assert pod().outputs["principal"].startswith(f"arn:aws:iam::{ACCOUNT}:role/orders-api-")
    assert "login" not in pod().outputs


def test_a_role_of_a_service_account_is_for_that_one_alone() -> None:
    assert trusted(pod())["Principal"] == {"Service": "pods.eks.amazonaws.com"}
    assert trusted(pod())["Action"] == ["sts:AssumeRole", "sts:TagSession"]
    assert trusted(pod())["Condition"] == {
        "StringEquals": {
            "aws:SourceAccount": ACCOUNT,
            "aws:RequestTag/kubernetes-namespace": "shop",
            "aws:RequestTag/kubernetes-service-account": "orders",
        }
    }


def test_the_principal_is_known_once_the_pod_can_use_it() -> None:
    def program() -> None:
        principal = aws_identity(POD, READ).principal
        aws.ssm.Parameter("reader", type="String", value=principal)

    reader = record(program).only("aws:ssm/parameter:Parameter")
    urns = reader.property_dependencies["value"]

    assert {urn.split("::")[-2].rpartition("$")[2] for urn in urns} == {
        ROLE,
        ASSOCIATION,
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    }


def test_every_policy_is_attached() -> None:
    attached = pod().of("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
    (role,) = {each.inputs["role"] for each in attached}

    assert {each.name for each in attached} == {each.name for each in pod().of(POLICY)}
    assert role.startswith("orders-api-")


def test_objects_and_their_names_are_granted_apart() -> None:
    assert allowed(pod(), "BucketUploadsObjects") == {
        "Action": [
            "s3:AbortMultipartUpload",
            "s3:GetObject",
            "s3:ListMultipartUploadParts",
            "s3:PutObject",
        ],
        "Resource": ["arn:aws:s3:::uploads-1a/*"],
    }
    assert allowed(pod(), "BucketUploadsNames") == {
        "Action": ["s3:GetBucketLocation", "s3:ListBucket"],
        "Resource": ["arn:aws:s3:::uploads-1a"],
    }


def test_the_key_of_all_buckets_is_used_by_s3_for_the_one_bucket_alone() -> None:
    found = allowed(pod(), "BucketUploadsKey")

    assert found["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
    assert found["Resource"] == [f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/objects"]
    assert found["Condition"] == {
        "StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"},
        "StringLike": {
            "kms:EncryptionContext:aws:s3:arn": [
                "arn:aws:s3:::uploads-1a",
                "arn:aws:s3:::uploads-1a/*",
            ]
        },
    }


@pytest.mark.parametrize(
    ("action", "sids", "granted"),
    [
        ("read", {"BucketUploadsObjects", "BucketUploadsKey"}, {"s3:GetObject", "kms:Decrypt"}),
        ("list", {"BucketUploadsNames"}, {"s3:GetBucketLocation", "s3:ListBucket"}),
        ("delete", {"BucketUploadsObjects"}, {"s3:DeleteObject"}),
    ],
)
def test_an_action_grants_what_it_needs_and_no_more(
    action: str, sids: set[str], granted: set[str]
) -> None:
    recording = identity(POD, {"actions": [action], "target": {"bucket": "uploads"}})

    assert {each["Sid"] for each in statements(recording)} == sids
    assert {name for each in statements(recording) for name in each["Action"]} == granted


def test_a_database_is_entered_as_a_user_of_the_identity_and_not_as_its_owner() -> None:
    arn = f"arn:aws:rds-db:eu-west-1:{ACCOUNT}:dbuser:db-ABC/orders_api"

    assert allowed(pod(), "DatabaseOrders") == {"Action": ["rds-db:connect"], "Resource": [arn]}
    assert pod().outputs["database_user"] == "orders_api"
    assert "database_user" not in identity(POD, READ).outputs


def test_an_identity_with_the_name_of_the_owner_is_refused() -> None:
    def program() -> None:
        cloud = aws_cloud(Environment.PROD)
        connect = {"actions": ["connect"], "target": {"database": "orders"}}
        spec = identity_spec(POD, connect, environment=Environment.PROD)
        grants = resolve_grants(spec, aws_things(cloud))
        create_identity(adopted_cluster(cloud), "owner", spec, grants=grants)

    with pytest.raises(
        pulumi.RunError, match="identity owner: it would connect to database orders"
    ):
        record(program)


def test_a_cache_is_entered_as_its_user() -> None:
    arn = f"arn:aws:elasticache:eu-west-1:{ACCOUNT}"

    assert allowed(pod(), "CacheSessions") == {
        "Action": ["elasticache:Connect"],
        "Resource": [f"{arn}:replicationgroup:sessions", f"{arn}:user:sessions-user"],
    }


@pytest.mark.parametrize(
    ("action", "pushes"),
    [("pull", False), ("push", True)],
)
def test_images_are_pulled_or_pushed_in_one_repository(action: str, pushes: bool) -> None:
    recording = identity(GITHUB, {"actions": [action], "target": {"repository": "web/front"}})
    found = allowed(recording, "RepositoryWebFront")

    assert found["Resource"] == [f"arn:aws:ecr:eu-west-1:{ACCOUNT}:repository/images/web/front"]
    assert ("ecr:PutImage" in found["Action"]) is pushes
    assert ("ecr:GetDownloadUrlForLayer" in found["Action"]) is not pushes
    assert allowed(recording, "Registry") == {
        "Action": ["ecr:GetAuthorizationToken"],
        "Resource": ["*"],
    }


def test_a_preview_shows_every_policy_but_for_what_only_the_cloud_can_say() -> None:
    def program() -> None:
        cloud = aws_cloud(Environment.PROD)
        key = aws.kms.Key("key", opts=pulumi.ResourceOptions(provider=cloud.provider))
        spec = identity_spec(
            POD, {"actions": ["read"], "target": {"bucket": "raw"}}, environment=Environment.PROD
        )
        bucket = AwsBucketRef(cloud, "raw-2b", known("raw-2b"), key.arn)
        grants = resolve_grants(spec, {Thing.BUCKET: {"raw": bucket}})
        create_identity(adopted_cluster(cloud), "orders-api", spec, grants=grants)

    planned = record(program, preview=True)
    shown = planned.named("orders-api-grants", POLICY).inputs["policy"]
    hidden = planned.named("orders-api-grants-computed", POLICY).inputs

    assert json.loads(shown)["Statement"][0]["Resource"] == ["arn:aws:s3:::raw-2b/*"]
    assert not isinstance(hidden.get("policy"), str)


def test_a_job_is_known_by_what_stays_and_by_both_forms_of_its_subject() -> None:
    workflow = "acme/shop/.github/workflows/deploy.yaml@refs/heads/main"
    statement = trusted(identity({**GITHUB, "ref": "refs/heads/main", "workflow": workflow}))

    assert statement["Action"] == ["sts:AssumeRoleWithWebIdentity"]
    assert statement["Principal"] == {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{HOST}"}
    assert statement["Condition"] == {
        "StringEquals": {
            f"{HOST}:aud": "sts.amazonaws.com",
            f"{HOST}:sub": [
                "repo:acme/shop:environment:production",
                "repo:acme@4001/shop@7002:environment:production",
            ],
            f"{HOST}:repository_id": "7002",
            f"{HOST}:environment": "production",
            f"{HOST}:ref": "refs/heads/main",
            f"{HOST}:job_workflow_ref": workflow,
        }
    }


def test_a_job_of_gitlab_is_known_by_project_and_branch() -> None:
    recording = identity({**GITLAB, "host": "git.example.org"}, *IMAGES)

    assert recording.only(PROVIDER).inputs["url"] == "https://git.example.org"
    assert trusted(recording)["Condition"] == {
        "StringEquals": {
            "git.example.org:aud": "sts.amazonaws.com",
            "git.example.org:sub": "project_path:acme/web/shop:ref_type:branch:ref:main",
        }
    }


def test_what_aws_cannot_see_of_a_job_is_told() -> None:
    def unhonoured(subject: Mapping[str, Any]) -> tuple[str, ...]:
        made: list[Identity] = []
        record(lambda: made.append(aws_identity(subject, READ)))
        return made[0].unhonoured

    assert [each.partition(":")[0] for each in unhonoured({**GITLAB, "environment": "live"})] == [
        "subject.project_id",
        "subject.environment",
    ]
    assert unhonoured(GITHUB) == ()
    assert unhonoured(POD) == ()


def test_a_session_lasts_as_long_as_is_asked() -> None:
    assert identity(GITHUB).only(ROLE).inputs["maxSessionDuration"] == 60 * 60
    longer = identity({**GITHUB, "session_minutes": 90})
    assert longer.only(ROLE).inputs["maxSessionDuration"] == 90 * 60


def test_the_identity_that_owns_the_provider_makes_it_before_its_role() -> None:
    owner, other = identity(GITHUB), identity({**GITHUB, "owns_provider": False})
    provider = owner.only(PROVIDER)

    assert provider.inputs["url"] == f"https://{HOST}"
    assert provider.inputs["clientIdLists"] == ["sts.amazonaws.com"]
    assert provider.urn in owner.only(ROLE).depends_on
    assert other.of(PROVIDER) == []
    assert trusted(owner) == trusted(other)


def test_a_job_is_told_what_to_log_in_with() -> None:
    recording = identity(GITHUB)

    assert recording.outputs["login"] == {
        "audience": "sts.amazonaws.com",
        "role_arn": recording.outputs["principal"],
    }
    assert recording.of(ASSOCIATION) == []


Place = Callable[[], Any]


@pytest.mark.parametrize(
    ("subject", "place", "found"),
    [
        (
            POD,
            lambda: aws_cloud(Environment.PROD),
            "subject.kind is service_account, which stands on a cluster",
        ),
        (
            GITHUB,
            lambda: adopted_cluster(aws_cloud(Environment.PROD)),
            "subject.kind is github, which stands on the ground",
        ),
        (GITHUB, docker_host, "ground.kind is docker, which cannot carry"),
    ],
)
def test_a_subject_is_created_where_it_can_be(
    subject: Mapping[str, Any], place: Place, found: str
) -> None:
    def program() -> None:
        ground = place()
        cloud = aws_cloud(Environment.PROD) if isinstance(ground, DockerHost) else ground
        spec = identity_spec(subject, READ, environment=Environment.PROD)
        things = aws_things(getattr(cloud, "cloud", cloud))
        create_identity(ground, "orders-api", spec, grants=resolve_grants(spec, things))

    with pytest.raises(pulumi.RunError, match=found):
        record(program)


def test_a_thing_of_another_ground_is_a_mistake_of_the_program() -> None:
    def program() -> None:
        google = gcp_cloud(Environment.PROD)
        assert isinstance(google, GcpCloud)
        spec = identity_spec(GITHUB, READ, environment=Environment.PROD)
        grants = resolve_grants(spec, gcp_things(google))
        create_identity(aws_cloud(Environment.PROD), "orders-api", spec, grants=grants)

    with pytest.raises(TypeError, match="bucket-uploads is not on AWS: GcpBucketRef"):
        record(program)
