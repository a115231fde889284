"""A stranger's policy pack judges a rehearsal as it would judge a real update."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pulumi_aws as aws
import pytest

from rehearsal.analysis import Analysis, AnalyzedResource
from rehearsal.errors import RehearsalError
from rehearsal.events import Judged, Violation
from rehearsal.packs import PolicyPack
from tests.rehearsal.stage import Stage

QUEUES = Path(__file__).parent / "packs" / "queues"
QUEUE = "aws:sqs/queue:Queue"
URN = f"urn:pulumi:dev::shop::{QUEUE}::orders"
STACK = "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev"
TAGS = {"owner": "ann"}


@contextmanager
def running(
    directory: Path, *, dry_run: bool = True, policy_config: Mapping[str, Any] | None = None
) -> Generator[PolicyPack]:
    pack = PolicyPack(
        directory, project="shop", stack="dev", policy_config=policy_config, dry_run=dry_run
    )
    with closing(pack):
        yield pack


@pytest.fixture(scope="module")
def pack() -> Iterator[PolicyPack]:
    with running(QUEUES) as started:
        yield started


def queue(name: str = "orders", *, parent: str = STACK, **properties: Any) -> AnalyzedResource:
    urn = f"urn:pulumi:dev::shop::{QUEUE}::{name}"
    return AnalyzedResource(urn, QUEUE, name, {"tags": TAGS, **properties}, parent=parent)


def one_queue() -> None:
    aws.sqs.Queue("orders", message_retention_seconds=60, tags=TAGS)


def two_queues() -> None:
    letters = aws.sqs.Queue("letters", tags=TAGS)
    aws.sqs.Queue("orders", policy=letters.arn)


def three_queues() -> None:
    for name in ("a", "b", "c"):
        aws.sqs.Queue(name, tags=TAGS)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def violations(stage: Stage) -> list[Violation]:
    return [event for event in stage.events if isinstance(event, Violation)]


def test_a_finding_has_rule_pack_level_severity_and_urn(pack: PolicyPack) -> None:
    analysis = pack.analyze(queue(messageRetentionSeconds=60))

    assert analysis == Analysis(
        (
            Violation(
                rule="keeps-messages",
                pack="queues",
                level="mandatory",
                urn=URN,
                message="keep messages for 600 s",
                severity="high",
            ),
        ),
        Judged(passed=2, failed=1),
    )


def test_what_does_not_apply_is_not_counted(pack: PolicyPack) -> None:
    topic = AnalyzedResource(f"{URN}-topic", "aws:sns/topic:Topic", "topic", {})

    assert pack.analyze(topic) == Analysis(judged=Judged(passed=2))


def test_a_policy_that_reads_an_unknown_is_undecided_and_blocks_nothing(stage: Stage) -> None:
    with running(QUEUES) as pack:
        stage.analyzers = [pack]
        summary = stage.preview(two_queues)

    (undecided,) = [found for found in violations(stage) if found.undecided]
    assert summary.ok
    assert summary.judged.undecided == 1
    assert (undecided.rule, undecided.level) == ("has-short-policy", "advisory")
    assert (undecided.severity, undecided.urn) == ("low", URN)
    assert "value at .policy can't be known during preview" in undecided.message


@pytest.mark.parametrize(("kind", "dry_run"), [("preview", True), ("update", False)])
def test_a_policy_knows_project_stack_and_kind_of_operation(kind: str, dry_run: bool) -> None:
    with running(QUEUES, dry_run=dry_run) as pack:
        (found,) = pack.analyze(queue(tags={})).violations

    assert (found.rule, found.level) == ("is-described", "advisory")
    assert found.message == f"tag the queue of shop/dev in this {kind}"


def test_an_advisory_finding_stops_nothing(stage: Stage) -> None:
    with running(QUEUES, dry_run=False) as pack:
        stage.analyzers = [pack]
        summary = stage.up(two_queues)

    assert summary.ok
    assert [found.rule for found in violations(stage)] == ["is-described"]
    assert len(stage.world) == 2


def test_an_up_stops_at_a_mandatory_finding_before_the_resource_exists(stage: Stage) -> None:
    with running(QUEUES, dry_run=False) as pack:
        stage.analyzers = [pack]
        summary = stage.up(one_queue)

    assert not summary.ok
    assert "keeps-messages" in summary.message
    assert URN in summary.message
    assert len(stage.world) == 0


def test_a_stack_policy_judges_the_finished_stack(stage: Stage, pack: PolicyPack) -> None:
    stage.analyzers = [pack]
    summary = stage.preview(three_queues)

    (found,) = violations(stage)
    assert not summary.ok
    assert (found.rule, found.urn, found.message) == ("is-small", STACK, "3 queues are too many")


def test_a_stack_policy_sees_parents_and_can_name_a_resource(pack: PolicyPack) -> None:
    shop = AnalyzedResource("urn:pulumi:dev::shop::shop:index:Shop::s", "shop:index:Shop", "s", {})
    stack = AnalyzedResource(STACK, "pulumi:pulumi:Stack", "shop-dev", {})

    alone = pack.analyze_stack([stack, queue()])
    inside = pack.analyze_stack([stack, shop, queue(parent=shop.urn)])

    assert alone == Analysis(judged=Judged(passed=1))
    assert [(found.rule, found.urn) for found in inside.violations] == [("is-small", URN)]
    assert inside.judged == Judged(failed=1)


def test_a_policys_own_settings_can_be_given() -> None:
    with running(QUEUES, policy_config={"keeps-messages": {"least_seconds": 30}}) as pack:
        assert pack.analyze(queue(messageRetentionSeconds=60)).violations == ()


def write(directory: Path, program: str, manifest: str = "runtime: python\n") -> Path:
    (directory / "PulumiPolicy.yaml").write_text(manifest)
    (directory / "__main__.py").write_text(program)
    return directory


HEAD = """
import os
from pulumi_policy import *

def policy(**more):
    return ResourceValidationPolicy(name="p", description="P", **more)
"""


def test_what_a_pack_would_remedy_is_told_and_judged_as_remedied(tmp_path: Path) -> None:
    program = """
def remedy(args):
    return {**args.props, "tags": {"owner": "nobody"}}

def validate(args, report):
    if not args.props["tags"]:
        report("tag it")

level = EnforcementLevel.REMEDIATE
PolicyPack("r", policies=[policy(remediate=remedy, validate=validate, enforcement_level=level)])
"""
    with running(write(tmp_path, HEAD + program)) as pack:
        analysis = pack.analyze(queue(tags={}))

    (found,) = analysis.violations
    assert (found.rule, found.level, found.urn) == ("p", "advisory", URN)
    assert "Pulumi would change tags" in found.message
    assert analysis.judged == Judged(passed=1)


def test_a_pack_may_have_its_program_elsewhere_and_a_config_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    program = """
def validate(args, report):
    report("no")

off = {"p": EnforcementLevel.ADVISORY, "q": EnforcementLevel.DISABLED}
other = ResourceValidationPolicy(name="q", description="Q", validate=validate)
PolicyPack("m", policies=[policy(validate=validate), other], initial_config={"all": EnforcementLevel.MANDATORY, **off})
"""
    write(tmp_path / "src", HEAD + program)
    write(tmp_path, "raise SystemExit(7)", "runtime: {name: python}\nmain: src\n")
    with running(tmp_path) as pack:
        analysis = pack.analyze(queue())

    assert [(found.rule, found.level) for found in analysis.violations] == [("p", "advisory")]
    assert analysis.judged == Judged(failed=1)


def test_what_a_policy_prints_goes_where_a_program_prints(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program = """
def validate(args, report):
    print("looking at", args.name)

PolicyPack("p", policies=[policy(validate=validate)])
"""
    with running(write(tmp_path, HEAD + program)) as pack:
        pack.analyze(queue())

    assert capsys.readouterr().err == "looking at orders\n"


@pytest.mark.parametrize(
    ("program", "manifest", "parts"),
    [
        (
            "raise ValueError('no such pack')",
            "runtime: python\n",
            ("did not start", "no such pack"),
        ),
        ("print('hello')", "runtime: python\n", ("'hello'", "port")),
        ("", "runtime: python\n", ("did not start", "nothing to standard error")),
        ("", "runtime: nodejs\n", ("'nodejs'", "'python'")),
        ("", "{", ("PulumiPolicy.yaml cannot be read",)),
        ("", "", ("runtime None",)),
        (
            HEAD
            + "schema = PolicyConfigSchema({'size': {'type': 'number'}}, ['size'])\n"
            + "PolicyPack('s', policies=[policy(validate=print, config_schema=schema)])\n",
            "runtime: python\n",
            ("policy p ", "needs size"),
        ),
    ],
    ids=["raises", "prints", "ends", "other runtime", "no YAML", "no runtime", "unset setting"],
)
def test_a_pack_that_cannot_start_is_one_clear_error(
    tmp_path: Path, program: str, manifest: str, parts: tuple[str, ...]
) -> None:
    with pytest.raises(RehearsalError) as caught, running(write(tmp_path, program, manifest)):
        pass

    for part in (str(tmp_path), *parts):
        assert part in str(caught.value)


def test_a_directory_without_a_pack_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(RehearsalError, match=r"no PulumiPolicy\.yaml in it"), running(tmp_path):
        pass


DIES = """
import sys

def validate(args, report):
    print("out of memory", file=sys.stderr, flush=True)
    os._exit(3)

PolicyPack("d", policies=[policy(validate=validate)])
"""
RAISES = """
def validate(args, report):
    raise KeyError("colour")

PolicyPack("d", policies=[policy(validate=validate)])
"""


@pytest.mark.parametrize(
    ("program", "parts"),
    [
        (DIES, ("exit code 3", "out of memory")),
        (RAISES, ("failed judging urn:pulumi:dev::shop::", "colour")),
    ],
    ids=["dies", "raises"],
)
def test_a_pack_that_breaks_while_judging_ends_the_operation_with_one_clear_error(
    tmp_path: Path, stage: Stage, program: str, parts: tuple[str, ...]
) -> None:
    (tmp_path / "pack").mkdir()
    with running(write(tmp_path / "pack", HEAD + program), dry_run=False) as pack:
        stage.analyzers = [pack]
        summary = stage.up(one_queue)

    assert not summary.ok
    assert len(stage.world) == 0
    for part in (str(tmp_path / "pack"), *parts):
        assert part in summary.message
    assert summary.message.count("The policy pack") == 1
