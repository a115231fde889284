"""A picture shows everything that is built, once, and nothing lies on top of anything."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import combinations, pairwise
from xml.etree import ElementTree as ET

import pytest

from rehearsal.plugin import Recording
from tests.stacks.blueprints import BLUEPRINTS, deployed_anywhere
from tests.stacks.files import STACKS
from tests.tools.recordings import Stack, busy, flow
from tools.picture_graph import LINES_AT_MOST, picture_of
from tools.picture_layout import WIDTH, Gaps, laid_out
from tools.picture_model import Box, Call, Need, Picture, Role
from tools.picture_routes import Routes, routed
from tools.picture_shapes import Layout, Rect
from tools.picture_svg import arranged, drawn
from tools.picture_text import text_width
from tools.pictures import path_of, picture

BUSY = "busy"
COMMITTED = [*STACKS, *BLUEPRINTS]
SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "</text><script>alert('&\"\x00\ud800\n" + "x" * 300

each_committed = pytest.mark.parametrize("name", COMMITTED)
each_picture = pytest.mark.parametrize("name", [*COMMITTED, BUSY])


@cache
def recorded(name: str) -> Recording:
    return busy() if name == BUSY else deployed_anywhere(name)


@cache
def placed(name: str) -> tuple[Picture, Layout, Routes]:
    shown = picture_of(name, recorded(name))
    return shown, *arranged(shown)


def shown(stack: Stack) -> Picture:
    return picture_of("test", stack.recording())


def box(of: Picture, key: str) -> Box:
    (found,) = [each for each in of.walk() if each.key == key]
    return found


def titled(of: Picture, title: str) -> Box:
    return next(each for each in of.walk() if each.title == title)


def inside(of: Box) -> list[str]:
    return [each.title for each in of.inside]


def passed(points: tuple[tuple[float, float], ...]) -> Iterator[Rect]:
    """The parts of a way, one pixel wide."""
    for (x, y), (to_x, to_y) in pairwise(points):
        across, down = abs(to_x - x), abs(to_y - y)
        yield Rect(int(min(x, to_x)), int(min(y, to_y)), int(across) or 1, int(down) or 1)


def touches(rect: Rect, point: tuple[float, float]) -> bool:
    x, y = point
    on_side = x in {rect.x, rect.right} and rect.y <= y <= rect.bottom
    return on_side or (y in {rect.y, rect.bottom} and rect.x <= x <= rect.right)


@each_committed
def test_the_committed_picture_shows_what_would_be_built(name: str) -> None:
    committed = path_of(name).read_text(encoding="utf-8")

    assert committed == picture(name, recorded(name)), "run make pictures"


@each_picture
def test_every_component_is_shown_once(name: str) -> None:
    components = [each.urn for each in recorded(name).resources if not each.custom]
    boxes = [each.key for each in placed(name)[0].walk() if each.role is Role.COMPONENT]

    assert components
    assert sorted(boxes) == sorted(components)


@each_picture
def test_boxes_lie_in_each_other_or_apart(name: str) -> None:
    boxes = list(placed(name)[1].walk())
    within = {(outer.box.key, inner.box.key) for outer in boxes for inner in outer.walk()}
    wrong = [
        (one.box.title, other.box.title)
        for one, other in combinations(boxes, 2)
        if (one.rect.overlaps(other.rect) and not one.rect.holds(other.rect))
        or one.rect.overlaps(other.rect) != ((one.box.key, other.box.key) in within)
    ]

    assert wrong == []


@each_picture
def test_everything_is_on_the_picture(name: str) -> None:
    _, layout, routes = placed(name)
    points = [point for way in routes.ways for point in way.points]

    assert layout.width == WIDTH
    assert all(Rect(0, 0, layout.width, layout.height).holds(each.rect) for each in layout.walk())
    assert all(0 < x < layout.width and 0 < y < layout.height for x, y in points)


@each_picture
def test_texts_and_ports_are_within_their_boxes_and_apart(name: str) -> None:
    for each in placed(name)[1].walk():
        texts = [text.rect for text in each.texts]
        ports = list(each.ports.values())

        assert all(each.rect.holds(text) for text in texts), each.box.title
        assert all(each.rect.x <= port.x and port.right <= each.rect.right for port in ports)
        assert not any(one.overlaps(other) for one, other in combinations([*texts, *ports], 2))
        assert all(text_width(label, 10) <= port.width for label, port in each.ports.items())


@each_picture
def test_every_arrow_leads_from_one_box_to_the_other(name: str) -> None:
    shown, layout, routes = placed(name)
    boxes = {each.box.key: each for each in layout.walk()}

    for way in routes.ways:
        target = boxes[way.arrow.target]
        end = target.ports[way.arrow.port] if isinstance(way.arrow, Call) else target.rect
        assert touches(boxes[way.arrow.source].rect, way.points[0])
        assert touches(end, way.points[-1])
    arrows = {each for each in (*shown.calls, *shown.needs) if each.source != each.target}
    assert {way.arrow for way in routes.ways} == arrows


@each_picture
def test_no_arrow_crosses_a_box_a_heading_or_a_port(name: str) -> None:
    _, layout, routes = placed(name)
    solid = [each.rect for each in layout.walk() if not each.box.framed]
    solid += [text.rect for each in layout.walk() if each.box.framed for text in each.texts]
    solid += [port for each in layout.walk() for port in each.ports.values()]
    crossed = [
        (way.arrow, rect)
        for way in routes.ways
        for part in passed(way.points)
        for rect in solid
        if Rect(rect.x + 1, rect.y + 1, rect.width - 2, rect.height - 2).overlaps(part)
    ]

    assert crossed == []


def test_arrows_without_a_common_end_do_not_cover_each_other() -> None:
    assert placed(BUSY)[2].covered == 0


@each_picture
def test_the_same_recording_gives_the_same_picture(name: str) -> None:
    assert drawn(picture_of(name, recorded(name))) == drawn(placed(name)[0])


@each_picture
def test_a_picture_is_an_svg_document_with_its_title(name: str) -> None:
    root = ET.fromstring(drawn(placed(name)[0]))  # noqa: S314 our own text

    assert root.tag == f"{SVG}svg"
    assert (root.findtext(f"{SVG}title") or "").startswith(f"{name}: ")


def test_a_hostile_name_is_text_and_stays_in_its_box() -> None:
    stack = Stack()
    stack.component(f"database:{HOSTILE}", HOSTILE)
    stack.workload("web", flow(HOSTILE, "web"))
    picture = shown(stack)

    root = ET.fromstring(drawn(picture))  # noqa: S314 our own text

    assert root.findall(f".//{SVG}script") == []
    assert any("<script>alert('&\"" in (text.text or "") for text in root.iter(f"{SVG}title"))
    for each in laid_out(picture, Gaps(32, 40)).walk():
        assert all(each.rect.holds(text.rect) for text in each.texts)


def test_the_ground_says_where_the_stack_is() -> None:
    ground = titled(shown(Stack()), "AWS")

    assert ground.role is Role.GROUND
    assert ground.kind == "eu-west-1 · account 111122223333"


def test_a_component_stands_in_the_tier_whose_subnets_it_uses() -> None:
    stack = Stack()
    network, subnets = stack.network()
    stack.component("database:AwsDatabase", "orders", made_from=[subnets["data"]])
    stack.component("bucket:AwsBucket", "uploads", made_from=[network])
    picture = shown(stack)

    assert inside(titled(picture, "data")) == ["orders"]
    assert inside(titled(picture, "core")) == ["public", "private", "data"]
    assert inside(titled(picture, "AWS")) == ["core", "uploads"]


def test_what_joins_two_tiers_is_where_it_is_reached_first() -> None:
    stack = Stack()
    _, subnets = stack.network()
    made_from = [subnets["data"], subnets["private"]]
    stack.component("workload:DockerWorkload", "exporter", made_from=made_from)

    assert inside(titled(shown(stack), "private")) == ["exporter"]


def test_a_workload_stands_in_its_namespace_of_the_cluster() -> None:
    stack = Stack()
    _, subnets = stack.network()
    _, provider = stack.cluster(subnets["private"])
    stack.workload("web", namespace="shop", provider=provider)
    picture = shown(stack)

    assert inside(titled(picture, "private")) == ["apps"]
    assert inside(titled(picture, "apps")) == ["shop"]
    assert inside(titled(picture, "shop")) == ["web"]


def test_a_namespace_that_is_a_component_holds_what_stands_in_it() -> None:
    stack = Stack()
    _, subnets = stack.network()
    _, provider = stack.cluster(subnets["private"])
    shop = stack.namespace("shop", provider)
    web = stack.workload("web", namespace="shop", provider=provider, made_from=[shop])
    picture = shown(stack)

    assert inside(titled(picture, "apps")) == ["shop"]
    assert [each.key for each in box(picture, shop).inside] == [web]
    assert picture.needs == ()


def test_parts_in_namespaces_that_are_components_stay_together() -> None:
    stack = Stack()
    _, subnets = stack.network()
    _, provider = stack.cluster(subnets["private"])
    namespaces = [stack.namespace(each, provider) for each in ("observability", "agents")]
    whole = stack.add("plinth:observability:Observability", "eyes", custom=False)
    for name, namespace in (("loki", "observability"), ("agent", "agents")):
        stack.workload(
            name, within=whole, namespace=namespace, provider=provider, made_from=namespaces
        )
    picture = shown(stack)

    assert inside(titled(picture, "apps")) == ["observability", "agents", "eyes"]
    assert inside(titled(picture, "eyes")) == ["observability", "agents"]
    assert all(each.role is Role.NAMESPACE for each in titled(picture, "eyes").inside)
    assert picture.needs == ()


def test_a_component_in_two_namespaces_shows_both_within_itself() -> None:
    stack = Stack()
    _, subnets = stack.network()
    _, provider = stack.cluster(subnets["private"])
    whole = stack.add("plinth:observability:Observability", "eyes", custom=False)
    stack.workload("loki", within=whole, namespace="observability", provider=provider)
    stack.workload("agent", within=whole, namespace="nodes", provider=provider)
    picture = shown(stack)

    assert inside(titled(picture, "apps")) == ["eyes"]
    assert inside(titled(picture, "eyes")) == ["observability", "nodes"]
    assert inside(titled(picture, "nodes")) == ["agent"]


def test_a_box_counts_what_it_and_its_parts_are_made_of() -> None:
    stack = Stack()
    whole = stack.component("database:DockerDatabase", "orders")
    stack.workload("orders", within=whole)

    assert box(shown(stack), whole).notes == ("2 resources",)


def test_a_line_leads_to_what_a_component_is_made_from() -> None:
    stack = Stack()
    audit = stack.component("audit:AwsAudit", "audit")
    uploads = stack.component("bucket:AwsBucket", "uploads", made_from=[audit])

    assert shown(stack).needs == (Need(uploads, audit),)


def test_what_a_component_stands_on_needs_no_line() -> None:
    stack = Stack()
    network, subnets = stack.network()
    made_from = [subnets["data"], network]
    stack.component("database:AwsDatabase", "orders", made_from=made_from)

    assert shown(stack).needs == ()


def test_what_many_are_made_from_is_named_instead_of_a_web_of_lines() -> None:
    stack = Stack()
    keys = stack.component("keys:AwsKeys", "keys")
    for number in range(LINES_AT_MOST + 1):
        stack.component("bucket:AwsBucket", f"bucket-{number}", made_from=[keys])
    picture = shown(stack)

    assert picture.needs == ()
    assert "needs keys" in titled(picture, "bucket-0").notes


def test_a_flow_that_both_ends_publish_is_one_call() -> None:
    stack = Stack()
    call = flow("grafana", "loki", 3100)
    grafana, loki = stack.workload("grafana", call), stack.workload("loki", call)

    assert shown(stack).calls == (Call(grafana, loki, ":3100"),)


def test_people_on_the_host_call_the_published_address() -> None:
    stack = Stack()
    web = stack.workload("web", flow("@host", "web"), published={"http": "127.0.0.1:8000"})
    picture = shown(stack)

    (call,) = picture.calls
    assert (call.target, call.port) == (web, "127.0.0.1:8000")
    assert box(picture, call.source).title == "People on this host"


@pytest.mark.parametrize(
    ("source", "frame"), [("@neighbours", "shop"), ("@nodes", "apps"), ("@api-server", "apps")]
)
def test_an_end_that_runs_beside_the_workloads_is_drawn_beside_them(
    source: str, frame: str
) -> None:
    stack = Stack()
    _, subnets = stack.network()
    _, provider = stack.cluster(subnets["private"])
    stack.workload("web", flow(source, "web"), namespace="shop", provider=provider)
    picture = shown(stack)

    assert picture.calls[0].source in {each.key for each in titled(picture, frame).inside}


def test_an_end_that_the_stack_does_not_build_is_outside_of_its_ground() -> None:
    stack = Stack()
    stack.workload("web", flow("@internet", "web"), flow("web", "login.example.com", 443))

    assert [each.title for each in shown(stack).boxes] == [
        "The internet",
        "AWS",
        "login.example.com",
    ]


def test_an_end_outside_that_calls_and_is_called_is_reached() -> None:
    stack = Stack()
    stack.workload("web", flow("partner", "web"), flow("web", "partner"))
    picture = shown(stack)

    assert {way.arrow for way in arranged(picture)[1].ways} == set(picture.calls)


def test_namespaces_of_a_cluster_that_was_there_before_are_on_the_ground() -> None:
    stack = Stack()
    provider = stack.provider("kubernetes", context="kind")
    stack.resources.pop(0)
    stack.workload("web", flow("@neighbours", "web"), namespace="shop", provider=provider)
    ground = titled(shown(stack), "Kubernetes")

    assert ground.kind == "context kind"
    assert inside(ground) == ["shop"]
    assert inside(ground.inside[0]) == ["web", "All neighbours"]


def test_what_only_shares_the_name_of_an_end_is_not_called() -> None:
    stack = Stack()
    identity = stack.component("identity:AwsIdentity", "storefront")
    stack.workload("prometheus", flow("prometheus", "storefront"))

    assert identity not in {call.target for call in shown(stack).calls}


def test_a_workload_with_rights_elsewhere_stands_where_it_runs() -> None:
    stack = Stack()
    _, subnets = stack.network()
    _, provider = stack.cluster(subnets["private"])
    web = stack.workload("web", namespace="shop", provider=provider)
    elsewhere = {"metadata": {"namespace": "store"}}
    type_ = "kubernetes:rbac.authorization.k8s.io/v1:Role"
    stack.add(type_, "web-rights", web, inputs=elsewhere, provider=f"{provider}::id")

    assert inside(titled(shown(stack), "shop")) == ["web"]


def test_replicas_that_call_each_other_show_the_port_without_an_arrow() -> None:
    stack = Stack()
    loki = stack.workload("loki", flow("loki", "loki", 7946))
    picture = shown(stack)
    layout = laid_out(picture, Gaps(32, 40))

    (drawn_box,) = [each for each in layout.walk() if each.box.key == loki]
    assert list(drawn_box.ports) == [":7946"]
    assert routed(picture, layout).ways == ()


def test_where_a_name_is_shared_the_workload_is_called() -> None:
    stack = Stack()
    whole = stack.component("database:DockerDatabase", "orders")
    stack.workload("orders", flow("@neighbours", "orders", 5432), within=whole)

    assert box(shown(stack), shown(stack).calls[0].target).kind == "KubernetesWorkload"
