"""Nodes of Kubernetes clusters on Google Cloud: addresses, identity, boot, upkeep."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from policies.controls import cis_gke
from policies.examples import example
from policies.expected import expects, off, on, one_of
from policies.rule import Check, Demand, Rule, Severity, StackCheck
from policies.subject import Stack, Subject
from policies.themes import Theme
from policies.view import UNKNOWN_BOOLEAN, UNKNOWN_STRING, Truth, truth

_CLUSTER: Final = "gcp:container/cluster:Cluster"
_POOL: Final = "gcp:container/nodePool:NodePool"
_ACCOUNT: Final = "gcp:serviceaccount/account:Account"
_NODES: Final = "nodes@example.iam.gserviceaccount.com"
_WORKLOAD_POOL: Final = "example.svc.id.goog"
_DOCS: Final = "https://cloud.google.com/kubernetes-engine/docs"
_METADATA: Final = "nodeConfig.workloadMetadataConfig.mode"
_READ_ONLY_PORT: Final = "insecureKubeletReadonlyPortEnabled"


def _identified(cluster: Subject) -> Iterator[Demand]:
    pool = cluster.at("workloadIdentityConfig", "workloadPool")
    autopilot = cluster.at("enableAutopilot", absent=False)
    yield Demand(
        pool.is_given() | autopilot.is_true(), pool, "gives pods the identity of their node"
    )
    mode = cluster.at("nodeConfig", "workloadMetadataConfig", "mode")
    yield Demand(
        mode.is_one_of("GKE_METADATA") | ~mode.is_given(),
        mode,
        "shows pods the identity of the node",
    )


def _own_account(nodes: Subject) -> Iterator[Demand]:
    account = nodes.at("nodeConfig", "serviceAccount", absent="default")
    yield Demand(
        ~account.matches(_is_default), account, "runs nodes as an account that edits the project"
    )


def _is_default(account: str) -> bool:
    return account in ("", "default") or account.endswith("-compute@developer.gserviceaccount.com")


def _has_own_nodes(cluster: Subject) -> Truth:
    """Whether the nodes of a cluster are described by the cluster itself."""
    removed = cluster.at("removeDefaultNodePool", absent=False).is_true()
    return ~removed & ~cluster.at("enableAutopilot", absent=False).is_true()


def _account_made_here(nodes: Subject, stack: Stack) -> Iterator[Demand]:
    account = nodes.at("nodeConfig", "serviceAccount")
    made = any(each.type == _ACCOUNT for each in stack.behind(nodes.resource, "nodeConfig"))
    settled = truth(account.is_known or not account.is_present or made)
    yield Demand(settled | Truth.UNKNOWN, account, "runs nodes as an account from elsewhere")


def _as(account: str) -> dict[str, Any]:
    return {"nodeConfig": {"serviceAccount": account}}


_ACCOUNTS: Final[dict[str, Any]] = {
    "good": {"an account of its own": _as(_NODES)},
    "bad": {
        "left out": {"nodeConfig": {}},
        "nothing said": {},
        "default": _as("default"),
        "the default of compute": _as("1234-compute@developer.gserviceaccount.com"),
    },
    "undecided": {"not known": _as(UNKNOWN_STRING)},
}
_ACCOUNT_ABSENT: Final = "serviceAccount left out is the default of compute and violates."


def _account_settled(type_: str) -> StackCheck:
    account = example(_ACCOUNT, "nodes", {"accountId": "nodes"})
    return StackCheck(
        type=type_,
        demand="An account that is not known yet is one of the stack.",
        reads={type_: ("nodeConfig.serviceAccount",)},
        absent="Nothing is read: an account that is left out is judged on its own.",
        judge=_account_made_here,
        settles=True,
        good={
            "an account of the stack": (
                account,
                example(type_, "nodes", _as(UNKNOWN_STRING), made_from={"nodeConfig": [account]}),
            ),
            "known": (example(type_, "nodes", _as(_NODES)),),
        },
        bad={},
        undecided={
            "from nothing known": (account, example(type_, "nodes", _as(UNKNOWN_STRING))),
        },
    )


PRIVATE_NODES: Final = Rule(
    id="gcp-gke-private-nodes",
    title="Nodes have no public addresses",
    reason="A public address leaves one firewall rule between a node and everybody.",
    severity=Severity.HIGH,
    theme=Theme.EXPOSURE,
    controls=cis_gke("5.6.5"),
    fix="Set enable_private_nodes=True on the cluster and on its pools.",
    source=f"{_DOCS}/concepts/network-isolation",
    checks=(
        expects(
            _CLUSTER,
            "Nodes are private unless a pool says otherwise.",
            on("privateClusterConfig.enablePrivateNodes", "gives nodes public addresses"),
        ),
        expects(
            _POOL,
            "The pool does not say otherwise.",
            on(
                "networkConfig.enablePrivateNodes",
                "gives nodes public addresses",
                left_out=True,
                left_out_as="what the cluster says",
            ),
        ),
    ),
)

WORKLOAD_IDENTITY: Final = Rule(
    id="gcp-gke-workload-identity",
    title="Pods have an identity of their own, and do not see that of their node",
    reason="A pod that sees the credentials of its node has what every pod on the node was given.",
    severity=Severity.HIGH,
    theme=Theme.PRIVILEGE,
    controls=cis_gke("5.2.2", "5.4.1"),
    fix=(
        "Set workload_identity_config.workload_pool on the cluster and "
        'workload_metadata_config.mode="GKE_METADATA" on its pools.'
    ),
    source=f"{_DOCS}/concepts/workload-identity",
    checks=(
        Check(
            type=_CLUSTER,
            demand="There is a pool of identities, and nodes show pods their own metadata only.",
            reads=("workloadIdentityConfig.workloadPool", "enableAutopilot", _METADATA),
            absent=(
                "workloadPool left out violates, unless enableAutopilot is on, which sets it. "
                "enableAutopilot left out is off. mode left out is for the pools to say."
            ),
            judge=_identified,
            good={
                "a pool": {"workloadIdentityConfig": {"workloadPool": _WORKLOAD_POOL}},
                "a pool not known yet": {
                    "workloadIdentityConfig": {"workloadPool": UNKNOWN_STRING}
                },
                "Autopilot": {"enableAutopilot": True},
                "nodes left out": {
                    "workloadIdentityConfig": {"workloadPool": _WORKLOAD_POOL},
                    "nodeConfig": {"workloadMetadataConfig": {}},
                },
            },
            bad={
                "left out": {},
                "pool left out": {"workloadIdentityConfig": {}},
                "nodes show their own": {
                    "workloadIdentityConfig": {"workloadPool": _WORKLOAD_POOL},
                    "nodeConfig": {"workloadMetadataConfig": {"mode": "GCE_METADATA"}},
                },
            },
            undecided={
                "Autopilot not known": {"enableAutopilot": UNKNOWN_BOOLEAN},
                "mode not known": {
                    "workloadIdentityConfig": {"workloadPool": _WORKLOAD_POOL},
                    "nodeConfig": {"workloadMetadataConfig": {"mode": UNKNOWN_STRING}},
                },
            },
        ),
        expects(
            _POOL,
            "Nodes show pods their own metadata only.",
            one_of(
                _METADATA,
                "shows pods the identity of the node",
                "GKE_METADATA",
                bad=("GCE_METADATA",),
            ),
        ),
    ),
)

NODE_SA: Final = Rule(
    id="gcp-gke-node-sa",
    title="Nodes run as an account of their own",
    reason="The default account of compute may edit the whole project, and so may its nodes.",
    severity=Severity.HIGH,
    theme=Theme.PRIVILEGE,
    controls=cis_gke("5.2.1"),
    fix="Set node_config.service_account to an account that may write logs and pull images only.",
    source=f"{_DOCS}/how-to/service-accounts",
    checks=(
        Check(
            type=_POOL,
            demand="Nodes run as an account of their own.",
            reads=("nodeConfig.serviceAccount",),
            absent=_ACCOUNT_ABSENT,
            judge=_own_account,
            **_ACCOUNTS,
        ),
        Check(
            type=_CLUSTER,
            demand="Nodes that the cluster describes run as an account of their own.",
            reads=("nodeConfig.serviceAccount", "removeDefaultNodePool", "enableAutopilot"),
            absent=(
                f"{_ACCOUNT_ABSENT} A cluster without its default pool, and one on Autopilot, "
                "describes no nodes; both switches left out are off."
            ),
            judge=_own_account,
            applies=_has_own_nodes,
            good=_ACCOUNTS["good"],
            bad=_ACCOUNTS["bad"],
            undecided={
                **_ACCOUNTS["undecided"],
                "default pool not known": {"removeDefaultNodePool": UNKNOWN_BOOLEAN},
                "Autopilot not known": {"enableAutopilot": UNKNOWN_BOOLEAN},
            },
            foreign={
                "no default pool": {"removeDefaultNodePool": True},
                "Autopilot": {"enableAutopilot": True},
            },
        ),
    ),
    stack_checks=(_account_settled(_POOL),),
)

SHIELDED_NODES: Final = Rule(
    id="gcp-gke-shielded-nodes",
    title="Nodes boot what was signed, and prove it",
    reason="What is put below the system of a node survives every reboot and is seen by no agent.",
    severity=Severity.MEDIUM,
    theme=Theme.PRIVILEGE,
    controls=cis_gke("5.5.5", "5.5.6", "5.5.7"),
    fix="Set shielded_instance_config with enable_secure_boot and enable_integrity_monitoring True.",
    source=f"{_DOCS}/how-to/shielded-gke-nodes",
    checks=(
        expects(
            _CLUSTER,
            "Nodes are shielded.",
            on("enableShieldedNodes", "lets anything pose as a node", left_out=True),
        ),
        expects(
            _POOL,
            "Secure boot and integrity monitoring are on.",
            on("nodeConfig.shieldedInstanceConfig.enableSecureBoot", "boots what nobody signed"),
            on(
                "nodeConfig.shieldedInstanceConfig.enableIntegrityMonitoring",
                "does not prove what it booted",
                left_out=True,
            ),
        ),
    ),
)

NODE_MAINTENANCE: Final = Rule(
    id="gcp-gke-node-maintenance",
    title="Clusters and nodes are kept up to date and repaired",
    reason="Versions leave support within months, and with them goes every fix.",
    severity=Severity.MEDIUM,
    theme=Theme.SUPPLY,
    controls=cis_gke("5.5.1", "5.5.2", "5.5.3", "5.5.4", "5.10.2"),
    fix=(
        "Set release_channel.channel on the cluster, leave auto_repair and auto_upgrade on and "
        'image_type at "COS_CONTAINERD" on its pools, and never set enable_kubernetes_alpha.'
    ),
    source=f"{_DOCS}/concepts/release-channels",
    checks=(
        expects(
            _POOL,
            "Nodes are repaired and upgraded, and run the system made for containers.",
            on("management.autoRepair", "leaves broken nodes as they are", left_out=True),
            on("management.autoUpgrade", "leaves nodes on their version", left_out=True),
            one_of(
                "nodeConfig.imageType",
                "runs a system that was not made for containers alone",
                "COS_CONTAINERD",
                bad=("UBUNTU_CONTAINERD", "COS"),
                left_out="COS_CONTAINERD",
            ),
        ),
        expects(
            _CLUSTER,
            "The cluster follows a channel of releases, without alpha features.",
            one_of(
                "releaseChannel.channel",
                "follows no channel of releases",
                "REGULAR",
                "STABLE",
                "RAPID",
                "EXTENDED",
                bad=("UNSPECIFIED",),
            ),
            off("enableKubernetesAlpha", "runs features that nobody supports"),
        ),
    ),
)

KUBELET_READONLY_OFF: Final = Rule(
    id="gcp-gke-kubelet-readonly-off",
    title="The agents of nodes answer nobody without a credential",
    reason="The port shows every pod of a node, with its environment, to whoever reaches it.",
    severity=Severity.MEDIUM,
    theme=Theme.EXPOSURE,
    controls=(),
    fix='Set insecure_kubelet_readonly_port_enabled="FALSE" on the cluster and on its pools.',
    source=f"{_DOCS}/how-to/disable-kubelet-readonly-port",
    checks=(
        expects(
            _POOL,
            "The port without credentials is off.",
            one_of(
                f"nodeConfig.kubeletConfig.{_READ_ONLY_PORT}",
                "may answer without a credential",
                "FALSE",
                bad=("TRUE",),
            ),
        ),
        expects(
            _CLUSTER,
            "The port without credentials is off for new pools.",
            one_of(
                f"nodePoolDefaults.nodeConfigDefaults.{_READ_ONLY_PORT}",
                "may answer without a credential",
                "FALSE",
                bad=("TRUE",),
            ),
        ),
    ),
)
