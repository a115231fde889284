"""AWS databases and caches: ids, ARNs, replacements and computed outputs.

Source: the resource schemas of hashicorp/terraform-provider-aws 6 (ForceNew, RequiresReplace) and
``provider/resource_overrides.go`` of pulumi/pulumi-aws 7 (names), checked 2026-11-21; Aurora and
ElastiCache are written from memory.
"""

from __future__ import annotations

from typing import Final

from rehearsal.facts.aws_forms import engine_port, keyed, managed_secret, named
from rehearsal.facts.fact import Facts, Making, Recipe


def _nodes(making: Making) -> list[str]:
    count = int(making.inputs.get("numCacheClusters") or 1)
    group = making.inputs.get("replicationGroupId")
    shards = making.inputs.get("numNodeGroups")
    if shards is None:
        return [f"{group}-{number:03}" for number in range(1, count + 1)]
    each = int(making.inputs.get("replicasPerNodeGroup") or 0) + 1
    return [
        f"{group}-{shard:04}-{number:03}"
        for shard in range(1, int(shards) + 1)
        for number in range(1, each + 1)
    ]


def _is_sharded(making: Making) -> bool:
    return (
        making.inputs.get("numNodeGroups") is not None
        or making.inputs.get("clusterMode") == "enabled"
    )


def _cache_host(role: str, *, sharded: bool) -> Recipe:
    """The endpoint of a cache; TLS moves the role to the front of its name."""

    def host(making: Making) -> str:
        if _is_sharded(making) is not sharded:
            return ""
        place = making.text("{alpha6}.{region}.cache.amazonaws.com", "place")
        group = making.inputs.get("replicationGroupId")
        if making.inputs.get("transitEncryptionEnabled") is True:
            return f"{role}.{group}.{place}"
        return {
            "clustercfg": f"{group}.{place.replace('.', '.clustercfg.', 1)}",
            "master": f"{group}.{place.replace('.', '.ng.0001.', 1)}",
            "replica": f"{group}-ro.{place.replace('.', '.ng.0001.', 1)}",
        }[role]

    return host


def _cluster_host(infix: str) -> Recipe:
    def host(making: Making) -> str:
        suffix = making.text("{alpha12}.{region}.rds.amazonaws.com", "suffix")
        return f"{making.inputs.get('clusterIdentifier')}.{infix}-{suffix}"

    return host


_INSTANCE: Final[dict[str, Recipe]] = {
    "port": engine_port,
    "hostedZoneId": "Z{HEX13}",
    "endpoint": lambda making: making.text("{address}:{port}", "endpoint"),
    "masterUserSecrets": lambda making: managed_secret(making, "db"),
    "masterUserSecretKmsKeyId": "",
    "engineVersionActual": "{engineVersion}",
    "kmsKeyId": "",
    "availabilityZone": "{region}a",
    "caCertIdentifier": "rds-ca-rsa2048-g1",
    "networkType": "IPV4",
    "storageType": "gp3",
    "licenseModel": "postgresql-license",
    "engineLifecycleSupport": "open-source-rds-extended-support",
    "backupWindow": "03:00-03:30",
    "maintenanceWindow": "sun:04:00-sun:04:30",
    "status": "available",
    "characterSetName": "",
    "listenerEndpoints": [],
    "replicas": [],
    "replicaMode": "",
    "resourceId": "{id}",
    "performanceInsightsKmsKeyId": "",
    "timezone": "",
    "optionGroupName": "default:{engine}-{engineVersion}",
}
DATA: Final = {
    "aws:rds/instance:Instance": Facts(
        id="db-{HEX26}",
        outputs={
            "arn": "arn:aws:rds:{region}:{account}:db:{identifier}",
            "address": "{identifier}.{alpha12}.{region}.rds.amazonaws.com",
            **_INSTANCE,
        },
        replaces=(
            "availabilityZone",
            "backupTarget",
            "characterSetName",
            "dbName",
            "engine",
            "kmsKeyId",
            "ncharCharacterSetName",
            "region",
            "restoreToPointInTime",
            "s3Import",
            "snapshotIdentifier",
            "storageEncrypted",
            "timezone",
            "username",
        ),
        name="identifier",
        name_limit=63,
    ),
    "aws:rds/subnetGroup:SubnetGroup": named(
        "rds", "subgrp:{name}", supportedNetworkTypes=["IPV4"], vpcId="vpc-0{hex16}"
    ),
    "aws:rds/parameterGroup:ParameterGroup": named("rds", "pg:{name}", "family", "description"),
    "aws:rds/clusterParameterGroup:ClusterParameterGroup": named(
        "rds", "cluster-pg:{name}", "family", "description"
    ),
    "aws:rds/cluster:Cluster": keyed(
        "rds",
        "clusterIdentifier",
        "cluster:{clusterIdentifier}",
        "availabilityZones",
        "clusterIdentifierPrefix",
        "databaseName",
        "dbSubnetGroupName",
        "engine",
        "engineMode",
        "kmsKeyId",
        "masterUsername",
        "restoreToPointInTime",
        "s3Import",
        "snapshotIdentifier",
        "sourceRegion",
        "storageEncrypted",
        name_limit=63,
        defaults={"copyTagsToSnapshot": False, "skipFinalSnapshot": False},
        caCertificateIdentifier="rds-ca-rsa2048-g1",
        dbSystemId="",
        clusterResourceId="cluster-{HEX26}",
        endpoint=_cluster_host("cluster"),
        engineLifecycleSupport="open-source-rds-extended-support",
        engineVersionActual="{engineVersion}",
        hostedZoneId="Z{HEX13}",
        kmsKeyId="",
        masterUserSecrets=lambda making: managed_secret(making, "cluster"),
        masterUserSecretKmsKeyId="",
        monitoringRoleArn="",
        networkType="IPV4",
        performanceInsightsKmsKeyId="",
        port=engine_port,
        readerEndpoint=_cluster_host("cluster-ro"),
        storageEncrypted=False,
        storageType="",
    ),
    "aws:rds/clusterInstance:ClusterInstance": keyed(
        "rds",
        "identifier",
        "db:{identifier}",
        "availabilityZone",
        "clusterIdentifier",
        "dbSubnetGroupName",
        "engine",
        "identifierPrefix",
        name_limit=63,
        defaults={"copyTagsToSnapshot": False, "monitoringInterval": 0},
        availabilityZone="{region}a",
        caCertIdentifier="rds-ca-rsa2048-g1",
        dbiResourceId="db-{HEX26}",
        endpoint="{identifier}.{alpha12}.{region}.rds.amazonaws.com",
        engineVersionActual="{engineVersion}",
        kmsKeyId="",
        monitoringRoleArn="",
        networkType="IPV4",
        performanceInsightsKmsKeyId="",
        port=engine_port,
        storageEncrypted=True,
    ),
    "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication": Facts(
        id="arn:aws:rds:{region}:{account}:auto-backup:ab-{alpha26}",
        replaces=("*",),
        name="",
        single=True,
        defaults={"retentionPeriod": 7},
    ),
    "aws:elasticache/replicationGroup:ReplicationGroup": keyed(
        "elasticache",
        "replicationGroupId",
        "replicationgroup:{replicationGroupId}",
        "atRestEncryptionEnabled",
        "dataTieringEnabled",
        "globalReplicationGroupId",
        "kmsKeyId",
        "networkType",
        "port",
        "preferredCacheClusterAzs",
        "securityGroupNames",
        "snapshotArns",
        "snapshotName",
        "subnetGroupName",
        name_limit=40,
        clusterEnabled=_is_sharded,
        configurationEndpointAddress=_cache_host("clustercfg", sharded=True),
        engineVersionActual="{engineVersion}",
        globalReplicationGroupId="",
        ipDiscovery="ipv4",
        memberClusters=_nodes,
        networkType="ipv4",
        primaryEndpointAddress=_cache_host("master", sharded=False),
        readerEndpointAddress=_cache_host("replica", sharded=False),
    ),
    "aws:elasticache/user:User": keyed(
        "elasticache", "userId", "user:{userId}", "userName", name_limit=40
    ),
    "aws:elasticache/userGroup:UserGroup": keyed(
        "elasticache", "userGroupId", "usergroup:{userGroupId}", name_limit=40
    ),
    "aws:elasticache/parameterGroup:ParameterGroup": Facts(
        id="{name}",
        outputs={
            "arn": "arn:aws:elasticache:{region}:{account}:parametergroup:{name}",
            "description": "Managed by Pulumi",
        },
        replaces=("description", "family", "name", "region"),
    ),
    "aws:elasticache/subnetGroup:SubnetGroup": Facts(
        id="{name}",
        outputs={
            "arn": "arn:aws:elasticache:{region}:{account}:subnetgroup:{name}",
            "description": "Managed by Pulumi",
            "vpcId": "vpc-0{hex16}",
        },
        replaces=("name", "region"),
    ),
}
