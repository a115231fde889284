"""One Markdown page per rule under ``docs/policies``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from policies.catalogue import RULES
from policies.controls import Control, Framework, Relation
from policies.coverage import State, coverage, page
from policies.fixes.page import repair_section
from policies.frameworks import SLUGS
from policies.rule import EVERYWHERE, MANDATORY_IN, Check, Example, Rule, StackCheck
from policies.settings import kind
from policies.subject import Environment, Resource, ancestors_of, type_of
from policies.view import MARKERS

_MOST_SHOWN: Final = 8
FOLDER: Final = Path(__file__).resolve().parents[1] / "docs" / "policies"

_ENVIRONMENTS: Final[tuple[Environment, ...]] = ("dev", "staging", "prod")
_RELATIONS: Final = {
    Relation.SAME: "asserts the same",
    Relation.RELATED: "nearest item",
    Relation.THEME: "by theme",
    Relation.INFERRED: "by theme, inferred",
}


def pages() -> Mapping[str, str]:
    """The text of every page under its file name."""
    return {
        "README.md": _index(RULES),
        **{f"{rule.id}.md": page_of(rule) for rule in RULES},
        **{f"coverage-{slug}.md": page(coverage(framework)) for framework, slug in SLUGS.items()},
    }


def page_of(rule: Rule) -> str:
    """The page of one rule."""
    lines = [
        f"# {rule.id}",
        "",
        f"{rule.title}.",
        "",
        f"{rule.reason}",
        "",
        f"- **Severity:** {rule.severity}; {_enforced(rule)}",
        f"- **Fix:** {rule.fix}",
        f"- **Source:** <{rule.source}>",
        "",
        "## What it demands",
        *(line for check, others in _grouped(rule.checks) for line in _check(check, others)),
        *(line for check in rule.stack_checks for line in _stack_check(check)),
        "",
        "A value that is not known yet leaves the rule undecided, unless a known one violates.",
        *_settings(rule),
        *repair_section(rule),
        "",
        "## Controls",
        "",
        "| Framework | Items | |",
        "|---|---|---|",
        *_controls(rule.all_controls),
        "",
    ]
    return "\n".join(lines)


def _index(rules: Iterable[Rule]) -> str:
    rows = [
        f"| [{rule.id}]({rule.id}.md) | {rule.title} | {rule.severity} | {_enforced(rule)} |"
        for rule in rules
    ]
    return "\n".join(
        [
            "# Policies",
            "",
            "What is never allowed, whoever wrote it. These pages are made from the rules by",
            "`make docs`.",
            "",
            "| Rule | Title | Severity | Enforcement |",
            "|---|---|---|---|",
            *rows,
            "",
            "## Frameworks",
            "",
            "Which items of a framework the rules decide. `plinth policies coverage NAME` shows the same.",
            "",
            "| Framework | Name | Items | Decided | Partly | Not decidable from declared state | No rule |",
            "|---|---|---|---|---|---|---|",
            *map(_covered, SLUGS),
            "",
        ]
    )


def _covered(framework: Framework) -> str:
    slug, totals = SLUGS[framework], coverage(framework).totals
    counts = " | ".join(str(totals[state]) for state in State)
    return f"| [{framework}](coverage-{slug}.md) | `{slug}` | {sum(totals.values())} | {counts} |"


def _enforced(rule: Rule) -> str:
    """Where the rule blocks and where it only advises."""
    judged = frozenset().union(
        *(check.environments for check in (*rule.checks, *rule.stack_checks))
    )
    blocking = [name for name in _ENVIRONMENTS if name in judged & MANDATORY_IN[rule.severity]]
    advising = [name for name in _ENVIRONMENTS if name in judged - MANDATORY_IN[rule.severity]]
    parts = [
        f"{word} in {', '.join(names)}"
        for word, names in (("mandatory", blocking), ("advisory", advising))
        if names
    ]
    return ", ".join(parts)


def _grouped(checks: Iterable[Check]) -> list[tuple[Check, dict[str, str]]]:
    """Each check, with the types that hold what it reads below a path, and that path."""
    found: list[tuple[Check, dict[str, str]]] = []
    for check in checks:
        for first, others in found:
            below = _path_between(first, check)
            if below:
                others[check.type] = below
                break
        else:
            found.append((check, {}))
    return found


def _path_between(first: Check, second: Check) -> str:
    """Where ``second`` holds all that ``first`` shows; empty if it shows anything else."""
    if (first.demand, first.environments) != (second.demand, second.environments):
        return ""
    if not first.reads or not second.reads:
        return ""
    inner = second.reads[0].removesuffix(f".{first.reads[0]}")
    shown = _shown(first)
    same = all(_at(props, inner.split(".")) in shown for props in _shown(second))
    return inner if same and inner != second.reads[0] else ""


def _shown(check: Check) -> list[Example]:
    return [*check.good.values(), *check.bad.values(), *check.undecided.values()]


def _at(value: Any, path: Iterable[str]) -> Any:
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _check(check: Check, others: Mapping[str, str]) -> Iterator[str]:
    yield from _heading(check, check.reads)
    for title, examples in (
        ("Passes", check.good),
        ("Fails", check.bad),
        ("Undecided", check.undecided),
        ("Not judged", check.foreign),
    ):
        yield from _examples(title, {name: _example(shown) for name, shown in examples.items()})
    if others:
        yield from ("", "The same is demanded of what holds these properties below a path:", "")
        yield from (f"- `{type_}`: `{path}`" for type_, path in others.items())


def _stack_check(check: StackCheck) -> Iterator[str]:
    reads = [f"{type_}: {path}" for type_, paths in check.reads.items() for path in paths]
    yield from _heading(check, reads)
    for title, examples in (
        ("Passes", check.good),
        ("Fails", check.bad),
        ("Undecided", check.undecided),
    ):
        stacks = {name: _stack(resources) for name, resources in examples.items()}
        yield from _examples(title, stacks)


def _heading(check: Check | StackCheck, reads: Iterable[str]) -> Iterator[str]:
    across = ", among the resources of its stack" if isinstance(check, StackCheck) else ""
    places = ", ".join(name for name in _ENVIRONMENTS if name in check.environments)
    where = "" if check.environments == EVERYWHERE else f" (in {places})"
    yield from ("", f"### `{check.type}`{across}{where}", "", check.demand, "")
    paths = ", ".join(f"`{path}`" for path in reads)
    yield f"Reads {paths}. {check.absent}" if paths else check.absent


def _examples(title: str, examples: Mapping[str, str]) -> Iterator[str]:
    if examples:
        yield from ("", f"{title}:", "")
        yield from (f"- {name}: {text}" for name, text in examples.items())


def _example(shown: Example) -> str:
    if not isinstance(shown, Resource):
        return _json(shown)
    provider = shown.provider
    beside = [
        *(f"in {each}" for each in ancestors_of(shown.urn)),
        *(["protected"] if shown.protect else []),
        *([f"provider {provider.name} {_json(provider.props)}"] if provider else []),
        *([f"secret: {', '.join(sorted(shown.secrets))}"] if shown.secrets else []),
    ]
    return ", ".join((_resource(shown), *beside))


def _json(props: Mapping[str, Any]) -> str:
    text = json.dumps(props)
    for marker in MARKERS:
        text = text.replace(f'"{marker}"', "(unknown)")
    return f"`{text}`"


def _stack(resources: Iterable[Resource]) -> str:
    shown = [*resources]
    texts = [*map(_resource, shown[:_MOST_SHOWN])]
    if len(shown) > _MOST_SHOWN:
        texts.append(f"and {len(shown) - _MOST_SHOWN} more")
    return "; ".join(texts)


def _resource(resource: Resource) -> str:
    made = [
        f"`{key}` from {' and '.join(_short(urn) for urn in urns)}"
        for key, urns in resource.property_dependencies.items()
    ]
    origin = f", {', '.join(made)}" if made else ""
    return f"{_short(resource.urn)} {_json(resource.props)}{origin}"


def _short(urn: str) -> str:
    return f"{type_of(urn).rpartition(':')[2]} {urn.rpartition('::')[2]}"


def _settings(rule: Rule) -> Iterator[str]:
    if rule.settings:
        yield from ("", "## Settings", "", "| Name | Is | Default |", "|---|---|---|")
    for setting in rule.settings:
        words = f"{setting.description} Must be {kind(setting)}."
        yield f"| `{setting.name}` | {words} | `{json.dumps(setting.default)}` |"


def _controls(controls: Iterable[Control]) -> Iterator[str]:
    items: dict[tuple[str, Relation], list[str]] = {}
    for control in controls:
        items.setdefault((control.framework.value, control.relation), []).append(control.id)
    for (framework, relation), ids in items.items():
        yield f"| {framework} | {', '.join(ids)} | {_RELATIONS[relation]} |"
