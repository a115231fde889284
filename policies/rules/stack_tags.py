"""Tags that say whose a resource is, what it is for and which environment it belongs to."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from policies.examples import example, provided
from policies.rule import EVERY_TYPE, Check, Demand, Rule, Setting, Severity, StackCheck
from policies.subject import Environment, Provider, Resource, Stack, Subject
from policies.themes import Theme
from policies.view import UNKNOWN, UNKNOWN_OBJECT, UNKNOWN_STRING, Truth, View, truth

_AWS: Final = "https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html"
_STACKS: Final = "https://www.pulumi.com/docs/iac/concepts/stacks/"


@dataclass(frozen=True, slots=True)
class _Cloud:
    """How a cloud calls tags: the setting that demands them and what its provider adds by itself.

    Source of the defaults: ``defaultTags`` and ``defaultLabels`` of the providers, pulumi-aws 7.51
    and pulumi-gcp 10.2. A provider is given whatever is not a text as JSON.
    """

    setting: str
    defaults: tuple[str, ...]
    tags: tuple[str, ...]
    provider: Provider


_ON_AWS: Final = _Cloud(
    setting="aws_tags",
    defaults=("defaultTags", "tags"),
    tags=("Owner", "Environment", "CostCenter"),
    provider=provided("aws"),
)
_ON_GOOGLE: Final = _Cloud(
    setting="gcp_labels",
    defaults=("defaultLabels",),
    tags=("owner", "environment", "cost-centre"),
    provider=provided("gcp"),
)

# Types without `effectiveLabels` among their outputs get no default labels.
_TAGGED: Final[tuple[tuple[_Cloud, str, str], ...]] = (
    (_ON_AWS, "tags", "aws:ec2/vpc:Vpc"),
    (_ON_AWS, "tags", "aws:backup/vault:Vault"),
    (_ON_AWS, "tags", "aws:cloudwatch/logGroup:LogGroup"),
    (_ON_AWS, "tags", "aws:dynamodb/table:Table"),
    (_ON_AWS, "tags", "aws:ebs/volume:Volume"),
    (_ON_AWS, "tags", "aws:ec2/instance:Instance"),
    (_ON_AWS, "tags", "aws:ec2/natGateway:NatGateway"),
    (_ON_AWS, "tags", "aws:ecr/repository:Repository"),
    (_ON_AWS, "tags", "aws:efs/fileSystem:FileSystem"),
    (_ON_AWS, "tags", "aws:eks/cluster:Cluster"),
    (_ON_AWS, "tags", "aws:eks/nodeGroup:NodeGroup"),
    (_ON_AWS, "tags", "aws:elasticache/replicationGroup:ReplicationGroup"),
    (_ON_AWS, "tags", "aws:iam/role:Role"),
    (_ON_AWS, "tags", "aws:kms/key:Key"),
    (_ON_AWS, "tags", "aws:lb/loadBalancer:LoadBalancer"),
    (_ON_AWS, "tags", "aws:rds/cluster:Cluster"),
    (_ON_AWS, "tags", "aws:rds/instance:Instance"),
    (_ON_AWS, "tags", "aws:s3/bucket:Bucket"),
    (_ON_AWS, "tags", "aws:secretsmanager/secret:Secret"),
    (_ON_GOOGLE, "resourceLabels", "gcp:container/cluster:Cluster"),
    (_ON_GOOGLE, "settings.userLabels", "gcp:sql/databaseInstance:DatabaseInstance"),
    (_ON_GOOGLE, "labels", "gcp:storage/bucket:Bucket"),
    (_ON_GOOGLE, "labels", "gcp:artifactregistry/repository:Repository"),
    (_ON_GOOGLE, "labels", "gcp:compute/disk:Disk"),
    (_ON_GOOGLE, "labels", "gcp:compute/instance:Instance"),
    (_ON_GOOGLE, "labels", "gcp:kms/cryptoKey:CryptoKey"),
    (_ON_GOOGLE, "labels", "gcp:memorystore/instance:Instance"),
    (_ON_GOOGLE, "labels", "gcp:redis/instance:Instance"),
    (_ON_GOOGLE, "labels", "gcp:secretmanager/secret:Secret"),
)
_WITHOUT_DEFAULTS: Final = frozenset({"gcp:sql/databaseInstance:DatabaseInstance"})


def _tagged(cloud: _Cloud, path: str) -> Callable[[Subject], Iterator[Demand]]:
    keys = path.split(".")

    def judge(subject: Subject) -> Iterator[Demand]:
        tags = subject.at(*keys)
        for key in subject.configured[cloud.setting]:
            holds = _is_filled(tags.at(key)) | _is_default(subject.resource, cloud, key)
            yield Demand(holds, tags, f"has no {key}")

    return judge


def _is_default(resource: Resource, cloud: _Cloud, key: str) -> Truth:
    """Whether the provider adds the tag by itself."""
    if resource.type in _WITHOUT_DEFAULTS:
        return Truth.NO
    if resource.provider is None:
        return Truth.UNKNOWN
    first, *rest = cloud.defaults
    return _is_filled(_setting_of(resource.provider, first).at(*rest).at(key))


def _setting_of(provider: Provider, key: str) -> View:
    value = provider.props.get(key)
    if isinstance(value, str):
        try:
            return View(json.loads(value))
        except ValueError:
            # A marker of what is not known stays one; no other text holds settings.
            return View(value)
    return View(value)


def _is_filled(tag: View) -> Truth:
    return tag.is_given() & truth(tag.raw != "")


def _required(cloud: _Cloud, path: str, type_: str, *, first: bool) -> Check:
    """The check of one type; the first of a cloud shows what holds of all of them."""

    def tagged(tags: Any, provider: Provider | None = cloud.provider) -> Resource:
        props: Any = tags
        for key in reversed(path.split(".")):
            props = {key: props}
        return example(type_, "orders", props, provider=provider)

    def adding(name: str, tags: Any) -> Provider:
        top, *rest = cloud.defaults
        for key in reversed(rest):
            tags = {key: tags}
        package = cloud.provider.name
        return provided(package, f"{package}-{name}", **{top: tags})

    owner, *others = cloud.tags
    every = dict.fromkeys(cloud.tags, "payments")
    some = dict.fromkeys(others, "payments")
    defaults = type_ not in _WITHOUT_DEFAULTS
    good = {"every tag": tagged(every)}
    bad = {"left out": tagged(None), "no owner": tagged(some)}
    undecided = {"tags not known": tagged(UNKNOWN_OBJECT)}
    from_provider = {"every tag from the provider": tagged(None, adding("all", every))}
    if first:
        good |= {
            "one from the provider": tagged(some, adding("owner", {owner: "payments"})),
            "values not known": tagged(dict.fromkeys(cloud.tags, UNKNOWN_STRING)),
        }
        bad |= {
            "none": tagged({}),
            "an empty owner": tagged({**every, owner: ""}),
            "an owner that is null": tagged({**every, owner: None}),
            "an empty owner from the provider": tagged(some, adding("empty", {owner: ""})),
        }
        undecided |= {
            "provider not shown": tagged(some, None),
            "what the provider adds not known": tagged(some, adding("unknown", UNKNOWN_OBJECT)),
        }
    return Check(
        type=type_,
        demand="The resource has every required tag, of its own or from its provider.",
        reads=(path,),
        absent=(
            f"A tag left out violates unless {'.'.join(cloud.defaults)} of the provider holds it."
            if defaults
            else "A label left out violates: default labels of the provider do not reach it."
        ),
        judge=_tagged(cloud, path),
        good={**good, **(from_provider if defaults else {})},
        bad={**bad, **({} if defaults else from_provider)},
        undecided=undecided,
    )


def _checks() -> Iterator[Check]:
    shown: set[str] = set()
    for cloud, path, type_ in _TAGGED:
        yield _required(cloud, path, type_, first=cloud.setting not in shown)
        shown.add(cloud.setting)


REQUIRED_TAGS: Final = Rule(
    id="stack-required-tags",
    title="What can carry tags says whose it is, which environment it is and who pays",
    reason=(
        "A resource without them belongs to nobody: nobody is asked before it changes, nobody "
        "misses it when it should go, and its cost is on no account."
    ),
    severity=Severity.MEDIUM,
    theme=Theme.GOVERNANCE,
    themes_inferred=True,
    controls=(),
    fix="Add the tags, or defaultTags (on Google Cloud defaultLabels) to the provider.",
    source=_AWS,
    settings=(
        Setting(
            name=_ON_AWS.setting,
            description="Tags that every taggable resource on AWS carries.",
            default=_ON_AWS.tags,
        ),
        Setting(
            name=_ON_GOOGLE.setting,
            description="Labels that every resource on Google Cloud that can have some carries.",
            default=_ON_GOOGLE.tags,
        ),
    ),
    checks=tuple(_checks()),
)


_ENVIRONMENTS: Final[Mapping[str, Environment]] = {
    "dev": "dev",
    "development": "dev",
    "staging": "staging",
    "stg": "staging",
    "prod": "prod",
    "prd": "prod",
    "production": "prod",
}
_WORD: Final = re.compile(r"[^a-z0-9]+")
_ARN: Final = "arn:"
_ARN_IN_TEXT: Final = re.compile(r'arn:[^"\\\s]+')
_GLOBAL_NAMES: Final = ("name", "bucket", "identifier", "clusterIdentifier", "replicationGroupId")
_METADATA: Final = "metadata"
_NAME_IN_CLUSTER: Final = ("name", "namespace")
# A zone of one environment delegates to those of others.
_OF_DNS: Final = ("aws:route53", "gcp:dns/")
_REFERENCE: Final = "pulumi:pulumi:StackReference"
_OWN: Final = "pulumi:pulumi:"


@lru_cache(maxsize=4096)
def _named(text: str) -> frozenset[Environment]:
    """The environments that words of ``text`` name."""
    words = _WORD.split(text.lower())
    return frozenset(_ENVIRONMENTS[word] for word in words if word in _ENVIRONMENTS)


def _stack_of(resource: Resource) -> str:
    return resource.urn.removeprefix("urn:pulumi:").partition("::")[0]


def _belongs(text: str, stack: str) -> Truth:
    """Whether what ``text`` names is in the environment of ``stack``."""
    named, own = _named(text), _named(stack)
    if not named or named & own:
        return Truth.YES
    # Only a tag of the stack, which a rule is not shown, can say what environment this is.
    return Truth.NO if own else Truth.UNKNOWN


def _all_belongs(view: View, stack: str) -> Truth:
    if isinstance(view.raw, str):
        return _belongs(view.raw, stack)
    return truth(not view.is_present) | Truth.UNKNOWN


def _is_tagged(tag: View, stack: str) -> Truth:
    """Whether a tag of the environment holds that of ``stack``."""
    if not isinstance(tag.raw, str):
        return Truth.UNKNOWN
    if tag.raw.lower() == stack.lower() or _named(tag.raw) & _named(stack):
        return Truth.YES
    return Truth.NO if _named(stack) else Truth.UNKNOWN


def _coherent(subject: Subject) -> Iterator[Demand]:
    stack = _stack_of(subject.resource)
    for tag in _environment_tags(subject):
        yield Demand(_is_tagged(tag, stack), tag, "is not the environment of the stack")
    type_ = subject.resource.type
    if not type_.startswith(_OF_DNS):
        for name in _names(subject):
            # Names that are not known yet are made from those of other resources of the stack.
            if name.is_known:
                yield Demand(_all_belongs(name, stack), name, "names another environment")
    for reference, texts in _references(subject):
        for text in texts:
            yield Demand(_belongs(text, stack), reference, "refers to another environment")


def _environment_tags(subject: Subject) -> Iterator[View]:
    keys = subject.configured["environment_tags"]
    for tags in _tags(subject):
        if isinstance(tags.raw, Mapping):
            yield from (tags.at(key) for key in keys if tags.raw.get(key) is not None)
        elif tags.raw is UNKNOWN:
            yield tags
        elif isinstance(tags.raw, list):
            for pair in tags.elements():
                # Docker calls the key of a label so; groups of machines have a list of tags.
                if _keys_of(pair) & {*keys}:
                    yield pair.at("value")


def _keys_of(pair: View) -> set[str]:
    """What a pair in a list of tags says its key is."""
    keys = (pair.at("key").raw, pair.at("label").raw)
    return {key for key in keys if isinstance(key, str)}


def _tags(subject: Subject) -> Iterator[View]:
    type_ = subject.resource.type
    if type_.startswith("kubernetes:"):
        yield subject.at(_METADATA, "labels")
        return
    yield subject.at("tags")
    yield subject.at("labels")
    yield subject.at("resourceLabels")
    if type_.startswith("gcp:sql/"):
        yield subject.at("settings", "userLabels")


def _names(subject: Subject) -> Iterator[View]:
    """Each property that is a name."""
    if subject.resource.type.startswith("kubernetes:"):
        for key in _NAME_IN_CLUSTER:
            yield subject.at(_METADATA, key)
        return
    for key in _GLOBAL_NAMES:
        name = subject.at(key)
        # Other types call numbers and whole objects a name.
        if isinstance(name.raw, str):
            yield name


def _references(view: View) -> Iterator[tuple[View, list[str]]]:
    """Each text that holds ARNs, and the ARNs."""
    raw = view.raw
    if isinstance(raw, str):
        yield view, _ARN_IN_TEXT.findall(raw)
    elif isinstance(raw, Mapping):
        for key, value in raw.items():
            if _may_refer(value):
                yield from _references(view.at(key))
    elif isinstance(raw, list):
        for element in view.elements():
            if _may_refer(element.raw):
                yield from _references(element)


def _may_refer(value: Any) -> bool:
    if isinstance(value, str):
        return value.startswith((_ARN, "{", "["))
    return isinstance(value, dict | list)


def _is_of_environment(subject: Subject) -> Truth:
    # What Pulumi makes itself is named after the stack; a reference is judged on its own.
    return truth(not subject.resource.type.startswith(_OWN))


def _refers(subject: Subject, _: Stack) -> Iterator[Demand]:
    name = subject.at("name")
    whole = str(name.raw).rpartition("/")[2] if isinstance(name.raw, str) else name.raw
    belongs = _all_belongs(View(whole), _stack_of(subject.resource))
    yield Demand(belongs & name.is_given(), name, "is a stack of another environment")


def _in(environment: Environment, type_: str, **props: Any) -> Resource:
    return example(type_, "orders", props, environment=environment)


_TABLE: Final = "aws:dynamodb/table:Table"
_ROLE: Final = "aws:iam/role:Role"
_SPACE: Final = "kubernetes:core/v1:Namespace"
_CONTAINER: Final = "docker:index/container:Container"
_GROUP: Final = "aws:autoscaling/group:Group"
_POLICY_OF_PROD: Final = json.dumps(
    {"Statement": [{"Action": "s3:GetObject", "Resource": "arn:aws:s3:::orders-prod/*"}]}
)
_POLICY_OF_DEV: Final = _POLICY_OF_PROD.replace("prod", "dev")

ENV_COHERENT: Final = Rule(
    id="stack-env-coherent",
    title="Everything in a stack belongs to the environment of the stack",
    reason=(
        "What is named or tagged as another environment is taken for it by people, budgets and "
        "alerts, and what refers to one changes or reads it: the usual way a test reaches live data."
    ),
    severity=Severity.HIGH,
    theme=Theme.GOVERNANCE,
    themes_inferred=True,
    controls=(),
    fix="Name and tag the resource for the environment of its stack; refer to that one's resources.",
    source=_STACKS,
    settings=(
        Setting(
            name="environment_tags",
            description="Tags and labels that say which environment a resource belongs to.",
            default=(
                "Environment",
                "environment",
                "Env",
                "env",
                "plinth.dev/environment",
            ),
        ),
    ),
    checks=(
        Check(
            type=EVERY_TYPE,
            demand=(
                "The tag for the environment is that of the stack; neither a name, a namespace "
                "nor an ARN names another one."
            ),
            reads=(),
            absent=(
                "No tag and no name pass. A name or an ARN that is not known yet is made from "
                "that of a resource of the same stack, or of a stack that is referred to by name."
            ),
            judge=_coherent,
            applies=_is_of_environment,
            good={
                "nothing said": _in("prod", _TABLE),
                "a tag": _in("prod", _TABLE, tags={"Environment": "prod"}),
                "a longer word": _in("prod", _TABLE, tags={"Environment": "Production"}),
                "a word that is no environment": _in("prod", _TABLE, tags={"Product": "dev"}),
                "a name": _in("prod", _TABLE, name="orders-prod"),
                "a name of both": _in("prod", _TABLE, name="dev-to-prod"),
                "part of a word": _in("prod", _TABLE, name="devices"),
                "an ARN": _in("prod", _ROLE, permissionsBoundary="arn:aws:iam::1:policy/prod"),
                "an ARN not known": _in("prod", _ROLE, permissionsBoundary=UNKNOWN_STRING),
                "a document": _in("prod", _ROLE, inlinePolicies=[{"policy": _POLICY_OF_PROD}]),
                "a name not known": _in("prod", _TABLE, name=UNKNOWN_STRING),
                "a zone of another one": _in(
                    "prod", "aws:route53/zone:Zone", name="dev.example.com"
                ),
                "a text that is no name": _in("prod", _TABLE, name=["dev"], hint="dev"),
            },
            bad={
                "another tag": _in("prod", _TABLE, tags={"Environment": "dev"}),
                "a tag of no environment": _in("prod", _TABLE, tags={"env": "qa"}),
                "another label": _in(
                    "prod", "gcp:storage/bucket:Bucket", labels={"environment": "staging"}
                ),
                "another label of a cluster": _in(
                    "prod", "gcp:container/cluster:Cluster", resourceLabels={"environment": "stg"}
                ),
                "another label of a database": _in(
                    "prod",
                    "gcp:sql/databaseInstance:DatabaseInstance",
                    settings={"userLabels": {"environment": "dev"}},
                ),
                "another tag in a list": _in(
                    "prod", _GROUP, tags=[{"key": "Environment", "value": "dev"}]
                ),
                "another label in a list": _in(
                    "prod", _CONTAINER, labels=[{"label": "env", "value": "dev"}]
                ),
                "another name": _in("prod", _TABLE, name="orders-dev"),
                "another bucket": _in("prod", "aws:s3/bucket:Bucket", bucket="Staging.orders"),
                "another namespace": _in("prod", _SPACE, metadata={"name": "store-staging"}),
                "in another namespace": _in(
                    "prod", "kubernetes:core/v1:ConfigMap", metadata={"namespace": "dev"}
                ),
                "another label in a cluster": _in(
                    "prod", _SPACE, metadata={"labels": {"plinth.dev/environment": "dev"}}
                ),
                "another ARN": _in("prod", _ROLE, permissionsBoundary="arn:aws:iam::1:policy/dev"),
                "another ARN in a list": _in(
                    "prod", _ROLE, managedPolicyArns=["arn:aws:iam::1:policy/dev"]
                ),
                "a document of another one": _in(
                    "prod", _ROLE, inlinePolicies=[{"policy": _POLICY_OF_DEV}]
                ),
            },
            undecided={
                "a tag not known": _in("prod", _TABLE, tags={"Environment": UNKNOWN_STRING}),
                "tags not known": _in("prod", _TABLE, tags=UNKNOWN_OBJECT),
                "metadata not known": _in("prod", _SPACE, metadata=UNKNOWN_OBJECT),
            },
            foreign={"of Pulumi itself": _in("prod", _REFERENCE, name="acme/core/dev")},
        ),
    ),
    stack_checks=(
        StackCheck(
            type=_REFERENCE,
            demand="The stack that is referred to is one of the same environment.",
            reads={_REFERENCE: ()},
            absent="A reference names a stack.",
            judge=_refers,
            good={
                "the same": (_in("prod", _REFERENCE, name="acme/core/prod"),),
                "no environment": (_in("prod", _REFERENCE, name="acme/dev/shared"),),
            },
            bad={
                "another one": (_in("prod", _REFERENCE, name="acme/core/dev"),),
                "left out": (_in("prod", _REFERENCE),),
            },
            undecided={"not known": (_in("prod", _REFERENCE, name=UNKNOWN_STRING),)},
        ),
    ),
)
