from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from pulumi.automation.events import EngineEvent

from plinth.engine_events import Translator
from plinth.judging import RuleAnalyzer
from policies.catalogue import RULES
from rehearsal.events import (
    Diagnostic,
    Event,
    Judged,
    Kind,
    Level,
    Op,
    Started,
    Step,
    StepDone,
    StepFailed,
    StepStarted,
    Summary,
    Violation,
)
from rehearsal.values import SECRET_SIGNATURE, SIGNATURE_KEY, UNKNOWN, UNKNOWN_WIRE, Secret
from tests.plinth.recorded import BRIDGE, NETWORK, STACK


def metadata(op: str, urn: str, **state: Any) -> dict[str, Any]:
    type_ = urn.split("::")[2].rpartition("$")[2]
    new = {"type": type_, "urn": urn, "parent": "", "inputs": {}, "outputs": {}, **state}
    return {"op": op, "urn": urn, "type": type_, "provider": "", "new": new}


def pre(op: str, urn: str, **state: Any) -> dict[str, Any]:
    return {"resourcePreEvent": {"metadata": metadata(op, urn, **state), "planning": True}}


def post(op: str, urn: str, **state: Any) -> dict[str, Any]:
    return {"resOutputsEvent": {"metadata": metadata(op, urn, **state), "planning": True}}


def diagnostic(message: str, severity: str, **more: Any) -> dict[str, Any]:
    return {"diagnosticEvent": {"message": message, "color": "raw", "severity": severity, **more}}


def policy(
    message: str, name: str = "docker-container-no-privileged", pack: str = "plinth-docker"
) -> dict[str, Any]:
    return {
        "policyEvent": {
            "resourceUrn": BRIDGE,
            "message": message,
            "color": "raw",
            "policyName": name,
            "policyPackName": pack,
            "policyPackVersion": "1",
            "policyPackVersionTag": "1",
            "enforcementLevel": "mandatory",
        }
    }


def translated(
    raw: Sequence[Mapping[str, Any]], failure: str | None = None, kind: Kind = Kind.PREVIEW
) -> list[Event]:
    heard: list[Event] = []
    translator = Translator(kind, "shop", "dev", heard.append)
    translator.begin()
    for event in raw:
        translator(EngineEvent.from_json(dict(event)))
    translator.end(2.5, failure, RuleAnalyzer(RULES))
    return heard


def only(kind: type[Any], heard: Sequence[Event]) -> Any:
    (found,) = (event for event in heard if isinstance(event, kind))
    return found


def test_a_step_begins_and_ends_once_though_a_component_ends_twice() -> None:
    heard = translated(
        [
            pre("create", NETWORK, parent=STACK),
            post("create", NETWORK, parent=STACK),
            post("create", NETWORK, parent=STACK),
        ]
    )
    step = Step(Op.CREATE, NETWORK, "plinth:network:DockerNetwork", "core", STACK)

    assert heard[:-1] == [Started(Kind.PREVIEW, "shop", "dev"), StepStarted(step), StepDone(step)]


def test_a_change_names_properties_and_never_values() -> None:
    raw = pre("update", BRIDGE)
    diff = {"labels.owner": {"diffKind": "update", "inputDiff": True}}
    raw["resourcePreEvent"]["metadata"].update(detailedDiff=diff, keys=["driver"])
    step = only(StepStarted, translated([raw])).step

    assert (step.changed, step.replace_because) == (("labels.owner",), ("driver",))


def test_secrets_and_unknowns_of_the_stack_stay_marked() -> None:
    sealed = {SIGNATURE_KEY: SECRET_SIGNATURE, "ciphertext": "[secret]"}
    outputs = {"password": "[secret]", "key": sealed, "id": UNKNOWN_WIRE, "hosts": [{"port": 1}]}
    summary = only(Summary, translated([post("create", STACK, outputs=outputs)]))

    assert summary.outputs == {
        "password": Secret(None),
        "key": Secret(None),
        "id": UNKNOWN,
        "hosts": [{"port": 1}],
    }


def test_diagnostics_lose_their_colours_and_the_passing_ones_are_left_out() -> None:
    heard = translated(
        [
            diagnostic("<{%fg 3%}>old driver<{%reset%}>\n", "warning", urn=NETWORK),
            diagnostic("installing", "info", ephemeral=True),
            diagnostic("  ", "info"),
            diagnostic("wire", "debug"),
        ]
    )

    assert only(Diagnostic, heard) == Diagnostic(Level.WARNING, "old driver", NETWORK)


def test_a_failed_step_carries_the_error_told_before_it() -> None:
    heard = translated(
        [
            pre("create", BRIDGE),
            diagnostic("the subnet overlaps", "error", urn=BRIDGE),
            {"resOpFailedEvent": {"metadata": metadata("create", BRIDGE), "status": 1, "steps": 1}},
        ]
    )

    assert only(StepFailed, heard).message == "the subnet overlaps"
    assert not only(Summary, heard).ok


def test_a_violation_keeps_rule_pack_level_and_urn() -> None:
    heard = translated([policy("privileged is true. Remove it.")])

    assert only(Violation, heard) == Violation(
        "docker-container-no-privileged",
        "plinth-docker",
        "mandatory",
        BRIDGE,
        "privileged is true. Remove it.",
    )
    assert only(Summary, heard).judged == Judged(failed=1)


def test_a_violation_of_the_whole_stack_is_told_under_its_rule() -> None:
    message = "Rules that take the whole stack to judge\naws-vpc-flow-logs: none.\n"
    found = only(Violation, translated([policy(message, name="aws-stack")]))

    assert (found.rule, found.message) == ("aws-vpc-flow-logs", "none.")


def test_a_strangers_policy_keeps_its_name_whatever_that_ends_with() -> None:
    found = only(Violation, translated([policy("note: none.", name="full-stack", pack="theirs")]))

    assert (found.rule, found.message) == ("full-stack", "note: none.")


def test_what_two_of_our_packs_say_alike_is_told_once() -> None:
    said = "Rules that take the whole stack to judge\nstack-exemptions-sound: one has ended."
    heard = translated(
        [policy(said, name=f"{pack}-stack", pack=f"plinth-{pack}") for pack in ("aws", "stack")]
    )

    assert only(Violation, heard).rule == "stack-exemptions-sound"
    assert only(Summary, heard).judged.failed == 1


def test_what_two_strangers_say_alike_is_told_twice() -> None:
    heard = translated([policy("no", name="x", pack=pack) for pack in ("theirs", "others")])

    assert only(Summary, heard).judged.failed == 2


def test_the_description_that_comes_before_a_message_is_left_out() -> None:
    heard = translated([policy("No container is privileged\nprivileged is true. Remove it.\n")])

    assert only(Violation, heard).message == "privileged is true. Remove it."


def test_an_undecided_policy_is_no_failure() -> None:
    heard = translated(
        [policy("can't run policy 'x' from policy pack 'y' during preview: value at .a")]
    )

    assert only(Violation, heard).undecided
    assert only(Summary, heard).judged == Judged(undecided=1)


def test_what_passed_is_counted_by_the_same_rules() -> None:
    urn = "urn:pulumi:dev::shop::docker:index/container:Container::web"
    heard = translated([pre("create", urn, inputs={"privileged": False, "image": "x"})])

    assert only(Summary, heard).judged.passed >= 1


def test_what_a_strangers_pack_finds_takes_nothing_from_what_passed() -> None:
    urn = "urn:pulumi:dev::shop::docker:index/container:Container::web"
    seen = [pre("create", urn, inputs={"privileged": False, "image": "x"})]
    alone = only(Summary, translated(seen)).judged
    judged = only(Summary, translated([*seen, policy("no", pack="strangers")])).judged

    assert (judged.passed, judged.failed) == (alone.passed, alone.failed + 1)


def test_the_rules_see_whose_child_a_resource_is_and_whether_it_is_protected() -> None:
    analyzer = RuleAnalyzer(RULES)
    translator = Translator(Kind.PREVIEW, "shop", "dev", lambda _: None)
    for raw in (pre("create", NETWORK, parent=STACK, protect=True), pre("create", BRIDGE)):
        translator(EngineEvent.from_json(raw))
    translator.end(1, None, analyzer)

    seen = analyzer.shown
    assert (seen[NETWORK].parent, seen[NETWORK].protect) == (STACK, True)
    assert (seen[BRIDGE].parent, seen[BRIDGE].protect) == ("", False)


def test_the_summary_has_the_engines_counts_and_the_clis_message() -> None:
    raw = {
        "summaryEvent": {
            "maybeCorrupt": False,
            "durationSeconds": 2,
            "resourceChanges": {"create": 3, "same": 1},
            "PolicyPacks": {},
        }
    }
    summary = only(Summary, translated([raw], "update failed", Kind.UP))

    assert summary.counts == {Op.CREATE: 3, Op.SAME: 1}
    assert (summary.kind, summary.ok, summary.message) == (Kind.UP, False, "update failed")
    assert summary.seconds == 2.5


def test_a_violation_that_stopped_the_engine_is_the_message_where_the_cli_said_nothing() -> None:
    summary = only(Summary, translated([policy("privileged is true.")], failure=""))

    assert (summary.ok, summary.message) == (False, "a mandatory policy is violated")


def test_the_last_error_is_the_message_where_the_cli_said_nothing() -> None:
    summary = only(Summary, translated([diagnostic("no such zone", "error")], failure=""))

    assert (summary.ok, summary.message) == (False, "no such zone")


@pytest.mark.parametrize(
    ("last", "told"), [("ValueError: 7", 3), ("KeyboardInterrupt", 0)], ids=["a bug", "a stop"]
)
def test_the_traceback_of_a_program_that_was_stopped_is_left_out(last: str, told: int) -> None:
    lines = ["Traceback (most recent call last):\n", '  File "x.py", line 1\n', f"{last}\n"]
    heard = translated([diagnostic(line, "info#err") for line in lines])

    assert sum(isinstance(event, Diagnostic) for event in heard) == told
