"""Kubernetes clusters on Google Cloud: who reaches the control plane, and what it keeps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from policies.addresses import covers_every_address
from policies.controls import Relation, cis_gke, nsa
from policies.expected import contains, expects, given, off, on, one_of
from policies.rule import PROD, Check, Demand, Rule, Setting, Severity
from policies.subject import Subject
from policies.themes import Theme
from policies.view import UNKNOWN_ARRAY, UNKNOWN_BOOLEAN, UNKNOWN_STRING

_CLUSTER: Final = "gcp:container/cluster:Cluster"
_KEY: Final = "projects/example/locations/europe-west1/keyRings/data/cryptoKeys/secrets"
_HARDENING: Final = "https://cloud.google.com/kubernetes-engine/docs/how-to/hardening-your-cluster"
_DOCS: Final = "https://cloud.google.com/kubernetes-engine/docs"


def _not_for_the_world(cluster: Subject) -> Iterator[Demand]:
    endpoints = cluster.at("controlPlaneEndpointsConfig")
    by_address = endpoints.at("ipEndpointsConfig", "enabled", absent=True)
    private = cluster.at("privateClusterConfig", "enablePrivateEndpoint", absent=False)
    networks = cluster.at("masterAuthorizedNetworksConfig")
    ranges = [each.at("cidrBlock") for each in networks.at("cidrBlocks").elements()]
    named = networks.is_given() & ~covers_every_address(ranges)
    yield Demand(
        ~by_address.is_true() | private.is_true() | named,
        networks if networks.is_present else private,
        "opens the control plane to every address",
    )
    by_name = endpoints.at("dnsEndpointConfig", "allowExternalTraffic", absent=False)
    if not cluster.configured["dns_endpoint_allowed"]:
        yield Demand(~by_name.is_true(), by_name, "opens the control plane by its DNS name")


def _networks(*ranges: str) -> dict[str, Any]:
    return {"masterAuthorizedNetworksConfig": {"cidrBlocks": [{"cidrBlock": r} for r in ranges]}}


_PRIVATE: Final = {"privateClusterConfig": {"enablePrivateEndpoint": True}}
_OFFICE: Final = "198.51.100.0/24"

ENDPOINT_NOT_WORLD: Final = Rule(
    id="gcp-gke-endpoint-not-world",
    title="The control plane of a cluster is private, or open to named addresses only",
    reason=(
        "Whoever reaches the control plane may try stolen credentials and every future flaw of the "
        "API server on it."
    ),
    severity=Severity.CRITICAL,
    theme=Theme.EXPOSURE,
    controls=(*cis_gke("5.6.3"), *cis_gke("5.6.4", relation=Relation.RELATED)),
    fix=(
        "Set private_cluster_config.enable_private_endpoint=True, or name the addresses of the "
        "clients in master_authorized_networks_config; keep allow_external_traffic of the DNS "
        "endpoint off unless the configuration of the pack allows it."
    ),
    source=f"{_DOCS}/concepts/network-isolation",
    settings=(
        Setting(
            name="dns_endpoint_allowed",
            description="Whether the DNS endpoint, which IAM guards, may be open to the internet.",
            default=False,
        ),
    ),
    checks=(
        Check(
            type=_CLUSTER,
            demand="The endpoint is private, or open to named addresses; the DNS endpoint is not open.",
            reads=(
                "privateClusterConfig.enablePrivateEndpoint",
                "masterAuthorizedNetworksConfig.cidrBlocks.cidrBlock",
                "controlPlaneEndpointsConfig.dnsEndpointConfig.allowExternalTraffic",
                "controlPlaneEndpointsConfig.ipEndpointsConfig.enabled",
            ),
            absent=(
                "enablePrivateEndpoint left out is off, and masterAuthorizedNetworksConfig left out "
                "is every address; together they violate. Authorised networks without blocks are "
                "nobody and satisfy. allowExternalTraffic left out is off and satisfies. "
                "ipEndpointsConfig left out is on."
            ),
            judge=_not_for_the_world,
            good={
                "private": _PRIVATE,
                "private, networks without effect": {
                    **_PRIVATE,
                    "masterAuthorizedNetworksConfig": UNKNOWN_STRING,
                },
                "open to one range": _networks(_OFFICE),
                "open to nobody": {"masterAuthorizedNetworksConfig": {}},
                "a block without range": {
                    "masterAuthorizedNetworksConfig": {"cidrBlocks": [{"displayName": "office"}]}
                },
                "no addresses at all": {
                    "controlPlaneEndpointsConfig": {
                        "ipEndpointsConfig": {"enabled": False},
                        "dnsEndpointConfig": {},
                    }
                },
            },
            bad={
                "left out": {},
                "endpoint left out": {"privateClusterConfig": {"enablePrivateNodes": True}},
                "open to every address": _networks(_OFFICE, "0.0.0.0/0"),
                "open to every address in two halves": _networks("0.0.0.0/1", "128.0.0.0/1"),
                "block left out": {
                    "controlPlaneEndpointsConfig": {"ipEndpointsConfig": {}},
                    **_networks("0.0.0.0/0"),
                },
                "open by name": {
                    **_PRIVATE,
                    "controlPlaneEndpointsConfig": {
                        "dnsEndpointConfig": {"allowExternalTraffic": True}
                    },
                },
            },
            undecided={
                "endpoint not known": {
                    "privateClusterConfig": {"enablePrivateEndpoint": UNKNOWN_BOOLEAN}
                },
                "networks not known": {
                    "masterAuthorizedNetworksConfig": {"cidrBlocks": UNKNOWN_ARRAY}
                },
                "addresses not known": {
                    "controlPlaneEndpointsConfig": {
                        "ipEndpointsConfig": {"enabled": UNKNOWN_BOOLEAN}
                    }
                },
                "DNS endpoint not known": {
                    **_PRIVATE,
                    "controlPlaneEndpointsConfig": {
                        "dnsEndpointConfig": {"allowExternalTraffic": UNKNOWN_BOOLEAN}
                    },
                },
            },
        ),
    ),
)

SECRETS_KMS: Final = Rule(
    id="gcp-gke-secrets-kms",
    title="Secrets of a cluster are encrypted with a key of its owner",
    reason=(
        "Without an own key nobody can cut off access to the secrets of a cluster, nor see in the "
        "log of the key who read them."
    ),
    severity=Severity.HIGH,
    theme=Theme.ENCRYPTION,
    controls=(*cis_gke("5.3.1"), *nsa("C-0066")),
    fix='Set database_encryption with state="ENCRYPTED" and key_name.',
    source=f"{_DOCS}/how-to/encrypting-secrets",
    checks=(
        expects(
            _CLUSTER,
            "Secrets are encrypted with a key that is named.",
            one_of(
                "databaseEncryption.state",
                "leaves the secrets to the keys of Google",
                "ENCRYPTED",
                "ALL_OBJECTS_ENCRYPTION_ENABLED",
                bad=("DECRYPTED",),
                left_out="DECRYPTED",
            ),
            given("databaseEncryption.keyName", "names no key for the secrets", example=_KEY),
        ),
    ),
)

NO_LEGACY_AUTH: Final = Rule(
    id="gcp-gke-no-legacy-auth",
    title="Clusters know neither attribute rules nor client certificates",
    reason="Such rules grant more than they say, and such a certificate cannot be revoked.",
    severity=Severity.HIGH,
    theme=Theme.PRIVILEGE,
    controls=cis_gke("5.8.1", "5.8.3"),
    fix="Leave enable_legacy_abac and issue_client_certificate off.",
    source=_HARDENING,
    checks=(
        expects(
            _CLUSTER,
            "Access is granted by roles and IAM alone.",
            off("enableLegacyAbac", "grants by attributes beside roles"),
            off(
                "masterAuth.clientCertificateConfig.issueClientCertificate",
                "issues a certificate nobody can revoke",
            ),
        ),
    ),
)


def _separated(cluster: Subject) -> Iterator[Demand]:
    datapath = cluster.at("datapathProvider", absent="LEGACY_DATAPATH")
    policy = cluster.at("networkPolicy", "enabled", absent=False)
    without = cluster.at("addonsConfig", "networkPolicyConfig", "disabled", absent=True)
    yield Demand(
        datapath.is_one_of("ADVANCED_DATAPATH") | (policy.is_true() & ~without.is_true()),
        datapath,
        "does not enforce network policies",
    )


_ADD_ON: Final = {
    "networkPolicy": {"enabled": True},
    "addonsConfig": {"networkPolicyConfig": {"disabled": False}},
}

NETWORK_POLICY: Final = Rule(
    id="gcp-gke-network-policy",
    title="Clusters enforce network policies",
    reason="Where policies are not enforced, one pod that is taken over reaches all the others.",
    severity=Severity.MEDIUM,
    theme=Theme.EXPOSURE,
    controls=cis_gke("4.3.1"),
    fix='Set datapath_provider="ADVANCED_DATAPATH"; a change replaces the cluster.',
    source=f"{_DOCS}/concepts/dataplane-v2",
    checks=(
        Check(
            type=_CLUSTER,
            demand="Dataplane V2 or the add-on for network policies is on.",
            reads=(
                "datapathProvider",
                "networkPolicy.enabled",
                "addonsConfig.networkPolicyConfig.disabled",
            ),
            absent=(
                "datapathProvider left out is LEGACY_DATAPATH, networkPolicy left out is off, and "
                "so is the add-on; together they violate."
            ),
            judge=_separated,
            good={
                "Dataplane V2": {"datapathProvider": "ADVANCED_DATAPATH"},
                "Dataplane V2, policy not known": {
                    "datapathProvider": "ADVANCED_DATAPATH",
                    "networkPolicy": {"enabled": UNKNOWN_BOOLEAN},
                },
                "the add-on": _ADD_ON,
            },
            bad={
                "left out": {},
                "the older datapath": {"datapathProvider": "LEGACY_DATAPATH"},
                "the add-on left out": {**_ADD_ON, "addonsConfig": {"networkPolicyConfig": {}}},
                "the add-on off": {
                    **_ADD_ON,
                    "addonsConfig": {"networkPolicyConfig": {"disabled": True}},
                },
                "the policy left out": {**_ADD_ON, "networkPolicy": {}},
            },
            undecided={
                "datapath not known": {"datapathProvider": UNKNOWN_STRING},
                "policy not known": {**_ADD_ON, "networkPolicy": {"enabled": UNKNOWN_BOOLEAN}},
                "add-on not known": {**_ADD_ON, "addonsConfig": UNKNOWN_STRING},
            },
        ),
    ),
)

OBSERVABILITY: Final = Rule(
    id="gcp-gke-observability",
    title="Clusters log themselves and their workloads, and their posture is watched",
    reason="Without logs nobody can tell afterwards what a pod did, or what was done to it.",
    severity=Severity.MEDIUM,
    theme=Theme.LOGGING,
    controls=cis_gke("5.7.1", "5.10.4"),
    fix=(
        "Set logging_config.enable_components to at least SYSTEM_COMPONENTS and WORKLOADS, "
        "monitoring_config to at least SYSTEM_COMPONENTS, and security_posture_config.mode to "
        "BASIC."
    ),
    source=f"{_DOCS}/concepts/about-logs",
    checks=(
        expects(
            _CLUSTER,
            "Logs of system and workloads, metrics of the system and the posture dashboard are on.",
            contains(
                "loggingConfig.enableComponents",
                "keeps no logs of the system or of workloads",
                "SYSTEM_COMPONENTS",
                "WORKLOADS",
                bad=((), ("SYSTEM_COMPONENTS",)),
                left_out=("SYSTEM_COMPONENTS", "WORKLOADS"),
            ),
            contains(
                "monitoringConfig.enableComponents",
                "keeps no metrics of the system",
                "SYSTEM_COMPONENTS",
                bad=((), ("POD",)),
                left_out=("SYSTEM_COMPONENTS",),
            ),
            one_of(
                "securityPostureConfig.mode",
                "leaves its posture unwatched",
                "BASIC",
                "ENTERPRISE",
                bad=("DISABLED",),
            ),
        ),
    ),
)

PROVENANCE: Final = Rule(
    id="gcp-gke-provenance",
    title="Production clusters run only images that the policy of the project admits",
    reason="Without it whoever reaches the API runs any image from anywhere.",
    severity=Severity.MEDIUM,
    theme=Theme.SUPPLY,
    controls=cis_gke("4.5.1"),
    fix='Set binary_authorization.evaluation_mode="PROJECT_SINGLETON_POLICY_ENFORCE".',
    source="https://cloud.google.com/binary-authorization/docs/overview",
    checks=(
        expects(
            _CLUSTER,
            "Binary authorisation is enforced.",
            one_of(
                "binaryAuthorization.evaluationMode",
                "runs images nobody vouched for",
                "PROJECT_SINGLETON_POLICY_ENFORCE",
                "POLICY_BINDINGS",
                "POLICY_BINDINGS_AND_PROJECT_SINGLETON_POLICY_ENFORCE",
                bad=("DISABLED",),
                left_out="DISABLED",
            ),
            environments=PROD,
        ),
    ),
)

DELETION_PROTECTION: Final = Rule(
    id="gcp-gke-deletion-protection",
    title="Production clusters refuse deletion",
    reason="One wrong plan must not be enough to lose everything that runs.",
    severity=Severity.MEDIUM,
    theme=Theme.RESILIENCE,
    controls=(),
    fix="Set deletion_protection=True, or leave it out.",
    source="https://www.pulumi.com/registry/packages/gcp/api-docs/container/cluster/",
    checks=(
        expects(
            _CLUSTER,
            "The provider refuses to delete the cluster.",
            on("deletionProtection", "lets the cluster be deleted", left_out=True),
            environments=PROD,
        ),
    ),
)

VPC_NATIVE_VISIBLE: Final = Rule(
    id="gcp-gke-vpc-native-visible",
    title="Pods have addresses of the network, and their traffic is visible to it",
    reason="Traffic that never leaves a node is in no flow log unless it is made visible.",
    severity=Severity.LOW,
    theme=Theme.LOGGING,
    controls=cis_gke("5.6.1", "5.6.2"),
    fix='Set networking_mode="VPC_NATIVE" and enable_intranode_visibility=True.',
    source=f"{_DOCS}/how-to/intranode-visibility",
    checks=(
        expects(
            _CLUSTER,
            "The cluster is native to its network, and traffic inside a node is visible.",
            one_of(
                "networkingMode",
                "routes pods beside the network",
                "VPC_NATIVE",
                bad=("ROUTES",),
                left_out="VPC_NATIVE",
            ),
            on("enableIntranodeVisibility", "hides the traffic inside a node"),
        ),
    ),
)
