"""Google Cloud keys, identities, permissions and logs.

Source: the resource schemas of hashicorp/terraform-provider-google 7 (``ForceNew``, ``Default``,
ids), checked 2026-11-21; the addresses of service agents are those of the IAM documentation.
"""

from __future__ import annotations

from typing import Any, Final

from rehearsal.facts.fact import Facts, Making
from rehearsal.facts.gcp_forms import member, named, numbered

# Where a service's agent lives, if it is not ``gcp-sa-`` and the service's own name.
_AGENTS: Final = {
    "cloudbuild": "gcp-sa-cloudbuild",
    "compute": "compute-system",
    "container": "container-engine-robot",
    "containerregistry": "containerregistry",
    "dataproc": "dataproc-accounts",
    "networkconnectivity": "gcp-sa-networkconnectivity",
    "servicenetworking": "service-networking",
    "sqladmin": "gcp-sa-cloud-sql",
    "storage": "gs-project-accounts",
}
_FEDERATION: Final = "locations/global/workloadIdentityPools/{workloadIdentityPoolId}"
_PROVIDER: Final = "providers/{workloadIdentityPoolProviderId}"


def _agent(making: Making) -> str:
    service = str(making.inputs.get("service", "")).partition(".")[0]
    domain = _AGENTS.get(service, f"gcp-sa-{service}")
    return numbered(f"service-{{number}}@{domain}.iam.gserviceaccount.com")(making)


def _writer(making: Making) -> str:
    if making.inputs.get("customWriterIdentity"):
        return str(making.inputs["customWriterIdentity"])
    if making.inputs.get("uniqueWriterIdentity") is False:
        return "serviceAccount:cloud-logs@system.gserviceaccount.com"
    agent = "serviceAccount:service-{number}@gcp-sa-logging.iam.gserviceaccount.com"
    return numbered(agent)(making)


def _primary(making: Making) -> list[dict[str, Any]]:
    if making.inputs.get("purpose") not in (None, "ENCRYPT_DECRYPT"):
        return []
    return [{"name": making.text("{id}/cryptoKeyVersions/1", "version"), "state": "ENABLED"}]


_ACCOUNT: Final = "{accountId}@{project}.iam.gserviceaccount.com"

IDENTITIES: Final = {
    "gcp:kms/keyRing:KeyRing": named("projects/{project}/locations/{location}/keyRings/{name}"),
    "gcp:kms/cryptoKey:CryptoKey": named(
        "{keyRing}/cryptoKeys/{name}",
        "cryptoKeyBackend",
        "destroyScheduledDuration",
        "importOnly",
        "purpose",
        "versionTemplate.protectionLevel",
        destroyScheduledDuration="2592000s",
        importOnly=False,
        primaries=_primary,
    ),
    "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember": member("{cryptoKeyId}"),
    "gcp:serviceaccount/account:Account": Facts(
        id=f"projects/{{project}}/serviceAccounts/{_ACCOUNT}",
        outputs={
            "email": _ACCOUNT,
            "member": f"serviceAccount:{_ACCOUNT}",
            "name": "{id}",
            "uniqueId": "1{digits20}",
        },
        replaces=("accountId", "project"),
        name="accountId",
        name_limit=30,
        scope=("project",),
        defaults={"disabled": False},
    ),
    "gcp:serviceaccount/iAMMember:IAMMember": member("{serviceAccountId}"),
    "gcp:projects/iAMMember:IAMMember": member("{project}"),
    "gcp:projects/iAMCustomRole:IAMCustomRole": named(
        "projects/{project}/roles/{roleId}",
        named_by="roleId",
        name_limit=64,
        defaults={"stage": "GA"},
        deleted=False,
        name="{id}",
    ),
    "gcp:projects/iAMAuditConfig:IAMAuditConfig": named(
        "{project}/audit_config/{service}", named_by="", etag="BwY{alpha9}="
    ),
    "gcp:projects/service:Service": named("{project}/{service}", named_by=""),
    "gcp:projects/serviceIdentity:ServiceIdentity": named(
        "projects/{project}/services/{service}",
        named_by="",
        email=_agent,
        member=lambda making: f"serviceAccount:{_agent(making)}",
    ),
    "gcp:iam/workloadIdentityPool:WorkloadIdentityPool": named(
        f"projects/{{project}}/{_FEDERATION}",
        named_by="workloadIdentityPoolId",
        name_limit=32,
        mode="FEDERATION_ONLY",
        name=numbered(f"projects/{{number}}/{_FEDERATION}"),
        state="ACTIVE",
    ),
    "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider": named(
        f"projects/{{project}}/{_FEDERATION}/{_PROVIDER}",
        named_by="workloadIdentityPoolProviderId",
        name_limit=32,
        name=numbered(f"projects/{{number}}/{_FEDERATION}/{_PROVIDER}"),
        state="ACTIVE",
    ),
    "gcp:logging/projectExclusion:ProjectExclusion": named(
        "projects/{project}/exclusions/{name}", name_limit=100
    ),
    "gcp:tags/tagKey:TagKey": Facts(
        id="tagKeys/{name}",
        outputs={"name": "{digits15}", "namespacedName": "{parent}/{shortName}"},
        replaces=("parent", "purpose", "purposeData", "shortName"),
        name="shortName",
        scope=("parent",),
    ),
    "gcp:tags/tagValue:TagValue": Facts(
        id="tagValues/{name}",
        outputs={"name": "{digits15}", "namespacedName": "{parent}/{shortName}"},
        replaces=("parent", "shortName"),
        name="shortName",
        scope=("parent",),
    ),
    "gcp:logging/projectSink:ProjectSink": named(
        "projects/{project}/sinks/{name}",
        name_limit=100,
        defaults={"uniqueWriterIdentity": True},
        writerIdentity=_writer,
    ),
    "gcp:logging/projectBucketConfig:ProjectBucketConfig": named(
        "projects/{project}/locations/{location}/buckets/{bucketId}",
        named_by="bucketId",
        defaults={"retentionDays": 30},
        lifecycleState="ACTIVE",
        name="{id}",
    ),
}
