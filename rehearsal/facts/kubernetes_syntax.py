"""Texts that an API server accepts as names, labels, ports, quantities and address ranges.

Every function answers what is expected instead, or nothing if the value is fine.
Source: kubernetes/kubernetes ``staging/src/k8s.io/apimachinery/pkg/util/validation/validation.go`` and
``pkg/api/resource/quantity.go``, checked 2026-11-21.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

LABEL_LENGTH: Final = 63
SUBDOMAIN_LENGTH: Final = 253
_PORT_NAME_LENGTH: Final = 15
_LAST_PORT: Final = 65535

_LABEL: Final = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_QUALIFIED: Final = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?")
_QUANTITY: Final = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))(|[numkMGTPE]|[KMGTPE]i|[eE][+-]?\d+)")
_EXPONENTS: Final = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15}
_BINARY: Final = {"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}

Rule = Callable[[str], str]


def _matching(pattern: str, length: int, expected: str) -> Rule:
    compiled = re.compile(pattern)

    def rule(text: str) -> str:
        fits = len(text) <= length and compiled.fullmatch(text)
        return "" if fits else f"{expected}, at most {length} characters"

    return rule


dns_label: Final = _matching(
    _LABEL, LABEL_LENGTH, "lower-case letters, digits and '-', with a letter or digit at both ends"
)
service_name: Final = _matching(
    r"[a-z]([-a-z0-9]*[a-z0-9])?",
    LABEL_LENGTH,
    "lower-case letters, digits and '-', a letter first and a letter or digit last",
)
dns_subdomain: Final = _matching(
    rf"{_LABEL}(\.{_LABEL})*",
    SUBDOMAIN_LENGTH,
    "lower-case letters, digits, '-' and '.', with a letter or digit at both ends of every part",
)
path_segment: Final = _matching(
    r"(?!\.{1,2}$)[^/%]+", SUBDOMAIN_LENGTH, "anything but '.', '..' and what has '/' or '%' in it"
)
data_key: Final = _matching(
    r"(?!\.\.)(?!\.$)[-._a-zA-Z0-9]+",
    SUBDOMAIN_LENGTH,
    "letters, digits, '-', '_' and '.', not beginning with '..'",
)
label_value: Final = _matching(
    rf"({_QUALIFIED.pattern})?",
    LABEL_LENGTH,
    "letters, digits, '-', '_' and '.', with a letter or digit at both ends",
)


def limited(rule: Rule, length: int) -> Rule:
    """``rule`` with a lower limit."""
    return lambda text: (
        rule(text) or ("" if len(text) <= length else f"at most {length} characters")
    )


def qualified_name(text: str) -> str:
    """The key of a label or annotation: ``[subdomain/]name``."""
    prefix, slash, name = text.rpartition("/")
    fits = len(name) <= LABEL_LENGTH and _QUALIFIED.fullmatch(name)
    if fits and (not slash or not dns_subdomain(prefix)):
        return ""
    return (
        "a name of letters, digits, '-', '_' and '.', at most 63 characters, "
        "after a DNS name and '/' or alone"
    )


def port(value: Any) -> str:
    """A port by number or by name."""
    if isinstance(value, str):
        named = re.fullmatch(r"(?=.*[a-z])(?!.*--)[a-z0-9]([-a-z0-9]*[a-z0-9])?", value)
        fits = len(value) <= _PORT_NAME_LENGTH and named
        return "" if fits else "lower-case letters, digits and single '-', at most 15 characters"
    fits = not isinstance(value, int) or 1 <= value <= _LAST_PORT
    return "" if fits else f"a port between 1 and {_LAST_PORT}"


def address_range(value: Any) -> str:
    """An address range in CIDR notation."""
    try:
        if isinstance(value, str):
            ipaddress.ip_network(value, strict=False)
    except ValueError:
        return "an address range such as 10.0.0.0/8"
    return ""


def amount(value: Any) -> Decimal | None:
    """A resource quantity such as ``500m`` or ``1.5Gi`` as a number; ``None`` for anything else."""
    match = _QUANTITY.fullmatch(str(value)) if isinstance(value, str | int | float) else None
    if match is None:
        return None
    number, unit = Decimal(match.group(1)), match.group(2)
    if unit in _BINARY:
        return number * 1024 ** _BINARY[unit]
    exponent = 18 if unit == "E" else _EXPONENTS.get(unit)
    return number.scaleb(int(unit[1:]) if exponent is None else exponent)


def quantities(value: Any) -> str:
    """A map of resource quantities."""
    given: Mapping[str, Any] = value if isinstance(value, dict) else {}
    wrong = [k for k, v in given.items() if isinstance(v, str | int) and amount(v) is None]
    return f"quantities such as 500m or 2Gi (see {', '.join(sorted(wrong))})" if wrong else ""


def labels(value: Any) -> str:
    """A map of labels."""
    given: Mapping[str, Any] = value if isinstance(value, dict) else {}
    for key, text in given.items():
        problem = qualified_name(key)
        if problem:
            return f"keys of {problem} (see {key!r})"
        problem = label_value(text) if isinstance(text, str) else ""
        if problem:
            return f"values of {problem} (see {key!r}: {text!r})"
    return ""
