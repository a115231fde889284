"""What reaches pods and what they reach, inside the cluster and from outside."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from policies.addresses import covers_every_address
from policies.controls import Relation, cis_eks, cis_gke, cis_kubernetes, nsa
from policies.examples import example
from policies.namespaces import NAMESPACE, living_in
from policies.rule import Check, Demand, Props, Rule, Severity, StackCheck
from policies.subject import Resource, Stack, Subject
from policies.themes import Theme
from policies.view import UNKNOWN_ARRAY, UNKNOWN_STRING, Truth, View, some

_POLICY: Final = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
_INGRESS: Final = "kubernetes:networking.k8s.io/v1:Ingress"
_SERVICE: Final = "kubernetes:core/v1:Service"
_DOCS: Final = "https://kubernetes.io/docs/concepts"
_BOTH: Final = ("Ingress", "Egress")
_POLICIES: Final = f"{_DOCS}/services-networking/network-policies/"


def _closed(namespace: Subject, stack: Stack) -> Iterator[Demand]:
    policies = [
        (View(policy.props).at("spec"), inside)
        for policy, inside in living_in(namespace.resource, stack, _POLICY)
    ]
    problems = ("lets in what no policy mentions", "lets out what no policy mentions")
    for direction, problem in zip(_BOTH, problems, strict=True):
        closed = some(
            inside
            & _selects_all(policy)
            & _covers(policy, direction)
            & ~_allows_all(policy, direction)
            for policy, inside in policies
        )
        yield Demand(closed, namespace, problem)


def _selects_all(policy: View) -> Truth:
    selector = policy.at("podSelector")
    return selector.at("matchLabels").is_empty() & selector.at("matchExpressions").is_empty()


def _covers(policy: View, direction: str) -> Truth:
    types = policy.at("policyTypes")
    if not types.is_present:
        return Truth.YES if direction == "Ingress" else policy.at("egress").is_given()
    return some(each.is_one_of(direction) for each in types.elements())


def _allows_all(policy: View, direction: str) -> Truth:
    """Whether a rule of a policy says neither with whom nor on which port."""
    key, peers = ("ingress", "from") if direction == "Ingress" else ("egress", "to")
    return some(
        rule.at(peers).is_empty() & rule.at("ports").is_empty()
        for rule in policy.at(key).elements()
    )


def _namespace(name: str = "shop") -> Resource:
    return example(NAMESPACE, "shop", {"metadata": {"name": name}})


def _policy(
    *types: str, namespace: str = "shop", made_from: Resource | None = None, **spec: Any
) -> Resource:
    props = {
        "metadata": {"namespace": namespace},
        "spec": {"podSelector": {}, "policyTypes": [*types] or None, **spec},
    }
    sources = {"metadata": [made_from]} if made_from else {}
    name = "-".join(("policy", *(each.lower() for each in types if each in _BOTH)))
    return example(_POLICY, name, props, made_from=sources)


_UNNAMED: Final = _namespace(UNKNOWN_STRING)

NS_DEFAULT_DENY: Final = Rule(
    id="k8s-ns-default-deny",
    title="Nothing enters or leaves a namespace that no policy allows",
    reason=(
        "Without a policy every pod reaches every other one in the cluster and the whole "
        "internet, so that one flaw in one service is a way to all."
    ),
    severity=Severity.HIGH,
    theme=Theme.EXPOSURE,
    themes_inferred=True,
    controls=(
        *cis_kubernetes("5.3.2"),
        *cis_eks("4.3.2"),
        *cis_gke("4.3.2"),
        *nsa("C-0030", "C-0054"),
    ),
    fix=(
        "Add a NetworkPolicy with an empty pod_selector and policy_types Ingress and Egress to "
        "the namespace; allow flows by policies beside it."
    ),
    source=f"{_POLICIES}#default-policies",
    stack_checks=(
        StackCheck(
            type=NAMESPACE,
            demand="Policies that select every pod cover both directions.",
            reads={
                NAMESPACE: ("metadata.name",),
                _POLICY: (
                    "metadata.namespace",
                    "spec.podSelector.matchLabels",
                    "spec.podSelector.matchExpressions",
                    "spec.policyTypes",
                    "spec.ingress",
                    "spec.egress",
                ),
            },
            absent=(
                "No policy violates. A rule without peers and ports allows everything, and its "
                "policy denies nothing. podSelector left out selects every pod. policyTypes left "
                "out is Ingress, and Egress too if egress is there."
            ),
            judge=_closed,
            good={
                "one policy": (_namespace(), _policy(*_BOTH)),
                "a policy for each direction": (
                    _namespace(),
                    _policy("Ingress"),
                    _policy("Egress"),
                ),
                "types left out, egress given": (_namespace(), _policy(egress=[])),
                "what is allowed has peers or ports": (
                    _namespace(),
                    _policy(
                        *_BOTH,
                        ingress=[{"from": [{"podSelector": {}}]}],
                        egress=[{"ports": [{"port": 53}]}, {"to": [{"podSelector": {}}]}],
                    ),
                ),
                "a namespace that has no name yet": (
                    _UNNAMED,
                    _policy(*_BOTH, namespace=UNKNOWN_STRING, made_from=_UNNAMED),
                ),
            },
            bad={
                "no policy": (_namespace(),),
                "one direction": (_namespace(), _policy("Ingress")),
                "types left out": (_namespace(), _policy()),
                "elsewhere": (_namespace(), _policy(*_BOTH, namespace="bank")),
                "everything is allowed in": (_namespace(), _policy(*_BOTH, ingress=[{}])),
                "everything is allowed out": (
                    _namespace(),
                    _policy(*_BOTH, egress=[{"to": [], "ports": []}]),
                ),
                "for some pods": (
                    _namespace(),
                    _policy(*_BOTH, podSelector={"matchLabels": {"app": "web"}}),
                ),
            },
            undecided={
                "types not known": (_namespace(), _policy(UNKNOWN_STRING)),
                "what is allowed in not known": (
                    _namespace(),
                    _policy(*_BOTH, ingress=UNKNOWN_ARRAY),
                ),
                "what is allowed out not known": (
                    _namespace(),
                    _policy(*_BOTH, egress=UNKNOWN_ARRAY),
                ),
                "where not known": (_namespace(), _policy(*_BOTH, namespace=UNKNOWN_STRING)),
            },
        ),
    ),
)


def _named_peers(policy: Subject) -> Iterator[Demand]:
    spec = policy.at("spec")
    for direction, peers in (("ingress", "from"), ("egress", "to")):
        for rule in spec.at(direction).elements():
            others = rule.at(peers)
            yield Demand(~others.is_empty(), others, "is everybody")
            blocks = [other.at("ipBlock") for other in others.elements()]
            whole = [
                block.at("cidr") for block in blocks if block.at("except").is_empty() is Truth.YES
            ]
            for block in blocks:
                cidr = block.at("cidr")
                if cidr.is_present:
                    yield Demand(
                        ~covers_every_address([cidr]) | ~block.at("except").is_empty(),
                        cidr,
                        "is every address without exception",
                    )
            yield Demand(~covers_every_address(whole), others, "is every address without exception")


def _from(*peers: Any, **more: Any) -> Props:
    return {"spec": {"ingress": [{"from": [*peers]}], **more}}


def _block(cidr: str, *excepted: str) -> Props:
    return {"ipBlock": {"cidr": cidr, **({"except": [*excepted]} if excepted else {})}}


_WEB: Final = {"podSelector": {"matchLabels": {"app": "web"}}}

NETPOL_NOT_WORLD: Final = Rule(
    id="k8s-netpol-not-world",
    title="Network policies name whom they let in and out",
    reason="A policy for everybody is none, and hides that there is none.",
    severity=Severity.MEDIUM,
    theme=Theme.EXPOSURE,
    themes_inferred=True,
    controls=(),
    fix=(
        "Name pods, namespaces or addresses in from_ and to; except private ranges and the "
        "address of the cloud's metadata from what must be the internet."
    ),
    source=_POLICIES,
    checks=(
        Check(
            type=_POLICY,
            demand="Every rule names its peers, and none is every address without exception.",
            reads=(
                "spec.ingress.from.ipBlock.cidr",
                "spec.ingress.from.ipBlock.except",
                "spec.egress.to.ipBlock.cidr",
                "spec.egress.to.ipBlock.except",
            ),
            absent="from or to left out, or empty, is everybody and violates. No rules satisfy.",
            judge=_named_peers,
            good={
                "no rules": {"spec": {"policyTypes": [*_BOTH]}},
                "pods": _from(_WEB),
                "the internet, but nothing private": {
                    "spec": {
                        "egress": [
                            {"to": [_block("0.0.0.0/0", "10.0.0.0/8", "169.254.169.254/32")]}
                        ]
                    }
                },
                "private addresses": _from(
                    _block("10.0.0.0/8"), egress=[{"to": [_block("10.0.0.0/8")]}]
                ),
                "blocks that say nothing": _from(
                    {"ipBlock": {}}, egress=[{"to": [{"ipBlock": {}}]}]
                ),
            },
            bad={
                "from left out": {"spec": {"ingress": [{"ports": [{"port": 8080}]}]}},
                "from empty": _from(),
                "to left out": {"spec": {"egress": [{}]}},
                "every address": _from(_block("0.0.0.0/0")),
                "every address of IPv6": {"spec": {"egress": [{"to": [_block("::/0")]}]}},
                "pods, and every address": _from(_WEB, _block("0.0.0.0/0")),
                "every address in two blocks": _from(_block("0.0.0.0/1"), _block("128.0.0.0/1")),
            },
            undecided={
                "rules not known": {"spec": {"ingress": UNKNOWN_ARRAY, "egress": UNKNOWN_ARRAY}},
                "address not known": _from(_block(UNKNOWN_STRING)),
            },
        ),
    ),
)

_INTERNAL: Final = {
    "service.beta.kubernetes.io/aws-load-balancer-internal": ("true",),
    "service.beta.kubernetes.io/aws-load-balancer-scheme": ("internal",),
    "networking.gke.io/load-balancer-type": ("Internal",),
    "cloud.google.com/load-balancer-type": ("Internal", "internal"),
    "service.beta.kubernetes.io/azure-load-balancer-internal": ("true",),
}


def _inside(service: Subject) -> Iterator[Demand]:
    spec = service.at("spec")
    kind = spec.at("type", absent="ClusterIP")
    yield Demand(~kind.is_one_of("NodePort"), kind, "opens a port on every node")
    outside = spec.at("externalIPs")
    yield Demand(outside.is_empty(), outside, "takes the traffic of these addresses")
    balanced = kind.is_one_of("LoadBalancer")
    if balanced is not Truth.NO:
        annotations = service.at("metadata", "annotations")
        internal = some(annotations.at(key).is_one_of(*values) for key, values in _INTERNAL.items())
        ranges = spec.at("loadBalancerSourceRanges")
        limited = ~ranges.is_empty() & ~covers_every_address(ranges.elements())
        yield Demand(~balanced | internal | limited, ranges, "lets every address in")


def _balanced(annotations: Props | None = None, **spec: Any) -> Props:
    return {"metadata": {"annotations": annotations}, "spec": {"type": "LoadBalancer", **spec}}


SERVICE_EXPOSURE: Final = Rule(
    id="k8s-service-exposure",
    title="Services are reached from inside, or from named addresses",
    reason=(
        "A port of every node, an address of one's own and a public load balancer all pass the "
        "ingress by, and with it its certificates, its limits and its logs."
    ),
    severity=Severity.HIGH,
    theme=Theme.EXPOSURE,
    themes_inferred=True,
    controls=(),
    fix=(
        'Use type "ClusterIP" behind an ingress; for a load balancer set the annotation that '
        "makes it internal, or load_balancer_source_ranges."
    ),
    source=f"{_DOCS}/services-networking/service/#publishing-services-service-types",
    checks=(
        Check(
            type=_SERVICE,
            demand=(
                "There is no port of nodes and no address from outside; a load balancer is "
                "internal or limited to some addresses."
            ),
            reads=(
                "spec.type",
                "spec.externalIPs",
                "spec.loadBalancerSourceRanges",
                "metadata.annotations",
            ),
            absent=(
                "type left out is ClusterIP and satisfies. A load balancer without ranges, and "
                "without an annotation that makes it internal, violates."
            ),
            judge=_inside,
            good={
                "left out": {"metadata": {}, "spec": {}},
                "inside the cluster": {"spec": {"type": "ClusterIP"}},
                "internal on AWS": _balanced(
                    {"service.beta.kubernetes.io/aws-load-balancer-scheme": "internal"}
                ),
                "internal on Google Cloud": _balanced(
                    {"networking.gke.io/load-balancer-type": "Internal"}
                ),
                "for some addresses": _balanced(loadBalancerSourceRanges=["192.0.2.0/24"]),
            },
            bad={
                "a port of every node": {"spec": {"type": "NodePort"}},
                "an address from outside": {"spec": {"externalIPs": ["192.0.2.9"]}},
                "for every address": _balanced(),
                "for every address, in words": _balanced(loadBalancerSourceRanges=["0.0.0.0/0"]),
                "for every address, in halves": _balanced(
                    loadBalancerSourceRanges=["0.0.0.0/1", "128.0.0.0/1"]
                ),
                "facing the internet": _balanced(
                    {"service.beta.kubernetes.io/aws-load-balancer-scheme": "internet-facing"}
                ),
            },
            undecided={
                "nothing known": {"metadata": UNKNOWN_STRING, "spec": UNKNOWN_STRING},
                "type not known": {"spec": {"type": UNKNOWN_STRING}},
                "ranges not known": _balanced(loadBalancerSourceRanges=UNKNOWN_ARRAY),
                "annotations not known": {
                    "metadata": UNKNOWN_STRING,
                    "spec": {"type": "LoadBalancer"},
                },
            },
        ),
    ),
)

_SNIPPET: Final = "-snippet"


def _encrypted(ingress: Subject) -> Iterator[Demand]:
    spec = ingress.at("spec")
    covered = [host for each in spec.at("tls").elements() for host in each.at("hosts").elements()]
    rules = spec.at("rules")
    yield Demand(~rules.is_empty(), rules, "is missing, so that every host is served")
    for rule in rules.elements():
        host = rule.at("host", absent="")
        yield Demand(~host.matches(_is_any), host, "is every host of a domain, or of all")
        yield Demand(some(_holds(each, host) for each in covered), host, "has no certificate")
    annotations = ingress.at("metadata", "annotations")
    if isinstance(annotations.raw, dict):
        for key in annotations.raw:
            if key.endswith(_SNIPPET):
                snippet = annotations.at(key)
                yield Demand(
                    ~snippet.is_given(), snippet, "writes into the configuration of the ingress"
                )
    elif annotations.is_present:
        yield Demand(Truth.UNKNOWN, annotations, "is not known")


def _is_any(host: str) -> bool:
    return not host or "*" in host


def _holds(certified: View, host: View) -> Truth:
    if not isinstance(host.raw, str):
        return Truth.UNKNOWN
    # A certificate of *.example.com holds for one name below the domain.
    above = host.raw.partition(".")[2]
    return certified.is_one_of(host.raw, f"*.{above}")


def _served(
    *hosts: str | None, certified: Any = (), annotations: Props | None = None, **spec: Any
) -> Props:
    return {
        "metadata": {"annotations": annotations},
        "spec": {
            "tls": [{"hosts": [*certified], "secretName": "web-tls"}],
            "rules": [{"host": host} for host in hosts],
            **spec,
        },
    }


_HOST: Final = "shop.example.com"

INGRESS_TLS: Final = Rule(
    id="k8s-ingress-tls",
    title="Every host has a name and a certificate",
    reason=(
        "What is served without a certificate is read on the way, what is served for every host "
        "is served under names of others, and a snippet configures the ingress for all."
    ),
    severity=Severity.HIGH,
    theme=Theme.TRANSIT,
    themes_inferred=True,
    controls=(
        *cis_eks("5.4.5"),
        *cis_gke("5.6.7", relation=Relation.RELATED),
        *nsa("C-0059", relation=Relation.RELATED),
    ),
    fix="Give every rule a host and name it under tls; remove the annotations with snippets.",
    source=f"{_DOCS}/services-networking/ingress/#tls",
    checks=(
        Check(
            type=_INGRESS,
            demand="Every rule has a host, which tls names; no annotation holds a snippet.",
            reads=("spec.tls.hosts", "spec.rules.host", "metadata.annotations"),
            absent="No host is every host and violates, and so do no rules. No tls violates.",
            judge=_encrypted,
            good={
                "a certificate": _served(_HOST, certified=[_HOST]),
                "a certificate of the domain": _served(_HOST, certified=["*.example.com"]),
                "two hosts": _served(_HOST, "www.example.com", certified=[_HOST, "*.example.com"]),
            },
            bad={
                "no certificate": _served(_HOST),
                "left out": {
                    "metadata": {},
                    "spec": {"tls": [{}], "rules": [{"http": {"paths": []}}]},
                },
                "a certificate of another": _served(_HOST, certified=["www.example.com"]),
                "a certificate two levels above": _served(
                    f"eu.{_HOST}", certified=["*.example.com"]
                ),
                "every host": _served("*.example.com", certified=["*.example.com"]),
                "no rules": {"spec": {"defaultBackend": {"service": {"name": "web"}}}},
                "a snippet": _served(
                    _HOST,
                    certified=[_HOST],
                    annotations={
                        "nginx.ingress.kubernetes.io/configuration-snippet": "return 200;"
                    },
                ),
            },
            undecided={
                "nothing known": {"metadata": UNKNOWN_STRING, "spec": UNKNOWN_STRING},
                "host not known": _served(UNKNOWN_STRING, certified=[_HOST]),
                "annotations not known": {
                    **_served(_HOST, certified=[_HOST]),
                    "metadata": {"annotations": UNKNOWN_STRING},
                },
            },
        ),
    ),
)
