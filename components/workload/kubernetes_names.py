"""Names of Kubernetes objects."""

from __future__ import annotations

import hashlib
import re
from typing import Final

LONGEST_LABEL: Final = 63
"""Longest name of a volume, a port or a label's value. Source: RFC 1123."""

DIGITS: Final = 10


def slug(text: str) -> str:
    """``text`` in the letters of a name: ``/etc/loki/rules.yml`` is ``etc-loki-rules-yml``."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def short(name: str) -> str:
    """``name``, or what begins like it and has a digest of it where it is too long."""
    if len(name) <= LONGEST_LABEL:
        return name
    digits = hashlib.sha256(name.encode()).hexdigest()[:DIGITS]
    return f"{name[: LONGEST_LABEL - DIGITS - 1].rstrip('-')}-{digits}"
