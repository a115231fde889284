"""What Karpenter is given on AWS: enough for its own nodes, and nothing of anybody else's."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, Final

from components.cluster.aws_karpenter import EVENTS
from components.environment import Environment
from rehearsal.plugin import Recording, record
from tests.components.variants import ACCOUNT
from tests.components.variants_cluster import aws_cluster, cluster_outputs

POLICY: Final = "aws:iam/policy:Policy"
ROLE: Final = "aws:iam/role:Role"
QUEUE: Final = "aws:sqs/queue:Queue"
LONGEST_POLICY: Final = 6_144  # characters without white space
# What IAM cannot limit to a resource.
UNLIMITED: Final = {
    "arc-zonal-shift:GetManagedResource",
    "iam:ListInstanceProfiles",
    "pricing:GetProducts",
}


@cache
def built() -> Recording:
    def program() -> Any:
        return cluster_outputs(
            aws_cluster(Environment.PROD, provisioning={"limit_cpus": 100, "limit_memory_gib": 400})
        )

    return record(program)


def cluster() -> str:
    return built().outputs["cluster_name"]


def statements() -> list[dict[str, Any]]:
    return [
        statement
        for policy in built().of(POLICY)
        for statement in json.loads(policy.inputs["policy"])["Statement"]
    ]


def allowing(action: str) -> list[dict[str, Any]]:
    return [each for each in statements() if action in each["Action"]]


def test_without_provisioning_nothing_is_there() -> None:
    plain = record(lambda: cluster_outputs(aws_cluster(Environment.PROD)))

    assert not plain.of(QUEUE)
    assert not plain.of(POLICY)
    assert not plain.of("aws:eks/podIdentityAssociation:PodIdentityAssociation")


def test_every_policy_fits_and_is_known_before_the_first_update() -> None:
    documents = [each.inputs["policy"] for each in built().of(POLICY)]

    assert len(documents) == 3
    assert all(len("".join(each.split())) <= LONGEST_POLICY for each in documents)


def test_only_what_belongs_to_the_cluster_is_ended_or_changed() -> None:
    mark = f"aws:ResourceTag/kubernetes.io/cluster/{cluster()}"
    harmful = (
        "ec2:TerminateInstances",
        "ec2:DeleteLaunchTemplate",
        "iam:AddRoleToInstanceProfile",
        "iam:DeleteInstanceProfile",
        "iam:RemoveRoleFromInstanceProfile",
        "iam:TagInstanceProfile",
    )

    for action in harmful:
        (statement,) = allowing(action)
        assert statement["Condition"]["StringEquals"][mark] == "owned"


def test_tags_are_given_to_what_is_made_or_owned_alone() -> None:
    at_birth, later = allowing("ec2:CreateTags")

    assert at_birth["Condition"]["StringEquals"]["ec2:CreateAction"] == [
        "RunInstances",
        "CreateFleet",
        "CreateLaunchTemplate",
    ]
    assert (
        later["Condition"]["StringEquals"][f"aws:ResourceTag/kubernetes.io/cluster/{cluster()}"]
        == "owned"
    )


def test_the_role_of_the_nodes_alone_is_passed_and_to_machines_alone() -> None:
    (statement,) = allowing("iam:PassRole")
    role = built().named("core-provisioned-nodes", ROLE)

    assert statement["Resource"] == [f"arn:aws:iam::{ACCOUNT}:role/{role.inputs['name']}"]
    assert statement["Condition"] == {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}


def test_nothing_is_allowed_everywhere_but_reading() -> None:
    anywhere = {
        action for each in statements() if each["Resource"] == ["*"] for action in each["Action"]
    }

    assert {each for each in anywhere if not each.startswith("ec2:Describe")} == UNLIMITED
    assert not [each for each in statements() for action in each["Action"] if "*" in action]


def test_provisioned_nodes_join_by_an_entry_and_do_no_more_than_others() -> None:
    entry = built().named("core-provisioned-nodes", "aws:eks/accessEntry:AccessEntry")
    given = {
        each.name.rpartition("-")[2]
        for each in built().of("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
        if each.name.startswith("core-provisioned-nodes-")
    }

    assert entry.inputs["type"] == "EC2_LINUX"
    assert entry.inputs["principalArn"].endswith(f"role/{cluster()}-provisioned")
    assert given == {"AmazonEC2ContainerRegistryPullOnly", "AmazonEKSWorkerNodePolicy"}


def test_interruptions_reach_an_encrypted_queue_that_has_the_name_of_the_cluster() -> None:
    queue = built().only(QUEUE)
    patterns = {
        (*json.loads(each.inputs["eventPattern"]).values(),)[1][0]
        for each in built().of("aws:cloudwatch/eventRule:EventRule")
    }

    assert queue.inputs["name"] == cluster()
    assert queue.inputs["sqsManagedSseEnabled"] is True
    assert patterns == {kind for _, kind in EVENTS.values()}
    for target in built().of("aws:cloudwatch/eventTarget:EventTarget"):
        assert target.property_dependencies["arn"] == (queue.urn,)


def test_nobody_but_the_rules_of_the_cluster_writes_to_the_queue() -> None:
    policy = built().only("aws:sqs/queuePolicy:QueuePolicy").inputs["policy"]
    plain, sending = json.loads(policy)["Statement"]

    assert (plain["Effect"], plain["Condition"]) == (
        "Deny",
        {"Bool": {"aws:SecureTransport": "false"}},
    )
    assert sending["Action"] == ["sqs:SendMessage"]
    assert sending["Principal"] == {"Service": "events.amazonaws.com"}
    assert sending["Condition"]["ArnLike"] == {
        "aws:SourceArn": f"arn:aws:events:eu-west-1:{ACCOUNT}:rule/{cluster()}-*"
    }
    assert all(
        each.inputs["name"].startswith(f"{cluster()}-")
        for each in built().of("aws:cloudwatch/eventRule:EventRule")
    )


def test_karpenter_finds_the_firewall_of_the_nodes_by_its_tag() -> None:
    tag = built().only("aws:ec2/tag:Tag")

    assert (tag.inputs["key"], tag.inputs["value"]) == ("karpenter.sh/discovery", cluster())
    assert tag.inputs["resourceId"].startswith("sg-")


def test_workloads_go_before_what_karpenter_needs_to_take_its_nodes_away() -> None:
    association = built().only("aws:eks/podIdentityAssociation:PodIdentityAssociation")
    permissions = {each.urn for each in built().resources if "-karpenter-" in each.name}
    policies = {each.urn for each in built().of(POLICY)}

    assert association.inputs["serviceAccount"] == "karpenter"
    assert permissions - policies <= set(association.depends_on)
    assert association.urn in built().only("pulumi:providers:kubernetes").depends_on


def test_it_says_what_is_still_to_be_run() -> None:
    outputs = built().named("core", "plinth:cluster:AwsCluster").component_outputs

    assert outputs is not None
    (sentence,) = [each for each in outputs["unhonoured"] if each.startswith("provisioning:")]
    assert "100 vCPUs and 400 GiB" in sentence
