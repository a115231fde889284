from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from policies import prices
from policies.examples import example, provided
from policies.judge import Judge, judge, judge_stack
from policies.rule import Rule, Verdict
from policies.rules.aws_kms import ROTATION
from policies.rules.docker_container import NO_PRIVILEGED
from policies.rules.stack_cost import COST_GUARD, estimate
from policies.rules.stack_exposure import NO_ORPHAN_EXPOSURE
from policies.rules.stack_limits import RESOURCE_CEILING, UNKNOWN_BUDGET
from policies.rules.stack_observability import OBSERVABILITY_PRESENT
from policies.rules.stack_origin import COMPONENT_ONLY, REGION_ALLOWED
from policies.rules.stack_protection import PROTECT_STATEFUL
from policies.rules.stack_secrets import NO_PLAIN_SECRET_INPUTS
from policies.rules.stack_size import SIZE_ALLOWED
from policies.rules.stack_tags import ENV_COHERENT, REQUIRED_TAGS
from policies.subject import STACK, Environment, Resource, Stack
from policies.view import UNKNOWN_OBJECT, UNKNOWN_STRING

VPC = "aws:ec2/vpc:Vpc"
TABLE = "aws:dynamodb/table:Table"
BUCKET = "aws:s3/bucket:Bucket"
ROLE = "aws:iam/role:Role"
NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
NODE_POOL = "gcp:container/nodePool:NodePool"
RDS = "aws:rds/instance:Instance"
EKS = "aws:eks/cluster:Cluster"
CONTAINER = "docker:index/container:Container"
BALANCER = "aws:lb/loadBalancer:LoadBalancer"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
REFERENCE = "pulumi:pulumi:StackReference"
ROOT = example(STACK, "example")


def verdict_of(
    rule: Rule, resource: Resource, configured: Mapping[str, Any] | None = None
) -> Verdict:
    (finding,) = judge(rule, resource, configured)
    return finding.verdict


def verdict_among(
    rule: Rule, *resources: Resource, configured: Mapping[str, Any] | None = None
) -> Verdict:
    """The verdict on the first of ``resources``."""
    found = {f.urn: f.verdict for f in judge_stack(rule, resources, configured)}
    return found.get(resources[0].urn, Verdict.NOT_APPLICABLE)


def in_stack(stack: str, type_: str = TABLE, **props: Any) -> Resource:
    return Resource(f"urn:pulumi:{stack}::example::{type_}::orders", type_, "orders", props)


# Required tags


def test_the_required_tags_are_those_of_the_configuration() -> None:
    vpc = example(VPC, "core", {"tags": {"Team": "core"}}, provider=provided("aws"))

    assert verdict_of(REQUIRED_TAGS, vpc) is Verdict.FAIL
    assert verdict_of(REQUIRED_TAGS, vpc, {"aws_tags": ["Team"]}) is Verdict.PASS
    assert verdict_of(REQUIRED_TAGS, vpc, {"aws_tags": []}) is Verdict.PASS


@pytest.mark.parametrize(
    ("defaults", "verdict"),
    [
        (json.dumps({"tags": {"Owner": "core"}}), Verdict.PASS),
        (json.dumps({"tags": {"Team": "core"}}), Verdict.FAIL),
        (json.dumps({}), Verdict.FAIL),
        (UNKNOWN_STRING, Verdict.UNDECIDED),
        ("{", Verdict.UNDECIDED),
    ],
)
def test_a_provider_may_tell_its_default_tags_as_text(defaults: str, verdict: Verdict) -> None:
    vpc = example(VPC, "core", provider=provided("aws", defaultTags=defaults))

    assert verdict_of(REQUIRED_TAGS, vpc, {"aws_tags": ["Owner"]}) is verdict


def test_a_message_says_which_tag_is_missing() -> None:
    props = {"tags": {"Owner": "core", "Environment": "prod"}}
    (found,) = judge(REQUIRED_TAGS, example(VPC, "core", props, provider=provided("aws")))

    assert "tags has no CostCenter." in found.message
    assert "no Owner" not in found.message


def test_labels_of_google_cloud_have_a_setting_of_their_own() -> None:
    bucket = example("gcp:storage/bucket:Bucket", "x", provider=provided("gcp"))

    assert verdict_of(REQUIRED_TAGS, bucket, {"gcp_labels": []}) is Verdict.PASS
    assert verdict_of(REQUIRED_TAGS, bucket, {"aws_tags": []}) is Verdict.FAIL


# Environments


@pytest.mark.parametrize(
    ("word", "stack"),
    [
        ("dev", "dev"),
        ("development", "dev"),
        ("staging", "staging"),
        ("stg", "staging"),
        ("prod", "prod"),
        ("prd", "prod"),
        ("production", "prod"),
    ],
)
@pytest.mark.parametrize("own", ["dev", "staging", "prod"])
def test_each_word_for_an_environment_is_at_home_in_its_own_stack(
    word: str, stack: str, own: str
) -> None:
    verdict = Verdict.PASS if own == stack else Verdict.FAIL

    assert verdict_of(ENV_COHERENT, in_stack(own, name=f"Orders.{word.title()}")) is verdict
    assert verdict_of(ENV_COHERENT, in_stack(own, tags={"env": word})) is verdict


@pytest.mark.parametrize(
    ("props", "verdict"),
    [
        ({"tags": {"env": "live-EU"}}, Verdict.PASS),
        ({"tags": {"env": "qa"}}, Verdict.UNDECIDED),
        ({"tags": {"env": "dev"}}, Verdict.UNDECIDED),
        ({"name": "orders-dev"}, Verdict.UNDECIDED),
        ({"name": "orders"}, Verdict.PASS),
    ],
)
def test_a_stack_whose_name_is_no_environment_may_be_any(
    props: Mapping[str, Any], verdict: Verdict
) -> None:
    assert verdict_of(ENV_COHERENT, in_stack("live-eu", **props)) is verdict
    assert verdict_of(ENV_COHERENT, in_stack("Live-EU", **props)) is verdict


@pytest.mark.parametrize(
    "key", ["Environment", "environment", "Env", "env", "plinth.dev/environment"]
)
def test_each_of_these_tags_says_which_environment_it_is(key: str) -> None:
    assert verdict_of(ENV_COHERENT, in_stack("prod", tags={key: "dev"})) is Verdict.FAIL


@pytest.mark.parametrize(
    "key", ["name", "bucket", "identifier", "clusterIdentifier", "replicationGroupId"]
)
def test_every_name_is_judged_once_it_is_known(key: str) -> None:
    assert verdict_of(ENV_COHERENT, in_stack("prod", **{key: UNKNOWN_STRING})) is Verdict.PASS
    assert verdict_of(ENV_COHERENT, in_stack("prod", **{key: "dev"})) is Verdict.FAIL


def test_the_tags_for_the_environment_can_be_configured() -> None:
    table = in_stack("prod", tags={"Stage": "dev"})

    assert verdict_of(ENV_COHERENT, table) is Verdict.PASS
    assert verdict_of(ENV_COHERENT, table, {"environment_tags": ["Stage"]}) is Verdict.FAIL


@pytest.mark.parametrize(
    ("value", "verdict"),
    [
        ("arn:aws:s3:::orders-dev", Verdict.FAIL),
        ("arn:aws:s3:::orders-prod", Verdict.PASS),
        ("https://dev.example.com", Verdict.PASS),
        ('["arn:aws:s3:::orders-dev"]', Verdict.FAIL),
        ('{"Sid": "dev", "Resource": "arn:aws:s3:::a"}', Verdict.PASS),
        ({"deep": [{"er": "arn:aws:s3:::orders-dev"}]}, Verdict.FAIL),
        ([["arn:aws:s3:::orders-dev"]], Verdict.FAIL),
        (UNKNOWN_STRING, Verdict.PASS),
        (7, Verdict.PASS),
    ],
)
def test_arns_are_found_wherever_they_lie(value: object, verdict: Verdict) -> None:
    assert verdict_of(ENV_COHERENT, in_stack("prod", source=value)) is verdict


@pytest.mark.parametrize("type_", ["aws:route53/record:Record", "gcp:dns/recordSet:RecordSet"])
def test_a_zone_may_name_other_environments(type_: str) -> None:
    assert verdict_of(ENV_COHERENT, in_stack("prod", type_, name="dev.example.com")) is Verdict.PASS


@pytest.mark.parametrize(
    "tags",
    [
        ["http-server"],
        [{"value": "dev"}],
        [{"key": 1, "value": "dev"}],
        [{"key": ["env"], "value": "dev"}],
        [{"key": "Tier", "value": "dev"}],
        5,
        {"env": None},
    ],
)
def test_tags_that_name_no_environment_pass(tags: object) -> None:
    assert verdict_of(ENV_COHERENT, in_stack("prod", tags=tags)) is Verdict.PASS


# Protection


def test_protection_is_demanded_in_production_only() -> None:
    for environment, verdict in (
        ("dev", Verdict.NOT_APPLICABLE),
        ("staging", Verdict.NOT_APPLICABLE),
        ("prod", Verdict.FAIL),
    ):
        assert verdict_of(PROTECT_STATEFUL, in_stack(environment, BUCKET)) is verdict


# Regions and providers


def region(type_: str, configured: Mapping[str, Any], **props: Any) -> Verdict:
    return verdict_of(
        REGION_ALLOWED, example(type_, "x", props, provider=provided("aws")), configured
    )


@pytest.mark.parametrize("type_", ["pulumi:providers:aws", BUCKET])
def test_regions_of_aws_can_be_limited(type_: str) -> None:
    allowed = {"aws_regions": ["eu-west-1", "eu-central-1"]}

    assert region(type_, allowed, region="eu-central-1") is Verdict.PASS
    assert region(type_, allowed, region="us-east-1") is Verdict.FAIL
    assert region(type_, allowed, region="eu-west-10") is Verdict.FAIL
    assert region(type_, allowed, region=UNKNOWN_STRING) is Verdict.UNDECIDED
    assert region(type_, {}, region="us-east-1") is Verdict.PASS


@pytest.mark.parametrize("key", ["region", "location"])
def test_regions_of_google_cloud_can_be_limited_with_their_zones(key: str) -> None:
    allowed = {"gcp_regions": ["europe-west1"]}
    type_ = "gcp:container/cluster:Cluster"

    assert region(type_, allowed, **{key: "europe-west1"}) is Verdict.PASS
    assert region(type_, allowed, **{key: "europe-west1-b"}) is Verdict.PASS
    assert region(type_, allowed, **{key: "europe-west10"}) is Verdict.FAIL
    assert region(type_, allowed, **{key: "EU"}) is Verdict.FAIL
    assert region(type_, allowed, **{key: UNKNOWN_STRING}) is Verdict.UNDECIDED
    assert region(type_, allowed, **{key: ["nowhere"]}) is Verdict.PASS


def test_a_provider_of_google_cloud_is_judged_by_region_and_project() -> None:
    type_, here = "pulumi:providers:gcp", {"region": "europe-west1", "project": "shop-1"}

    assert region(type_, {"gcp_regions": ["europe-west1"]}, **here) is Verdict.PASS
    assert region(type_, {"gcp_regions": ["europe-west4"]}, **here) is Verdict.FAIL
    assert region(type_, {"gcp_projects": ["shop-1"]}, **here) is Verdict.PASS
    assert region(type_, {"gcp_projects": ["shop"]}, **here) is Verdict.FAIL


def test_a_resource_of_google_cloud_may_not_be_in_another_project() -> None:
    allowed = {"gcp_projects": ["shop-1"]}

    assert region("gcp:storage/bucket:Bucket", allowed, project="shop-1") is Verdict.PASS
    assert region("gcp:storage/bucket:Bucket", allowed, project="shop-2") is Verdict.FAIL


def test_a_default_provider_is_refused_in_production_only() -> None:
    verdicts: dict[Environment, Verdict] = {
        "dev": Verdict.PASS,
        "staging": Verdict.PASS,
        "prod": Verdict.FAIL,
    }
    for environment, verdict in verdicts.items():
        bucket = example(
            BUCKET, "x", environment=environment, provider=provided("aws", "default_7_51_0")
        )
        assert verdict_of(REGION_ALLOWED, bucket) is verdict


def test_packages_that_may_have_a_default_provider_can_be_configured() -> None:
    bucket = example(BUCKET, "x", provider=provided("aws", "default"))

    assert verdict_of(REGION_ALLOWED, bucket, {"default_providers": ["aws"]}) is Verdict.PASS


@pytest.mark.parametrize(
    "package",
    [
        "archive",
        "command",
        "null",
        "pulumi",
        "pulumi-nodejs",
        "pulumi-python",
        "random",
        "std",
        "time",
        "tls",
    ],
)
def test_what_works_nowhere_in_particular_may_have_a_default_provider(package: str) -> None:
    resource = example(f"{package}:index:Thing", "x", provider=provided(package, "default"))

    assert verdict_of(REGION_ALLOWED, resource) is Verdict.PASS


@pytest.mark.parametrize(
    ("package", "verdict"),
    [
        ("aws", Verdict.UNDECIDED),
        ("aws-native", Verdict.UNDECIDED),
        ("azure", Verdict.UNDECIDED),
        ("azure-native", Verdict.UNDECIDED),
        ("docker", Verdict.UNDECIDED),
        ("gcp", Verdict.UNDECIDED),
        ("acme", Verdict.NOT_APPLICABLE),
    ],
)
def test_a_provider_of_a_cloud_that_is_not_shown_may_be_a_default_one(
    package: str, verdict: Verdict
) -> None:
    assert verdict_of(REGION_ALLOWED, example(f"{package}:index:Thing", "x")) is verdict


# Components


@pytest.mark.parametrize(
    "type_",
    [
        "aws:dynamodb/table:Table",
        "aws:ec2/securityGroup:SecurityGroup",
        "aws:ec2/securityGroupRule:SecurityGroupRule",
        "aws:eks/accessEntry:AccessEntry",
        "aws:eks/cluster:Cluster",
        "aws:elasticache/replicationGroup:ReplicationGroup",
        "aws:iam/accessKey:AccessKey",
        "aws:iam/policy:Policy",
        "aws:iam/role:Role",
        "aws:iam/rolePolicy:RolePolicy",
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        "aws:iam/user:User",
        "aws:iam/userPolicy:UserPolicy",
        "aws:kms/key:Key",
        "aws:lb/loadBalancer:LoadBalancer",
        "aws:rds/cluster:Cluster",
        "aws:rds/instance:Instance",
        "aws:s3/bucket:Bucket",
        "aws:s3/bucketPolicy:BucketPolicy",
        "aws:secretsmanager/secret:Secret",
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        "gcp:compute/firewall:Firewall",
        "gcp:compute/networkFirewallPolicyRule:NetworkFirewallPolicyRule",
        "gcp:container/cluster:Cluster",
        "gcp:kms/cryptoKey:CryptoKey",
        "gcp:projects/iAMBinding:IAMBinding",
        "gcp:projects/iAMCustomRole:IAMCustomRole",
        "gcp:projects/iAMMember:IAMMember",
        "gcp:secretmanager/secret:Secret",
        "gcp:serviceaccount/account:Account",
        "gcp:serviceaccount/key:Key",
        "gcp:sql/databaseInstance:DatabaseInstance",
        "gcp:storage/bucket:Bucket",
        "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole",
        "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding",
    ],
)
def test_each_of_these_types_is_made_by_components_only(type_: str) -> None:
    assert verdict_of(COMPONENT_ONLY, example(type_, "x")) is Verdict.FAIL
    assert verdict_of(COMPONENT_ONLY, example(type_, "x", inside="a:b:C")) is Verdict.PASS


@pytest.mark.parametrize(
    ("inside", "verdict"),
    [
        ("acme:identity:Role", Verdict.PASS),
        ("acme:identity:Role$other:index:Thing", Verdict.PASS),
        ("plinth:identity:AwsIdentity", Verdict.FAIL),
        ("", Verdict.FAIL),
    ],
)
def test_components_can_be_approved_by_the_beginning_of_their_types(
    inside: str, verdict: Verdict
) -> None:
    role = example(ROLE, "deploy", inside=inside)

    assert verdict_of(COMPONENT_ONLY, role, {"components": ["acme:"]}) is verdict


def test_the_types_that_only_components_make_can_be_configured() -> None:
    vpc = example(VPC, "core")

    assert verdict_of(COMPONENT_ONLY, vpc) is Verdict.NOT_APPLICABLE
    assert verdict_of(COMPONENT_ONLY, vpc, {"types": [VPC]}) is Verdict.FAIL


# Secrets


@pytest.mark.parametrize(
    "name",
    [
        "PASSWORD",
        "PGPASSWORD_PASSWD",
        "DB_PWD",
        "vault-token",
        "APP.SECRET",
        "GOOGLE_CREDENTIALS",
        "AWS_CREDENTIAL",
        "KEY_PASSPHRASE",
        "TLS_PRIVATE_KEY",
        "AWS_ACCESS_KEY",
        "API_KEY_2",
    ],
)
def test_a_variable_is_known_to_be_secret_by_its_name(name: str) -> None:
    def verdict(*secrets: str) -> Verdict:
        container = example(CONTAINER, "web", {"envs": [f"{name}=hunter2"]}, secrets=secrets)
        return verdict_of(NO_PLAIN_SECRET_INPUTS, container)

    assert verdict() is Verdict.FAIL
    assert verdict("envs[0]") is Verdict.PASS
    assert verdict("envs[1]") is Verdict.FAIL


@pytest.mark.parametrize(
    "name",
    [
        "PASSWORD_FILE",
        "SECRET_ARN",
        "SECRET_ID",
        "SECRET_NAME",
        "TOKEN_PATH",
        "SECRET_REF",
        "TOKEN_TTL",
        "TOKEN_URL",
        "SECRET_VERSION",
        "KEY_ACCESS",
        "API_VERSION",
        "PRIVATE",
    ],
)
def test_a_variable_that_says_where_a_secret_is_holds_none(name: str) -> None:
    container = example(CONTAINER, "web", {"envs": [f"{name}=x"]}, secrets=())

    assert verdict_of(NO_PLAIN_SECRET_INPUTS, container) is Verdict.PASS


def test_each_secret_of_a_list_is_judged() -> None:
    def verdict(*secrets: str) -> Verdict:
        props = {"users": [{"password": "a"}, {"password": "b"}, {"username": "c"}]}
        broker = example("aws:mq/broker:Broker", "queue", props, secrets=secrets)
        return verdict_of(NO_PLAIN_SECRET_INPUTS, broker)

    assert verdict("users[0].password", "users[1].password") is Verdict.PASS
    assert verdict("users") is Verdict.PASS
    assert verdict("users[0]", "users[1].password") is Verdict.PASS
    assert verdict("users[0].password") is Verdict.FAIL


def test_a_message_about_a_secret_does_not_show_it() -> None:
    (found,) = judge(
        NO_PLAIN_SECRET_INPUTS, example(RDS, "orders", {"password": "hunter2"}, secrets=())
    )

    assert "password is in the state in clear" in found.message
    assert "hunter2" not in found.message


# Exposure


def open_group(**props: Any) -> Resource:
    rules = [{"cidrBlocks": ["0.0.0.0/0"]}]
    return example(GROUP, "open", {"id": "sg-1", "ingress": rules, **props})


def test_groups_are_found_by_their_ids() -> None:
    balancer = example(BALANCER, "web", {"id": "arn:1", "securityGroups": ["sg-1"]})
    closed = open_group(ingress=[])

    assert verdict_among(NO_ORPHAN_EXPOSURE, balancer, open_group()) is Verdict.FAIL
    assert verdict_among(NO_ORPHAN_EXPOSURE, balancer, closed) is Verdict.PASS
    assert verdict_among(NO_ORPHAN_EXPOSURE, balancer, open_group(id="sg-2")) is Verdict.UNDECIDED


def test_one_open_group_is_enough_to_be_open() -> None:
    balancer = example(BALANCER, "web", {"id": "arn:1", "securityGroups": ["sg-1", "sg-9"]})

    assert verdict_among(NO_ORPHAN_EXPOSURE, balancer, open_group()) is Verdict.FAIL
    assert verdict_among(NO_ORPHAN_EXPOSURE, balancer, open_group(ingress=[])) is Verdict.UNDECIDED


def test_a_web_acl_is_found_by_the_id_of_the_load_balancer() -> None:
    type_ = "aws:wafv2/webAclAssociation:WebAclAssociation"
    balancer = example(BALANCER, "web", {"id": "arn:1"})

    def verdict(arn: str) -> Verdict:
        acl = example(type_, "web", {"resourceArn": arn})
        return verdict_among(NO_ORPHAN_EXPOSURE, balancer, acl)

    assert verdict("arn:1") is Verdict.PASS
    assert verdict("arn:2") is Verdict.FAIL


def test_what_the_provider_fills_in_is_not_taken_for_what_the_program_says() -> None:
    subnet = example("aws:ec2/subnet:Subnet", "web")
    group = example(GROUP, "web", {"id": UNKNOWN_STRING, "ingress": UNKNOWN_OBJECT, "vpcId": "v"})
    made = example(
        GROUP,
        "made",
        {"id": UNKNOWN_STRING, "ingress": UNKNOWN_OBJECT, "vpcId": UNKNOWN_STRING},
        made_from={"vpcId": [subnet]},
    )

    def verdict(of: Resource) -> Verdict:
        props = {
            "id": UNKNOWN_STRING,
            "internal": UNKNOWN_STRING,
            "securityGroups": [UNKNOWN_STRING],
            "subnets": [UNKNOWN_STRING],
        }
        balancer = example(
            BALANCER, "web", props, made_from={"securityGroups": [of], "subnets": [subnet]}
        )
        return verdict_among(NO_ORPHAN_EXPOSURE, balancer, of, subnet)

    assert verdict(made) is Verdict.PASS
    assert verdict(group) is Verdict.UNDECIDED


def test_groups_nobody_gave_are_not_a_list_of_sources() -> None:
    subnet = example("aws:ec2/subnet:Subnet", "web")
    props = {"id": UNKNOWN_STRING, "internal": UNKNOWN_STRING, "securityGroups": UNKNOWN_OBJECT}
    made = example(
        BALANCER, "web", {**props, "subnets": [UNKNOWN_STRING]}, made_from={"subnets": [subnet]}
    )

    assert verdict_among(NO_ORPHAN_EXPOSURE, made, subnet) is Verdict.FAIL


def test_internal_classes_can_be_configured() -> None:
    type_ = "kubernetes:networking.k8s.io/v1:Ingress"
    ingress = example(type_, "web", {"metadata": {}, "spec": {"ingressClassName": "private"}})

    assert verdict_of(NO_ORPHAN_EXPOSURE, ingress) is Verdict.FAIL
    configured = {"internal_classes": ["private"]}
    assert verdict_of(NO_ORPHAN_EXPOSURE, ingress, configured) is Verdict.PASS


# Sizes


@pytest.mark.parametrize(
    ("type_", "props", "allowed"),
    [
        (NODE_GROUP, {"instanceTypes": ["m7i.large"]}, "dev staging prod"),
        (NODE_GROUP, {"instanceTypes": ["m7i.xlarge"]}, "staging prod"),
        (NODE_GROUP, {"instanceTypes": ["m7i.4xlarge"]}, "prod"),
        (NODE_GROUP, {"instanceTypes": ["m7i.8xlarge"]}, ""),
        (NODE_GROUP, {"scalingConfig": {"maxSize": 4}}, "staging prod"),
        (NODE_POOL, {"nodeConfig": {"machineType": "n2-standard-4"}}, "staging prod"),
        (NODE_POOL, {"nodeConfig": {"machineType": "n2-standard-8"}}, "prod"),
        (NODE_POOL, {"autoscaling": {"totalMaxNodeCount": 11}}, "prod"),
        (RDS, {"instanceClass": "db.m7g.xlarge"}, "staging prod"),
        (RDS, {"allocatedStorage": 501}, "prod"),
        (RDS, {"allocatedStorage": 4097}, ""),
    ],
)
def test_each_environment_has_sizes_of_its_own(
    type_: str, props: Mapping[str, Any], allowed: str
) -> None:
    environments: Sequence[Environment] = ("dev", "staging", "prod")
    found = [
        each
        for each in environments
        if verdict_of(SIZE_ALLOWED, example(type_, "x", props, environment=each)) is Verdict.PASS
    ]

    assert " ".join(found) == allowed


def test_sizes_can_be_configured_for_an_environment() -> None:
    group = example(NODE_GROUP, "x", {"instanceTypes": ["p5.48xlarge"]})

    assert verdict_of(SIZE_ALLOWED, group, {"prod_instance_types": ["p5.*"]}) is Verdict.PASS
    assert verdict_of(SIZE_ALLOWED, group, {"dev_instance_types": ["p5.*"]}) is Verdict.FAIL


def test_a_group_that_names_no_size_has_the_one_of_the_service() -> None:
    group = example(NODE_GROUP, "x")

    assert verdict_of(SIZE_ALLOWED, group, {"prod_instance_types": ["t3.medium"]}) is Verdict.PASS
    assert verdict_of(SIZE_ALLOWED, group, {"prod_instance_types": ["m5.*"]}) is Verdict.FAIL


def test_how_nodes_are_bought_can_be_configured() -> None:
    group = example(NODE_GROUP, "x", {"capacityType": "SPOT"})

    assert verdict_of(SIZE_ALLOWED, group, {"capacity_types": ["ON_DEMAND"]}) is Verdict.FAIL


# Costs


@pytest.mark.parametrize(
    ("type_", "props", "usd"),
    [
        ("aws:ec2/natGateway:NatGateway", {}, prices.NAT_GATEWAY),
        ("aws:ec2/vpcEndpoint:VpcEndpoint", {}, 0),
        ("aws:ec2/vpcEndpoint:VpcEndpoint", {"vpcEndpointType": "Interface"}, 8),
        (
            "aws:ec2/vpcEndpoint:VpcEndpoint",
            {"vpcEndpointType": "Interface", "subnetIds": ["a", UNKNOWN_STRING]},
            16,
        ),
        ("aws:ec2/instance:Instance", {"instanceType": "m7i.xlarge"}, 0.224 * 730),
        (
            NODE_GROUP,
            {"instanceTypes": ["t3.micro", "m5.large"], "scalingConfig": {"desiredSize": 2}},
            2 * 0.107 * 730,
        ),
        (NODE_GROUP, {"scalingConfig": {"minSize": 4}}, 4 * 0.0455 * 730),
        (
            RDS,
            {"engine": "postgres", "instanceClass": "db.m7g.large", "allocatedStorage": 100},
            0.186 * 730 + 12.7,
        ),
        (
            RDS,
            {
                "engine": "mysql",
                "instanceClass": "db.m7g.large",
                "allocatedStorage": "100",
                "multiAz": True,
            },
            2 * (0.186 * 730 + 12.7),
        ),
        ("aws:rds/cluster:Cluster", {"engine": "aurora-mysql"}, 0),
        (
            "aws:rds/cluster:Cluster",
            {"engine": "mysql", "dbClusterInstanceClass": "db.m7g.large", "allocatedStorage": 10},
            3 * (0.186 * 730 + 1.27),
        ),
        ("aws:rds/clusterInstance:ClusterInstance", {"instanceClass": "db.r7g.large"}, 0.306 * 730),
        (
            "aws:elasticache/replicationGroup:ReplicationGroup",
            {"nodeType": "cache.m7g.large", "numCacheClusters": 3, "numNodeGroups": 9},
            3 * 0.174 * 730,
        ),
        (
            "aws:elasticache/replicationGroup:ReplicationGroup",
            {"nodeType": "cache.m7g.large", "numNodeGroups": 2, "replicasPerNodeGroup": 1},
            4 * 0.174 * 730,
        ),
        (NODE_POOL, {}, 81),
        (NODE_POOL, {"nodeLocations": ["a", "b"], "initialNodeCount": 2, "nodeCount": 3}, 162),
        (NODE_POOL, {"autoscaling": {"minNodeCount": 2}}, 162),
        (NODE_POOL, {"autoscaling": {"totalMinNodeCount": 4}, "nodeCount": 9}, 108),
        (
            "gcp:compute/instance:Instance",
            {"machineType": "n2-standard-2"},
            (2 * 0.0348 + 8 * 0.0047) * 730,
        ),
        (
            "gcp:sql/databaseInstance:DatabaseInstance",
            {"settings": {"tier": "db-custom-2-8192", "diskSize": 100}},
            (2 * 0.0413 + 8 * 0.0070) * 730 + 19,
        ),
        (
            "gcp:sql/databaseInstance:DatabaseInstance",
            {"settings": {"tier": "db-f1-micro", "availabilityType": "REGIONAL"}},
            2 * (9 + 1.9),
        ),
        (
            "gcp:memorystore/instance:Instance",
            {"nodeType": "STANDARD_SMALL", "shardCount": 3, "replicaCount": 1},
            6 * 95,
        ),
        ("gcp:memorystore/instance:Instance", {"shardCount": 1}, 190),
        ("gcp:redis/instance:Instance", {"memorySizeGb": 2}, 2 * 0.049 * 730),
        ("gcp:redis/instance:Instance", {"memorySizeGb": 1, "tier": "STANDARD_HA"}, 0.064 * 730),
        (
            "aws:elasticache/replicationGroup:ReplicationGroup",
            {"nodeType": "cache.m7g.large", "numNodeGroups": 2},
            2 * 0.174 * 730,
        ),
        (
            "aws:rds/cluster:Cluster",
            {"engine": "mysql", "dbClusterInstanceClass": "db.m7g.large"},
            3 * 0.186 * 730,
        ),
        ("aws:ec2/eip:Eip", {}, 3.7),
        ("aws:eks/cluster:Cluster", {}, 73),
        ("aws:kms/key:Key", {}, 1),
        ("aws:lb/loadBalancer:LoadBalancer", {}, 18.4),
        ("aws:secretsmanager/secret:Secret", {}, 0.4),
        ("gcp:compute/routerNat:RouterNat", {}, 32),
        ("gcp:container/cluster:Cluster", {}, 73),
        (BUCKET, {}, 0),
    ],
)
def test_a_resource_costs_what_its_size_and_number_say(
    type_: str, props: Mapping[str, Any], usd: float
) -> None:
    total, unpriced = estimate(Stack([example(type_, "x", props)]))

    assert total == pytest.approx(usd)
    assert unpriced == ()


@pytest.mark.parametrize(
    ("type_", "props"),
    [
        ("aws:ec2/vpcEndpoint:VpcEndpoint", {"vpcEndpointType": UNKNOWN_STRING}),
        (
            "aws:ec2/vpcEndpoint:VpcEndpoint",
            {"vpcEndpointType": "Interface", "subnetIds": UNKNOWN_STRING},
        ),
        (NODE_GROUP, {"instanceTypes": ["m5.large", "p5.48xlarge"], "scalingConfig": {}}),
        (NODE_GROUP, {"instanceTypes": ["m5.large"], "scalingConfig": {}}),
        (
            NODE_GROUP,
            {"instanceTypes": ["m5.large", "p9.large"], "scalingConfig": {"desiredSize": 1}},
        ),
        (RDS, {"engine": "oracle-ee", "instanceClass": "db.m5.large", "allocatedStorage": 1}),
        (RDS, {"engine": "sqlserver-ex", "instanceClass": "db.m5.large", "allocatedStorage": 1}),
        (RDS, {"engine": "db2-se", "instanceClass": "db.m5.large", "allocatedStorage": 1}),
        (RDS, {"engine": "custom-oracle", "instanceClass": "db.m5.large", "allocatedStorage": 1}),
        (RDS, {"engine": UNKNOWN_STRING, "instanceClass": "db.m5.large", "allocatedStorage": 1}),
        (RDS, {"engine": "postgres", "instanceClass": "db.m5.large"}),
        ("aws:rds/cluster:Cluster", {"engine": UNKNOWN_STRING}),
        ("aws:rds/clusterInstance:ClusterInstance", {"instanceClass": UNKNOWN_STRING}),
        ("aws:rds/clusterInstance:ClusterInstance", {"instanceClass": "db.serverless"}),
        ("aws:rds/clusterInstance:ClusterInstance", {"instanceClass": "db.x9.large"}),
        ("aws:elasticache/replicationGroup:ReplicationGroup", {"nodeType": "cache.m7g.large"}),
        (NODE_POOL, {"nodeCount": UNKNOWN_STRING}),
        (NODE_POOL, {"initialNodeCount": UNKNOWN_STRING}),
        (NODE_POOL, {"autoscaling": UNKNOWN_STRING}),
        (NODE_POOL, {"nodeConfig": {"machineType": "a3-highgpu-8g"}}),
        ("gcp:compute/instance:Instance", {"machineType": "z9-standard-2"}),
        ("gcp:sql/databaseInstance:DatabaseInstance", {"settings": {"tier": "db-perf"}}),
        ("gcp:memorystore/instance:Instance", {"nodeType": "STANDARD_SMALL"}),
        ("gcp:redis/instance:Instance", {"tier": "GOLD", "memorySizeGb": 1}),
        (NODE_GROUP, {"instanceTypes": [], "scalingConfig": {"desiredSize": 1}}),
        ("aws:docdb/clusterInstance:ClusterInstance", {}),
        ("aws:ec2transitgateway/transitGateway:TransitGateway", {}),
        ("aws:elasticache/cluster:Cluster", {}),
        ("aws:elasticache/serverlessCache:ServerlessCache", {}),
        ("aws:fsx/lustreFileSystem:LustreFileSystem", {}),
        ("aws:memorydb/cluster:Cluster", {}),
        ("aws:mq/broker:Broker", {}),
        ("aws:msk/cluster:Cluster", {}),
        ("aws:msk/serverlessCluster:ServerlessCluster", {}),
        ("aws:neptune/clusterInstance:ClusterInstance", {}),
        ("aws:opensearch/domain:Domain", {}),
        ("aws:redshift/cluster:Cluster", {}),
        ("gcp:alloydb/instance:Instance", {}),
        ("gcp:bigtable/instance:Instance", {}),
        ("gcp:filestore/instance:Instance", {}),
        ("gcp:redis/cluster:Cluster", {}),
        ("gcp:spanner/instance:Instance", {}),
    ],
)
def test_what_cannot_be_priced_is_named_and_never_free(
    type_: str, props: Mapping[str, Any]
) -> None:
    resource = example(type_, "x", props)

    assert estimate(Stack([resource])) == (0, (type_,))
    assert verdict_among(COST_GUARD, ROOT, resource) is Verdict.UNDECIDED


def test_a_serverless_instance_costs_the_most_its_cluster_lets_it_grow_to() -> None:
    key = example("aws:s3/bucket:Bucket", "orders")
    cluster = example(
        "aws:rds/cluster:Cluster",
        "orders",
        {"engine": "aurora", "serverlessv2ScalingConfiguration": {"maxCapacity": 2}},
    )
    instance = example(
        "aws:rds/clusterInstance:ClusterInstance",
        "orders",
        {"instanceClass": "db.serverless", "clusterIdentifier": UNKNOWN_STRING},
        made_from={"clusterIdentifier": [key, cluster]},
    )

    total, unpriced = estimate(Stack([cluster, instance, key]))
    assert total == pytest.approx(2 * 0.14 * 730)
    assert unpriced == ()


def test_a_number_of_nodes_that_the_provider_fills_in_is_not_the_one_asked_for() -> None:
    cluster = example("gcp:container/cluster:Cluster", "x")
    props = {"cluster": UNKNOWN_STRING, "nodeCount": UNKNOWN_STRING, "initialNodeCount": 1}
    pool = example(NODE_POOL, "x", props, made_from={"cluster": [cluster]})

    total, unpriced = estimate(Stack([pool]))
    assert total == pytest.approx(3 * 27)
    assert unpriced == ()


@pytest.mark.parametrize(("budget", "verdict"), [(34, Verdict.FAIL), (35, Verdict.PASS)])
def test_a_stack_may_cost_its_whole_budget_and_no_more(budget: int, verdict: Verdict) -> None:
    gateway = example("aws:ec2/natGateway:NatGateway", "x")

    assert verdict_among(COST_GUARD, ROOT, gateway, configured={"prod_usd": budget}) is verdict
    others = {"dev_usd": 0, "staging_usd": 0}
    assert verdict_among(COST_GUARD, ROOT, gateway, configured=others) is Verdict.PASS


def test_the_message_about_costs_tells_the_sum_and_what_it_leaves_out() -> None:
    resources = [
        ROOT,
        example("aws:ec2/natGateway:NatGateway", "x"),
        example("aws:redshift/cluster:Cluster", "x"),
    ]
    (found,) = judge_stack(COST_GUARD, resources, {"prod_usd": 5})

    assert "costs about 35 USD a month, 30 above its budget" in found.message
    assert "not priced: aws:redshift/cluster:Cluster" in found.message


# Limits


def test_a_stack_may_have_as_many_resources_as_allowed_and_no_more() -> None:
    queues = [example("aws:sqs/queue:Queue", f"queue-{index}") for index in range(3)]

    def verdict(**limits: int) -> Verdict:
        return verdict_among(RESOURCE_CEILING, ROOT, *queues, configured=limits)

    assert verdict(resources=4, resources_of_a_type=3) is Verdict.PASS
    assert verdict(resources=3) is Verdict.FAIL
    assert verdict(resources_of_a_type=2) is Verdict.FAIL


@pytest.mark.parametrize(("count", "verdict"), [(999, Verdict.PASS), (1000, Verdict.FAIL)])
def test_a_thousand_resources_are_enough(count: int, verdict: Verdict) -> None:
    others = [example(f"aws:sqs/queue:Queue{index % 9}", f"q-{index}") for index in range(count)]

    assert verdict_among(RESOURCE_CEILING, ROOT, *others) is verdict


@pytest.mark.parametrize(
    "type_", ["aws:cloudformation/stack:Stack", "aws:cloudformation/stackSet:StackSet"]
)
def test_what_makes_resources_of_its_own_is_not_counted_for_one(type_: str) -> None:
    assert verdict_among(RESOURCE_CEILING, ROOT, example(type_, "x")) is Verdict.UNDECIDED


def test_the_message_says_which_type_there_is_too_much_of() -> None:
    queues = [example("aws:sqs/queue:Queue", f"queue-{index}") for index in range(3)]
    limits = {"resources": 2, "resources_of_a_type": 2}
    (found,) = judge_stack(RESOURCE_CEILING, [ROOT, *queues], limits)

    assert "has 4 resources; 2 are allowed" in found.message
    assert "has 3 resources of aws:sqs/queue:Queue; 2 are allowed" in found.message


def budget_after(
    open_: Mapping[str, int], environment: Environment = "prod", **limits: int
) -> Verdict:
    """The verdict once containers and keys left rules undecided."""
    panel = Judge([UNKNOWN_BUDGET, NO_PRIVILEGED, ROTATION], {UNKNOWN_BUDGET.id: limits})
    for index in range(open_.get("critical", 0)):
        props = {"privileged": UNKNOWN_STRING}
        panel.resource(example(CONTAINER, f"web-{index}", props, environment=environment))
    for index in range(open_.get("medium", 0)):
        props = {"enableKeyRotation": UNKNOWN_STRING}
        panel.resource(example("aws:kms/key:Key", f"key-{index}", props, environment=environment))
    found = panel.stack([example(STACK, "example", environment=environment)])
    return found[0].verdict if found else Verdict.NOT_APPLICABLE


def test_as_many_pairs_may_be_undecided_as_the_budget_has() -> None:
    assert budget_after({}, critical=0, high=0) is Verdict.PASS
    assert budget_after({"critical": 2}, critical=2) is Verdict.PASS
    assert budget_after({"critical": 3}, critical=2) is Verdict.FAIL
    assert budget_after({"medium": 30}) is Verdict.PASS
    assert budget_after({"critical": 10}) is Verdict.PASS
    assert budget_after({"critical": 11}) is Verdict.FAIL


def test_undecided_pairs_are_limited_in_production_only() -> None:
    assert budget_after({"critical": 11}, "staging") is Verdict.NOT_APPLICABLE
    assert budget_after({"critical": 11}, "dev") is Verdict.NOT_APPLICABLE


def test_pairs_of_high_severity_have_a_budget_of_their_own() -> None:
    def verdict(count: int, **limits: int) -> Verdict:
        panel = Judge([UNKNOWN_BUDGET, PROTECT_STATEFUL], {UNKNOWN_BUDGET.id: limits})
        for index in range(count):
            props = {"deletionProtection": UNKNOWN_STRING}
            panel.resource(example(RDS, f"orders-{index}", props))
        (found,) = panel.stack([ROOT])
        return found.verdict

    assert verdict(1, high=1) is Verdict.PASS
    assert verdict(2, high=1) is Verdict.FAIL
    assert verdict(25) is Verdict.PASS
    assert verdict(26) is Verdict.FAIL


# Observability


def workload(image: str) -> Resource:
    spec = {"template": {"spec": {"containers": [{"image": image}]}}}
    return example("kubernetes:apps/v1:StatefulSet", image, {"spec": spec})


METRICS, LOGS, ALERTS = workload("prometheus"), workload("loki"), workload("alertmanager")


@pytest.mark.parametrize(
    ("program", "others"),
    [
        *(
            (each, (LOGS, ALERTS))
            for each in (
                "thanos",
                "mimir",
                "victoria-metrics",
                "victoria-metrics-single",
                "vmstorage",
                "cortex",
            )
        ),
        *(
            (each, (METRICS, ALERTS))
            for each in (
                "loki-stack",
                "aws-for-fluent-bit",
                "fluentd",
                "vector",
                "promtail",
                "filebeat",
                "opensearch",
            )
        ),
        ("vmalert", (METRICS, LOGS)),
        ("alloy", (ALERTS,)),
        ("amazon-cloudwatch-observability", (ALERTS,)),
        ("kube-prometheus-stack", (LOGS,)),
        ("datadog", ()),
        ("datadog-operator", ()),
    ],
)
def test_each_program_is_recognised_by_its_image_and_does_what_it_does(
    program: str, others: tuple[Resource, ...]
) -> None:
    cluster = example(EKS, "apps")
    image = workload(f"registry.example.com:5000/Tools/{program.title()}:v1@sha256:00")

    assert verdict_among(OBSERVABILITY_PRESENT, cluster, image, *others) is Verdict.PASS
    for left_out in others:
        rest = [each for each in others if each is not left_out]
        assert verdict_among(OBSERVABILITY_PRESENT, cluster, image, *rest) is Verdict.FAIL
    if not others:
        assert verdict_among(OBSERVABILITY_PRESENT, cluster) is Verdict.FAIL


@pytest.mark.parametrize(
    ("type_", "missing"),
    [
        ("aws:amp/workspace:Workspace", (LOGS, ALERTS)),
        ("aws:amp/alertManagerDefinition:AlertManagerDefinition", (METRICS, LOGS)),
        ("aws:cloudwatch/metricAlarm:MetricAlarm", (METRICS, LOGS)),
        ("gcp:monitoring/alertPolicy:AlertPolicy", (METRICS, LOGS)),
    ],
)
def test_services_of_a_cloud_count(type_: str, missing: tuple[Resource, ...]) -> None:
    service, cluster = example(type_, "watch"), example(EKS, "apps")

    assert verdict_among(OBSERVABILITY_PRESENT, cluster, service, *missing) is Verdict.PASS
    assert verdict_among(OBSERVABILITY_PRESENT, cluster, service, missing[0]) is Verdict.FAIL


def test_an_unknown_image_decides_nothing_that_is_known_already() -> None:
    cluster, unknown = example(EKS, "apps"), workload(UNKNOWN_STRING)

    def verdict(*others: Resource) -> Verdict:
        return verdict_among(OBSERVABILITY_PRESENT, cluster, unknown, *others)

    assert verdict(METRICS, LOGS, ALERTS) is Verdict.PASS
    assert verdict(METRICS, LOGS) is Verdict.UNDECIDED
    everything = [cluster, METRICS, LOGS, ALERTS, unknown]
    assert verdict_among(OBSERVABILITY_PRESENT, *everything) is Verdict.PASS


@pytest.mark.parametrize(
    "label", ["app.kubernetes.io/name", "app.kubernetes.io/component", "app", "k8s-app"]
)
def test_a_label_and_an_image_both_count(label: str) -> None:
    template = {
        "metadata": {"labels": {label: "prometheus"}},
        "spec": {"containers": [{"image": "loki"}]},
    }
    both = example("kubernetes:apps/v1:DaemonSet", "both", {"spec": {"template": template}})

    found = verdict_among(OBSERVABILITY_PRESENT, example(EKS, "apps"), both, ALERTS)
    assert found is Verdict.PASS


@pytest.mark.parametrize("version", ["v3:Release", "v4:Chart"])
def test_charts_count_in_both_versions(version: str) -> None:
    chart = example(f"kubernetes:helm.sh/{version}", "watch", {"chart": "datadog"})

    found = verdict_among(OBSERVABILITY_PRESENT, example(EKS, "apps"), chart)
    assert found is Verdict.PASS


@pytest.mark.parametrize("name", ["acme/monitoring/prod", "observability"])
def test_a_stack_that_watches_others_has_one_of_these_names(name: str) -> None:
    reference = example(REFERENCE, "watch", {"name": name})

    found = verdict_among(OBSERVABILITY_PRESENT, example(EKS, "apps"), reference)
    assert found is Verdict.PASS


def test_clusters_are_watched_in_production_only() -> None:
    for environment, verdict in (
        ("dev", Verdict.NOT_APPLICABLE),
        ("staging", Verdict.NOT_APPLICABLE),
        ("prod", Verdict.FAIL),
    ):
        assert verdict_among(OBSERVABILITY_PRESENT, in_stack(environment, EKS)) is verdict


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("acme/watch/prod", Verdict.PASS),
        ("acme/core/watch", Verdict.PASS),
        ("acme/eyes/prod", Verdict.PASS),
        ("watch", Verdict.PASS),
        ("acme/watchers/prod", Verdict.FAIL),
    ],
)
def test_the_stacks_that_watch_others_can_be_configured(name: str, verdict: Verdict) -> None:
    reference = example(REFERENCE, "watch", {"name": name})
    configured = {"stacks": ["watch", "acme/eyes/prod"]}

    found = verdict_among(
        OBSERVABILITY_PRESENT, example(EKS, "apps"), reference, configured=configured
    )
    assert found is verdict
