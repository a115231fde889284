"""How wide text is at most, and how much of it fits."""

from __future__ import annotations

import re
from typing import Final

ELLIPSIS: Final = "…"
# Of the size of the font, for the widest of the usual sans-serif fonts, rounded up.
_WIDTHS: Final = {
    **dict.fromkeys("ijl|'", 0.3),
    **dict.fromkeys('ft.,:;!()[]/\\-I r"', 0.42),
    **dict.fromkeys("mwMW@%", 1.0),
    **dict.fromkeys("ABCDEFGHJKLNOPQRSTUVXYZ&+=<>~#", 0.79),
}
_SPACE: Final = re.compile(r"[\t\n\r]")
_UNPRINTABLE: Final = re.compile(r"[^\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LETTER: Final = 0.645
_WIDE: Final = 1.05
_BOLD: Final = 1.12
_ASCII: Final = 128


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """The width of ``text`` in pixels, at a font size in pixels; rather too much than too little."""
    widths = (_WIDTHS.get(c, _LETTER if ord(c) < _ASCII or c == ELLIPSIS else _WIDE) for c in text)
    return sum(widths) * size * (_BOLD if bold else 1)


def shortened(text: str, size: float, width: float, *, bold: bool = False) -> str:
    """``text``, or as much of its beginning as ``width`` holds with an ellipsis."""
    if text_width(text, size, bold=bold) <= width:
        return text
    while text and text_width(text + ELLIPSIS, size, bold=bold) > width:
        text = text[:-1]
    return text.rstrip() + ELLIPSIS


def printable(text: str) -> str:
    """``text`` on one line, without the characters that no XML document can hold."""
    return _UNPRINTABLE.sub("�", _SPACE.sub(" ", text))
