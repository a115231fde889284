from __future__ import annotations

import io
import json
from collections.abc import Sequence

import pytest
from rich.console import Console

from plinth.render.document import EngineDocument, document
from plinth.render.forest import Forest
from plinth.render.overview import overview
from plinth.render.plain import PlainRenderer
from plinth.render.report import Report
from plinth.render.summary import summary_lines
from plinth.render.tree import TreeRenderer, clock_text
from rehearsal.events import Event, Kind, Op, Summary
from rehearsal.values import Secret
from tests.plinth.recorded import (
    BRIDGE,
    NETWORK,
    STACK,
    destroy,
    done,
    failed_up,
    first_up,
    second_up,
)


def plain(events: Sequence[Event]) -> str:
    file = io.StringIO()
    renderer = PlainRenderer(file)
    for event in events:
        renderer(event)
    return file.getvalue()


def told(events: Sequence[Event]) -> Report:
    report = Report()
    for event in events:
        report(event)
    return report


def summary(events: Sequence[Event]) -> str:
    return "\n".join(line.text for line in summary_lines(told(events)))


def grown(events: Sequence[Event]) -> Forest:
    forest = Forest()
    for event in events:
        forest(event)
    return forest


def drawn(events: Sequence[Event], *, live: bool = False, height: int = 40) -> str:
    console = Console(
        file=io.StringIO(), record=True, force_terminal=True, width=100, height=height
    )
    renderer = TreeRenderer(console, clock=lambda: 0.0, live=live)
    renderer.begin()
    for event in events:
        renderer(event)
    renderer.end()
    return console.export_text()


def framed(events: Sequence[Event], height: int = 40) -> str:
    console = Console(
        file=io.StringIO(), record=True, force_terminal=True, width=100, height=height
    )
    now = iter([0.0, 10.0, *[75.0] * 99])
    renderer = TreeRenderer(console, clock=lambda: next(now), live=False)
    for event in events:
        renderer(event)
    console.print(renderer.frame())
    return console.export_text()


def test_plain_lines_name_operation_type_and_name() -> None:
    assert plain(second_up()).splitlines() == [
        "same       pulumi:pulumi:Stack shop-dev",
        "same       plinth:network:DockerNetwork core",
        "update     docker:index/network:Network core-bridge (changed: labels.owner)",
        "create-replacement docker:index/volume:Volume core-data",
        "replace    docker:index/volume:Volume core-data",
        "delete-replaced docker:index/volume:Volume core-data",
    ]


def test_plain_lines_tell_failures_warnings_and_violations() -> None:
    assert plain([*failed_up(), *first_up()[-2:]]).splitlines()[-3:] == [
        (
            "failed     docker:index/network:Network core-bridge: create: "
            "the subnet 10.0.0.0/8 overlaps. Choose another."
        ),
        "warning    core: the driver is old",
        "violation  docker-network-labelled core-bridge (advisory)",
    ]


def test_plain_lines_hold_no_escape_code() -> None:
    assert "\x1b" not in plain([*first_up(), *failed_up(), *destroy()])


def test_a_reader_that_leaves_does_not_stop_the_operation() -> None:
    class Gone(io.StringIO):
        def write(self, text: str, /) -> int:
            raise BrokenPipeError(text)

    renderer = PlainRenderer(Gone())
    for event in first_up():
        renderer(event)

    assert renderer.file is None


def test_the_summary_counts_judges_and_masks() -> None:
    assert (
        summary(first_up())
        == """
Policies
  7 passed, 1 failed, 2 undecided
  violation docker-network-labelled (advisory, low)
    urn:pulumi:dev::shop::plinth:network:DockerNetwork$docker:index/network:Network::core-bridge
    labels are missing. Add them.
Resources
  created       5
  updated       0
  replaced      0
  deleted       0
  unchanged     0
Outputs
  databases   {"orders": {"host": "orders", "password": "[secret]"}}
  network_id  n-1
  password    [secret]
  registry    localhost:5000"""
    )


def test_a_long_output_gets_lines_of_its_own() -> None:
    gaps = {"orders": ["a" * 60, "b" * 60], "users": Secret(["hunter2"])}
    up = Summary(Kind.UP, ok=True, counts={}, outputs={"gaps": gaps}, seconds=1.0)

    assert summary([up]).splitlines()[-6:] == [
        "Outputs",
        "  gaps",
        "    orders:",
        f"    - {'a' * 60}",
        f"    - {'b' * 60}",
        "    users: '[secret]'",
    ]


def test_the_summary_of_a_preview_speaks_of_the_future() -> None:
    shown = [line.split() for line in summary(first_up(Kind.PREVIEW)).splitlines()]

    assert ["to", "create", "5"] in shown
    assert ["network_id", "[unknown]"] in shown


def test_the_summary_of_a_failure_says_once_what_failed() -> None:
    shown = summary(failed_up())

    assert "create docker:index/network:Network core-bridge: the subnet" in shown
    assert shown.count("overlaps") == 1


def test_the_overview_counts_resources_per_component() -> None:
    assert overview(grown(first_up(Kind.PREVIEW)), Kind.PREVIEW) == [
        "├─ core                  plinth:network:DockerNetwork  2 to create",
        "└─ (outside components)                                1 to create",
    ]


def test_children_deleted_before_their_parents_hang_under_them() -> None:
    rows = grown(destroy()).rows()

    assert [(row.guides, row.node.name, row.node.outcome) for row in rows] == [
        ("└─ ", "core", "deleted"),
        ("   └─ ", "core-bridge", "deleted"),
    ]


def test_a_parent_first_heard_of_through_its_child_moves_to_its_own_parent() -> None:
    forest = grown([*done(Op.DELETE, BRIDGE, NETWORK), *done(Op.DELETE, NETWORK, STACK)])

    assert [node.urn for node in forest.roots] == [STACK]
    assert [node.urn for node in forest.tops()] == [NETWORK]


def test_the_finished_tree_stays_on_the_terminal() -> None:
    assert drawn(first_up()[:-2]).rstrip() == (
        "├─ ✓ docker  pulumi:providers:docker  created\n"
        "└─ ✓ core  plinth:network:DockerNetwork  created\n"
        "   ├─ ✓ core-bridge  docker:index/network:Network  created\n"
        "   └─ ✓ core-data  docker:index/volume:Volume  created"
    )


def test_the_live_display_ends_with_the_same_tree_as_the_still_one() -> None:
    assert drawn(first_up()[:-2], live=True).endswith(drawn(first_up()[:-2]))


def test_an_unchanged_component_is_folded_in_the_finished_tree() -> None:
    events = [
        *done(Op.SAME, STACK),
        *done(Op.SAME, NETWORK, STACK),
        *done(Op.SAME, BRIDGE, NETWORK),
    ]

    assert drawn(events).rstrip() == (
        "└─ ✓ core  plinth:network:DockerNetwork  unchanged  (1 below: 1 unchanged)"
    )


def test_the_tree_shows_what_failed_and_why() -> None:
    shown = drawn(failed_up())

    assert "✗ core-bridge  docker:index/network:Network  the subnet 10.0.0.0/8 overlaps." in shown
    assert "warning    core: the driver is old" in shown


def test_a_frame_has_a_bar_a_count_and_the_time() -> None:
    last = framed(first_up()[:-2]).rstrip().splitlines()[-1]

    assert "━" in last
    assert last.rstrip().endswith("5/5 1:05")


def test_the_bar_counts_against_what_the_former_state_tells() -> None:
    assert "2/4" in framed(second_up()[:5])


def test_a_frame_never_exceeds_the_terminal() -> None:
    volumes = [event for i in range(50) for event in done(Op.CREATE, f"{BRIDGE}-{i}", NETWORK)[:1]]
    shown = framed([*done(Op.CREATE, NETWORK)[:1], *volumes], height=12).rstrip().splitlines()

    assert len(shown) <= 12
    assert "… 43 more" in shown[-2]


def test_a_finished_component_folds_when_the_tree_is_too_tall() -> None:
    volumes = [event for i in range(50) for event in done(Op.CREATE, f"{BRIDGE}-{i}", NETWORK)]
    shown = framed([*done(Op.CREATE, NETWORK), *volumes], height=12)

    assert "core  plinth:network:DockerNetwork  to create  (50 below: 50 to create)" in shown


def test_no_colour_is_written_when_it_is_not_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    file = io.StringIO()
    renderer = TreeRenderer(Console(file=file, force_terminal=True), live=False)
    for event in failed_up():
        renderer(event)
    renderer.end()

    assert "\x1b[3" not in file.getvalue()


@pytest.mark.parametrize(("seconds", "text"), [(0.04, "0.0 s"), (59.94, "59.9 s"), (65.0, "1:05")])
def test_time_is_told_in_seconds_then_in_minutes(seconds: float, text: str) -> None:
    assert clock_text(seconds) == text


def as_json(events: Sequence[Event], message: str = "") -> dict[str, object]:
    engine = EngineDocument(name="rehearsal", touches_cloud=False, reason="--rehearse was given")
    made = document(
        told(events), command="up", project="shop", stack="dev", engine=engine, message=message
    )
    return json.loads(made.model_dump_json())


def test_the_document_has_a_version_and_everything_that_happened() -> None:
    found = as_json(second_up())

    assert (found["version"], found["ok"], found["command"]) == (1, True, "up")
    assert found["counts"] == {
        "created": 0,
        "updated": 1,
        "replaced": 1,
        "deleted": 0,
        "unchanged": 2,
    }
    assert found["operations"] == {"same": 2, "update": 1, "replace": 1}
    assert found["duration_seconds"] == 61.0


def test_the_document_has_one_entry_for_each_step() -> None:
    steps = as_json(failed_up())["steps"]

    assert isinstance(steps, list)
    assert [(step["op"], step["name"], bool(step["error"])) for step in steps] == [
        ("create", "shop-dev", False),
        ("create", "core", False),
        ("create", "core-bridge", True),
    ]


def test_no_secret_reaches_the_document() -> None:
    text = json.dumps(as_json(first_up()))

    assert "hunter" not in text
    assert "[secret]" in text


def test_a_document_with_a_message_is_not_ok() -> None:
    found = as_json([], message="The stack is locked.")

    assert (found["ok"], found["message"], found["steps"]) == (False, "The stack is locked.", [])
