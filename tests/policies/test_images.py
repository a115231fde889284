"""References to images, in the forms in which Docker reads them."""

from __future__ import annotations

import pytest

from policies.images import REGISTRIES, comes_from, is_pinned, names_version

DIGEST = f"sha256:{'0' * 64}"


@pytest.mark.parametrize(
    ("reference", "registry"),
    [
        ("postgres:17", "docker.io"),
        ("library/postgres:17", "docker.io"),
        ("ghcr.io/acme/web:1", "ghcr.io"),
        ("registry:5000/web:1", "registry"),
        ("localhost/web:1", "localhost"),
        ("Quay.io/acme/web", "quay.io"),
    ],
)
def test_a_reference_without_host_comes_from_the_default_registry(
    reference: str, registry: str
) -> None:
    assert comes_from(reference, (registry,))
    assert not comes_from(reference, ("registry.example.com", f"x{registry}"))


def test_an_entry_with_a_star_allows_the_hosts_below_a_domain_only() -> None:
    assert comes_from("a.example.com/web", ("*.example.com",))
    assert not comes_from("example.com/web", ("*.example.com",))
    assert not comes_from("a.example.com/web", ("..example.com", "a.example.co"))
    assert not comes_from("a.example.com/web", ("x.example.com",))


@pytest.mark.parametrize("image", ["0" * 64, DIGEST])
def test_the_id_of_an_image_comes_from_no_registry(image: str) -> None:
    assert comes_from(image, ())
    assert is_pinned(image)


@pytest.mark.parametrize(
    ("reference", "versioned", "pinned"),
    [
        ("web", False, False),
        ("web:latest", False, False),
        ("web:1.2", True, False),
        ("registry:5000/web", False, False),
        (f"web@{DIGEST}", True, True),
        (f"web:latest@sha512:{'0' * 128}", True, True),
        ("web@sha256:0", False, False),
    ],
)
def test_a_version_is_a_digest_or_a_tag_that_stays(
    reference: str, versioned: bool, pinned: bool
) -> None:
    assert names_version(reference) is versioned
    assert is_pinned(reference) is pinned


def test_the_usual_registries_are_allowed() -> None:
    assert REGISTRIES.default == (
        "docker.io",
        "ghcr.io",
        "quay.io",
        "gcr.io",
        "registry.k8s.io",
        "public.ecr.aws",
        "localhost",
        "127.0.0.1",
    )
