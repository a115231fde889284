"""The day it is."""

from datetime import UTC, date, datetime


def today_utc() -> date:
    """The day it is in UTC, by which support of versions and approvals end."""
    return datetime.now(UTC).date()
