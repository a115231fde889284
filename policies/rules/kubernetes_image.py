"""Which images the containers of pods really run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.controls import Relation, cis_eks, cis_gke
from policies.images import REGISTRIES, comes_from, is_pinned, names_version
from policies.pods import containers, of_each, one_of_each, pod, pod_checks
from policies.rule import PROD, Demand, Props, Rule, Severity
from policies.subject import Subject
from policies.themes import Theme
from policies.view import UNKNOWN_STRING, View

_SOURCE: Final = "https://kubernetes.io/docs/concepts/containers/images/"
_READS: Final = of_each("image")
_TAGGED: Final = "postgres:17.6"
_BY_DIGEST: Final = f"postgres:17.6@sha256:{'0123456789abcdef' * 4}"


def _named(_: Subject, template: View) -> Iterator[Demand]:
    for container in containers(template.at("spec")):
        image = container.at("image")
        yield Demand(
            image.matches(names_version),
            image,
            "names no version: its tag is missing or is latest",
        )


def _pinned(_: Subject, template: View) -> Iterator[Demand]:
    for container in containers(template.at("spec")):
        image = container.at("image")
        yield Demand(image.matches(is_pinned), image, "is not pinned by digest")


def _from_known_registries(subject: Subject, template: View) -> Iterator[Demand]:
    registries = subject.configured["registries"]
    for container in containers(template.at("spec")):
        image = container.at("image")
        served = image.matches(lambda text: comes_from(text, registries))
        yield Demand(served, image, "comes from a registry that is not allowed")


def _of(*images: str) -> Props:
    return pod(containers=[{"image": image} for image in images])


_LEFT_OUT: Final = {"left out": one_of_each({})}
_UNDECIDED: Final = {"not known": _of(UNKNOWN_STRING)}

IMAGE_PINNED: Final = Rule(
    id="k8s-image-pinned",
    title="Images name their version, in production their digest",
    reason=(
        "A moving tag runs something else on every node that pulls it, and the rollback of today "
        "is not what ran yesterday."
    ),
    severity=Severity.HIGH,
    theme=Theme.SUPPLY,
    themes_inferred=True,
    controls=(
        *cis_eks("5.1.4", relation=Relation.RELATED),
        *cis_gke("5.1.4", relation=Relation.RELATED),
    ),
    fix="Name the image as registry/path:version@sha256:digest.",
    source=f"{_SOURCE}#image-names",
    checks=(
        *pod_checks(
            "Every image has a digest, or a tag other than latest.",
            reads=_READS,
            absent="No tag is latest and violates, and so does no image.",
            judge=_named,
            good={"a version": _of(_TAGGED), "a digest": _of(_BY_DIGEST)},
            bad={
                **_LEFT_OUT,
                "latest": _of("postgres:latest"),
                "no tag": _of("registry.k8s.io/pause"),
                "one of two": _of(_TAGGED, "localhost:5000/shop/web"),
            },
            undecided=_UNDECIDED,
        ),
        *pod_checks(
            "Every image has a digest.",
            reads=_READS,
            absent="No digest violates.",
            judge=_pinned,
            environments=PROD,
            good={"a digest": _of(_BY_DIGEST)},
            bad={**_LEFT_OUT, "a version": _of(_TAGGED), "half a digest": _of("web@sha256:0123")},
            undecided=_UNDECIDED,
        ),
    ),
)

REGISTRY_ALLOWED: Final = Rule(
    id="k8s-image-registry-allowed",
    title="Images come from allowed registries",
    reason="A registry nobody vetted may serve anything, under any name.",
    severity=Severity.HIGH,
    theme=Theme.SUPPLY,
    themes_inferred=True,
    controls=(*cis_eks("5.1.4"), *cis_gke("5.1.4")),
    fix="Copy the image to an allowed registry, or allow its registry in the pack's configuration.",
    source=_SOURCE,
    settings=(REGISTRIES,),
    checks=pod_checks(
        "The registry of every image is one of the allowed ones.",
        reads=_READS,
        absent="No registry is docker.io. No image violates.",
        judge=_from_known_registries,
        good={
            "the usual registry": _of(_TAGGED),
            "another one": _of("registry.k8s.io/pause:3.10"),
            "with a port": _of("localhost:5000/shop/web:1.4.2"),
        },
        bad={
            **_LEFT_OUT,
            "not allowed": _of("registry.example.com/postgres:17.6"),
            "allowed only as the beginning": _of("docker.io.example.com/web:1.4.2"),
            "allowed only in the path": _of("example.com/docker.io/web:1.4.2"),
        },
        undecided=_UNDECIDED,
    ),
)
