from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from components.ground import AwsRegion, AwsZone, zone_prefix
from components.regions import (
    AS_OF,
    REGIONS,
    SOURCES,
    Region,
    aws_region,
    gcp_region,
    is_listed,
    machine_problem,
    zone_problem,
)

AWS = pytest.mark.parametrize("region", REGIONS["aws"].values(), ids=lambda region: region.name)
GCP = pytest.mark.parametrize("region", REGIONS["gcp"].values(), ids=lambda region: region.name)
KINDS = pytest.mark.parametrize("kind", ["aws", "gcp"])
LISTED = st.sampled_from(
    [(kind, region) for kind, regions in REGIONS.items() for region in regions.values()]
)
SIZE = {"aws": "{family}.large", "gcp": "{family}-standard-4"}


@pytest.mark.parametrize(
    ("region", "zones"),
    [
        ("us-east-1", "use1-az1 use1-az2 use1-az4 use1-az5 use1-az6"),
        ("us-west-1", "usw1-az1 usw1-az3"),
        ("ca-central-1", "cac1-az1 cac1-az2 cac1-az4"),
        ("ap-northeast-1", "apne1-az1 apne1-az2 apne1-az4"),
        ("eu-west-1", "euw1-az1 euw1-az2 euw1-az3"),
    ],
)
def test_regions_of_aws_have_the_zones_that_a_cluster_can_use(region: str, zones: str) -> None:
    found = aws_region(region)

    assert found is not None
    assert " ".join(found.zones) == zones


@pytest.mark.parametrize(
    ("region", "letters"), [("europe-west1", "bcd"), ("us-east1", "bcd"), ("us-central1", "abcf")]
)
def test_regions_of_google_cloud_do_not_all_begin_with_zone_a(region: str, letters: str) -> None:
    found = gcp_region(region)

    assert found is not None
    assert found.zones == tuple(f"{region}-{letter}" for letter in letters)


def test_a_zone_that_the_region_does_not_have_is_named_with_those_it_has() -> None:
    assert zone_problem("aws", "ca-central-1", ["cac1-az1", "cac1-az3"]) == (
        "cac1-az3 is not a zone of ca-central-1: choose from cac1-az1, cac1-az2, cac1-az4"
        " (as of 2026-08-10)"
    )


def test_several_wrong_zones_are_told_of_together_and_once_each() -> None:
    zones = ["europe-west1-a", "europe-west1-b", "europe-west1-a", "b"]

    assert zone_problem("gcp", "europe-west1", zones) == (
        "europe-west1-a, b are not zones of europe-west1:"
        " choose from europe-west1-b, europe-west1-c, europe-west1-d (as of 2026-08-17)"
    )


def test_a_constrained_zone_is_refused_for_what_it_is() -> None:
    assert zone_problem("aws", "us-west-1", ["usw1-az2", "usw1-az9"]) == (
        "usw1-az9 is not a zone of us-west-1; usw1-az2 cannot be used by EKS or by new accounts:"
        " choose from usw1-az1, usw1-az3 (as of 2026-08-10)"
    )


@given(LISTED, st.data())
def test_zones_of_the_region_are_no_problem(
    listed: tuple[str, Region], data: st.DataObject
) -> None:
    kind, region = listed
    zones = data.draw(st.lists(st.sampled_from(region.zones)))

    assert zone_problem(kind, region.name, zones) is None


@given(LISTED, LISTED, st.data())
def test_a_zone_of_another_region_is_a_problem(
    listed: tuple[str, Region], other: tuple[str, Region], data: st.DataObject
) -> None:
    kind, region = listed
    stray = data.draw(st.sampled_from(other[1].zones))
    problem = zone_problem(kind, region.name, [region.zones[0], stray])

    assert (problem is None) == (region == other[1])
    assert problem is None or (stray in problem and region.name in problem)


@pytest.mark.parametrize(
    ("kind", "region", "machine_type", "advice"),
    [
        ("aws", "eu-west-3", "db.r7g.large", "db.m7g or db.t4g"),
        ("aws", "eu-south-1", "cache.m7g.large", "cache.r7g or cache.t4g"),
        ("aws", "me-central-1", "c7g.2xlarge", "m6i or m7g or m7i or r7g or t4g"),
        ("gcp", "europe-west1", "t2a-standard-4", "c3 or e2 or n2 or n2d or n4"),
        ("gcp", "europe-west6", "c3-standard-4", "e2 or n2 or n2d or n4"),
    ],
)
def test_a_machine_that_the_region_does_not_have_is_named_with_families_of_its_service(
    kind: str, region: str, machine_type: str, advice: str
) -> None:
    assert machine_problem(kind, region, machine_type) == (
        f"{machine_type} is not offered in {region}: choose a machine type of the family"
        f" {advice} (as of {AS_OF[kind]})"
    )


def test_aurora_has_families_of_its_own() -> None:
    assert machine_problem("aws", "eu-west-3", "db.r7g.large", aurora=True) is None
    assert machine_problem("aws", "eu-west-3", "db.m7g.large") is None
    assert machine_problem("aws", "eu-west-3", "db.m7g.large", aurora=True) == (
        "db.m7g.large is not offered in eu-west-3 for Aurora: choose a machine type of the family"
        " db.r7g or db.t4g (as of 2026-08-10)"
    )


@given(LISTED, st.data())
def test_a_family_of_the_region_is_no_problem(
    listed: tuple[str, Region], data: st.DataObject
) -> None:
    kind, region = listed
    family = data.draw(st.sampled_from(sorted(region.families)))
    machine_type = SIZE[kind].format(family=family.replace("aurora.", "db."))

    assert machine_problem(kind, region.name, machine_type, aurora="aurora" in family) is None


@pytest.mark.parametrize(
    ("kind", "region", "machine_type"),
    [
        ("aws", "eu-west-1", "db.serverless"),
        ("aws", "eu-west-1", "x2gd.large"),
        ("aws", "eu-west-1", "m7g"),
        ("aws", "eu-west-1", ""),
        ("gcp", "europe-west1", "db-custom-2-8192"),
        ("gcp", "europe-west1", "custom-2-8192"),
    ],
)
def test_a_family_that_is_not_listed_is_not_judged(
    kind: str, region: str, machine_type: str
) -> None:
    assert machine_problem(kind, region, machine_type) is None


@pytest.mark.parametrize(
    ("kind", "region"),
    [
        ("aws", "europe-west1"),
        ("aws", "us-gov-west-1"),
        ("gcp", "eu-west-1"),
        ("gcp", "europe-west99"),
        ("docker", "eu-west-1"),
        ("kubernetes", ""),
    ],
)
def test_a_region_that_is_not_listed_is_not_judged(kind: str, region: str) -> None:
    assert not is_listed(kind, region)
    assert zone_problem(kind, region, ["anything"]) is None
    assert machine_problem(kind, region, "t2a-standard-1") is None
    assert machine_problem(kind, region, "db.r7g.large") is None


def test_a_listed_region_is_found_on_its_own_cloud_only() -> None:
    assert is_listed("aws", "eu-west-1")
    assert is_listed("gcp", "europe-west1")
    assert aws_region("europe-west1") is None
    assert gcp_region("eu-west-1") is None


@AWS
def test_zones_of_aws_are_ids_of_their_region_in_order(region: Region) -> None:
    TypeAdapter(AwsRegion).validate_python(region.name)
    prefix = zone_prefix(region.name)
    zones = [*region.zones, *region.constrained_zones]

    for zone in zones:
        TypeAdapter(AwsZone).validate_python(zone)
        assert zone.startswith(f"{prefix}-az")
    assert list(region.zones) == sorted(set(region.zones))
    assert len(set(zones)) == len(zones)


@GCP
def test_zones_of_google_cloud_are_names_of_their_region_in_order(region: Region) -> None:
    assert all(zone[:-1] == f"{region.name}-" and zone[-1].islower() for zone in region.zones)
    assert list(region.zones) == sorted(set(region.zones))


@AWS
def test_every_region_of_aws_can_carry_a_node_a_database_and_a_cache(region: Region) -> None:
    services = {family.rpartition(".")[0] for family in region.families}

    assert services == {"", "db", "aurora", "cache"}


@KINDS
def test_every_region_has_enough_zones_for_a_development_stack(kind: str) -> None:
    assert all(len(region.zones) >= 2 for region in REGIONS[kind].values())
    assert [*REGIONS[kind]] == sorted(REGIONS[kind])


@KINDS
def test_the_tables_say_when_and_where_they_were_read(kind: str) -> None:
    assert date(2026, 1, 1) <= AS_OF[kind] <= date(2026, 11, 21)
    assert all(source.startswith("https://") for source in SOURCES[kind])
