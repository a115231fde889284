"""Property values: plain Python data with unknown and secret marks.

A property value is ``None``, ``bool``, ``int``, ``float``, ``str``, a ``list`` or a ``dict`` of
values, ``UNKNOWN``, or a ``Secret`` around a value. Assets, archives and resource references stay
dicts under Pulumi's signature key: nothing here looks inside them.

Numbers travel as doubles in the protocol; integral ones come back as ``int``.

Source: pulumi/pulumi ``sdk/go/common/resource/properties.go`` (signatures), checked 2026-11-21.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from google.protobuf import struct_pb2

SIGNATURE_KEY: Final = "4dabf18193072939515e22adb298388d"
SECRET_SIGNATURE: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 a marker, no password
OUTPUT_SIGNATURE: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
RESOURCE_SIGNATURE: Final = "5cf8f73096256a8f31e491e813e4eb8e"
ASSET_SIGNATURE: Final = "c44067f5952c0a294b673a41bacd8c17"
UNKNOWN_WIRE: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


class Unknown(Enum):
    """The type of ``UNKNOWN``: a value nobody can know before the update."""

    UNKNOWN = "unknown"

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown.UNKNOWN

Properties = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that is encrypted wherever it is written and masked wherever it is shown."""

    value: Any

    def __repr__(self) -> str:
        return "Secret(…)"

    __hash__ = None  # type: ignore[assignment]


def contains_unknown(value: Any) -> bool:
    """Whether ``value`` is unknown anywhere inside."""
    if value is UNKNOWN:
        return True
    if isinstance(value, Secret):
        return contains_unknown(value.value)
    if isinstance(value, dict):
        return any(contains_unknown(v) for v in value.values())
    if isinstance(value, list):
        return any(contains_unknown(v) for v in value)
    return False


def contains_secret(value: Any) -> bool:
    """Whether ``value`` carries a secret mark anywhere inside."""
    if isinstance(value, Secret):
        return True
    if isinstance(value, dict):
        return any(contains_secret(v) for v in value.values())
    if isinstance(value, list):
        return any(contains_secret(v) for v in value)
    return False


def reveal(value: Any) -> Any:
    """``value`` without its secret marks."""
    if isinstance(value, Secret):
        return reveal(value.value)
    if isinstance(value, dict):
        return {k: reveal(v) for k, v in value.items()}
    if isinstance(value, list):
        return [reveal(v) for v in value]
    return value


def mask(value: Any, text: str = "[secret]") -> Any:
    """``value`` with every secret replaced by ``text`` and every unknown by ``[unknown]``."""
    if isinstance(value, Secret):
        return text
    if value is UNKNOWN:
        return "[unknown]"
    if isinstance(value, dict):
        return {k: mask(v, text) for k, v in value.items()}
    if isinstance(value, list):
        return [mask(v, text) for v in value]
    return value


def to_plain(value: Any) -> Any:
    """What a policy analyzer receives: secrets in clear, unknowns as the marker text."""
    if isinstance(value, Secret):
        return to_plain(value.value)
    if value is UNKNOWN:
        return UNKNOWN_WIRE
    if isinstance(value, dict):
        return {k: to_plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [to_plain(v) for v in value]
    return value


def from_struct(struct: struct_pb2.Struct) -> Properties:
    """The properties in a protocol ``Struct``."""
    return {key: _from_wire_value(struct.fields[key]) for key in struct.fields}


def _from_wire_value(value: struct_pb2.Value) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        text = value.string_value
        return UNKNOWN if text == UNKNOWN_WIRE else text
    if kind == "struct_value":
        fields = value.struct_value.fields
        if SIGNATURE_KEY in fields:
            return _from_special(fields)
        return {key: _from_wire_value(fields[key]) for key in fields}
    if kind == "list_value":
        return [_from_wire_value(item) for item in value.list_value.values]
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    if kind == "bool_value":
        return value.bool_value
    return None


def _from_special(fields: Mapping[str, struct_pb2.Value]) -> Any:
    signature = fields[SIGNATURE_KEY].string_value
    if signature == SECRET_SIGNATURE:
        return Secret(_from_wire_value(fields["value"]))
    if signature == OUTPUT_SIGNATURE:
        value = _from_wire_value(fields["value"]) if "value" in fields else UNKNOWN
        return Secret(value) if "secret" in fields and fields["secret"].bool_value else value
    return {key: _from_wire_value(fields[key]) for key in fields}


def to_struct(properties: Mapping[str, Any], *, keep_secrets: bool = True) -> struct_pb2.Struct:
    """A protocol ``Struct`` of ``properties``; without ``keep_secrets`` secrets go in clear."""
    struct = struct_pb2.Struct()
    for key, value in properties.items():
        _to_wire_value(struct.fields[key], value, keep_secrets)
    return struct


def _to_wire_value(target: struct_pb2.Value, value: Any, keep_secrets: bool) -> None:
    if value is None:
        target.null_value = struct_pb2.NULL_VALUE
    elif isinstance(value, bool):
        target.bool_value = value
    elif isinstance(value, str):
        target.string_value = value
    elif isinstance(value, int | float):
        target.number_value = value
    elif value is UNKNOWN:
        target.string_value = UNKNOWN_WIRE
    elif isinstance(value, Secret):
        if keep_secrets:
            fields = target.struct_value.fields
            fields[SIGNATURE_KEY].string_value = SECRET_SIGNATURE
            _to_wire_value(fields["value"], value.value, keep_secrets)
        else:
            _to_wire_value(target, value.value, keep_secrets)
    elif isinstance(value, Mapping):
        fields = target.struct_value.fields
        # An empty struct_value has to be selected explicitly or the oneof stays unset.
        target.struct_value.SetInParent()
        for key, item in value.items():
            _to_wire_value(fields[key], item, keep_secrets)
    elif isinstance(value, list | tuple):
        target.list_value.SetInParent()
        for item in value:
            _to_wire_value(target.list_value.values.add(), item, keep_secrets)
    else:
        message = f"not a property value: {type(value).__name__}"
        raise TypeError(message)


def walk_secrets(value: Any) -> Iterator[Any]:
    """Every plain value under a secret mark inside ``value``."""
    if isinstance(value, Secret):
        yield reveal(value.value)
    elif isinstance(value, dict):
        for item in value.values():
            yield from walk_secrets(item)
    elif isinstance(value, list):
        for item in value:
            yield from walk_secrets(item)


def secret_paths(value: Any, path: str = "") -> Iterator[str]:
    """Where the secret marks inside ``value`` lie: ``data.password``, ``env[0].value``."""
    if isinstance(value, Secret):
        yield path
        value = value.value
    if isinstance(value, dict):
        for key, item in value.items():
            yield from secret_paths(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from secret_paths(item, f"{path}[{index}]")


def with_secrets(value: Any, paths: frozenset[str], path: str = "") -> Any:
    """Plain ``value`` with a mark at each of ``paths``, as ``secret_paths`` tells them."""
    marked = value
    if isinstance(value, Mapping):
        marked = {
            key: with_secrets(item, paths, f"{path}.{key}" if path else key)
            for key, item in value.items()
        }
    elif isinstance(value, list):
        marked = [with_secrets(item, paths, f"{path}[{n}]") for n, item in enumerate(value)]
    return Secret(marked) if path in paths else marked
