"""A mistake in a stack file, and the one error that tells of all of them."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

Place = tuple[str | int, ...]

SECRET_NAME: Final = re.compile(
    r"^secure$|passw|passphrase|secret|token|credential|(private|api|access|signing)[_-]?key",
    re.IGNORECASE,
)
# Shapes that key scanners look for, and any long run of mixed characters.
SECRET_VALUE: Final = re.compile(
    r"-----BEGIN|\b(AKIA|ASIA)[0-9A-Z]{16}\b|\b(gh[pousr]_|glpat-|xox[abprs]-|hv[sb]\.|eyJ)"
    r"|://[^/\s:@]+:[^/\s@]+@"
    r"|(?=[\w+/=-]*[a-z])(?=[\w+/=-]*[A-Z])(?=[\w+/=-]*[0-9])[\w+/=-]{20,}"
    r"|\b[0-9a-fA-F]{32,}\b"
)
LONGEST_SHOWN: Final = 80


class SettingsError(Exception):
    """The settings of a stack cannot be used; the message is complete and meant for the user."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: where it is in the stack file, and what to do about it."""

    place: Place
    message: str

    def text(self, lines: Mapping[Place, int]) -> str:
        """The problem on one line, with the nearest line number of the file where it is known."""
        line = nearest_line(self.place, lines)
        where = [f"line {line}"] if line else []
        return ": ".join([*where, *filter(None, [dotted(self.place)]), self.message])


def settings_error(
    file: str, problems: Iterable[Problem], lines: Mapping[Place, int] | None = None
) -> SettingsError:
    """One error of all ``problems`` of ``file``, in the order of the file where lines are known."""
    known = lines or {}
    found = sorted(dict.fromkeys(problems), key=lambda p: nearest_line(p.place, known) or 0)
    count = "1 problem" if len(found) == 1 else f"{len(found)} problems"
    return SettingsError(
        "\n".join([f"{file} has {count}:", *(f"  {p.text(known)}" for p in found)])
    )


def nearest_line(place: Place, lines: Mapping[Place, int]) -> int | None:
    """The line, counted from 1, of ``place`` or of the closest thing around it."""
    for end in range(len(place), 0, -1):
        if place[:end] in lines:
            return lines[place[:end]]
    return None


def dotted(place: Place) -> str:
    """``config.plinth:settings.ground.zones[0]``."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place)
    return text.removeprefix(".")


def shown(place: Place, value: Any) -> str:
    """``value`` for a message; never the inside of a container, never what may be a secret."""
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"a list of {len(value)}"
    name = next((step for step in reversed(place) if isinstance(step, str)), "")
    if SECRET_NAME.search(name) or (isinstance(value, str) and SECRET_VALUE.search(value)):
        return "not shown, because it looks like a secret"
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def suggestion(word: str, known: Iterable[str]) -> str:
    """The known word that was probably meant, or all of them."""
    words = sorted(known)
    close = difflib.get_close_matches(word, words, n=1)
    return f"Did you mean {close[0]}?" if close else f"Known here: {', '.join(words) or 'nothing'}."
