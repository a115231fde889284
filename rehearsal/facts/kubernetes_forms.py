"""What an API server refuses in an object although it fits the schema.

Secret and unknown values are not looked at, but for their size.
Source: kubernetes/kubernetes ``pkg/apis/*/validation/validation.go``, checked 2026-11-21.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from rehearsal import paths
from rehearsal.checking import Failure
from rehearsal.facts import kubernetes_syntax as syntax
from rehearsal.facts.kubernetes import group_and_kind
from rehearsal.facts.kubernetes_kinds import kind_failures
from rehearsal.facts.kubernetes_pods import pod_failures
from rehearsal.values import UNKNOWN, Secret, contains_unknown, reveal

_MIB: Final = 1 << 20
_ANNOTATION_BYTES: Final = 256 << 10
_OPAQUE: Final = frozenset({"binaryData", "data", "openAPIV3Schema", "stringData"})
_CRON_JOB_NAME: Final = 52

_NAMES: Final[Mapping[str, syntax.Rule]] = {
    "batch:CronJob": syntax.limited(syntax.dns_subdomain, _CRON_JOB_NAME),
    # Its pods carry it in a label.
    "batch:Job": syntax.limited(syntax.dns_subdomain, syntax.LABEL_LENGTH),
    "core:Namespace": syntax.dns_label,
    "core:Service": syntax.service_name,
    "rbac.authorization.k8s.io:ClusterRole": syntax.path_segment,
    "rbac.authorization.k8s.io:ClusterRoleBinding": syntax.path_segment,
    "rbac.authorization.k8s.io:Role": syntax.path_segment,
    "rbac.authorization.k8s.io:RoleBinding": syntax.path_segment,
}
# What a field of this name has to look like, wherever it is.
_FIELDS: Final[Mapping[str, Callable[[Any], str]]] = {
    "cidr": syntax.address_range,
    "containerPort": syntax.port,
    "endPort": syntax.port,
    "hard": syntax.quantities,
    "hostPort": syntax.port,
    "labels": syntax.labels,
    "limits": syntax.quantities,
    "matchLabels": syntax.labels,
    "nodePort": syntax.port,
    "nodeSelector": syntax.labels,
    "port": syntax.port,
    "requests": syntax.quantities,
    "targetPort": syntax.port,
}
_SECRET_KEYS: Final = {
    "kubernetes.io/dockerconfigjson": (".dockerconfigjson",),
    "kubernetes.io/ssh-auth": ("ssh-privatekey",),
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
}


def object_failures(
    token: str, inputs: Mapping[str, Any], *, typed: bool = True
) -> Iterator[Failure]:
    """What is wrong with checked inputs whose name is filled in.

    Of a custom resource, which is not ``typed``, only the metadata are known.
    """
    kind = token.rpartition(":")[2]
    if kind.endswith("List") and "items" in inputs:
        yield Failure("", f"{kind} cannot be created: create what it lists, one by one")
        return
    if not {"apiVersion", "metadata"} & inputs.keys() or kind.endswith("Patch"):
        return
    shown = {name: _shown(value) for name, value in inputs.items()}
    key = group_and_kind(token)
    yield from _metadata(key, shown.get("metadata"))
    yield from _fields(shown if typed else {"metadata": shown.get("metadata")}, "")
    yield from kind_failures(key, shown)
    yield from pod_failures(key, shown)
    if key in ("core:ConfigMap", "core:Secret"):
        yield from _content(key, inputs)


def _shown(value: Any) -> Any:
    """``value`` with everything secret unknown."""
    if isinstance(value, Secret):
        return UNKNOWN
    if isinstance(value, dict):
        return {key: _shown(item) for key, item in value.items()}
    return [_shown(item) for item in value] if isinstance(value, list) else value


def _metadata(key: str, metadata: Any) -> Iterator[Failure]:
    if not isinstance(metadata, dict):
        return
    name = metadata.get("name")
    if metadata.get("generateName"):
        reason = "not supported with server-side apply; give a name, or none to have one made"
        yield Failure("metadata.generateName", reason)
    elif name is None:
        yield Failure("metadata.name", "required where automatic names are disabled")
    problem = _NAMES.get(key, syntax.dns_subdomain)(name) if isinstance(name, str) else ""
    if problem:
        yield Failure("metadata.name", f"{name!r}: expected {problem}")
    annotations: Any = metadata.get("annotations")
    if not isinstance(annotations, dict):
        return
    for annotation in annotations:
        problem = syntax.qualified_name(annotation.lower())
        if problem:
            yield Failure(paths.field("metadata.annotations", annotation), f"expected {problem}")
    size = sum(len(k.encode()) + _length(v) for k, v in annotations.items())
    if size > _ANNOTATION_BYTES:
        yield Failure(
            "metadata.annotations", f"{size} bytes together, at most {_ANNOTATION_BYTES} fit"
        )


def _fields(value: Any, path: str) -> Iterator[Failure]:
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _fields(item, paths.item(path, index))
    if not isinstance(value, dict):
        return
    for name, item in value.items():
        where = paths.field(path, name)
        rule = _FIELDS.get(name)
        problem = rule(item) if rule else ""
        if problem:
            detail = "" if isinstance(item, dict) else f"{item!r}: "
            yield Failure(where, f"{detail}expected {problem}")
        elif name not in _OPAQUE:
            yield from _fields(item, where)


def _content(key: str, inputs: Mapping[str, Any]) -> Iterator[Failure]:
    """Keys and size; what is secret is weighed, never shown."""
    maps = {name: reveal(inputs.get(name)) for name in ("binaryData", "data", "stringData")}
    given = {name: held for name, held in maps.items() if isinstance(held, dict)}
    encoded = {"binaryData", "data"} if key == "core:Secret" else {"binaryData"}
    for name, held in given.items():
        for entry in held:
            problem = syntax.data_key(entry)
            if problem:
                yield Failure(paths.field(name, entry), f"expected {problem}")
            elif name in encoded and _decoded(held[entry]) is None:
                yield Failure(paths.field(name, entry), "expected text in base64")
    for entry in given.get("binaryData", {}).keys() & given.get("data", {}).keys():
        yield Failure(paths.field("binaryData", entry), "data has the same key")
    size = sum(
        len(_decoded(value) or b"") if name in encoded else _length(value)
        for name, held in given.items()
        for value in held.values()
    )
    if size > _MIB:
        yield Failure("data", f"{size} bytes together, at most {_MIB} fit; divide it")
    required = _SECRET_KEYS.get(str(inputs.get("type")), ()) if key == "core:Secret" else ()
    present = {entry for held in given.values() for entry in held}
    if not contains_unknown(dict(inputs)):
        for entry in required:
            if entry not in present:
                yield Failure(paths.field("data", entry), f"required for type {inputs['type']}")


def _decoded(value: Any) -> bytes | None:
    if not isinstance(value, str):
        return b""
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return None


def _length(value: Any) -> int:
    return len(value.encode()) if isinstance(value, str) else 0
