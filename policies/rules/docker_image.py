"""Which image a Docker container really runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from policies.controls import Relation, cis_docker
from policies.examples import example
from policies.images import REGISTRIES, comes_from, is_pinned, names_version
from policies.rule import Check, Demand, Rule, Severity, StackCheck
from policies.subject import Stack, Subject
from policies.themes import Theme
from policies.view import UNKNOWN_STRING, Truth, View, truth

_CONTAINER: Final = "docker:index/container:Container"
_REMOTE_IMAGE: Final = "docker:index/remoteImage:RemoteImage"
_SERVICE: Final = "docker:index/service:Service"


def _image_of(type_: str, subject: View) -> View:
    match type_:
        case "docker:index/remoteImage:RemoteImage":
            return subject.at("name")
        case "docker:index/service:Service":
            return subject.at("taskSpec", "containerSpec", "image")
        case _:
            return subject.at("image")


def _fixed(image: View, registries: tuple[str, ...]) -> Iterator[Demand]:
    yield Demand(
        image.matches(names_version), image, "names no version: its tag is missing or is latest"
    )
    yield Demand(
        image.matches(lambda text: comes_from(text, registries)),
        image,
        "comes from a registry that is not allowed",
    )


def _pinned(image: View) -> Iterator[Demand]:
    yield Demand(image.matches(is_pinned), image, "is not pinned by digest")


def _judge_fixed(type_: str) -> Callable[[Subject], Iterator[Demand]]:
    def judge(subject: Subject) -> Iterator[Demand]:
        return _fixed(_image_of(type_, subject), subject.configured["registries"])

    return judge


def _judge_pinned(type_: str) -> Callable[[Subject], Iterator[Demand]]:
    def judge(subject: Subject) -> Iterator[Demand]:
        return _pinned(_image_of(type_, subject))

    return judge


def _judge_origin(type_: str, key: str) -> Callable[[Subject, Stack], Iterator[Demand]]:
    """An image not known yet is judged where it is named: at the RemoteImage it comes from."""

    def judge(subject: Subject, stack: Stack) -> Iterator[Demand]:
        image = _image_of(type_, subject)
        if image.is_known:
            return
        sources = stack.behind(subject.resource, key)
        judged = truth(any(source.type == _REMOTE_IMAGE for source in sources))
        yield Demand(judged | Truth.UNKNOWN, image, "is not known")

    return judge


_HEX: Final = "0123456789abcdef" * 4
_TAGGED: Final = "postgres:17.6"
_BY_DIGEST: Final = f"postgres:17.6@sha256:{_HEX}"
_Props = dict[str, Any]


def _container(image: str | None) -> _Props:
    return {} if image is None else {"image": image}


def _remote_image(image: str | None) -> _Props:
    return {} if image is None else {"name": image}


def _service(image: str | None) -> _Props:
    return {"taskSpec": {"containerSpec": _container(image)}}


_READS: Final = {
    _CONTAINER: "image",
    _REMOTE_IMAGE: "name",
    _SERVICE: "taskSpec.containerSpec.image",
}


def _fixed_check(type_: str, props: Callable[[str | None], _Props]) -> Check:
    return Check(
        type=type_,
        demand="The image has a tag other than latest, and its registry is allowed.",
        reads=(_READS[type_],),
        absent="No tag is latest and violates. No registry is docker.io. No image violates.",
        judge=_judge_fixed(type_),
        good={
            "a version": props(_TAGGED),
            "a version of another registry": props("quay.io/prometheus/prometheus:v3.5.0"),
            "a registry with a port": props("localhost:5000/shop/web:1.4.2"),
            "a digest without tag": props(f"postgres@sha256:{_HEX}"),
            "an image id": props(f"sha256:{_HEX}"),
        },
        bad={
            "latest": props("postgres:latest"),
            "no tag": props("postgres"),
            "no tag behind a port": props("localhost:5000/shop/web"),
            "a registry that is not allowed": props("registry.example.com/postgres:17.6"),
            "an allowed registry only as the beginning": props("docker.io.example.com/web:1.4.2"),
            "an allowed registry only in the path": props("example.com/docker.io/web:1.4.2"),
            "left out": props(None),
        },
        undecided=_undecided(type_, props),
    )


def _pinned_check(type_: str, props: Callable[[str | None], _Props]) -> Check:
    return Check(
        type=type_,
        demand="The image is pinned by digest.",
        reads=(_READS[type_],),
        absent="No digest violates. No image violates.",
        judge=_judge_pinned(type_),
        environments=frozenset({"prod"}),
        good={"tag and digest": props(_BY_DIGEST), "an image id": props(f"sha256:{_HEX}")},
        bad={
            "a version": props(_TAGGED),
            "half a digest": props("postgres@sha256:0123"),
            "left out": props(None),
        },
        undecided=_undecided(type_, props),
    )


def _undecided(type_: str, props: Callable[[str | None], _Props]) -> dict[str, _Props]:
    return {"not known": props(UNKNOWN_STRING)} if type_ == _REMOTE_IMAGE else {}


def _origin_check(type_: str, key: str, props: Callable[[str | None], _Props]) -> StackCheck:
    remote = example(_REMOTE_IMAGE, "postgres", {"name": _BY_DIGEST})
    network = example("docker:index/network:Network", "core")
    return StackCheck(
        type=type_,
        demand="An image that is not known yet comes from a RemoteImage, which is judged itself.",
        reads={type_: (_READS[type_],)},
        absent="Nothing is read: an image that is left out is judged on its own.",
        judge=_judge_origin(type_, key),
        settles=True,
        good={
            "from a RemoteImage": (
                remote,
                network,
                example(type_, "web", props(UNKNOWN_STRING), made_from={key: [remote, network]}),
            ),
            "known": (example(type_, "web", props(_BY_DIGEST)),),
        },
        bad={},
        undecided={
            "from elsewhere": (
                network,
                example(type_, "web", props(UNKNOWN_STRING), made_from={key: [network]}),
            ),
            "from nothing known": (remote, example(type_, "web", props(UNKNOWN_STRING))),
        },
    )


IMAGE_PINNED: Final = Rule(
    id="docker-image-pinned",
    title="Images name their version, in production their digest, and come from allowed registries",
    reason=(
        "A moving tag runs something else after every pull, and a registry nobody vetted may run "
        "anything."
    ),
    severity=Severity.HIGH,
    theme=Theme.SUPPLY,
    themes_inferred=True,
    controls=cis_docker("5.28", relation=Relation.RELATED),
    fix="Name the image as registry/path:version@sha256:digest.",
    source="https://docs.docker.com/reference/cli/docker/image/pull/#pull-an-image-by-digest-immutable-identifier",
    settings=(REGISTRIES,),
    checks=(
        _fixed_check(_CONTAINER, _container),
        _fixed_check(_REMOTE_IMAGE, _remote_image),
        _fixed_check(_SERVICE, _service),
        _pinned_check(_CONTAINER, _container),
        _pinned_check(_REMOTE_IMAGE, _remote_image),
        _pinned_check(_SERVICE, _service),
    ),
    stack_checks=(
        _origin_check(_CONTAINER, "image", _container),
        _origin_check(_SERVICE, "taskSpec", _service),
    ),
)
