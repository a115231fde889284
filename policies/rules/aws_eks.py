"""Kubernetes clusters on AWS: who reaches the control plane, and what it keeps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.addresses import covers_every_address
from policies.controls import Relation, cis_eks, fsbp, nsa
from policies.expected import contains, expects, given, off, one_of
from policies.rule import Check, Demand, Rule, Severity
from policies.subject import Subject
from policies.themes import Theme
from policies.view import UNKNOWN_ARRAY, UNKNOWN_BOOLEAN, UNKNOWN_STRING

_CLUSTER: Final = "aws:eks/cluster:Cluster"
_NODE_GROUP: Final = "aws:eks/nodeGroup:NodeGroup"
_KEY_ARN: Final = "arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d"
_OFFICE: Final = "198.51.100.0/24"


def _not_for_the_world(cluster: Subject) -> Iterator[Demand]:
    vpc = cluster.at("vpcConfig")
    private = vpc.at("endpointPrivateAccess", absent=False)
    yield Demand(private.is_true(), private, "keeps the nodes from a private way to the endpoint")
    public = vpc.at("endpointPublicAccess", absent=True)
    ranges = vpc.at("publicAccessCidrs")
    world = ranges.is_empty() | covers_every_address(ranges.elements())
    yield Demand(~(public.is_true() & world), vpc, "opens the endpoint to every address")


def _guarded_shell(nodes: Subject) -> Iterator[Demand]:
    key = nodes.at("remoteAccess", "ec2SshKey")
    groups = nodes.at("remoteAccess", "sourceSecurityGroupIds")
    yield Demand(
        ~key.is_given() | ~groups.is_empty(),
        groups,
        "opens the shell of the nodes to every address",
    )


_PRIVATE: Final = {"endpointPrivateAccess": True, "endpointPublicAccess": False}
_OPEN: Final = {"endpointPrivateAccess": True, "endpointPublicAccess": True}

ENDPOINT_NOT_WORLD: Final = Rule(
    id="aws-eks-endpoint-not-world",
    title="The endpoint of a cluster is private, or open to named addresses only",
    reason=(
        "Whoever reaches the endpoint of a cluster may try stolen credentials and every future "
        "flaw of the API server on it."
    ),
    severity=Severity.CRITICAL,
    theme=Theme.EXPOSURE,
    controls=(
        *cis_eks("5.4.1"),
        *cis_eks("5.4.2", relation=Relation.RELATED),
        *fsbp("EKS.1", relation=Relation.RELATED),
    ),
    fix=(
        "Set endpoint_private_access=True and endpoint_public_access=False, or name the addresses "
        "of the clients in public_access_cidrs."
    ),
    source="https://docs.aws.amazon.com/eks/latest/userguide/cluster-endpoint.html",
    checks=(
        Check(
            type=_CLUSTER,
            demand="The private endpoint is on; the public one is off or open to named addresses.",
            reads=(
                "vpcConfig.endpointPrivateAccess",
                "vpcConfig.endpointPublicAccess",
                "vpcConfig.publicAccessCidrs",
            ),
            absent=(
                "endpointPrivateAccess left out is off and violates. endpointPublicAccess left "
                "out is on, and publicAccessCidrs left out is every address; together they violate."
            ),
            judge=_not_for_the_world,
            good={
                "private": {"vpcConfig": _PRIVATE},
                "private, ranges without effect": {
                    "vpcConfig": {**_PRIVATE, "publicAccessCidrs": UNKNOWN_ARRAY}
                },
                "open to one range": {"vpcConfig": {**_OPEN, "publicAccessCidrs": [_OFFICE]}},
                "open by default to one range": {
                    "vpcConfig": {"endpointPrivateAccess": True, "publicAccessCidrs": [_OFFICE]}
                },
            },
            bad={
                "left out": {},
                "nothing said": {"vpcConfig": {"subnetIds": UNKNOWN_ARRAY}},
                "open, ranges left out": {"vpcConfig": _OPEN},
                "open, no ranges": {"vpcConfig": {**_OPEN, "publicAccessCidrs": []}},
                "open to every address": {
                    "vpcConfig": {**_OPEN, "publicAccessCidrs": [_OFFICE, "0.0.0.0/0"]}
                },
                "open to every address in two halves": {
                    "vpcConfig": {**_OPEN, "publicAccessCidrs": ["0.0.0.0/1", "128.0.0.0/1"]}
                },
                "not reachable from inside": {"vpcConfig": {"endpointPublicAccess": False}},
            },
            undecided={
                "private access not known": {
                    "vpcConfig": {**_PRIVATE, "endpointPrivateAccess": UNKNOWN_BOOLEAN}
                },
                "public access not known": {
                    "vpcConfig": {**_PRIVATE, "endpointPublicAccess": UNKNOWN_BOOLEAN}
                },
                "ranges not known": {"vpcConfig": {**_OPEN, "publicAccessCidrs": UNKNOWN_STRING}},
            },
        ),
    ),
)

SECRETS_KMS: Final = Rule(
    id="aws-eks-secrets-kms",
    title="Secrets of a cluster are encrypted with a key of its owner",
    reason=(
        "Without an own key nobody can cut off access to the secrets of a cluster, nor see in the "
        "trail of the key who read them."
    ),
    severity=Severity.HIGH,
    theme=Theme.ENCRYPTION,
    controls=(*cis_eks("5.3.1"), *fsbp("EKS.3"), *nsa("C-0066")),
    fix='Set encryption_config with the ARN of a key and resources=["secrets"]; this is permanent.',
    source="https://docs.aws.amazon.com/securityhub/latest/userguide/eks-controls.html#eks-3",
    checks=(
        expects(
            _CLUSTER,
            "Secrets are encrypted with a key that is named.",
            contains(
                "encryptionConfig.resources",
                "leaves the secrets to the key of AWS",
                "secrets",
                bad=((),),
            ),
            given(
                "encryptionConfig.provider.keyArn", "names no key for the secrets", example=_KEY_ARN
            ),
        ),
    ),
)

CONTROL_PLANE_LOGS: Final = Rule(
    id="aws-eks-control-plane-logs",
    title="The control plane of a cluster logs requests, audits and sign-ins",
    reason="Without these logs nobody can tell afterwards who did what to the cluster.",
    severity=Severity.MEDIUM,
    theme=Theme.LOGGING,
    controls=(*cis_eks("2.1.1"), *fsbp("EKS.8"), *nsa("C-0067")),
    fix='Set enabled_cluster_log_types to at least "api", "audit" and "authenticator".',
    source="https://docs.aws.amazon.com/securityhub/latest/userguide/eks-controls.html#eks-8",
    checks=(
        expects(
            _CLUSTER,
            "The logs of requests, audits and sign-ins are on.",
            contains(
                "enabledClusterLogTypes",
                "lacks a log of who did what",
                "api",
                "audit",
                "authenticator",
                bad=((), ("api", "audit"), ("scheduler",)),
            ),
        ),
    ),
)

ACCESS_ENTRIES: Final = Rule(
    id="aws-eks-access-entries",
    title="Access to a cluster is granted by entries, to nobody implicitly",
    reason=(
        "Who created a cluster stays its hidden administrator, and the aws-auth map is a grant "
        "that no API of AWS shows."
    ),
    severity=Severity.MEDIUM,
    theme=Theme.PRIVILEGE,
    controls=cis_eks("4.1.7"),
    fix=(
        'Set access_config with authentication_mode="API" and '
        "bootstrap_cluster_creator_admin_permissions=False, and create an aws.eks.AccessEntry for "
        "whoever needs access."
    ),
    source="https://docs.aws.amazon.com/eks/latest/userguide/access-entries.html",
    checks=(
        expects(
            _CLUSTER,
            "Access entries are on, and the creator is not an administrator by creation.",
            one_of(
                "accessConfig.authenticationMode",
                "leaves access to the aws-auth map alone",
                "API",
                "API_AND_CONFIG_MAP",
                bad=("CONFIG_MAP",),
                left_out="CONFIG_MAP",
            ),
            off(
                "accessConfig.bootstrapClusterCreatorAdminPermissions",
                "makes whoever creates the cluster its administrator",
                left_out=True,
            ),
        ),
    ),
)

NODEGROUP_SSH: Final = Rule(
    id="aws-eks-nodegroup-ssh",
    title="No group of nodes opens its shell to every address",
    reason="A key for the shell without source groups makes EKS open port 22 to the internet.",
    severity=Severity.HIGH,
    theme=Theme.EXPOSURE,
    controls=(),
    fix="Remove remote_access and reach nodes through Systems Manager, or name source groups.",
    source="https://docs.aws.amazon.com/eks/latest/APIReference/API_RemoteAccessConfig.html",
    checks=(
        Check(
            type=_NODE_GROUP,
            demand="A key for the shell comes with the security groups that may use it.",
            reads=("remoteAccess.ec2SshKey", "remoteAccess.sourceSecurityGroupIds"),
            absent=(
                "No remoteAccess and no ec2SshKey satisfy. A key without sourceSecurityGroupIds "
                "violates."
            ),
            judge=_guarded_shell,
            good={
                "no shell": {},
                "no key": {"remoteAccess": {}},
                "key for one group": {
                    "remoteAccess": {
                        "ec2SshKey": "operations",
                        "sourceSecurityGroupIds": [UNKNOWN_STRING],
                    }
                },
            },
            bad={
                "key without groups": {"remoteAccess": {"ec2SshKey": "operations"}},
                "key not known, no groups": {
                    "remoteAccess": {"ec2SshKey": UNKNOWN_STRING, "sourceSecurityGroupIds": []}
                },
            },
            undecided={
                "groups not known": {
                    "remoteAccess": {
                        "ec2SshKey": "operations",
                        "sourceSecurityGroupIds": UNKNOWN_ARRAY,
                    }
                },
                "whether there is a shell not known": {"remoteAccess": UNKNOWN_STRING},
            },
        ),
    ),
)
