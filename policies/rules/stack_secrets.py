"""Values that must never lie in the state in clear."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any, Final

from policies.examples import example
from policies.rule import Check, Demand, Rule, Severity
from policies.subject import Resource, Subject
from policies.themes import Theme
from policies.view import UNKNOWN_OBJECT, UNKNOWN_STRING, Truth, View, truth

# Inputs that hold a secret, and nothing else, in the pinned SDKs.
_SECRET_INPUTS: Final[Mapping[str, tuple[str, ...]]] = {
    "aws:rds/instance:Instance": ("password", "passwordWo"),
    "aws:rds/cluster:Cluster": ("masterPassword", "masterPasswordWo"),
    "aws:directoryservice/directory:Directory": ("password",),
    "aws:dms/endpoint:Endpoint": ("password",),
    "aws:docdb/cluster:Cluster": ("masterPassword", "masterPasswordWo"),
    "aws:ec2/vpnConnection:VpnConnection": ("tunnel1PresharedKey", "tunnel2PresharedKey"),
    "aws:elasticache/replicationGroup:ReplicationGroup": ("authToken",),
    "aws:elasticache/user:User": ("passwords", "authenticationMode.passwords"),
    "aws:memorydb/user:User": ("authenticationMode.passwords",),
    "aws:mq/broker:Broker": ("users.password",),
    "aws:opensearch/domain:Domain": (
        "advancedSecurityOptions.masterUserOptions.masterUserPassword",
    ),
    "aws:redshift/cluster:Cluster": ("masterPassword", "masterPasswordWo"),
    "aws:secretsmanager/secretVersion:SecretVersion": (
        "secretString",
        "secretBinary",
        "secretStringWo",
    ),
    "gcp:alloydb/cluster:Cluster": ("initialUser.password",),
    "gcp:alloydb/user:User": ("password", "passwordWo"),
    "gcp:secretmanager/secretVersion:SecretVersion": ("secretData", "secretDataWo"),
    "gcp:sql/databaseInstance:DatabaseInstance": ("rootPassword", "rootPasswordWo"),
    "gcp:sql/user:User": ("password", "passwordWo"),
    "docker:index/secret:Secret": ("data",),
    "pulumi:providers:aws": ("secretKey", "token"),
    "pulumi:providers:gcp": ("credentials", "accessToken"),
}
_KUBERNETES: Final = "kubernetes:core/v1:Secret"
_PARAMETER: Final = "aws:ssm/parameter:Parameter"
_CONTAINER: Final = "docker:index/container:Container"
_ENCRYPTED: Final = "SecureString"
_PLAIN: Final = "is in the state in clear: it is no Pulumi secret"

# Words of names of variables whose values are secrets; where the value is elsewhere, so is its name.
_SECRET_WORDS: Final = frozenset(
    {"credential", "credentials", "passphrase", "passwd", "password", "pwd", "secret", "token"}
)
_SECRET_KEYS: Final = frozenset({("access", "key"), ("api", "key"), ("private", "key")})
_ELSEWHERE: Final = frozenset({"arn", "file", "id", "name", "path", "ref", "ttl", "url", "version"})
_WORD: Final = re.compile(r"[a-z0-9]+")


def _leaves(view: View, keys: tuple[str, ...]) -> Iterator[View]:
    """What lies at ``keys`` below ``view``, of each element of the lists on the way."""
    for element in view.elements():
        if keys:
            yield from _leaves(element.at(keys[0]), keys[1:])
        else:
            yield element


def _secret(subject: Subject, value: View) -> Iterator[Demand]:
    if value.is_present and value.raw != "":
        yield Demand(subject.is_secret(value), value, _PLAIN)


def _kept(paths: Iterable[str]) -> Callable[[Subject], Iterator[Demand]]:
    places = [tuple(path.split(".")) for path in paths]

    def judge(subject: Subject) -> Iterator[Demand]:
        for place in places:
            for value in _leaves(subject, place):
                yield from _secret(subject, value)

    return judge


def _check(type_: str, paths: tuple[str, ...]) -> Check:
    def given(path: str, value: Any, secrets: Iterable[str] | None = ()) -> Resource:
        props = value
        for key in reversed(path.split(".")):
            props = {key: props}
        return example(type_, "orders", props, secrets=secrets)

    def left_out(path: str) -> Resource:
        holder = path.rpartition(".")[0]
        return given(holder, {}) if holder else example(type_, "orders", secrets=())

    return Check(
        type=type_,
        demand="Each secret is a Pulumi secret.",
        reads=paths,
        absent="What is left out is in no state and passes.",
        judge=_kept(paths),
        good={
            **{f"{path} left out": left_out(path) for path in paths},
            **{f"{path} secret": given(path, "hunter2", [path]) for path in paths},
            **{f"{path} not known, secret": given(path, UNKNOWN_STRING, [path]) for path in paths},
            f"{paths[0]} empty": given(paths[0], ""),
        },
        bad={
            **{f"{path} in clear": given(path, "hunter2") for path in paths},
            **{f"{path} not known, in clear": given(path, UNKNOWN_STRING) for path in paths},
        },
        undecided={f"{path} not told": given(path, "hunter2", None) for path in paths},
    )


def _data(subject: Subject) -> Iterator[Demand]:
    for key in ("data", "stringData"):
        data = subject.at(key)
        # An object that is a secret as a whole hides its values; else each must be one.
        if isinstance(data.raw, Mapping):
            for name in data.raw:
                yield from _secret(subject, data.at(name))
        elif data.is_present:
            yield from _secret(subject, data)


def _secret_data(props: Any, secrets: Iterable[str] | None) -> Resource:
    return example(_KUBERNETES, "orders", props, secrets=secrets)


def _parameter(subject: Subject) -> Iterator[Demand]:
    for key in ("value", "valueWo"):
        yield from _secret(subject, subject.at(key))


def _is_encrypted(subject: Subject) -> Truth:
    return subject.at("type").is_one_of(_ENCRYPTED)


def _stored(secrets: Iterable[str] | None = (), **props: Any) -> Resource:
    return example(_PARAMETER, "orders", {"type": _ENCRYPTED, **props}, secrets=secrets)


def _variables(subject: Subject) -> Iterator[Demand]:
    for variable in subject.at("envs").elements():
        if isinstance(variable.raw, str):
            name, _, value = variable.raw.partition("=")
            if value and _names_secret(name):
                yield Demand(subject.is_secret(variable), variable, _PLAIN)
        else:
            # What is not known may be a secret under any name.
            yield Demand(
                truth(subject.is_secret(variable) is Truth.YES) | Truth.UNKNOWN, variable, _PLAIN
            )


def _names_secret(name: str) -> bool:
    words = _WORD.findall(name.lower())
    if not words or words[-1] in _ELSEWHERE:
        return False
    pairs = set(pairwise(words))
    return not _SECRET_WORDS.isdisjoint(words) or not _SECRET_KEYS.isdisjoint(pairs)


def _run(*variables: str, secrets: Iterable[str] | None = ()) -> Resource:
    return example(_CONTAINER, "orders", {"envs": [*variables]}, secrets=secrets)


_ENVS: Final = ("envs",)

NO_PLAIN_SECRET_INPUTS: Final = Rule(
    id="stack-no-plain-secret-inputs",
    title="What is secret is a Pulumi secret",
    reason=(
        "A value that is no Pulumi secret lies in clear in the state, in every plan and in the log "
        "of every run, where whoever may read one of them reads it."
    ),
    severity=Severity.HIGH,
    theme=Theme.SECRETS,
    controls=(),
    fix=(
        "Read the value with config.require_secret, take it from a resource that makes secrets, "
        "or wrap it in pulumi.Output.secret."
    ),
    source="https://www.pulumi.com/docs/iac/concepts/secrets/",
    checks=(
        *(_check(type_, paths) for type_, paths in _SECRET_INPUTS.items()),
        Check(
            type=_KUBERNETES,
            demand="Each value is a Pulumi secret.",
            reads=("data", "stringData"),
            absent="What is left out is in no state and passes.",
            judge=_data,
            good={
                "left out": _secret_data({}, ()),
                "each": _secret_data(
                    {"data": {"key": "eA=="}, "stringData": {"tls.crt": "x"}},
                    ["data.key", "stringData.tls.crt"],
                ),
                "all at once": _secret_data({"data": {"key": "eA=="}}, ["data"]),
                "empty": _secret_data({"stringData": {"key": ""}}, ()),
                "not known, secret": _secret_data({"data": UNKNOWN_OBJECT}, ["data"]),
            },
            bad={
                "in clear": _secret_data({"data": {"key": "eA=="}}, ()),
                "one of two in clear": _secret_data(
                    {"stringData": {"key": "x", "salt": "y"}}, ["stringData.key"]
                ),
                "not known, in clear": _secret_data({"stringData": UNKNOWN_OBJECT}, ()),
            },
            undecided={"not told": _secret_data({"data": {"key": "eA=="}}, None)},
        ),
        Check(
            type=_PARAMETER,
            demand="The value of a parameter that is kept encrypted is a Pulumi secret.",
            reads=("type", "value", "valueWo"),
            absent="What is left out is in no state and passes.",
            judge=_parameter,
            applies=_is_encrypted,
            good={
                "left out": _stored(),
                "secret": _stored(["value"], value="hunter2"),
                "write-only, secret": _stored(["valueWo"], valueWo="hunter2"),
                "not known, secret": _stored(["value"], value=UNKNOWN_STRING),
            },
            bad={
                "in clear": _stored(value="hunter2"),
                "write-only, in clear": _stored(valueWo="hunter2"),
                "not known, in clear": _stored(valueWo=UNKNOWN_STRING),
            },
            undecided={
                "not told": _stored(None, value="hunter2"),
                "type not known": example(
                    _PARAMETER, "orders", {"type": UNKNOWN_STRING, "value": "hunter2"}, secrets=()
                ),
            },
            foreign={
                "not encrypted": example(_PARAMETER, "orders", {"type": "String", "value": "on"}),
                "type left out": example(_PARAMETER, "orders", {"value": "on"}),
            },
        ),
        Check(
            type=_CONTAINER,
            demand="A variable with the name of a secret holds a Pulumi secret.",
            reads=_ENVS,
            absent="No variables pass.",
            judge=_variables,
            good={
                "left out": example(_CONTAINER, "orders", secrets=()),
                "another name": _run("LOG_LEVEL=debug", "TOKENS_PER_SECOND=5", "=x"),
                "secret": _run("DB_PASSWORD=hunter2", secrets=["envs[0]"]),
                "all secret": _run("DB_PASSWORD=hunter2", secrets=_ENVS),
                "not known, secret": _run(UNKNOWN_STRING, secrets=["envs[0]"]),
                "where it is": _run("DB_PASSWORD_FILE=/run/secrets/password", "SECRET_ARN=arn:x"),
                "no value": _run("DB_PASSWORD=", "API_TOKEN"),
            },
            bad={
                "in clear": _run("DB_PASSWORD=hunter2"),
                "a key in clear": _run("AWS_SECRET_ACCESS_KEY=hunter2"),
                "a key of two words": _run("STRIPE_API_KEY=hunter2"),
                "another is secret": _run("A=b", "AUTH-TOKEN=hunter2", secrets=["envs[0]"]),
            },
            undecided={
                "not told": _run("DB_PASSWORD=hunter2", secrets=None),
                "not known": _run(UNKNOWN_STRING),
            },
        ),
    ),
)
