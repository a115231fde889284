"""ElastiCache: encrypted, private, and opened by IAM alone."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from components.cache import AwsCacheRef, CacheSpec, Size
from components.cache.machines import ENGINE_VERSION, NODE_TYPE
from components.environment import Environment
from rehearsal.plugin import Recording, record
from tests.components.variants import ACCOUNT, OWNERSHIP, ZONES
from tests.components.variants_cache import aws_cache, cache_outputs

GROUP = "aws:elasticache/replicationGroup:ReplicationGroup"
RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
USER = "aws:elasticache/user:User"


@cache
def recorded(environment: Environment = Environment.PROD, **asked: Any) -> Recording:
    return record(lambda: cache_outputs(aws_cache(environment, **asked)))


def group(environment: Environment = Environment.PROD, **asked: Any) -> dict[str, Any]:
    return dict(recorded(environment, **asked).only(GROUP).inputs)


def test_it_is_encrypted_at_rest_with_the_data_key_and_always_on_the_way() -> None:
    assert group()["atRestEncryptionEnabled"] is True
    assert group()["kmsKeyId"].endswith("key/data")
    assert group()["transitEncryptionEnabled"] is True
    assert group()["transitEncryptionMode"] == "required"


def test_its_one_user_logs_in_with_an_iam_token() -> None:
    user = recorded().only(USER).inputs
    users = recorded().only("aws:elasticache/userGroup:UserGroup").inputs

    assert user["authenticationMode"] == {"type": "iam"}
    assert user["userId"] == user["userName"]
    assert user["accessString"].startswith("on ~* &* +@all -@dangerous")
    assert users["userIds"] == [user["userId"]]
    assert group()["userGroupIds"] == [users["userGroupId"]]


def test_there_is_no_password_anywhere() -> None:
    found = [
        name
        for each in recorded().resources
        for name in each.inputs
        if "password" in name.lower() or "authtoken" in name.lower()
    ]

    assert found == []


def test_it_lives_in_the_data_subnets() -> None:
    subnets = recorded().only("aws:elasticache/subnetGroup:SubnetGroup")

    assert subnets.inputs["subnetIds"] == [f"subnet-data-{zone}" for zone in ZONES]


def test_without_named_clients_the_network_may_connect_to_the_one_port() -> None:
    rule = recorded().only(RULE)

    assert rule.name == "sessions-from-network"
    assert rule.inputs["cidrIpv4"] == "10.20.0.0/16"
    assert (rule.inputs["fromPort"], rule.inputs["toPort"]) == (6379, 6379)


def test_named_clients_alone_may_connect() -> None:
    program = record(lambda: cache_outputs(aws_cache(Environment.DEV, clients={"api": "sg-0a"})))
    rule = program.only(RULE)

    assert rule.name == "sessions-from-api"
    assert rule.inputs["referencedSecurityGroupId"] == "sg-0a"
    assert "cidrIpv4" not in rule.inputs


@pytest.mark.parametrize(
    ("environment", "servers", "over", "days"),
    [
        (Environment.DEV, 1, False, 7),
        (Environment.STAGING, 2, True, 14),
        (Environment.PROD, 3, True, 35),
    ],
)
def test_each_environment_is_kept_as_available_as_it_must_be(
    environment: Environment, servers: int, over: bool, days: int
) -> None:
    found = group(environment)

    assert found["numCacheClusters"] == servers
    assert found["automaticFailoverEnabled"] is over
    assert found["multiAzEnabled"] is over
    assert found["snapshotRetentionLimit"] == days


def test_its_logs_go_to_encrypted_groups() -> None:
    groups = {each.inputs["name"]: each.inputs for each in recorded().of(LOG_GROUP)}
    sent = {each["logType"]: each["destination"] for each in group()["logDeliveryConfigurations"]}

    assert sent.keys() == {"engine-log", "slow-log"}
    assert set(sent.values()) == groups.keys()
    assert all(each["kmsKeyId"].endswith("key/logs") for each in groups.values())
    assert {each["retentionInDays"] for each in groups.values()} == {365}


def test_a_full_cache_drops_what_was_asked() -> None:
    parameters = recorded(eviction="volatile-ttl").only(
        "aws:elasticache/parameterGroup:ParameterGroup"
    )

    assert parameters.inputs["parameters"] == [
        {"name": "maxmemory-policy", "value": "volatile-ttl"}
    ]
    assert parameters.inputs["family"] == "valkey9"


def test_every_version_and_size_has_an_engine_and_a_machine() -> None:
    bounds = CacheSpec.model_json_schema()["properties"]["version"]

    assert set(ENGINE_VERSION["aws"]) == set(range(bounds["minimum"], bounds["maximum"] + 1))
    assert NODE_TYPE["aws"].keys() == set(Size)


def test_upgrades_are_small_and_wait_for_their_window() -> None:
    assert group()["autoMinorVersionUpgrade"] is True
    assert group()["applyImmediately"] is False
    assert group()["maintenanceWindow"] == "sun:04:00-sun:05:00"
    assert group()["snapshotWindow"] == "02:00-03:00"


def test_a_protected_cache_leaves_a_last_snapshot_with_a_name_of_its_own() -> None:
    first, second = group(), group(generation=2)

    assert first["replicationGroupId"] != second["replicationGroupId"]
    assert first["finalSnapshotIdentifier"] != second["finalSnapshotIdentifier"]
    assert first["finalSnapshotIdentifier"].startswith("final-")
    assert len(first["finalSnapshotIdentifier"]) <= 40
    assert "finalSnapshotIdentifier" not in group(Environment.DEV)


def test_names_fit_what_elasticache_takes() -> None:
    assert len(group()["replicationGroupId"]) <= 40
    assert len(recorded().only(USER).inputs["userId"]) <= 40


def test_reads_have_an_address_of_their_own_where_there_are_replicas() -> None:
    assert recorded().outputs["reader_host"] != recorded().outputs["host"]
    assert "reader_host" not in recorded(Environment.DEV).outputs


def test_it_says_that_the_service_refuses_no_deletion() -> None:
    root = recorded().only("plinth:cache:AwsCache").component_outputs or {}

    assert [each.split(":")[0] for each in root["unhonoured"]] == ["protected"]


def test_it_bears_the_tags_of_its_owner_and_how_secret_its_data_is() -> None:
    tags = group(data_class="restricted")["tags"]

    assert tags["Owner"] == OWNERSHIP.owner
    assert tags["DataClass"] == "restricted"


def test_whoever_connects_finds_the_cache_its_user_and_its_door() -> None:
    def program() -> dict[str, Any]:
        ref = aws_cache(Environment.DEV).ref
        assert isinstance(ref, AwsCacheRef)
        return {"group": ref.group_arn, "user": ref.user_arn, "firewall": ref.firewall_id}

    found = record(program).outputs

    assert found["group"].startswith(f"arn:aws:elasticache:eu-west-1:{ACCOUNT}:replicationgroup:")
    assert found["user"].startswith(f"arn:aws:elasticache:eu-west-1:{ACCOUNT}:user:")
    assert found["firewall"].startswith("sg-")
