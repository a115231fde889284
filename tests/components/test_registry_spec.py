"""What a registry may be asked for."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from components.environment import Environment
from components.registry import RegistrySpec


@pytest.mark.parametrize(
    ("environment", "kept", "continuous", "protected"),
    [
        (Environment.DEV, 10, False, False),
        (Environment.STAGING, 30, False, True),
        (Environment.PROD, 100, True, True),
    ],
)
def test_each_environment_keeps_and_scans_what_it_needs(
    environment: Environment, kept: int, continuous: bool, protected: bool
) -> None:
    spec = RegistrySpec.resolve(environment, {"repositories": ["api"]})

    assert (spec.keep_images, spec.continuous_scan, spec.protected) == (kept, continuous, protected)


@pytest.mark.parametrize("name", ["API", "api:latest", "/api", "api/", "a", "api__x"])
def test_a_name_that_no_image_can_have_is_refused(name: str) -> None:
    with pytest.raises(ValidationError, match=r"repositories\.0"):
        RegistrySpec(repositories=(name,))


@pytest.mark.parametrize("names", [("api", "api"), ("web/front", "web-front")])
def test_repositories_that_would_share_a_resource_name_are_refused(names: tuple[str, str]) -> None:
    with pytest.raises(ValidationError, match=f"{names[0]}, {names[1]} would share"):
        RegistrySpec(repositories=names)


def test_a_registry_without_repositories_is_refused() -> None:
    with pytest.raises(ValidationError, match="at least 1 item"):
        RegistrySpec(repositories=())
