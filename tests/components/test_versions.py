from __future__ import annotations

from datetime import date

import pytest
from pydantic import ValidationError

from components.cache.spec import DOCKER_VERSIONS
from components.database import DatabaseSpec
from components.versions import (
    ALERTMANAGER,
    BLACKBOX_EXPORTER,
    COLLECTOR,
    GRAFANA,
    JAEGER,
    KUBE_STATE_METRICS,
    LOKI,
    NODE_EXPORTER,
    POSTGRES,
    POSTGRES_EXPORTER,
    PROMETHEUS,
    REDIS_EXPORTER,
    REGISTRY,
    VALKEY,
    Image,
)

IMAGES = pytest.mark.parametrize(
    "image",
    [
        *POSTGRES.values(),
        REGISTRY,
        *VALKEY.values(),
        PROMETHEUS,
        ALERTMANAGER,
        GRAFANA,
        KUBE_STATE_METRICS,
        NODE_EXPORTER,
        BLACKBOX_EXPORTER,
        POSTGRES_EXPORTER,
        REDIS_EXPORTER,
        LOKI,
        COLLECTOR,
        JAEGER,
    ],
    ids=lambda i: i.reference,
)


def image(**changes: object) -> Image:
    return Image.model_validate({**REGISTRY.model_dump(), **changes})


@IMAGES
def test_every_image_names_version_and_digest(image: Image) -> None:
    name, _, digest = image.reference.partition("@")

    assert name == f"{image.registry}/{image.repository}:{image.tag}"
    assert digest.startswith("sha256:")


@IMAGES
def test_every_image_says_where_its_digest_was_read(image: Image) -> None:
    assert image.source.startswith("https://")
    assert image.checked >= date(2026, 11, 21)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("uid", 0),
        ("gid", 0),
        ("tag", "latest"),
        ("digest", "sha256:0123"),
        ("source", "hearsay"),
        ("registry", "localhost"),
    ],
)
def test_an_image_that_moves_runs_as_root_or_has_no_source_is_refused(
    field: str, value: object
) -> None:
    with pytest.raises(ValidationError, match=field):
        image(**{field: value})


def test_every_postgres_version_a_stack_may_ask_for_has_an_image() -> None:
    properties = DatabaseSpec.model_json_schema()["properties"]["version"]

    assert set(POSTGRES) == set(range(properties["minimum"], properties["maximum"] + 1))
    assert all(image.tag.startswith(f"{major}.") for major, image in POSTGRES.items())


def test_every_valkey_version_that_runs_on_docker_has_an_image() -> None:
    assert set(VALKEY) == set(DOCKER_VERSIONS)
    assert all(image.tag.startswith(f"{major}.") for major, image in VALKEY.items())
