"""Artifact Registry: images are scanned, encrypted, immutable and private."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.environment import Environment
from components.registry.gcp import LONGEST_ID, repository_id
from rehearsal.plugin import Recording, record
from tests.components.variants_registry import gcp_registry

REPOSITORY = "gcp:artifactregistry/repository:Repository"


@cache
def registry(environment: Environment = Environment.PROD, **asked: Any) -> Recording:
    def program() -> dict[str, Any]:
        made = gcp_registry(environment, **asked)
        return {"repositories": made.repositories, "unhonoured": made.unhonoured}

    return record(program)


def test_each_repository_is_one_of_its_own() -> None:
    assert sorted(each.name for each in registry().of(REPOSITORY)) == [
        "images-api",
        "images-web-front",
    ]


def test_image_names_hold_the_path_of_the_settings() -> None:
    names = registry().outputs["repositories"]

    host = "europe-west1-docker.pkg.dev/plinth-tests"
    assert names["api"] == f"{host}/images-api/api"
    assert names["web/front"].startswith(f"{host}/images-web-front-")
    assert names["web/front"].endswith("/web/front")


def test_an_image_is_never_overwritten_and_scanned() -> None:
    for each in registry().of(REPOSITORY):
        assert each.inputs["dockerConfig"] == {"immutableTags": True}
        assert each.inputs["vulnerabilityScanningConfig"] == {"enablementConfig": "INHERITED"}


def test_images_are_encrypted_with_the_registrys_own_key() -> None:
    for each in registry(mirrors=("quay",)).of(REPOSITORY):
        assert each.inputs["kmsKeyName"].endswith("/cryptoKeys/registry")


@pytest.mark.parametrize(
    ("environment", "kept"),
    [(Environment.DEV, 10), (Environment.STAGING, 30), (Environment.PROD, 100)],
)
def test_the_newest_images_stay(environment: Environment, kept: int) -> None:
    repository = registry(environment).named("images-api", REPOSITORY).inputs
    policies = {each["id"]: each for each in repository["cleanupPolicies"]}

    assert policies["keep-newest"]["mostRecentVersions"] == {"keepCount": kept}
    assert policies["expire-untagged"]["condition"]["tagState"] == "UNTAGGED"
    assert repository["cleanupPolicyDryRun"] is False


@pytest.mark.parametrize(
    ("environment", "policy"), [(Environment.DEV, "DELETE"), (Environment.PROD, "PREVENT")]
)
def test_a_protected_repository_is_not_deleted(environment: Environment, policy: str) -> None:
    repository = registry(environment).named("images-api", REPOSITORY)

    assert repository.inputs["deletionPolicy"] == policy
    assert repository.protect is (policy == "PREVENT")


def test_a_mirror_pulls_from_the_registry_it_is_named_after() -> None:
    mirror = registry(mirrors=("kubernetes",)).named("images-kubernetes", REPOSITORY).inputs

    assert mirror["mode"] == "REMOTE_REPOSITORY"
    assert mirror["remoteRepositoryConfig"]["commonRepository"] == {
        "uri": "https://registry.k8s.io"
    }


def test_what_google_cannot_give_is_said() -> None:
    told = [each.split(":")[0] for each in registry().outputs["unhonoured"]]

    assert told == ["continuous_scan", "recoverable_elsewhere"]
    assert registry(Environment.DEV).outputs["unhonoured"] == []


PATHS = st.from_regex(r"[a-z0-9]+([._-][a-z0-9]+)*(/[a-z0-9]+([._-][a-z0-9]+)*)*", fullmatch=True)


@given(st.sets(PATHS.filter(lambda path: len(path) <= 200), min_size=2, max_size=6))
def test_repository_ids_fit_and_stay_apart(paths: set[str]) -> None:
    ids: list[str] = []

    record(lambda: ids.extend(repository_id("images", path) for path in paths))

    assert len(set(ids)) == len(paths)
    assert all(len(each) <= LONGEST_ID and each.replace("-", "").isalnum() for each in ids)
