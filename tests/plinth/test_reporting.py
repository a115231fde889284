from __future__ import annotations

import json
import stat
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from plinth.errors import PlinthError
from plinth.judging import RuleAnalyzer
from plinth.report_order import ReportOrder
from plinth.reporting import ReportingRunner
from policies.catalogue import RULES
from policies.exemptions import Exemption, Exemptions
from policies.finding import decide
from policies.rule import Demand
from policies.rules.aws_rds import NOT_PUBLIC
from policies.view import Truth, View
from rehearsal.analysis import AnalyzedResource
from rehearsal.events import Event, Kind, Listener, Op, Started, Summary, Violation
from tests.plinth.fakes import FakeRunner, target
from tests.plinth.recorded import destroy

TYPE = "aws:rds/instance:Instance"
TODAY = datetime.now(UTC).date()
EXCUSE = Exemption(
    NOT_PUBLIC.id,
    "*",
    "The auditor looks in (see 7.1). Until spring",
    "team data",
    "OPS-7",
    date(TODAY.year + 1, 1, 31),
    "here",
)


def urn(name: str) -> str:
    return f"urn:pulumi:prod::shop::{TYPE}::{name}"


def violation(name: str, message: str = "is public.", **more: Any) -> Violation:
    usual = Violation(NOT_PUBLIC.id, "plinth-aws", "mandatory", urn(name), message)
    return replace(usual, **more)


def played(*events: Event, ok: bool = True, kind: Kind = Kind.PREVIEW) -> Sequence[Event]:
    summary = Summary(kind, ok=ok, counts={Op.CREATE: 1}, outputs={}, seconds=1)
    return [Started(kind, "shop", "prod"), *events, summary]


def seen(*names: str, public: bool, exemptions: Exemptions | None = None) -> RuleAnalyzer:
    """An analyzer that was shown a database of each name."""
    analyzer = RuleAnalyzer([NOT_PUBLIC], exemptions)
    for name in names:
        analyzer.analyze(
            AnalyzedResource(urn(name), TYPE, name, {"publiclyAccessible": public}, secrets=None)
        )
    return analyzer


class Reported:
    """A runner with reports in ``directory``, and what the JSON one says."""

    def __init__(
        self,
        directory: Path,
        runner: FakeRunner,
        analyzer: RuleAnalyzer,
        *,
        real: bool = True,
        format_: str = "json",
        packs: Sequence[str] = (),
    ) -> None:
        self.file = directory / "report"
        order = ReportOrder(format_, self.file)
        for pack in packs:
            (directory / "policies" / pack).mkdir(parents=True)
            (directory / "policies" / pack / "PulumiPolicy.yaml").touch()
        self.runner = ReportingRunner(
            runner, analyzer, target("prod", directory), (order,), real=real
        )

    @property
    def document(self) -> dict[str, Any]:
        return json.loads(self.file.read_text())

    @property
    def outcomes(self) -> dict[str, str]:
        """The outcome by the name of the resource."""
        return {each["name"]: each["outcome"] for each in self.document["results"]}

    def result(self, name: str) -> dict[str, Any]:
        (found,) = (each for each in self.document["results"] if each["name"] == name)
        return found


def ignore(event: Event) -> None:
    del event


@pytest.mark.parametrize("public", [True, False])
def test_what_the_packs_told_replaces_what_the_events_let_one_guess(
    public: bool, tmp_path: Path
) -> None:
    runner = FakeRunner(previewed=played(violation("told", "in the words of the pack.")))
    reported = Reported(tmp_path, runner, seen("told", public=public), packs=["aws"])

    reported.runner.preview(ignore)

    assert reported.outcomes == {"told": "violation"}
    assert reported.result("told")["message"] == "in the words of the pack."


@pytest.mark.parametrize(
    ("packs", "ok", "outcomes"),
    [
        (["aws"], True, {"guessed": "passed"}),
        # A pack that was stopped may not have come to it.
        (["aws"], False, {}),
        (["stack"], True, {"guessed": "violation"}),
        (["stack"], False, {"guessed": "violation"}),
    ],
    ids=["asked", "stopped", "not asked", "not asked, stopped"],
)
def test_what_a_pack_told_nothing_of_passed_if_the_pack_was_asked(
    packs: list[str], ok: bool, outcomes: dict[str, str], tmp_path: Path
) -> None:
    runner = FakeRunner(previewed=played(ok=ok))
    reported = Reported(tmp_path, runner, seen("guessed", public=True), packs=packs)

    reported.runner.preview(ignore)

    assert reported.outcomes == outcomes
    for result in reported.document["results"]:
        assert result["level"] == "mandatory"
        assert bool(result["message"]) is bool(result["paths"]) is (outcomes["guessed"] != "passed")


def test_a_rehearsal_is_reported_as_the_analyzer_found_it(tmp_path: Path) -> None:
    runner = FakeRunner(previewed=played(violation("told")))
    reported = Reported(tmp_path, runner, seen("found", public=True), real=False)

    reported.runner.preview(ignore)

    assert reported.outcomes == {"found": "violation"}
    assert reported.document["source"] == "rehearsal"


@pytest.mark.parametrize(("operation", "source"), [("preview", "preview"), ("up", "update")])
def test_a_report_names_the_operation_of_the_engine(
    operation: str, source: str, tmp_path: Path
) -> None:
    runner = FakeRunner(previewed=played(), upped=played(kind=Kind.UP))
    reported = Reported(tmp_path, runner, seen("x", public=False))

    summary = getattr(reported.runner, operation)(ignore)

    assert summary.ok
    assert runner.played == [operation]
    assert reported.document["source"] == source


def test_taking_down_reports_nothing(tmp_path: Path) -> None:
    reported = Reported(tmp_path, FakeRunner(downed=destroy()), seen("x", public=False))

    reported.runner.down(ignore)

    assert not reported.file.exists()


def test_the_listener_hears_everything(tmp_path: Path) -> None:
    events = played(violation("told"))
    heard: list[Event] = []

    Reported(tmp_path, FakeRunner(previewed=events), seen(public=True)).runner.preview(heard.append)

    assert heard == events


def test_an_exemption_is_read_back_from_what_a_pack_told(tmp_path: Path) -> None:
    analyzer = seen("excused", public=True, exemptions=Exemptions((EXCUSE,)))
    (finding,) = analyzer.findings
    told = violation("excused", finding.told, level="advisory", exempt=True)
    reported = Reported(tmp_path, FakeRunner(previewed=played(told)), analyzer)

    reported.runner.preview(ignore)

    result = reported.result("excused")
    assert result["outcome"] == "exempted"
    assert result["message"] == finding.message
    excuse = result["exemption"]
    assert {key: excuse[key] for key in ("reason", "owner", "ticket", "expires")} == {
        "reason": EXCUSE.reason,
        "owner": EXCUSE.owner,
        "ticket": EXCUSE.ticket,
        "expires": EXCUSE.expires.isoformat(),
    }


def test_what_a_pack_could_not_decide_is_undecided(tmp_path: Path) -> None:
    open_demand = Demand(Truth.UNKNOWN, View({}), "is not known")
    finding = decide(NOT_PUBLIC, urn("open"), "prod", [open_demand], ())
    told = violation("open", finding.told, level="advisory", undecided=True)
    reported = Reported(tmp_path, FakeRunner(previewed=played(told)), seen("open", public=False))

    reported.runner.preview(ignore)

    assert reported.outcomes == {"open": "undecided"}


def test_a_defect_of_a_rule_is_none_of_the_resource(tmp_path: Path) -> None:
    told = violation("broken", f"the rule {NOT_PUBLIC.id} is defective: KeyError in judge, line 7.")
    reported = Reported(tmp_path, FakeRunner(previewed=played(told)), seen("broken", public=False))

    reported.runner.preview(ignore)

    assert reported.outcomes == {"broken": "defect"}


def test_what_a_strangers_pack_told_is_in_no_report_of_our_rules(tmp_path: Path) -> None:
    told = violation("x", rule="theirs", pack="strangers")
    reported = Reported(tmp_path, FakeRunner(previewed=played(told)), seen("x", public=False))

    reported.runner.preview(ignore)

    assert reported.outcomes == {"x": "passed"}


class Stopped(FakeRunner):
    """Plays its events and raises ``error`` instead of ending."""

    def _play(self, name: str, events: Sequence[Event], listener: Listener) -> Summary:
        self.played.append(name)
        for event in events:
            listener(event)
        assert self.error is not None
        raise self.error


@pytest.mark.parametrize("error", [PlinthError("no way"), KeyboardInterrupt()], ids=repr)
def test_a_report_is_written_although_the_operation_raises(
    error: BaseException, tmp_path: Path
) -> None:
    runner = Stopped(previewed=played(violation("told")), error=error)
    reported = Reported(tmp_path, runner, seen("seen", public=False))

    with pytest.raises(type(error)):
        reported.runner.preview(ignore)

    assert reported.outcomes == {"told": "violation", "seen": "passed"}


@pytest.mark.parametrize("format_", ["sarif", "junit", "markdown", "html"])
def test_every_format_is_written_whole(format_: str, tmp_path: Path) -> None:
    runner = FakeRunner(previewed=played(violation("told"), ok=False))
    reported = Reported(tmp_path, runner, seen(public=False), format_=format_)

    reported.runner.preview(ignore)

    assert NOT_PUBLIC.id in reported.file.read_text()
    assert [path.name for path in tmp_path.iterdir()] == [reported.file.name]
    assert not reported.file.stat().st_mode & stat.S_IXUSR


def test_a_report_that_cannot_be_written_is_an_error_of_the_user(tmp_path: Path) -> None:
    reported = Reported(tmp_path, FakeRunner(previewed=played()), seen("x", public=False))
    reported.file.mkdir()

    with pytest.raises(PlinthError, match=r"cannot be written to .*report"):
        reported.runner.preview(ignore)


def test_the_operation_before_is_forgotten(tmp_path: Path) -> None:
    runner = FakeRunner(
        previewed=played(violation("told")),
        upped=[replace(each) for each in played(kind=Kind.UP)],
    )
    reported = Reported(tmp_path, runner, RuleAnalyzer(RULES))

    reported.runner.preview(ignore)
    reported.runner.up(ignore)

    assert reported.document["results"] == []


def test_what_fails_before_anything_is_judged_leaves_no_report(tmp_path: Path) -> None:
    reported = Reported(tmp_path, FakeRunner(previewed=played(ok=False)), RuleAnalyzer(RULES))

    reported.runner.preview(ignore)

    assert not reported.file.exists()
