"""Foreign text, made fit for a line of a report."""

from __future__ import annotations

import re
from typing import Final

_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"
_SPACES: Final = re.compile(r"[\t\n\r\f\v\x85\u2028\u2029]+")
# Control characters, marks that turn the direction of text round, halves of surrogate pairs and
# what XML forbids.
_UNPRINTABLE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)


def one_line(text: str) -> str:
    """``text`` on one line, without characters that cannot be shown or that hide what it says."""
    return _UNPRINTABLE.sub(_REPLACEMENT, _SPACES.sub(" ", text))


def shortened(text: str, characters: int) -> str:
    """The beginning of ``text``, at most so many characters, the last one an ellipsis if cut."""
    return text if len(text) <= characters else text[: characters - 1] + "…"


def counted(number: int, singular: str, plural: str = "") -> str:
    """``1 violation``, ``1,204 violations``."""
    return f"{number:,} {singular if number == 1 else plural or f'{singular}s'}"
