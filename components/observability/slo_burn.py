"""How fast an error budget may burn before somebody hears of it: the maths, without rules."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_DAY: Final = 24 * 60


class BurnAlert(StrEnum):
    """The four alerts on a burning budget."""

    PAGE_QUICK = "page-quick"  # 2 % of the budget in an hour
    PAGE_SLOW = "page-slow"  # 5 % in six hours
    TICKET_QUICK = "ticket-quick"  # 10 % in a day
    TICKET_SLOW = "ticket-slow"  # 10 % in three days

    @property
    def pages(self) -> bool:
        """Whether it calls somebody at night, rather than opening a ticket."""
        return self in (BurnAlert.PAGE_QUICK, BurnAlert.PAGE_SLOW)


@dataclass(frozen=True)
class Windows:
    """When an alert fires: the error ratio is too high over both windows.

    Attributes:
        budget_share: Part of the period's budget that burns in the long window when it fires.
        long_minutes: The window that decides.
        short_minutes: The window that ends the alert soon after the incident.
        hold_minutes: How long both have to be too high.
    """

    budget_share: float
    long_minutes: int
    short_minutes: int
    hold_minutes: int


WINDOWS: Final[Mapping[BurnAlert, Windows]] = {
    BurnAlert.PAGE_QUICK: Windows(0.02, 60, 5, 2),
    BurnAlert.PAGE_SLOW: Windows(0.05, 6 * 60, 30, 15),
    BurnAlert.TICKET_QUICK: Windows(0.10, _DAY, 2 * 60, 60),
    BurnAlert.TICKET_SLOW: Windows(0.10, 3 * _DAY, 6 * 60, 180),
}
"""The long windows and budget shares of Google's SRE workbook; short windows are a twelfth."""


@dataclass(frozen=True)
class Burn:
    """One alert for one objective.

    Attributes:
        alert: Which of the four.
        budget: Allowed part of failed events, 0.001 for an objective of 99.9 %.
        period_days: Days that the objective is kept over.
    """

    alert: BurnAlert
    budget: float
    period_days: int

    @property
    def windows(self) -> Windows:
        """Its windows."""
        return WINDOWS[self.alert]

    @property
    def factor(self) -> float:
        """Times faster than allowed that the budget burns when it fires."""
        windows = self.windows
        return round(windows.budget_share * self.period_days * _DAY / windows.long_minutes, 10)

    @property
    def threshold(self) -> float:
        """Error ratio above which it fires."""
        return self.factor * self.budget

    @property
    def possible(self) -> bool:
        """Whether a total outage makes it fire."""
        return self.threshold < 1

    @property
    def lowest_objective_percent(self) -> float:
        """Objective above which it can fire."""
        return 100 * (1 - 1 / self.factor)

    @property
    def detection_seconds(self) -> float:
        """Time from a total outage until both windows are too high, without the hold."""
        return self.windows.long_minutes * 60 * self.threshold

    def reset_seconds(self, error_ratio: float = 1.0) -> float:
        """Time from the end of an incident with ``error_ratio`` until the alert ends."""
        return max(0.0, self.windows.short_minutes * 60 * (1 - self.threshold / error_ratio))

    def least_events(self, least_errors: int) -> int:
        """Events in the long window below which fewer than ``least_errors`` would fire it."""
        return events_needed(self.threshold, least_errors)


def error_budget(objective_percent: float) -> float:
    """Allowed part of failed events."""
    return round((100 - objective_percent) / 100, 10)


def events_needed(error_ratio: float, least_errors: int) -> int:
    """Events below which fewer than ``least_errors`` failures exceed ``error_ratio``."""
    return math.ceil(round(least_errors / error_ratio, 6))
