"""Properties as the engine sends them: protobuf structs, decoded once.

Source of the signature: ``sdk/proto`` and ``sdk/python/lib/pulumi/runtime/rpc.py`` of pulumi/pulumi.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from google.protobuf import struct_pb2

from policies.view import UNKNOWN_STRING

SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
_SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 the mark of a secret, itself public
_OUTPUT: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
_VALUE: Final = "value"

Reads = Mapping[str, "Reads | None"]
"""Which properties are read: those of an object by key, all of it for ``None``."""

_Place = tuple["_Place", str | int] | tuple[()]
"""Where a value lies: what holds it, and its key there. Only that of a secret is ever written."""

_TOP: Final = ()


def tree(paths: Iterable[str]) -> Reads:
    """``paths`` such as ``spec.replicas`` as a tree; a path covers all that lies below it."""
    found: dict[str, Any] = {}
    for path in sorted(paths):
        *holders, key = path.split(".")
        level = found
        for holder in holders:
            inner = level.setdefault(holder, {})
            if inner is None:
                break
            level = inner
        else:
            level[key] = None
    return found


def decoded(
    properties: struct_pb2.Struct, reads: Reads | None = None
) -> tuple[dict[str, Any], frozenset[str]]:
    """Plain data and the paths of the secrets in it (``data.password``, ``env[0].value``).

    Secrets and outputs are unwrapped, unknown values stay marker texts, numbers without a fraction
    are ``int``. What Pulumi notes for itself (``__defaults``) is left out, and so is whatever is not
    among ``reads``: much of a resource is of no interest to any rule.
    """
    secrets: list[str] = []
    plain = _object(properties.fields, _TOP, secrets, reads)
    for key in [key for key in plain if key.startswith("__")]:
        del plain[key]
    return plain, frozenset(secrets)


def _object(
    fields: Mapping[str, struct_pb2.Value], place: _Place, secrets: list[str], reads: Reads | None
) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    below = None
    # What is read of a type is often more than a resource has, or the other way round.
    for key in fields if reads is None or len(fields) < len(reads) else reads:
        if reads is not None:
            if key not in reads or key not in fields:
                continue
            below = reads[key]
        value = fields[key]
        plain[key] = value.string_value or _value(value, (place, key), secrets, below)
    return plain


def _value(value: struct_pb2.Value, place: _Place, secrets: list[str], reads: Reads | None) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        return value.string_value
    if kind == "struct_value":
        fields = value.struct_value.fields
        if SIGNATURE in fields:
            return _wrapped(fields, place, secrets, reads)
        return _object(fields, place, secrets, reads)
    if kind == "list_value":
        return [
            each.string_value or _value(each, (place, number), secrets, reads)
            for number, each in enumerate(value.list_value.values)
        ]
    if kind == "bool_value":
        return value.bool_value
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    return None


def _wrapped(
    fields: Mapping[str, struct_pb2.Value], place: _Place, secrets: list[str], reads: Reads | None
) -> Any:
    signature = fields[SIGNATURE].string_value
    if signature not in (_OUTPUT, _SECRET):
        # Assets, archives and references to resources are objects to a rule.
        return _object(fields, place, secrets, None)
    if signature == _SECRET or ("secret" in fields and fields["secret"].bool_value):
        secrets.append(_path(place))
    return _value(fields[_VALUE], place, secrets, reads) if _VALUE in fields else UNKNOWN_STRING


def _path(place: _Place) -> str:
    """``place`` as it is written, such as ``env[0].value``."""
    path = ""
    while place:
        place, key = place  # pyright: ignore[reportAssignmentType] one that is true has both
        path = f"[{key}]{path}" if isinstance(key, int) else f".{key}{path}"
    return path.removeprefix(".")


def raw(properties: struct_pb2.Struct) -> dict[str, Any]:
    """The properties with everything in it that Pulumi wrapped, as plain data."""
    return {key: _raw(value) for key, value in properties.fields.items()}


def _raw(value: struct_pb2.Value) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        return {key: _raw(inner) for key, inner in value.struct_value.fields.items()}
    if kind == "list_value":
        return [_raw(each) for each in value.list_value.values]
    return None if kind in (None, "null_value") else getattr(value, kind)


def encoded(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    """What ``raw`` read, as a message again."""
    struct = struct_pb2.Struct()
    struct.update(properties)
    return struct
