"""Where resources come from: the provider and region that make them, the component they belong to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from policies.examples import example, provided
from policies.rule import EVERY_TYPE, PROD, Check, Demand, Rule, Setting, Severity
from policies.subject import Provider, Resource, Subject, ancestors_of
from policies.themes import Theme
from policies.view import UNKNOWN_STRING, Truth, View, truth

_PROVIDERS: Final = "pulumi:providers:"
_AWS: Final = "pulumi:providers:aws"
_GOOGLE: Final = "pulumi:providers:gcp"
_PULUMI: Final = "pulumi"

# Packages whose resources always have a provider, so that one not shown is one not seen.
_CLOUDS: Final = frozenset({"aws", "aws-native", "azure", "azure-native", "docker", "gcp"})
_PLACES: Final = ("region", "location")


def _package(token: str) -> str:
    return token.partition(":")[0]


def _allowed_place(place: View, allowed: tuple[str, ...]) -> Truth:
    """Whether ``place`` is an allowed region, or a zone of one; any if none is listed."""
    if not allowed:
        return truth(place.raw != "")
    return place.matches(
        lambda text: any(text == each or text.startswith(f"{each}-") for each in allowed)
    )


def _allowed_project(project: View, allowed: tuple[str, ...]) -> Truth:
    return project.is_one_of(*allowed) if allowed else truth(project.raw != "")


def _aws_provider(subject: Subject) -> Iterator[Demand]:
    region, allowed = subject.at("region"), subject.configured["aws_regions"]
    yield Demand(region.is_given(), region, "is left to whoever runs the program")
    if region.is_present:
        yield Demand(_allowed_place(region, allowed), region, "is not an allowed region")


def _google_provider(subject: Subject) -> Iterator[Demand]:
    for key in ("region", "project"):
        given = subject.at(key)
        yield Demand(given.is_given(), given, "is left to whoever runs the program")
    yield from _on_google(subject, "region")


def _on_google(subject: Subject, *places: str) -> Iterator[Demand]:
    for key in places:
        place = subject.at(key)
        # Other types call what is no place a location.
        if place.is_present and (isinstance(place.raw, str) or not place.is_known):
            allowed = subject.configured["gcp_regions"]
            yield Demand(_allowed_place(place, allowed), place, "is not an allowed region")
    project = subject.at("project")
    if project.is_present:
        allowed = subject.configured["gcp_projects"]
        yield Demand(_allowed_project(project, allowed), project, "is not an allowed project")


def _placed(subject: Subject) -> Iterator[Demand]:
    package = _package(subject.resource.type)
    if package == "aws":
        place = subject.at("region")
        if place.is_present:
            allowed = subject.configured["aws_regions"]
            yield Demand(_allowed_place(place, allowed), place, "is not an allowed region")
    elif package == "gcp":
        yield from _on_google(subject, *_PLACES)


def _is_placed(subject: Subject) -> Truth:
    return truth(_package(subject.resource.type) in ("aws", "gcp"))


def _declared(subject: Subject) -> Iterator[Demand]:
    provider = subject.resource.provider
    if provider is None:
        yield Demand(Truth.UNKNOWN, subject, "has a provider that is not shown")
        return
    package = provider.type.removeprefix(_PROVIDERS)
    holds = truth(not provider.is_default or package in subject.configured["default_providers"])
    yield Demand(holds, subject, "is made by a provider nobody declared")


def _has_provider(subject: Subject) -> Truth:
    type_ = subject.resource.type
    if type_.startswith(_PROVIDERS):
        return Truth.NO
    return truth(subject.resource.provider is not None or _package(type_) in _CLOUDS)


def _made(type_: str, provider: Provider | None, **props: Any) -> Resource:
    return example(type_, "orders", props, provider=provider)


_BUCKET: Final = "aws:s3/bucket:Bucket"
_STORE: Final = "gcp:storage/bucket:Bucket"
_PET: Final = "random:index/randomPet:RandomPet"

REGION_ALLOWED: Final = Rule(
    id="stack-region-allowed",
    title="Every provider is declared and works where it is allowed to",
    reason=(
        "A default provider takes its region, account and cluster from the shell of whoever runs "
        "the program, so that production is made wherever that person last worked; and data that "
        "leaves its region may break the law."
    ),
    severity=Severity.MEDIUM,
    theme=Theme.GOVERNANCE,
    themes_inferred=True,
    controls=(),
    fix="Declare the provider with its region and project, and pass it to its resources.",
    source="https://www.pulumi.com/docs/iac/concepts/resources/providers/",
    settings=(
        Setting(
            name="aws_regions",
            description="Regions of AWS that resources may be in; any if none is listed.",
            default=(),
        ),
        Setting(
            name="gcp_regions",
            description=(
                "Regions of Google Cloud that resources may be in, with their zones; any if none "
                "is listed. Multi-regions and global are regions of their own."
            ),
            default=(),
        ),
        Setting(
            name="gcp_projects",
            description="Projects of Google Cloud that resources may be in; any if none is listed.",
            default=(),
        ),
        Setting(
            name="default_providers",
            description="Packages that work nowhere in particular and may be used undeclared.",
            default=(
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
            ),
        ),
    ),
    checks=(
        Check(
            type=_AWS,
            demand="The provider has an allowed region.",
            reads=("region",),
            absent="region left out violates: it is that of whoever runs the program.",
            judge=_aws_provider,
            good={"a region": {"region": "eu-west-1"}, "not known": {"region": UNKNOWN_STRING}},
            bad={"left out": {}, "empty": {"region": ""}},
            undecided={},
        ),
        Check(
            type=_GOOGLE,
            demand="The provider has an allowed region and project.",
            reads=("region", "project"),
            absent="region and project left out violate: they are those of whoever runs the program.",
            judge=_google_provider,
            good={
                "both": {"region": "europe-west1", "project": "shop-1"},
                "not known": {"region": UNKNOWN_STRING, "project": UNKNOWN_STRING},
            },
            bad={
                "no region": {"project": "shop-1"},
                "no project": {"region": "europe-west1"},
            },
            undecided={},
        ),
        Check(
            type=EVERY_TYPE,
            demand="A resource that says where it is, is where it may be.",
            reads=(),
            absent="No region, location or project of its own passes: the provider's is judged.",
            judge=_placed,
            applies=_is_placed,
            good={
                "nothing said": _made(_BUCKET, None),
                "a region": _made(_BUCKET, None, region="eu-west-1"),
                "a location": _made(_STORE, None, location="EU", project="shop-1"),
                "a location that is none": _made(_STORE, None, location={}, region=[]),
            },
            bad={
                "an empty region": _made(_BUCKET, None, region=""),
                "an empty location": _made(_STORE, None, location=""),
                "an empty region on Google Cloud": _made(_STORE, None, region=""),
                "an empty project": _made(_STORE, None, project=""),
            },
            undecided={},
            foreign={"of another package": _made(_PET, None, region="moon")},
        ),
        Check(
            type=EVERY_TYPE,
            demand="The provider of the resource was declared.",
            reads=(),
            absent="A provider that is not shown leaves the rule undecided.",
            judge=_declared,
            applies=_has_provider,
            environments=PROD,
            good={
                "declared": _made(_BUCKET, provided("aws", "aws")),
                "works nowhere in particular": _made(_PET, provided("random", "default_4_21_4")),
            },
            bad={
                "a default one": _made(_BUCKET, provided("aws", "default_7_51_0")),
                "that of the current context": _made(
                    "kubernetes:core/v1:Namespace", provided("kubernetes", "default")
                ),
            },
            undecided={"not shown": _made(_BUCKET, None)},
            foreign={
                "a component": _made("plinth:bucket:AwsBucket", None),
                "a provider": _made("pulumi:providers:random", provided("aws", "default")),
            },
        ),
    ),
)


_SENSITIVE: Final = (
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
)


def _inside(subject: Subject) -> Iterator[Demand]:
    resource = subject.resource
    approved = subject.configured["components"]
    holds = any(_is_approved(each, resource, approved) for each in ancestors_of(resource.urn))
    yield Demand(truth(holds), subject, "belongs to no approved component")


def _is_approved(ancestor: str, resource: Resource, approved: tuple[str, ...]) -> bool:
    if approved:
        return ancestor.startswith(approved)
    # Resources may be parents too; the types of bridged and of Kubernetes ones have a slash.
    package = _package(ancestor)
    return "/" not in ancestor and package not in (_PULUMI, _package(resource.type))


def _is_sensitive(subject: Subject) -> Truth:
    return truth(subject.resource.type in subject.configured["types"])


_ROLE: Final = "aws:iam/role:Role"


def _role(inside: str = "", type_: str = _ROLE) -> Resource:
    return example(type_, "deploy", inside=inside)


COMPONENT_ONLY: Final = Rule(
    id="stack-component-only",
    title="What grants access or keeps data is made by a component",
    reason=(
        "A component holds the hardening that a bare resource leaves to memory: who makes a role, "
        "a firewall or a database by hand starts from the defaults of the cloud."
    ),
    severity=Severity.MEDIUM,
    theme=Theme.GOVERNANCE,
    themes_inferred=True,
    controls=(),
    fix="Make the resource in a component, and the component its parent.",
    source="https://www.pulumi.com/docs/iac/concepts/components/",
    settings=(
        Setting(
            name="components",
            description=(
                "What the types of approved components begin with, such as plinth:; any component "
                "if none is listed."
            ),
            default=(),
        ),
        Setting(
            name="types",
            description="Types that only components may make.",
            default=_SENSITIVE,
        ),
    ),
    checks=(
        Check(
            type=EVERY_TYPE,
            demand="The resource is below a component.",
            reads=(),
            absent="No parent but the stack violates.",
            judge=_inside,
            applies=_is_sensitive,
            good={
                "in a component": _role("plinth:identity:AwsIdentity"),
                "below a resource in one": _role(f"plinth:identity:AwsIdentity${_ROLE}"),
                "in a component below the stack": _role("pulumi:pulumi:Stack$acme:app:Service"),
            },
            bad={
                "left out": _role(),
                "below the stack": _role("pulumi:pulumi:Stack"),
                "below a resource": _role("random:index/randomPet:RandomPet"),
                "below one of its own package": _role("aws:iam:Group"),
            },
            undecided={},
            foreign={"anybody may make it": _role(type_="aws:ec2/vpc:Vpc")},
        ),
    ),
)
