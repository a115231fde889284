from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pulumi.automation.events import EngineEvent

from plinth.cloud import CloudRunner
from plinth.engine_events import Translator
from plinth.exported import read_state
from plinth.judging import RuleAnalyzer
from plinth.policy_report import report
from plinth.report_order import ReportOrder
from plinth.reporting import ReportingRunner
from plinth.target import Target
from policies.catalogue import RULES, rules_of
from policies.rule import Rule
from rehearsal.events import Event, Kind, Violation
from rehearsal.packs import PolicyPack
from tests.engine.histories import PRELUDE
from tests.engine.outcome import differences, of_engine_events
from tests.engine.stages import ROOT, Pair, events_in
from tests.stacks.rehearsed import analyzer

POLICIES = ROOT / "policies"
QUEUES = ROOT / "tests" / "rehearsal" / "packs" / "queues"
OPEN = """
vpc = aws.ec2.Vpc("core", cidr_block="10.0.0.0/16", opts=on_aws())
group = aws.ec2.SecurityGroup("open", vpc_id=vpc.id, opts=on_aws())
aws.vpc.SecurityGroupIngressRule(
    "ssh", security_group_id=group.id, ip_protocol="tcp", from_port=22, to_port=22,
    cidr_ipv4="0.0.0.0/0", opts=on_aws(),
)
"""


@pytest.mark.parametrize("kind", ["preview", "up"])
def test_a_pack_finds_the_same_under_both_engines(pair: Pair, kind: str) -> None:
    pair.program(PRELUDE + OPEN)

    theirs = pair.pulumi.run(kind, "dev", f"--policy-pack={POLICIES / 'aws'}")
    ours = pair.rehearsal.run(kind, "dev", [RuleAnalyzer(rules_of("aws"))])

    assert ("aws-sg-no-public-admin", "mandatory") in {
        (r, level) for r, level, _ in ours.violations
    }
    assert ours.violations == theirs.violations
    assert not ours.ok
    assert not theirs.ok


PRIVILEGED = """
import pulumi


def change(args):
    if args.type_ == "docker:index/container:Container":
        return pulumi.ResourceTransformResult({**args.props, "privileged": True}, args.opts)


pulumi.runtime.register_resource_transform(change)
"""


def test_the_docker_pack_passes_dev_under_both_engines(pair: Pair) -> None:
    pair.become("dev", "Pulumi.dev.yaml")

    for kind in ("preview", "up"):
        theirs = pair.pulumi.run(kind, "dev", f"--policy-pack={POLICIES / 'docker'}")
        ours = pair.rehearsal.run(kind, "dev", [RuleAnalyzer(rules_of("docker"))])

        assert differences(ours.plain(), theirs.plain()) == []
        assert ours.ok
        assert ours.violations == []


def test_the_docker_pack_finds_the_same_in_a_broken_dev_under_both_engines(pair: Pair) -> None:
    pair.become("dev", "Pulumi.dev.yaml")
    pair.program(PRIVILEGED + (ROOT / "__main__.py").read_text())

    theirs = pair.pulumi.run("preview", "dev", f"--policy-pack={POLICIES / 'docker'}")
    ours = pair.rehearsal.run("preview", "dev", [RuleAnalyzer(rules_of("docker"))])

    assert {(rule, level) for rule, level, _ in ours.violations} == {
        ("docker-no-privileged", "mandatory")
    }
    assert ours.violations == theirs.violations
    assert ours.steps == theirs.steps
    assert not ours.ok
    assert not theirs.ok


STRANGE = """
vpc = aws.ec2.Vpc("core", cidr_block="10.0.0.0/16", opts=on_aws())
aws.sqs.Queue("orders", message_retention_seconds=60, policy=vpc.arn, opts=on_aws())
Shop("shop", ResourceOptions(providers=[provider, random.Provider("random")]))
"""


def test_a_strangers_pack_finds_the_same_under_both_engines(pair: Pair) -> None:
    pair.program(PRELUDE + STRANGE)

    theirs = pair.pulumi.run("preview", "dev", f"--policy-pack={QUEUES}")
    with closing(PolicyPack(QUEUES, project="shop", stack="dev", dry_run=True)) as pack:
        ours = pair.rehearsal.run("preview", "dev", [pack])

    assert {rule for rule, _, _ in ours.violations} == {
        "has-short-policy",
        "is-described",
        "is-small",
        "keeps-messages",
    }
    assert differences(ours.plain(), theirs.plain()) == []


Told = tuple[str, str, str, str, bool, bool]
"""Rule, level, URN, message, whether it is undecided, whether it is exempt."""


def attached(*packs: str) -> list[str]:
    return [f"--policy-pack={POLICIES / pack}" for pack in packs]


def told_by_pulumi(events: Iterable[Mapping[str, Any]]) -> list[Told]:
    """What the packs said, as our command reads it from the engine's events."""
    heard: list[Event] = []
    translator = Translator(Kind.PREVIEW, "shop", "dev", heard.append)
    for event in events:
        translator(EngineEvent.from_json(dict(event)))
    return sorted(_told(event) for event in heard if isinstance(event, Violation))


def told_by(judge: RuleAnalyzer, shown: Iterable[Violation]) -> list[Told]:
    """What the rules said, of those that ``judge`` judges by."""
    ids = {rule.id for rule in judge.rules}
    return sorted(_told(each) for each in shown if each.rule in ids)


def _told(each: Violation) -> Told:
    return (each.rule, each.level, each.urn, each.message, each.undecided, each.exempt)


class Remembering(RuleAnalyzer):
    """Keeps what it told."""

    def __init__(self, judge: RuleAnalyzer) -> None:
        super().__init__(judge.rules, judge.exemptions)
        self.told: list[Violation] = []

    def analyze(self, resource: Any) -> Any:
        answer = super().analyze(resource)
        self.told += answer.violations
        return answer

    def analyze_stack(self, resources: Any) -> Any:
        answer = super().analyze_stack(resources)
        self.told += answer.violations
        return answer


def agreed(
    pair: Pair, kind: str, stack: str, judge: RuleAnalyzer, packs: Iterable[str]
) -> list[Told]:
    """What the packs said in an operation; our analyzer must have said the same, word by word."""
    remembering = Remembering(judge)
    events = pair.pulumi.events(kind, stack, *attached(*packs))
    outcome = pair.rehearsal.run(kind, stack, [remembering])
    ours, theirs = told_by(judge, remembering.told), told_by_pulumi(events)

    assert outcome.ok
    assert differences(outcome.plain(), of_engine_events(events).plain()) == []
    assert [each for each in ours if each not in theirs] == []
    assert [each for each in theirs if each not in ours] == []
    assert len(ours) == len(theirs)
    return theirs


def test_the_packs_say_of_prod_what_the_rehearsal_says(pair: Pair) -> None:
    pair.become("prod", "Pulumi.prod.yaml")

    told = agreed(pair, "preview", "prod", analyzer(), ("aws", "kubernetes", "stack"))

    assert {level for _, level, *_ in told} == {"advisory"}
    assert any(undecided for *_, undecided, _ in told)
    assert any(exempt for *_, exempt in told)


def test_the_packs_say_of_a_stack_on_google_cloud_what_the_rehearsal_says(
    pair: Pair, tmp_path: Path
) -> None:
    pair.become("prod", "stacks/blueprints/google-cloud.yaml")
    # The project's own exemptions are for what prod is on AWS.
    none = tmp_path / "none.yaml"
    none.write_text("exemptions: []\n")
    pair.pulumi.environment = {**pair.pulumi.environment, "PLINTH_EXEMPTIONS": str(none)}

    for kind in ("preview", "up"):
        told = agreed(pair, kind, "prod", RuleAnalyzer(RULES), ("gcp", "kubernetes", "stack"))
        assert {level for _, level, *_ in told} <= {"advisory"}


@pytest.mark.parametrize("broken", [False, True])
def test_our_command_reports_what_the_packs_told(
    broken: bool, pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair.become("dev", "Pulumi.dev.yaml")
    if broken:
        pair.program(PRIVILEGED + (ROOT / "__main__.py").read_text())
    directory, file = pair.pulumi.directory, tmp_path / "report.json"
    (directory / "policies").symlink_to(POLICIES)
    for name, value in pair.pulumi.environment.items():
        monkeypatch.setenv(name, value)
    cli = shutil.which("pulumi")
    assert cli

    target = Target(directory, "plinth", "dev", "docker", "unix:///run/docker.sock")
    runner = CloudRunner(target, Path(cli), target.home, heard := analyzer())
    orders = (ReportOrder("json", file),)
    summary = ReportingRunner(runner, heard, target, orders, real=True).preview(lambda _: None)
    pair.rehearsal.run("preview", "dev", [judge := analyzer()])
    rehearsed = report(
        judge, project="plinth", stack="dev", source="rehearsal", version="1", root=directory
    )

    reported = {
        (each["rule"], each["urn"]): (each["outcome"], each["component"], each["message"])
        for each in json.loads(file.read_text())["results"]
    }
    expected = {
        (each.rule.id, each.urn): (each.outcome, each.component, each.message)
        for each in rehearsed.results
    }
    violating = {pair for pair, (outcome, *_) in expected.items() if outcome == "violation"}
    assert summary.ok is not broken
    assert bool(violating) is broken
    assert violating <= reported.keys()
    assert reported.items() <= expected.items()
    # What stopped packs were silent about is left out, unless the events tell it as well.
    assert broken or reported == expected


UNMARKED = """
import pulumi_docker as docker
import pulumi_kubernetes as kubernetes

daemon = ResourceOptions(provider=docker.Provider("docker", host="unix:///run/docker.sock"))
cluster = ResourceOptions(provider=kubernetes.Provider("cluster", kubeconfig="{}"))


def make(name, value, variable):
    # The SDKs' own classes mark some of these; nobody is bound to use them.
    pulumi.CustomResource("aws:ssm/parameter:Parameter", name,
        {"type": "SecureString", "value": value}, on_aws())
    pulumi.CustomResource("kubernetes:core/v1:Secret", name,
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "data": {"key": value}},
        cluster)
    docker.Container(name, image="shop", envs=["LEVEL=info", variable], opts=daemon)


make("plain", "eA==", "DB_PASSWORD=x")
make("sealed", pulumi.Output.secret("eA=="), pulumi.Output.secret("DB_PASSWORD=x"))
"""
PLAIN_SECRETS = "stack-no-plain-secret-inputs"


def by_id(*ids: str) -> list[Rule]:
    return [rule for rule in RULES if rule.id in ids]


def found_by(told: Iterable[Told], rule: str) -> dict[str, str]:
    """What ``rule`` told, as URNs to levels."""
    return {urn: level for each, level, urn, *_ in told if each == rule}


def test_the_packs_know_pulumis_secrets_from_plain_values(pair: Pair) -> None:
    pair.program(PRELUDE + UNMARKED)

    told = told_by_pulumi(pair.pulumi.events("preview", "dev", *attached("stack")))
    ours = pair.rehearsal.run("preview", "dev", [RuleAnalyzer(by_id(PLAIN_SECRETS))])

    found = found_by(told, PLAIN_SECRETS)
    assert {urn.rpartition("$")[2].split("::")[-2:][0] for urn in found} == {
        "aws:ssm/parameter:Parameter",
        "docker:index/container:Container",
        "kubernetes:core/v1:Secret",
    }
    assert {urn.rpartition("::")[2] for urn in found} == {"plain"}
    assert found == {urn: level for _, level, urn in ours.violations}


CONFIGURED = """
import pulumi_kubernetes as kubernetes

cluster = ResourceOptions(provider=kubernetes.Provider("cluster", kubeconfig="{}"))
for name, data in (("open", {"DB_PASSWORD": "x"}), ("harmless", {"DB_HOST": "x"})):
    kubernetes.core.v1.ConfigMap(name, data=data, opts=cluster)
"""


def test_a_secret_in_a_configuration_map_is_found_under_both_engines(pair: Pair) -> None:
    pair.program(PRELUDE + CONFIGURED)

    theirs = pair.pulumi.run("preview", "dev", *attached("kubernetes"))
    ours = pair.rehearsal.run("preview", "dev", [RuleAnalyzer(rules_of("kubernetes"))])

    assert [urn.rpartition("::")[2] for rule, _, urn in theirs.violations if "plain" in rule] == [
        "open"
    ]
    assert theirs.violations == ours.violations


SOON = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
PAST = (datetime.now(UTC) - timedelta(days=2)).date().isoformat()
DATABASES = """
def database(name, tags):
    aws.rds.Instance(name, engine="postgres", instance_class="db.t4g.micro", allocated_storage=20,
        username="shop", manage_master_user_password=True, publicly_accessible=True, tags=tags,
        opts=on_aws())


database("open", {{}})
database("excused", {{"plinth-exempt/aws-rds-not-public": "{soon} shop S-1 the auditor looks in"}})
database("overdue", {{"plinth-exempt/aws-rds-not-public": "{past} shop S-1 the auditor looks in"}})
database("listed", {{}})
database("lapsed", {{}})
"""
LISTED = """exemptions:
  - &one
    rule: aws-rds-not-public
    urn: urn:pulumi:dev::shop::aws:rds/instance:Instance::listed
    reason: the auditor looks in
    owner: shop
    ticket: S-1
    expires: {soon}
  - <<: *one
    urn: urn:pulumi:dev::shop::aws:rds/instance:Instance::lapsed
    expires: {past}
"""


def excused(pair: Pair, tmp_path: Path) -> None:
    """Let five databases be open to everybody, some of them excused."""
    pair.program(PRELUDE + DATABASES.format(soon=SOON, past=PAST))
    file = tmp_path / "excuses.yaml"
    file.write_text(LISTED.format(soon=SOON, past=PAST))
    pair.pulumi.environment = {**pair.pulumi.environment, "PLINTH_EXEMPTIONS": str(file)}


def test_marks_and_listed_exemptions_hold_until_they_expire(pair: Pair, tmp_path: Path) -> None:
    excused(pair, tmp_path)

    told = told_by_pulumi(pair.pulumi.events("preview", "dev", *attached("aws")))

    levels = {
        urn.rpartition("::")[2]: (level, exempt)
        for rule, level, urn, _, _, exempt in told
        if rule == "aws-rds-not-public"
    }
    blocks, is_excused = ("mandatory", False), ("advisory", True)
    assert levels == {
        "open": blocks,
        "excused": is_excused,
        "overdue": blocks,
        "listed": is_excused,
        "lapsed": blocks,
    }
    (problem,) = (message for rule, _, _, message, *_ in told if rule == "stack-exemptions-sound")
    assert problem.count(f"ended on {PAST}") == 2


def test_the_sdk_gives_the_verdicts_of_our_analyzer(pair: Pair, tmp_path: Path) -> None:
    excused(pair, tmp_path)
    ours = told_by_pulumi(pair.pulumi.events("preview", "dev", *attached("aws")))
    pair.pulumi.environment = {**pair.pulumi.environment, "PLINTH_POLICY_SDK": "1"}

    theirs = told_by_pulumi(pair.pulumi.events("preview", "dev", *attached("aws")))

    assert {rule for rule, *_ in ours} > {"aws-rds-not-public", "stack-exemptions-sound"}
    assert theirs == ours


UNROTATED = 'aws.kms.Key("orders", enable_key_rotation=False, opts=on_aws())\n'


def test_a_tag_of_the_stack_says_what_environment_it_is(pair: Pair) -> None:
    pair.program(PRELUDE + UNROTATED)
    pair.begin("europe")

    untagged = pair.pulumi.run("preview", "europe", *attached("aws"))
    assert not pair.pulumi.pulumi(
        "stack", "tag", "set", "environment", "dev", "--stack=europe"
    ).returncode
    tagged = pair.pulumi.run("preview", "europe", *attached("aws"))

    assert [level for rule, level, _ in untagged.violations if rule == ROTATION] == ["mandatory"]
    assert [level for rule, level, _ in tagged.violations if rule == ROTATION] == ["advisory"]
    assert (untagged.ok, tagged.ok) == (False, True)


ROTATION = "aws-kms-rotation"


def configured(pair: Pair, **policies: Any) -> list[str]:
    """The flags that attach the pack for AWS with this configuration."""
    path = pair.pulumi.directory / "policies.json"
    path.write_text(json.dumps(policies))
    return [*attached("aws"), f"--policy-pack-config={path}"]


KEPT = """
aws.rds.Instance("orders", engine="postgres", instance_class="db.t4g.micro", allocated_storage=20,
    username="shop", manage_master_user_password=True, backup_retention_period=7, opts=on_aws())
"""


def test_a_setting_reaches_its_rule(pair: Pair) -> None:
    pair.program(PRELUDE + KEPT)
    retention = "aws-rds-backup-retention"

    usual = pair.pulumi.run("preview", "dev", *attached("aws"))
    flags = configured(pair, **{retention: {"enforcementLevel": "mandatory", "least_days": 30}})
    longer = pair.pulumi.run("preview", "dev", *flags)

    assert retention not in {rule for rule, *_ in usual.violations}
    assert retention in {rule for rule, *_ in longer.violations}


@pytest.mark.parametrize(
    ("policies", "said"),
    [
        ({ROTATION: {"days": 7}}, f"{ROTATION} has no setting days; it has: none"),
        ({"aws-stack": {"days": 7}}, "aws-stack is configured with days; it takes exemptions_file"),
        ({"aws-nothing": "mandatory"}, "aws-nothing is configured, but plinth-aws has no"),
    ],
    ids=["setting", "setting of the stack", "policy"],
)
def test_a_configuration_that_is_not_known_is_refused_in_one_message(
    pair: Pair, policies: Mapping[str, Any], said: str
) -> None:
    pair.program(PRELUDE + UNROTATED)

    refused = pair.pulumi.pulumi(
        "preview", "--stack=dev", "--skip-plugin-pre-install", *configured(pair, **policies)
    )

    told = refused.stdout + refused.stderr
    assert refused.returncode
    assert told.count("The configuration of the policy pack plinth-aws is wrong: ") == 1
    assert told.count(said) == 1
    assert "Traceback" not in told


@pytest.mark.parametrize("level", ["remediate", "advisory"])
def test_a_repair_is_made_where_it_is_switched_on(pair: Pair, level: str) -> None:
    pair.program(PRELUDE + UNROTATED)

    outcome = pair.pulumi.run("up", "dev", *configured(pair, **{ROTATION: level}))

    (key,) = (each for each in pair.pulumi.world.objects() if each.type == "aws:kms/key:Key")
    assert outcome.ok
    assert key.inputs["enableKeyRotation"] is (level == "remediate")
    assert (ROTATION in {rule for rule, *_ in outcome.violations}) is (level == "advisory")


def analyzed(pair: Pair, state: Path, *packs: str) -> list[Told]:
    """What the packs say of an exported state."""
    result = pair.pulumi.pulumi("policy", "analyze", "--json", f"--file={state}", *attached(*packs))
    return told_by_pulumi(events_in(result))


def judged(state: Path, rules: Iterable[Rule]) -> list[Told]:
    """What our command says of an exported state."""
    judge = Remembering(RuleAnalyzer(rules))
    exported = read_state(state)
    for resource in exported.inputs:
        judge.analyze(resource)
    judge.analyze_stack(exported.outputs)
    return told_by(judge, judge.told)


def test_an_exported_state_is_judged_alike(pair: Pair) -> None:
    pair.become("dev", "Pulumi.dev.yaml")
    pair.program(PRIVILEGED + (ROOT / "__main__.py").read_text())
    assert pair.rehearsal.run("up", "dev").ok
    state = pair.rehearsal.root / pair.rehearsal.project / "dev" / "state.json"

    theirs = analyzed(pair, state, "docker", "stack")

    assert "docker-no-privileged" in {rule for rule, *_ in theirs}
    assert theirs == judged(state, [*rules_of("docker"), *rules_of("stack")])


def exported(path: Path, number: int) -> Path:
    """A state of ``number`` keys of which every hundredth does not rotate."""
    stack = "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev"
    keys = (
        {
            "urn": f"urn:pulumi:dev::shop::aws:kms/key:Key::key-{index}",
            "type": "aws:kms/key:Key",
            "custom": True,
            "id": f"key-{index}",
            "parent": stack,
            "inputs": {"enableKeyRotation": bool(index % 100)},
            "outputs": {"enableKeyRotation": bool(index % 100)},
        }
        for index in range(number)
    )
    resources = [{"urn": stack, "type": "pulumi:pulumi:Stack", "custom": False}, *keys]
    path.write_text(json.dumps({"version": 3, "deployment": {"resources": resources}}))
    return path


def test_a_pack_judges_1500_resources(pair: Pair, tmp_path: Path) -> None:
    state = exported(tmp_path / "state.json", 1_500)

    theirs = analyzed(pair, state, "aws")

    assert len(found_by(theirs, ROTATION)) == 15
    assert theirs == judged(state, rules_of("aws"))
