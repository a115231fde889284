"""Where secrets lie in a cluster, and where they do not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final

from policies.controls import Relation, cis_eks, cis_gke, cis_kubernetes, nsa
from policies.pods import containers, of_each, one_of_each, pod, pod_checks
from policies.rule import Check, Demand, Props, Rule, Severity
from policies.subject import Subject
from policies.themes import Theme
from policies.view import UNKNOWN_ARRAY, UNKNOWN_STRING, Truth, View

_DOCS: Final = "https://kubernetes.io/docs/concepts"
_ENV_CONTROLS: Final = (*cis_kubernetes("5.4.1"), *cis_eks("4.4.1"), *cis_gke("4.4.1"))

_SECRET_WORDS: Final = frozenset(
    {"APIKEY", "CREDENTIAL", "CREDENTIALS", "PASSPHRASE", "PASSWD", "PASSWORD", "PASSWORDS"}
    | {"PWD", "SECRET", "SECRETS", "TOKEN"}
)
_SECRET_KEYS: Final = frozenset({"ACCESS", "API", "ENCRYPTION", "PRIVATE", "SIGNING"})
# What such a name ends with if it says where a secret is, or something else about it.
_ABOUT: Final = frozenset(
    {"DIR", "ENABLED", "ENDPOINT", "FILE", "FILES", "ID", "LENGTH", "NAME", "PATH", "REF"}
    | {"SECONDS", "TTL", "TYPE", "URI", "URL"}
)
# Grafana reads such a value from a file.
_READ_FROM_FILE: Final = "$__file{"
_NEXT_WORD: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_WORD_END: Final = re.compile(r"[^A-Z0-9]+")
_PRIVATE_KEY: Final = re.compile(r"-----BEGIN ([A-Z0-9]+ )*PRIVATE KEY-----")
_PLAIN_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


@lru_cache(maxsize=4096)
def _names_secret(name: str) -> bool:
    """Whether what has this name is a secret, rather than where one lies."""
    words = [word for word in _WORD_END.split(_NEXT_WORD.sub("_", name).upper()) if word]
    if not words or words[-1] in _ABOUT:
        return False
    keys = (first for first, second in pairwise(words) if second == "KEY")
    # Programs have such names in one word: PGPASSWORD.
    return any(
        word in _SECRET_WORDS or word.endswith("PASSWORD") for word in words
    ) or not _SECRET_KEYS.isdisjoint(keys)


def _no_literals(_: Subject, template: View) -> Iterator[Demand]:
    for container in containers(template.at("spec")):
        for variable in container.at("env").elements():
            secret = variable.at("name").matches(_names_secret)
            if secret is not Truth.NO:
                yield Demand(~secret | _is_elsewhere(variable), variable, "is a secret in clear")


def _is_elsewhere(variable: View) -> Truth:
    """Whether the value of a variable is not in the variable itself."""
    value = variable.at("value", absent="")
    return value.matches(lambda text: not text or text.startswith(_READ_FROM_FILE))


def _env(name: str | None, value: Any = None, **more: Any) -> Props:
    given = {} if value is None else {"value": value}
    return pod(containers=[{"env": [{"name": name, **given, **more}]}])


SECRETS_NOT_IN_ENV: Final = Rule(
    id="k8s-secrets-not-in-env",
    title="No variable of a container is a secret in clear",
    reason=(
        "A variable is in the object, in every backup of the cluster and on the screen of whoever "
        "may look at a pod."
    ),
    severity=Severity.HIGH,
    theme=Theme.SECRETS,
    themes_inferred=True,
    controls=(*_ENV_CONTROLS, *nsa("C-0012")),
    fix="Put the value into a Secret or into Vault, mount it as a file and name the file.",
    source=f"{_DOCS}/configuration/secret/",
    checks=pod_checks(
        "No variable whose name is that of a secret has a value; what names a file does.",
        reads=of_each("env.name", "env.value"),
        absent="No variables satisfy, and so does one without value.",
        judge=_no_literals,
        good={
            "left out": one_of_each({"env": [{}]}),
            "no secret": _env("LOG_LEVEL", "info"),
            "the file of a secret": _env("DATABASE_PASSWORD_FILE", "/run/secrets/database"),
            "read from a file": _env("GF_DATABASE_PASSWORD", "$__file{/run/secrets/database}"),
            "how long a token lives": _env("TOKEN_TTL", "1h"),
            "from a Secret": _env(
                "DATABASE_PASSWORD", valueFrom={"secretKeyRef": {"name": "database", "key": "key"}}
            ),
        },
        bad={
            "a password": _env("DATABASE_PASSWORD", "example"),
            "a key": _env("SHOP_API_KEY", "example"),
            "in small letters": _env("github-token", "example"),
            "in one word": _env("PGPASSWORD", "example"),
            "of an init container": pod(
                initContainers=[{"env": [{"name": "CLIENT_SECRET", "value": "example"}]}]
            ),
        },
        undecided={
            "name not known": _env(UNKNOWN_STRING, "example"),
            "a password not known": _env("DATABASE_PASSWORD", UNKNOWN_STRING),
            "variables not known": pod(containers=[{"env": UNKNOWN_ARRAY}]),
        },
    ),
)


def _no_references(_: Subject, template: View) -> Iterator[Demand]:
    for container in containers(template.at("spec")):
        for variable in container.at("env").elements():
            reference = variable.at("valueFrom", "secretKeyRef")
            yield Demand(~reference.is_given(), reference, "shows a secret as a variable")
        for source in container.at("envFrom").elements():
            reference = source.at("secretRef")
            yield Demand(~reference.is_given(), reference, "shows secrets as variables")


SECRET_REFS_NOT_IN_ENV: Final = Rule(
    id="k8s-secret-refs-not-in-env",
    title="Secrets reach containers as files",
    reason=(
        "Variables are passed on to every child, printed by crash reports and fixed until the pod "
        "starts again; a file is read once and follows its Secret."
    ),
    severity=Severity.LOW,
    theme=Theme.SECRETS,
    themes_inferred=True,
    controls=_ENV_CONTROLS,
    fix="Mount the Secret as a volume and give the program the path.",
    source=f"{_DOCS}/configuration/secret/#using-secrets-as-files-from-a-pod",
    checks=pod_checks(
        "No variable comes from a Secret.",
        reads=of_each("env.valueFrom.secretKeyRef", "envFrom.secretRef"),
        absent="No variables satisfy.",
        judge=_no_references,
        good={
            "left out": one_of_each({"env": [{"valueFrom": {}}], "envFrom": [{}]}),
            "from a ConfigMap": pod(containers=[{"envFrom": [{"configMapRef": {"name": "web"}}]}]),
        },
        bad={
            "one of a Secret": _env(
                "PASSWORD", valueFrom={"secretKeyRef": {"name": "database", "key": "key"}}
            ),
            "all of a Secret": pod(containers=[{"envFrom": [{"secretRef": {"name": "web"}}]}]),
        },
        undecided={"source not known": _env("LOG_LEVEL", valueFrom=UNKNOWN_STRING)},
    ),
)


def _is_no_token(secret: Subject) -> Iterator[Demand]:
    kind = secret.at("type", absent="Opaque")
    yield Demand(
        ~kind.is_one_of("kubernetes.io/service-account-token"), kind, "is a token that never ends"
    )


def _holds_no_secret(configuration: Subject) -> Iterator[Demand]:
    for key in ("data", "binaryData"):
        data = configuration.at(key)
        if isinstance(data.raw, dict):
            for name in data.raw:
                value = data.at(name)
                named = _PLAIN_NAME.fullmatch(name) is not None and _names_secret(name)
                yield Demand(
                    Truth.NO if named else ~value.matches(_has_private_key),
                    value,
                    "is a secret that everybody in the namespace may read",
                )
        elif data.is_present:
            yield Demand(Truth.UNKNOWN, data, "is not known")


def _has_private_key(text: str) -> bool:
    # The plain search is much faster, and nearly always enough.
    return "PRIVATE KEY-----" in text and _PRIVATE_KEY.search(text) is not None


SECRET_NOT_PLAIN: Final = Rule(
    id="k8s-secret-not-plain",
    title="Secrets lie in Secrets, and none of them is a token that never ends",
    reason=(
        "A ConfigMap is shown to many and encrypted by none; the token of an account that lies in "
        "a Secret is good for ever, wherever it is copied to."
    ),
    severity=Severity.HIGH,
    theme=Theme.SECRETS,
    themes_inferred=True,
    controls=(
        *cis_kubernetes("5.4.2", relation=Relation.RELATED),
        *cis_eks("4.4.2", relation=Relation.RELATED),
        *cis_gke("4.4.2", relation=Relation.RELATED),
        *nsa("C-0012"),
    ),
    fix=(
        "Move the value to a Secret made from a Pulumi secret, which no policy can see, or to "
        "Vault; get tokens of accounts from a projected volume."
    ),
    source=f"{_DOCS}/configuration/secret/#serviceaccount-token-secrets",
    checks=(
        Check(
            type="kubernetes:core/v1:Secret",
            demand="The Secret is not the token of an account.",
            reads=("type",),
            absent="type left out is Opaque and satisfies.",
            judge=_is_no_token,
            good={"left out": {}, "a certificate": {"type": "kubernetes.io/tls"}},
            bad={"a token": {"type": "kubernetes.io/service-account-token"}},
            undecided={"type not known": {"type": UNKNOWN_STRING}},
        ),
        Check(
            type="kubernetes:core/v1:ConfigMap",
            demand="No entry has the name of a secret, and none holds a private key.",
            reads=("data", "binaryData"),
            absent="No entries satisfy.",
            judge=_holds_no_secret,
            good={
                "left out": {},
                "a configuration": {"data": {"web.yaml": "level: info", "LOG_LEVEL": "info"}},
                "a certificate": {"data": {"ca.crt": "-----BEGIN CERTIFICATE-----"}},
            },
            bad={
                "a password": {"data": {"DATABASE_PASSWORD": "example"}},
                "a password not known yet": {"data": {"password": UNKNOWN_STRING}},
                "a private key": {"data": {"tls.key": "-----BEGIN EC PRIVATE KEY-----"}},
            },
            undecided={
                "entries not known": {"data": UNKNOWN_STRING, "binaryData": UNKNOWN_STRING},
                "an entry not known": {"data": {"web.yaml": UNKNOWN_STRING}},
            },
        ),
    ),
)
