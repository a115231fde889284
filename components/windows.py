"""Daily and weekly times of a server's upkeep, in UTC."""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import AfterValidator, Field

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES: Final = 24 * 60
WEEK_MINUTES: Final = 7 * DAY_MINUTES
SHORTEST_MINUTES: Final = 30

_TIME: Final = r"([01]\d|2[0-3]):[0-5]\d"
_DAY: Final = f"({'|'.join(DAYS)})"


def _at_least_shortest(window: str) -> str:
    _, length = _span(window)
    if length < SHORTEST_MINUTES:
        raise ValueError(
            f"{window} lasts {length} minutes, it must last at least {SHORTEST_MINUTES}"
        )
    return window


DailyWindow = Annotated[
    str, Field(pattern=f"^{_TIME}-{_TIME}$"), AfterValidator(_at_least_shortest)
]
WeeklyWindow = Annotated[
    str, Field(pattern=f"^{_DAY}:{_TIME}-{_DAY}:{_TIME}$"), AfterValidator(_at_least_shortest)
]


def overlap(daily: str, weekly: str) -> bool:
    """Whether a weekly window touches a daily one on any day."""
    start, length = _span(weekly)
    daily_start, daily_length = _span(daily)
    return any(
        (day_start - start) % WEEK_MINUTES < length
        or (start - day_start) % WEEK_MINUTES < daily_length
        for day_start in range(daily_start, WEEK_MINUTES, DAY_MINUTES)
    )


def length_minutes(window: str) -> int:
    """How long a daily or weekly window is open."""
    return _span(window)[1]


def _span(window: str) -> tuple[int, int]:
    """Start and length in minutes; the start counts from Monday 00:00, or from any midnight."""
    start, end = (_minutes(moment) for moment in window.split("-"))
    period = WEEK_MINUTES if re.match(_DAY, window) else DAY_MINUTES
    return start, (end - start) % period


def _minutes(moment: str) -> int:
    *day, hours, minutes = moment.split(":")
    days = DAYS.index(day[0]) if day else 0
    return days * DAY_MINUTES + int(hours) * 60 + int(minutes)
