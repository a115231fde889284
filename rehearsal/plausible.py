"""Plausible values of any declared type, where nothing better is known."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any, Final

from rehearsal.property_types import PropertyType, Shape

_DEPTH: Final = 3
# Property names that say what their text looks like; the first that matches counts.
_TEXTS: Final = tuple(
    (re.compile(pattern), template)
    for pattern, template in (
        (r"Prefix$", ""),
        (r"^(account|owner|registry)Id$", "{account}"),
        (r"^(\w+[a-z])?Arn$|^arn$", "arn:aws:{module}:{region}:{account}:{purpose}/{hex16}"),
        (r"(?i)region$", "{region}"),
        (r"(?i)availabilityZone$|^zone$", "{region}a"),
        (r"(?i)^project$", "{project}"),
        (r"(?i)vpcId$", "vpc-0{hex16}"),
        (r"(?i)subnetId$", "subnet-0{hex16}"),
        (r"(?i)securityGroupId$", "sg-0{hex16}"),
        (r"(?i)routeTableId$", "rtb-0{hex16}"),
        (r"(?i)networkInterfaceId$", "eni-0{hex16}"),
        (r"(?i)networkAclId$", "acl-0{hex16}"),
        (r"(?i)hostedZoneId$|^zoneId$", "Z{HEX13}"),
        (r"(?i)(uid|uuid)$", "{uuid}"),
        (r"(?i)cidr(Block)?$", "10.{octet}.0.0/16"),
        (r"(?i)(ip|ipAddress|ipv4Address)$", "10.{octet}.{octet}.{octet}"),
        (r"(?i)ipv6(Address)?$", "fd00::{hex4}"),
        (r"(?i)(url|uri|link)$", "https://{hex12}.example.com"),
        (
            r"(?i)(endpoint|host|hostname|address|fqdn|domainName|dnsName|domain)$",
            "{hex12}.example.com",
        ),
        (r"(?i)digest$", "sha256:{hex64}"),
        (r"(?i)(fingerprint|checksum|sha256|sha1|hash|etag)$", "{hex64}"),
        (
            r"(?i)(time|timestamp|date|created|updated|createdAt|updatedAt|modified)$",
            "2026-01-01T00:00:00Z",
        ),
        (r"[a-z]At$", "2026-01-01T00:00:00Z"),
        (r"(?i)^status$", "ACTIVE"),
        (r"(?i)^state$", "available"),
        (r"^policy$", '{"Version":"2012-10-17","Statement":[]}'),
        (r"(?i)versionId$", "{alpha32}"),
        (r"(?i)version$", "1"),
        (r"(?i)id$", "{hex17}"),
        (r"(?i)^name$", "{logical}"),
    )
)
_PORT: Final = 443


class Inventor:
    """Makes values that look like their names say.

    ``text`` fills in a template; its second argument tells equal templates apart. With ``invent``
    lists have an item and texts a content; without, what no name tells stays empty, because an
    invented rule or block would look like somebody's choice.
    """

    def __init__(self, text: Callable[[str, str], str], *, invent: bool) -> None:
        """Nothing is made before it is asked for."""
        self._text = text
        self._invent = invent

    def value(self, declared: PropertyType, name: str, purpose: str, depth: int = 0) -> Any:
        """A value for the property ``name``; ``None`` where the type allows no guess."""
        match declared.shape:
            case Shape.LIST:
                return self._list(declared, name, purpose, depth)
            case Shape.OBJECT:
                return self._object(declared, purpose, depth)
            case Shape.UNION:
                first = declared.members[0]
                return self.value(first, name, purpose, depth)
            case Shape.MAP:
                return {}
            case Shape.STRING if depth and not self._invent:
                # Inside a block that nobody asked for, even a likely text would be a setting.
                return ""
            case _:
                return self._scalar(declared, name, purpose)

    def _scalar(self, declared: PropertyType, name: str, purpose: str) -> Any:
        match declared.shape:
            case Shape.STRING:
                return self._string(name, purpose)
            case Shape.INTEGER | Shape.NUMBER:
                return _PORT if name.lower().endswith("port") else int(self._invent)
            case Shape.BOOLEAN:
                return False
            case _:
                return declared.choices[0] if declared.choices else None

    def _list(self, declared: PropertyType, name: str, purpose: str, depth: int) -> list[Any]:
        if not self._invent or depth >= _DEPTH or declared.element is None:
            return []
        singular, inner = name.removesuffix("s"), f"{purpose}[0]"
        item = self.value(declared.element, singular, inner, depth + 1)
        return [] if item is None else [item]

    def _object(self, declared: PropertyType, purpose: str, depth: int) -> dict[str, Any] | None:
        if depth >= _DEPTH or declared.object is None:
            return None
        made = {
            name: self.value(inner, name, f"{purpose}.{name}", depth + 1)
            for name, inner in declared.object.fields.items()
        }
        return {name: value for name, value in made.items() if value is not None}

    def _string(self, name: str, purpose: str) -> str:
        template = _template(name)
        if template is None:
            template = "{purpose}-{hex7}" if self._invent else ""
        return self._text(template, purpose)


@cache
def _template(name: str) -> str | None:
    return next((template for pattern, template in _TEXTS if pattern.search(name)), None)
