"""The report as JSON, with a schema of its own version.

Fields may be added within a version of the schema; none is renamed, removed or used for something
else.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import GenerateJsonSchema

from policies.report.model import (
    Exempted,
    ExemptionUse,
    Outcome,
    Place,
    Report,
    Result,
    Source,
)
from policies.report.text import one_line
from policies.rule import Level, Rule, Severity, Verdict
from policies.subject import Environment

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
SCHEMA_VERSION: Final = 1


class _Generator(GenerateJsonSchema):
    """Leaves out the titles that only say the names of the fields again."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        del schema
        return False


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class PlaceModel(_Model):
    """Where the program declares a resource."""

    file: str
    """Relative to the project, with forward slashes."""
    line: int
    """Counted from 1."""
    column: int
    """Counted from 1; 0 where it is not known."""


class ExemptionModel(_Model):
    """An exemption that excuses results."""

    urn_pattern: str
    """The resources it is about."""
    reason: str
    """Why the rule does not bind them."""
    owner: str
    """Who answers for it."""
    ticket: str
    """Where it was agreed."""
    expires: dt.date
    """The last day on which it holds."""
    source: str
    """The file it is written in, or the resource that bears it as an annotation."""


class ExemptionUseModel(_Model):
    """What became of an exemption."""

    rule: str
    """The id of the rule it is from."""
    used: int = Field(ge=0)
    """How many resources it excused."""
    problem: str
    """What is wrong with it; empty if nothing is."""
    exemption: ExemptionModel
    """What it says."""


class ControlModel(_Model):
    """An item of a framework that a rule answers."""

    framework: str
    """The framework and its version."""
    id: str
    """The item."""
    relation: Literal["same", "related", "theme", "inferred"]
    """How close the item is to what the rule asserts."""


class RuleModel(_Model):
    """A rule that judged something."""

    id: str
    """Its id, never used for another rule."""
    pack: str
    """The pack that holds it."""
    title: str
    """The requirement."""
    reason: str
    """What goes wrong without it."""
    fix: str
    """What to do."""
    severity: Severity
    """How bad a violation of it is."""
    theme: str
    """What it is about."""
    controls: tuple[ControlModel, ...]
    """The items of frameworks it answers."""
    source: str
    """Where the vendor documents the behaviour."""
    page: str
    """Its page, relative to the root of the repository of the rules."""


class ResultModel(_Model):
    """The verdict of a rule on a resource."""

    rule: str
    """The id of the rule."""
    verdict: Verdict
    """What the rule says."""
    outcome: Outcome
    """What becomes of the verdict, once levels and exemptions are counted in."""
    level: Level
    """How a violation is enforced."""
    urn: str
    """The resource."""
    type: str
    """Its type token."""
    name: str
    """Its logical name."""
    component: str
    """Type and name of the nearest component above it; empty if there is none."""
    environment: Environment
    """The environment of the resource."""
    paths: tuple[str, ...]
    """The properties that violate or that are not known; empty for the whole resource."""
    message: str
    """What is wrong and what to do, without any property value; empty for a pass."""
    place: PlaceModel | None
    """Where the program declares it; null if that is not known."""
    exemption: ExemptionModel | None
    """What excuses it; null if nothing does."""


class SeverityModel(_Model):
    """The results of one severity, counted."""

    severity: Severity
    """The severity."""
    outcomes: dict[Outcome, int]
    """The number of results by outcome."""
    undecided_limit: int | None
    """How many undecided results are accepted; null if any number is."""
    over_limit: bool
    """Whether more is undecided than is accepted."""


class ReportModel(_Model):
    """What the rules said of one stack."""

    schema_version: Literal[1]
    """The version of this schema."""
    project: str
    """The Pulumi project."""
    stack: str
    """The stack."""
    environment: Environment
    """The environment of the stack."""
    source: Source
    """What the resources were seen in."""
    version: str
    """The version of the rules."""
    date: dt.date
    """The day of the report."""
    ok: bool
    """Whether nothing blocks, no limit is exceeded and no exemption is wrong."""
    severities: tuple[SeverityModel, ...]
    """The numbers of results, the worst severity first."""
    rules: tuple[RuleModel, ...]
    """The rules of the results, by id."""
    results: tuple[ResultModel, ...]
    """Every verdict, the worst first, those that pass too."""
    exemptions: tuple[ExemptionUseModel, ...]
    """What became of the exemptions of the stack."""


def render(report: Report) -> str:
    """The text of the file."""
    model = ReportModel(
        schema_version=SCHEMA_VERSION,
        project=one_line(report.project),
        stack=one_line(report.stack),
        environment=report.environment,
        source=report.source,
        version=one_line(report.version),
        date=report.date,
        ok=report.ok,
        severities=tuple(_severities(report)),
        rules=tuple(map(_rule, sorted({each.rule for each in report.results}, key=_id_of))),
        results=tuple(map(_result, report.of(*Outcome))),
        exemptions=tuple(map(_use, report.exemptions)),
    )
    return model.model_dump_json(indent=2) + "\n"


def json_schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of the file."""
    schema = ReportModel.model_json_schema(mode="serialization", schema_generator=_Generator)
    described = {"title": "Plinth policy report", "description": schema.pop("description")}
    return {"$schema": DIALECT, **schema, **described}


def schema_text() -> str:
    """``json_schema`` as it is committed: indented, with a final newline."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def _id_of(rule: Rule) -> str:
    return rule.id


def _severities(report: Report) -> Iterable[SeverityModel]:
    over_limit = report.over_limit
    for severity, outcomes in report.counts.items():
        yield SeverityModel(
            severity=severity,
            outcomes=dict(outcomes),
            undecided_limit=report.undecided_limits.get(severity),
            over_limit=severity in over_limit,
        )


def _rule(rule: Rule) -> RuleModel:
    return RuleModel(
        id=rule.id,
        pack=rule.pack,
        title=rule.title,
        reason=rule.reason,
        fix=rule.fix,
        severity=rule.severity,
        theme=rule.theme.value,
        controls=tuple(
            ControlModel(
                framework=control.framework.value,
                id=control.id,
                relation=control.relation.value,
            )
            for control in rule.all_controls
        ),
        source=rule.source,
        page=rule.page,
    )


def _result(result: Result) -> ResultModel:
    return ResultModel(
        rule=result.rule.id,
        verdict=result.verdict,
        outcome=result.outcome,
        level=result.level,
        urn=one_line(result.urn),
        type=one_line(result.type),
        name=one_line(result.name),
        component=one_line(result.component),
        environment=result.environment,
        paths=tuple(map(one_line, result.paths)),
        message=one_line(result.message),
        place=_place(result.place),
        exemption=None if result.exempted is None else _exemption(result.exempted),
    )


def _place(place: Place | None) -> PlaceModel | None:
    if place is None:
        return None
    return PlaceModel(file=one_line(place.file), line=place.line, column=place.column)


def _exemption(exempted: Exempted) -> ExemptionModel:
    return ExemptionModel(
        urn_pattern=one_line(exempted.urn_pattern),
        reason=one_line(exempted.reason),
        owner=one_line(exempted.owner),
        ticket=one_line(exempted.ticket),
        expires=exempted.expires,
        source=one_line(exempted.source),
    )


def _use(use: ExemptionUse) -> ExemptionUseModel:
    return ExemptionUseModel(
        rule=one_line(use.rule),
        used=use.used,
        problem=one_line(use.problem),
        exemption=_exemption(use.exempted),
    )
