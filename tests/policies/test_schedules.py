"""How often a schedule comes round."""

from __future__ import annotations

import pytest

from policies.schedules import longest_gap_days


@pytest.mark.parametrize(
    ("expression", "days"),
    [
        ("rate(1 day)", 1),
        ("rate(90 days)", 90),
        ("  rate( 10  days )  ", 10),
        ("rate(12 hours)", 0.5),
        ("rate(1 hour)", 1 / 24),
        ("rate(0 days)", 0),
        ("cron(0 8 * * ? *)", 1),
        ("cron(0 8 ? * * *)", 1),
        ("cron(0 8 1 * ? *)", 31),
        ("cron(0 /4 1,15 * ? *)", 17),
        ("cron(0 8 L * ? *)", 31),
        ("cron(0 8 l * ? *)", 31),
        ("cron(0 8 L 2,3 ? *)", 335),
        ("cron(0 8 31 * ? *)", 61),
        ("cron(0 8 1 FEB,MAR ? *)", 337),
        ("cron(0 8 1 */2 ? *)", 62),
        ("cron(0 8 1 1/3 ? *)", 92),
        ("cron(0 8 1 JAN,apr,Jul,OCT ? *)", 92),
        ("cron(0 8 1 1-3 ? *)", 306),
        ("cron(0 8 1 12 ? *)", 366),
        ("cron(0 8 29 2 ? *)", 1461),
        ("cron(0 8 30 2 ? *)", float("inf")),
        ("cron(0 8 ? * SUN *)", 7),
        ("cron(0 8 ? * 7 *)", 7),
        ("cron(0 8 ? * MON-FRI *)", 3),
        ("cron(0 8 ? * 1,4 *)", 4),
        ("cron(0 8 */10 * ? *)", 10),
    ],
)
def test_a_schedule_is_as_rare_as_its_longest_gap(expression: str, days: float) -> None:
    assert longest_gap_days(expression) == days


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "monthly",
        "rate(90)",
        "rate(3 months)",
        "rate(-1 days)",
        "rate(1.5 days)",
        "rate(1000000000 days)",
        "cron()",
        "cron(0 8 1 * ?)",
        "cron(0 8 1 * ? * *)",
        "cron(0 8 1 * ? 2030)",
        "cron(0 8 1 * MON *)",
        "cron(0 8 15W * ? *)",
        "cron(0 8 LW * ? *)",
        "cron(0 8 ? * 2#1 *)",
        "cron(0 8 ? * 6L *)",
        "cron(0 8 0 * ? *)",
        "cron(0 8 32 * ? *)",
        "cron(0 8 1 13 ? *)",
        "cron(0 8 1 NOON ? *)",
        "cron(0 8 ? * 8 *)",
        "cron(0 8 5-1 * ? *)",
        "cron(0 8 1-x * ? *)",
        "cron(0 8 */0 * ? *)",
        "cron(0 8 */x * ? *)",
        "cron(0 8 1,, * ? *)",
        "x cron(0 8 1 * ? *)",
    ],
)
def test_a_schedule_that_cannot_be_read_has_no_gap(expression: str) -> None:
    assert longest_gap_days(expression) is None
