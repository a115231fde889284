"""Google Cloud IAM: a subject without keys, bound to single things."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import pulumi
import pulumi_gcp as gcp
import pytest

from components.environment import Environment
from components.ground import short_hash
from components.identity import Identity, create_identity, resolve_grants
from components.identity.gcp_bindings import BUCKET_ROLES, IMAGE_ROLES
from components.identity.spec import ACTIONS, Thing
from rehearsal.plugin import Recording, record
from tests.components.variants import PROJECT, PROJECT_NUMBER, aws_cloud, gcp_cloud
from tests.components.variants_identity import (
    EVERYTHING,
    GITHUB,
    GITLAB,
    IMAGES,
    POD,
    adopted_cluster,
    aws_things,
    gcp_identity,
    gcp_things,
    identity_outputs,
    identity_spec,
)

BUCKET_MEMBER = "gcp:storage/bucketIAMMember:BucketIAMMember"
PROJECT_MEMBER = "gcp:projects/iAMMember:IAMMember"
IMAGE_MEMBER = "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember"
ACCOUNT = "gcp:serviceaccount/account:Account"
ACCOUNT_MEMBER = "gcp:serviceaccount/iAMMember:IAMMember"
POOL = "gcp:iam/workloadIdentityPool:WorkloadIdentityPool"
PROVIDER = "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider"
POOLS = f"projects/{PROJECT_NUMBER}/locations/global/workloadIdentityPools"
ONE_DATABASE = (
    "resource.service == 'sqladmin.googleapis.com'"
    f" && resource.name == 'projects/{PROJECT}/instances/orders-5f'"
)
POD_MEMBER = (
    f"principal://iam.googleapis.com/{POOLS}/{PROJECT}.svc.id.goog/subject/ns/shop/sa/orders"
)
READ = {"actions": ["read"], "target": {"bucket": "uploads"}}


def identity(subject: Mapping[str, Any], *grants: Mapping[str, Any]) -> Recording:
    return record(lambda: identity_outputs(gcp_identity(subject, *grants or (READ,))))


@cache
def pod() -> Recording:
    return identity(POD, *EVERYTHING)


@cache
def job() -> Recording:
    return identity(GITHUB, *IMAGES)


def unhonoured(subject: Mapping[str, Any], *grants: Mapping[str, Any]) -> list[str]:
    made: list[Identity] = []
    record(lambda: made.append(gcp_identity(subject, *grants or (READ,))))
    return list(made[0].unhonoured)


def test_a_service_account_of_kubernetes_is_bound_by_itself() -> None:
    recording = identity(POD, READ, *IMAGES)

    members = {each.inputs["member"] for each in recording.resources if "member" in each.inputs}
    assert members == {POD_MEMBER}
    assert recording.of(ACCOUNT) == []
    assert recording.outputs == {"principal": POD_MEMBER}


def test_it_is_bound_after_its_cluster_which_makes_the_pool() -> None:
    recording = identity(POD, READ)
    provider = recording.only("pulumi:providers:kubernetes")

    assert provider.urn in recording.only(BUCKET_MEMBER).depends_on
    assert provider.urn in pod().only(ACCOUNT_MEMBER).depends_on


def test_databases_and_caches_know_a_service_account_which_it_alone_can_be() -> None:
    email = f"{pod().only(ACCOUNT).inputs['accountId']}@{PROJECT}.iam.gserviceaccount.com"
    trusted = pod().only(ACCOUNT_MEMBER).inputs
    granted = {
        each.inputs["member"]
        for type_ in (BUCKET_MEMBER, PROJECT_MEMBER)
        for each in pod().of(type_)
    }

    assert trusted["role"] == "roles/iam.workloadIdentityUser"
    assert trusted["member"] == POD_MEMBER
    assert trusted["serviceAccountId"].endswith(f"/{email}")
    assert granted == {f"serviceAccount:{email}"}
    assert pod().outputs["annotations"] == {"iam.gke.io/gcp-service-account": email}


def test_its_account_is_not_that_of_a_database_of_the_same_name() -> None:
    of_a_database: list[str] = []
    record(lambda: of_a_database.append(f"orders-api-{short_hash('orders-api')}"))
    found = pod().only(ACCOUNT).inputs["accountId"]

    assert found not in of_a_database
    assert found.startswith("orders-api-")
    assert len(found) <= 30


def test_it_is_a_user_of_the_database_without_a_password() -> None:
    user = pod().only("gcp:sql/user:User").inputs

    assert user["type"] == "CLOUD_IAM_SERVICE_ACCOUNT"
    assert user["instance"] == "orders-5f"
    assert user["name"] == pod().outputs["database_user"]
    assert user["name"].endswith(f"@{PROJECT}.iam")
    assert not {"password", "passwordWo", "databaseRoles"} & user.keys()


@pytest.mark.parametrize(
    ("name", "role", "only"),
    [
        (
            "database-orders-client",
            "roles/cloudsql.client",
            ONE_DATABASE,
        ),
        (
            "database-orders-login",
            "roles/cloudsql.instanceUser",
            ONE_DATABASE,
        ),
        (
            "cache-sessions-login",
            "roles/memorystore.dbConnectionUser",
            f"resource.name == 'projects/{PROJECT}/locations/europe-west1/instances/sessions-7c'",
        ),
    ],
)
def test_a_role_of_the_project_is_for_one_thing(name: str, role: str, only: str) -> None:
    found = pod().named(f"orders-api-{name}", PROJECT_MEMBER).inputs

    assert found["role"] == role
    assert found["condition"]["expression"] == only


def test_no_role_of_the_project_is_without_a_condition() -> None:
    assert all(each.inputs["condition"]["expression"] for each in pod().of(PROJECT_MEMBER))


def test_each_action_on_a_bucket_is_a_role_on_that_bucket() -> None:
    found = {each.name: each.inputs for each in pod().of(BUCKET_MEMBER)}

    assert {name: each["role"] for name, each in found.items()} == {
        "orders-api-bucket-uploads-list": "roles/storage.legacyBucketReader",
        "orders-api-bucket-uploads-read": "roles/storage.legacyObjectReader",
        "orders-api-bucket-uploads-write": "roles/storage.objectCreator",
    }
    assert {each["bucket"] for each in found.values()} == {"uploads-1a"}


def test_images_are_pulled_and_pushed_in_one_repository() -> None:
    found = {each.name: each.inputs for each in job().of(IMAGE_MEMBER)}

    assert {name: each["role"] for name, each in found.items()} == {
        "orders-api-repository-web-front-pull": "roles/artifactregistry.reader",
        "orders-api-repository-web-front-push": "roles/artifactregistry.writer",
    }
    assert {each["repository"].rpartition("/")[2] for each in found.values()} == {
        "images-web-front"
    }


def test_every_action_has_a_role() -> None:
    assert BUCKET_ROLES.keys() == ACTIONS[Thing.BUCKET]
    assert IMAGE_ROLES.keys() == ACTIONS[Thing.REPOSITORY]


def test_a_job_has_a_pool_of_its_own_that_takes_no_other_token() -> None:
    workflow = "acme/shop/.github/workflows/deploy.yaml@refs/heads/main"
    provider = identity({**GITHUB, "ref": "refs/heads/main", "workflow": workflow}).only(PROVIDER)
    conditions = provider.inputs["attributeCondition"].split(" && ")
    by_name = "repo:acme/shop:environment:production"
    by_id = "repo:acme@4001/shop@7002:environment:production"

    assert provider.inputs["oidc"]["issuerUri"] == "https://token.actions.githubusercontent.com"
    assert conditions == [
        f"assertion.sub in ['{by_name}', '{by_id}']",
        "assertion.repository_id == '7002'",
        "assertion.repository_owner_id == '4001'",
        "assertion.environment == 'production'",
        "assertion.ref == 'refs/heads/main'",
        f"assertion.job_workflow_ref == '{workflow}'",
    ]
    assert provider.inputs["attributeMapping"] == {
        "google.subject": "assertion.repository_id + ':' + assertion.run_id",
        "attribute.repository_id": "assertion.repository_id",
    }


def test_a_job_of_gitlab_is_known_by_project_branch_and_environment() -> None:
    provider = identity({**GITLAB, "environment": "live"}).only(PROVIDER)

    assert provider.inputs["oidc"]["issuerUri"] == "https://gitlab.com"
    assert provider.inputs["attributeCondition"] == (
        "assertion.sub in ['project_path:acme/web/shop:ref_type:branch:ref:main']"
        " && assertion.project_id == '5003' && assertion.environment == 'live'"
    )


def test_a_job_is_bound_by_the_id_of_its_repository_after_its_provider() -> None:
    pool = job().only(POOL).inputs["workloadIdentityPoolId"]
    member = f"principalSet://iam.googleapis.com/{POOLS}/{pool}/attribute.repository_id/7002"

    for each in job().of(IMAGE_MEMBER):
        assert each.inputs["member"] == member
        assert job().only(PROVIDER).urn in each.depends_on


def test_a_job_is_told_what_to_log_in_with() -> None:
    pool = job().only(POOL).inputs["workloadIdentityPoolId"]
    provider = f"{POOLS}/{pool}/providers/github"

    assert job().outputs["login"] == {
        "audience": f"https://iam.googleapis.com/{provider}",
        "provider": provider,
    }
    assert job().only(PROVIDER).inputs["oidc"]["allowedAudiences"] == [
        f"https://iam.googleapis.com/{provider}"
    ]


def test_a_job_that_enters_a_database_is_told_the_account_it_becomes() -> None:
    recording = identity(GITHUB, {"actions": ["connect"], "target": {"database": "orders"}})

    assert recording.outputs["login"]["service_account"].endswith(".iam.gserviceaccount.com")
    assert "annotations" not in recording.outputs


def test_a_pool_whose_id_is_still_taken_gets_another() -> None:
    first, second = (
        identity({**GITHUB, "generation": each}).only(POOL).inputs["workloadIdentityPoolId"]
        for each in (1, 2)
    )

    assert first != second
    assert all(4 <= len(each) <= 32 and each.startswith("ci-") for each in (first, second))


def test_the_principal_is_known_once_it_is_bound() -> None:
    def program() -> None:
        principal = gcp_identity(POD, *EVERYTHING).principal
        gcp.pubsub.Topic("reader", name=principal)

    reader = record(program).only("gcp:pubsub/topic:Topic")
    urns = reader.property_dependencies["name"]

    assert {urn.split("::")[-2].rpartition("$")[2] for urn in urns} == {
        BUCKET_MEMBER,
        PROJECT_MEMBER,
        ACCOUNT_MEMBER,
        "gcp:sql/user:User",
    }


def test_a_preview_shows_who_is_bound() -> None:
    planned = record(lambda: identity_outputs(gcp_identity(POD, *EVERYTHING)), preview=True)

    assert {each.inputs["member"] for each in planned.of(PROJECT_MEMBER)} == {
        each.inputs["member"] for each in pod().of(PROJECT_MEMBER)
    }


def test_what_google_cannot_give_is_told() -> None:
    bucket, repository = {"bucket": "uploads"}, {"repository": "web/front"}

    assert unhonoured(GITHUB) == []
    assert unhonoured(POD)[0].startswith("subject: service account orders of namespace shop is one")
    assert unhonoured({**GITHUB, "session_minutes": 90})[0].startswith(
        "subject.session_minutes: 90"
    )
    assert unhonoured({**GITHUB, "owns_provider": False})[0].startswith("subject.owns_provider")
    for actions, on, found in (
        (["write"], bucket, "grants: write on bucket uploads adds objects and replaces none"),
        (["delete"], bucket, "grants: delete on bucket uploads may add and list"),
        (["push"], repository, "grants: push to repository web/front may pull too"),
    ):
        (sentence,) = unhonoured(GITHUB, {"actions": actions, "target": on})
        assert sentence.startswith(found)
    assert unhonoured(GITHUB, {"actions": ["pull", "push"], "target": repository}) == []


@pytest.mark.parametrize(("subject", "on_cluster"), [(POD, False), (GITLAB, True)])
def test_a_subject_is_created_where_it_can_be(subject: Mapping[str, Any], on_cluster: bool) -> None:
    def program() -> None:
        cloud = gcp_cloud(Environment.PROD)
        spec = identity_spec(subject, READ, environment=Environment.PROD)
        ground = adopted_cluster(cloud) if on_cluster else cloud
        grants = resolve_grants(spec, gcp_things(cloud))
        create_identity(ground, "orders-api", spec, grants=grants)

    with pytest.raises(pulumi.RunError, match=f"subject.kind is {subject['kind']}, which stands"):
        record(program)


def test_a_thing_of_another_ground_is_a_mistake_of_the_program() -> None:
    def program() -> None:
        spec = identity_spec(GITHUB, READ, environment=Environment.PROD)
        grants = resolve_grants(spec, aws_things(aws_cloud(Environment.PROD)))
        create_identity(gcp_cloud(Environment.PROD), "orders-api", spec, grants=grants)

    with pytest.raises(TypeError, match="bucket-uploads is not on Google Cloud: AwsBucketRef"):
        record(program)
