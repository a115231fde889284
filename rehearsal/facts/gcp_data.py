"""Google Cloud data services: Cloud SQL, Memorystore, Cloud Storage, registries, secrets, topics.

Source: the resource schemas of hashicorp/terraform-provider-google 7 (``ForceNew``, ``Default``,
ids), checked 2026-11-21; the shapes of computed values are those of the API documentation.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rehearsal.facts.fact import Facts, Making
from rehearsal.facts.gcp_forms import certificate, member, named, numbered, project_number

_SQL: Final = "https://sqladmin.googleapis.com/sql/v1beta4/projects/{project}/instances"
_VALKEY_PORT: Final = 6379


def _inner(value: Any, *names: str) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _addressing(making: Making) -> Any:
    return _inner(making.inputs, "settings", "ipConfiguration")


def _private(making: Making) -> str:
    inside = _inner(_addressing(making), "privateNetwork")
    return making.text("10.{octet}.0.{octet}", "private") if inside else ""


def _public(making: Making) -> str:
    outside = _inner(_addressing(making), "ipv4Enabled") is not False
    return making.text("34.{octet}.{octet}.{octet}", "public") if outside else ""


def _addresses(making: Making) -> list[dict[str, str]]:
    found = {"PRIMARY": _public(making), "PRIVATE": _private(making)}
    return [
        {"ipAddress": address, "timeToRetire": "", "type": kind}
        for kind, address in found.items()
        if address
    ]


def _attachment(making: Making) -> str:
    if _inner(_addressing(making), "pscConfigs") is None:
        return ""
    return making.text("projects/{hex20}-tp/regions/{region}/serviceAttachments/a-{hex12}", "psc")


def _authorities(making: Making) -> list[dict[str, Any]]:
    return [
        {
            "cert": certificate("ca")(making),
            "commonName": "C=US,O=Google\\, Inc,CN=Google Cloud SQL Server CA",
            "createTime": "2026-01-01T00:00:00Z",
            "expirationTime": "2036-01-01T00:00:00Z",
            "sha1Fingerprint": making.text("{hex40}", "fingerprint"),
        }
    ]


def _consumers(making: Making) -> list[str]:
    """Networks in which an instance of Memorystore wants an endpoint."""
    wanted = making.inputs.get("desiredAutoCreatedEndpoints") or making.inputs.get(
        "desiredPscAutoConnections"
    )
    return [str(_inner(each, "network")) for each in wanted or []]


def _connection_types(making: Making) -> tuple[str, ...]:
    """What the connections of an instance of Memorystore lead to."""
    if making.inputs.get("mode") == "CLUSTER_DISABLED":
        return "CONNECTION_TYPE_PRIMARY", "CONNECTION_TYPE_READER"
    return ("CONNECTION_TYPE_DISCOVERY",)


def _connections(making: Making) -> list[dict[str, Any]]:
    return [
        {
            "connectionType": kind,
            "forwardingRule": making.text(
                "https://www.googleapis.com/compute/v1/projects/{project}/regions/{location}/"
                "forwardingRules/sca-auto-fr-{uuid}",
                f"{number} {kind}",
            ),
            "ipAddress": making.text("10.{octet}.{octet}.{octet}", f"{number} {kind}"),
            "network": network,
            "port": _VALKEY_PORT,
            "projectId": making.text("{project}", kind),
            "pscConnectionId": making.text("{digits17}", f"{number} {kind}"),
            "serviceAttachment": making.text(
                "projects/{digits12}/regions/{location}/serviceAttachments/gcp-memorystore-auto-"
                "{hex8}-psc-sa",
                f"{number} {kind}",
            ),
        }
        for number, network in enumerate(_consumers(making))
        for kind in _connection_types(making)
    ]


def _endpoints(making: Making) -> list[dict[str, Any]]:
    connections = [{"pscAutoConnection": connection} for connection in _connections(making)]
    return [{"connections": connections}] if connections else []


def _discovery(making: Making) -> list[dict[str, Any]]:
    return [
        {"address": each["ipAddress"], "network": each["network"], "port": each["port"]}
        for each in _connections(making)
        if each["connectionType"] == "CONNECTION_TYPE_DISCOVERY"
    ]


def _bucket_project(making: Making) -> int:
    return int(project_number(making.text("{project}", "project")))


_REGISTRY: Final = "projects/{project}/locations/{location}/repositories/{repositoryId}"

DATA: Final = {
    "gcp:sql/databaseInstance:DatabaseInstance": named(
        "projects/{project}/instances/{name}",
        "encryptionKeyName",
        "region",
        "replicaConfiguration.failoverTarget",
        name_limit=98,
        defaults={"deletionProtection": True},
        connectionName="{project}:{region}:{name}",
        dnsName="{hex12}.{alpha13}.{region}.sql.goog.",
        dnsNames=[],
        firstIpAddress=lambda making: _public(making) or _private(making),
        instanceType="CLOUD_SQL_INSTANCE",
        ipAddresses=_addresses,
        maintenanceVersion="",
        privateIpAddress=_private,
        pscServiceAttachmentLink=_attachment,
        publicIpAddress=_public,
        selfLink=f"{_SQL}/{{name}}",
        serverCaCerts=_authorities,
        serviceAccountEmailAddress=numbered(
            "p{number}-{alpha6}@gcp-sa-cloud-sql.iam.gserviceaccount.com"
        ),
    ),
    "gcp:sql/database:Database": named(
        "projects/{project}/instances/{instance}/databases/{name}",
        charset="UTF8",
        collation="en_US.UTF8",
        selfLink=f"{_SQL}/{{instance}}/databases/{{name}}",
    ),
    "gcp:sql/user:User": named(
        "{name}/{host}/{instance}",
        "project",
        "type",
        unique_in=("project", "instance", "host"),
        host="",
        iamEmail="",
        sqlServerUserDetails=[],
    ),
    "gcp:memorystore/instance:Instance": named(
        "projects/{project}/locations/{location}/instances/{instanceId}",
        "authorizationMode",
        "desiredAutoCreatedEndpoints",
        "desiredPscAutoConnections",
        "gcsSource",
        "kmsKey",
        "managedBackupSource",
        "mode",
        "serverCaMode",
        "serverCaPool",
        "transitEncryptionMode",
        "zoneDistributionConfig",
        named_by="instanceId",
        defaults={"deletionProtectionEnabled": True},
        authorizationMode="AUTH_DISABLED",
        discoveryEndpoints=_discovery,
        endpoints=_endpoints,
        engineVersion="VALKEY_8_0",
        maintenanceSchedules=[],
        managedServerCas=lambda making: [
            {"caCerts": [{"certificates": [certificate("ca")(making)]}]}
        ],
        mode="CLUSTER",
        name="{id}",
        nodeType="HIGHMEM_MEDIUM",
        pscAutoConnections=lambda making: [
            {**connection, "pscConnectionStatus": "ACTIVE"} for connection in _connections(making)
        ],
        replicaCount=0,
        state="ACTIVE",
        transitEncryptionMode="TRANSIT_ENCRYPTION_DISABLED",
        uid="{uuid}",
    ),
    "gcp:storage/bucket:Bucket": named(
        "{name}",
        "enableObjectRetention",
        "hierarchicalNamespace",
        "location",
        "project",
        defaults={"forceDestroy": False, "storageClass": "STANDARD"},
        projectNumber=_bucket_project,
        publicAccessPrevention="inherited",
        rpo="DEFAULT",
        selfLink="https://www.googleapis.com/storage/v1/b/{name}",
        uniformBucketLevelAccess=False,
        url="gs://{name}",
    ),
    "gcp:storage/bucketIAMMember:BucketIAMMember": member("b/{bucket}"),
    "gcp:artifactregistry/repository:Repository": named(
        _REGISTRY,
        "format",
        "kmsKeyName",
        "mode",
        "remoteRepositoryConfig",
        named_by="repositoryId",
        defaults={"mode": "STANDARD_REPOSITORY"},
        location="{region}",
        name="{repositoryId}",
        registryUri="{location}-docker.pkg.dev/{project}/{repositoryId}",
    ),
    "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember": member(
        "projects/{project}/locations/{location}/repositories/{repository}"
    ),
    "gcp:secretmanager/secret:Secret": named(
        "projects/{project}/secrets/{secretId}",
        "replication",
        "tags",
        named_by="secretId",
        name_limit=255,
        effectiveAnnotations={},
        expireTime="",
        name=numbered("projects/{number}/secrets/{secretId}"),
    ),
    "gcp:secretmanager/secretIamMember:SecretIamMember": member(
        "projects/{project}/secrets/{secretId}"
    ),
    "gcp:secretmanager/secretVersion:SecretVersion": Facts(
        id="{secret}/versions/1{digits3}",
        outputs={
            "destroyTime": "",
            "name": "{id}",
            "version": lambda m: m.text("{id}", "v").rpartition("/")[2],
        },
        replaces=("isSecretDataBase64", "secret", "secretData", "secretDataWoVersion"),
        name="",
        defaults={"enabled": True},
    ),
    "gcp:pubsub/topic:Topic": named("projects/{project}/topics/{name}", "tags", name_limit=255),
    "gcp:pubsub/topicIAMMember:TopicIAMMember": member("projects/{project}/topics/{topic}"),
}
