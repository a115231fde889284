"""How often schedule expressions of AWS come round: ``rate(...)`` and ``cron(...)``."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache
from math import inf
from typing import Final

_RATE: Final = re.compile(r"rate\(\s*([0-9]{1,6})\s+(hour|day)s?\s*\)")
_CRON: Final = re.compile(r"cron\((.*)\)")
_DAY_HOURS: Final = 24

_MONTHS: Final = [
    "JAN",
    "FEB",
    "MAR",
    "APR",
    "MAY",
    "JUN",
    "JUL",
    "AUG",
    "SEP",
    "OCT",
    "NOV",
    "DEC",
]
_WEEKDAYS: Final = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
_ANY: Final = ("*", "?")
_LAST: Final = "L"

# Dates and weekdays meet in the same way again after 28 years.
_FIRST_DAY: Final = date(2000, 1, 1)
_DAYS: Final = 28 * 365 + 7


@lru_cache(maxsize=256)
def longest_gap_days(expression: str) -> float | None:
    """The longest time between two turns of a schedule, in days.

    Infinite if its turn never comes; ``None`` if the expression cannot be read: it names single
    years, the weekday nearest to a date or the nth weekday of a month, or is no expression at all.

    Source: https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html
    """
    rate = _RATE.fullmatch(expression.strip())
    if rate:
        number, unit = rate.groups()
        return int(number) / (_DAY_HOURS if unit == "hour" else 1)
    cron = _CRON.fullmatch(expression.strip())
    fields = cron.group(1).upper().split() if cron else []
    match fields:
        case [_, _, day, month, weekday, "*"] if day in _ANY or weekday in _ANY:
            return _longest_gap(day, month, weekday)
        case _:
            return None


def _longest_gap(day: str, month: str, weekday: str) -> float | None:
    months = _numbers(month, 1, 12, _MONTHS)
    is_day = _days(day)
    weekdays = _numbers(weekday, 1, 7, _WEEKDAYS)
    if months is None or is_day is None or weekdays is None:
        return None
    longest = 0
    last: int | None = None
    for number in range(_DAYS):
        today = _FIRST_DAY + timedelta(number)
        due = today.month in months and today.isoweekday() % 7 + 1 in weekdays and is_day(today)
        if due and last is not None:
            longest = max(longest, number - last)
        if due:
            last = number
    return longest or inf


def _days(field: str) -> Callable[[date], bool] | None:
    if field == _LAST:
        return lambda today: (today + timedelta(1)).day == 1
    days = _numbers(field, 1, 31, [])
    return None if days is None else lambda today: today.day in days


def _numbers(field: str, least: int, most: int, words: list[str]) -> frozenset[int] | None:
    """The numbers a field of a cron expression allows, ``None`` if it cannot be read."""
    found: set[int] = set()
    for part in field.split(","):
        numbers = _part(part, least, most, words)
        if numbers is None:
            return None
        found.update(numbers)
    return frozenset(found)


def _part(part: str, least: int, most: int, words: list[str]) -> range | None:
    span, slash, step = part.partition("/")
    first, dash, last = span.partition("-")
    if span in _ANY:
        low, high = least, most
    else:
        low = _number(first, words)
        # A step without an end goes on to the last number.
        high = _number(last, words) if dash else most if slash else low
    width = _number(step, []) if slash else 1
    if not (least <= low <= high <= most and width > 0):
        return None
    return range(low, high + 1, width)


def _number(text: str, words: list[str]) -> int:
    """The number ``text`` says, from one; zero if it says none."""
    if text in words:
        return words.index(text) + 1
    return int(text) if re.fullmatch(r"[0-9]{1,2}", text) else 0
