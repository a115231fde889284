from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.calendar import TABLES, WARNING_DAYS, Product, Standing, Support, check, support
from components.versions import POSTGRES

TODAY = date(2026, 11, 21)
EVERY_PRODUCT = pytest.mark.parametrize("product", list(Product))
PRODUCTS = st.sampled_from(list(Product))
DAYS = st.dates(date(2023, 1, 1), date(2035, 1, 1))
ROWS = [row for table in TABLES.values() for row in table]
ENDING_ROWS = st.sampled_from([row for row in ROWS if row.standard_until is not None])


def numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def end_of(row: Support) -> date:
    assert row.standard_until is not None
    return row.standard_until


@pytest.mark.parametrize(
    ("days_left", "standing"),
    [
        (91, Standing.OK),
        (90, Standing.ENDING),
        (1, Standing.ENDING),
        (0, Standing.ENDING),
        (-1, Standing.ENDED),
    ],
)
@given(row=ENDING_ROWS)
def test_a_version_ends_after_its_last_day_and_is_warned_of_for_ninety_days(
    row: Support, days_left: int, standing: Standing
) -> None:
    today = end_of(row) - timedelta(days=days_left)

    assert check(row.product, row.version, today).standing is standing


def test_the_warning_starts_ninety_days_before_the_end() -> None:
    assert WARNING_DAYS == 90


def test_a_version_that_lasts_needs_no_words() -> None:
    verdict = check(Product.EKS, "1.35", TODAY)

    assert verdict.standing is Standing.OK
    assert verdict.sentence is None
    assert verdict.choices == ()


def test_a_version_without_a_known_end_is_fine_for_ever() -> None:
    assert check(Product.ELASTICACHE_VALKEY, "8.1", date(2099, 1, 1)).standing is Standing.OK


def test_an_ended_version_is_named_with_its_day_and_the_newer_ones() -> None:
    assert check(Product.EKS, "1.31", TODAY).sentence == (
        '"1.31" lost standard support on EKS on 2025-11-26; choose one of 1.35, 1.36, 1.37'
    )


@pytest.mark.parametrize(
    ("today", "left"),
    [
        (date(2026, 11, 21), "in 11 days"),
        (date(2026, 12, 1), "in 1 day"),
        (date(2026, 12, 2), "today"),
    ],
)
def test_an_ending_version_is_named_with_the_days_left_and_the_newer_ones(
    today: date, left: str
) -> None:
    assert check(Product.EKS, "1.34", today).sentence == (
        f'"1.34" loses standard support on EKS on 2026-12-02, {left};'
        " plan the upgrade to one of 1.35, 1.36, 1.37"
    )


@pytest.mark.parametrize("version", ["1.99", "1.3", "", "latest", "v1.35"])
def test_a_version_that_is_not_in_the_table_is_not_offered(version: str) -> None:
    verdict = check(Product.GKE, version, TODAY)

    assert verdict.standing is Standing.UNKNOWN
    assert verdict.sentence == (
        f'"{version}" is not known to be offered on GKE; choose one of 1.35, 1.36'
    )


def test_a_version_is_not_offered_before_its_release() -> None:
    eve = date(2026, 6, 1)

    assert check(Product.EKS, "1.36", eve).standing is Standing.UNKNOWN
    assert check(Product.EKS, "1.36", eve + timedelta(days=1)).standing is Standing.OK
    assert "1.36" not in check(Product.EKS, "1.31", eve).choices


def test_the_only_newer_version_is_advised_alone() -> None:
    assert check(Product.GKE, "1.35", date(2027, 4, 12)).sentence == (
        '"1.35" lost standard support on GKE on 2027-04-11; choose 1.36'
    )


def test_where_every_newer_version_ends_soon_they_are_better_than_nothing() -> None:
    assert check(Product.GKE, "1.34", date(2027, 8, 1)).choices == ("1.36",)
    assert check(Product.GKE, "1.36", date(2027, 8, 1)).standing is Standing.ENDING


def test_a_version_that_ends_soon_is_not_advised_instead_of_itself() -> None:
    assert check(Product.GKE, "1.36", date(2027, 8, 1)).choices == ()


def test_where_no_newer_version_is_known_the_sentence_says_what_is_out_of_date() -> None:
    verdict = check(Product.POSTGRESQL, "18", date(2031, 1, 1))

    assert verdict.choices == ()
    assert verdict.sentence == (
        '"18" lost standard support in upstream PostgreSQL on 2030-11-14; choose a newer version,'
        " which a newer Plinth may know (this one knows those of 2026-08-22)"
    )


@given(PRODUCTS, st.sampled_from(ROWS).map(lambda row: row.version), DAYS)
def test_whatever_is_advised_may_be_used_on_that_day(
    product: Product, version: str, today: date
) -> None:
    verdict = check(product, version, today)
    standings = {check(product, choice, today).standing for choice in verdict.choices}

    assert standings <= {Standing.OK, Standing.ENDING}
    assert version not in verdict.choices


@given(PRODUCTS, st.sampled_from(ROWS).map(lambda row: row.version), DAYS)
def test_there_is_something_to_say_exactly_if_a_version_is_not_fine(
    product: Product, version: str, today: date
) -> None:
    verdict = check(product, version, today)

    assert (verdict.sentence is None) == (verdict.standing is Standing.OK)


@given(st.sampled_from(ROWS), DAYS, st.integers(1, 2_000))
def test_a_released_version_never_gets_better_with_time(
    row: Support, today: date, days: int
) -> None:
    course = [Standing.OK, Standing.ENDING, Standing.ENDED]
    earlier = check(row.product, row.version, max(today, row.released or today)).standing
    later_day = max(today, row.released or today) + timedelta(days=days)
    later = check(row.product, row.version, later_day).standing

    assert course.index(later) >= course.index(earlier)


@EVERY_PRODUCT
def test_every_product_has_a_version_to_use_today(product: Product) -> None:
    standings = [check(product, row.version, TODAY).standing for row in TABLES[product]]

    assert Standing.OK in standings


@EVERY_PRODUCT
def test_versions_of_a_table_ascend_and_end_in_that_order(product: Product) -> None:
    versions = [numbers(row.version) for row in TABLES[product]]
    ends = [row.standard_until for row in TABLES[product] if row.standard_until]
    released = [row.released for row in TABLES[product] if row.released]

    assert versions == sorted(set(versions))
    assert ends == sorted(ends)
    assert released == sorted(released)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.product}-{row.version}")
def test_every_row_has_its_product_a_source_and_dates_in_order(row: Support) -> None:
    assert row in TABLES[row.product]
    assert row.source.startswith("https://")
    assert row.checked <= TODAY
    assert row.released is None or row.released <= row.checked
    if row.released and row.standard_until:
        assert row.released < row.standard_until


def test_the_support_of_a_version_can_be_looked_up() -> None:
    found = support(Product.RDS_POSTGRESQL, "17")

    assert found is not None
    assert found.standard_until == date(2030, 2, 28)
    assert support(Product.RDS_POSTGRESQL, "9.6") is None


@pytest.mark.parametrize("version", sorted(POSTGRES))
@pytest.mark.parametrize(
    "product",
    [
        Product.RDS_POSTGRESQL,
        Product.AURORA_POSTGRESQL,
        Product.CLOUD_SQL_POSTGRESQL,
        Product.POSTGRESQL,
    ],
)
def test_every_postgresql_a_stack_may_ask_for_is_known_everywhere(
    product: Product, version: int
) -> None:
    assert check(product, str(version), TODAY).standing is Standing.OK
