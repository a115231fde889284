"""Exemptions: a rule that does not bind some resources for a while, and who answers for that.

They are data beside the packs (``exemptions.yaml``), or a mark that a resource bears. Each names a
rule, resources, a reason, an owner, a ticket and the day it ends. One that is malformed, covers too
much, has expired or is not used is a violation itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

from policies.subject import Resource
from policies.view import SHORTEST_REASON, View, is_reason

FILE: Final = "exemptions.yaml"
"""The file beside the packs, where none is named."""

PLACE_VARIABLE: Final = "PLINTH_EXEMPTIONS"
"""The environment variable that names another file."""

MOST_RESOURCES: Final = 25
"""An exemption that covers more than this covers too much."""

LONGEST_DAYS: Final = 400
"""How far ahead an exemption may end: a year and the time to renew it."""

TAG: Final = "plinth-exempt/"
LABEL: Final = "plinth-exempt_"
ANNOTATION: Final = "exempt.plinth.dev/"

MARKED: Final = (
    "tags",
    "labels",
    "resourceLabels",
    "metadata.annotations",
    "settings.userLabels",
)
"""The properties in which a resource may bear a mark."""

_KEYS: Final = ("rule", "urn", "reason", "owner", "ticket", "expires")
_URN: Final = re.compile(
    r"urn:pulumi:(?P<stack>[^:]*)::(?P<project>[^:]*)::(?P<type>.*)::(?P<name>.*)"
)
_WILD: Final = re.compile(r"[*?]")
_NAMELESS: Final = re.compile(r"[^0-9A-Za-z]")
_LITERALS: Final = 3
# Who names nothing but the provider names all that it has.
_PROVIDERS: Final = frozenset({"aws", "gcp", "kubernetes", "docker", "pulumi"})


@dataclass(frozen=True, slots=True)
class Exemption:
    """``rule`` does not bind the resources whose URN matches ``urn`` until ``expires`` is over.

    ``urn`` is a pattern in which ``*`` stands for any text and ``?`` for one character. ``source``
    says where the exemption was written.
    """

    rule: str
    urn: str
    reason: str
    owner: str
    ticket: str
    expires: date
    source: str

    def covers(self, rule: str, urn: str) -> bool:
        """Whether it is about ``rule`` and the resource ``urn``."""
        # Names have brackets, which are no wildcards here: subnets[0].
        return rule == self.rule and fnmatchcase(urn, self.urn.replace("[", "[[]"))

    def ended(self, today: date) -> bool:
        """Whether its last day is over."""
        return today > self.expires

    def sentence(self) -> str:
        """What it says, for a report."""
        return (
            f"exempt until {self.expires.isoformat()} ({self.owner}, {self.ticket}): {self.reason}"
        )


@dataclass(frozen=True, slots=True)
class Use:
    """What became of an exemption: how often it was used, and what is wrong with it if anything."""

    exemption: Exemption
    used: int = 0
    problem: str = ""


@dataclass
class Exemptions:
    """The exemptions of a project, and which of them were used. One for each judged stack.

    Attributes:
        listed: The well-formed ones of the file.
        problems: What is wrong with the others, one sentence each.
        today: The day on which is judged.
    """

    listed: Sequence[Exemption] = ()
    problems: Sequence[str] = ()
    today: date = field(default_factory=lambda: datetime.now(UTC).date())
    _used: dict[Exemption, set[str]] = field(default_factory=dict)
    _marks: dict[tuple[str, str], str] = field(default_factory=dict)

    def of(self, rule: str, resource: Resource) -> Exemption | None:
        """What exempts ``resource`` from ``rule``, noted as used; ``None`` if nothing does."""
        for exemption in self._candidates(rule, resource):
            self._used.setdefault(exemption, set()).add(resource.urn)
            if not exemption.ended(self.today):
                return exemption
        return None

    def uses(self, rules: Iterable[str], project: str, stack: str) -> list[Use]:
        """What became of the exemptions from ``rules`` for a stack, once all of it is judged.

        An exemption for another stack, whose resources are not there, is left out.
        """
        known = frozenset(rules)
        of_marks = [exemption for exemption in self._used if exemption not in self.listed]
        return [
            Use(exemption, len(self._used.get(exemption, ())), self._problem(exemption))
            for exemption in (*self.listed, *of_marks)
            if exemption.rule in known and _is_about(exemption, project, stack)
        ]

    def violations(self, rules: Iterable[str], project: str, stack: str) -> list[str]:
        """Every problem, one sentence each: of the file, of its entries, of marks on resources."""
        of_uses = (
            f"{use.exemption.source}: {use.problem}"
            for use in self.uses(rules, project, stack)
            if use.problem
        )
        return [*self.problems, *of_uses, *self._marks.values()]

    def _candidates(self, rule: str, resource: Resource) -> Iterator[Exemption]:
        yield from (each for each in self.listed if each.covers(rule, resource.urn))
        marked = mark_of(resource, rule)
        if marked is None:
            return
        try:
            yield parsed_mark(marked, rule, resource.urn, self.today)
        except ValueError as error:
            self._marks[rule, resource.urn] = f"{resource.urn} bears a mark: {error}"

    def _problem(self, exemption: Exemption) -> str:
        used = len(self._used.get(exemption, ()))
        if exemption.ended(self.today):
            return (
                f"the exemption from {exemption.rule} ended on {exemption.expires.isoformat()}. "
                "Mend what it excused, or agree on a new end."
            )
        if not used:
            return (
                f"the exemption from {exemption.rule} for {exemption.urn} is not used: nothing it "
                "covers violates the rule. Remove it, or correct its urn."
            )
        if used > MOST_RESOURCES:
            return (
                f"the exemption from {exemption.rule} covers {used} resources, more than "
                f"{MOST_RESOURCES}. Configure the rule, or name fewer resources."
            )
        return ""


def _is_about(exemption: Exemption, project: str, stack: str) -> bool:
    found = _URN.fullmatch(exemption.urn)
    return (
        found is not None
        and fnmatchcase(stack, found["stack"])
        and fnmatchcase(project, found["project"])
    )


def find(
    folder: Path,
    rules: Iterable[str],
    *,
    named: str = "",
    environ: Mapping[str, str] | None = None,
) -> Exemptions:
    """The exemptions of a project.

    Args:
        folder: Where the packs are; the file there is taken where no other one is named.
        rules: The ids there are.
        named: The file that the configuration of a pack names, if it does.
        environ: The environment, which may name a file in ``PLINTH_EXEMPTIONS``.
    """
    named = named or (environ or {}).get(PLACE_VARIABLE, "")
    return load(Path(named) if named else folder / FILE, rules, required=bool(named))


def load(path: Path, rules: Iterable[str], *, required: bool = False) -> Exemptions:
    """The exemptions in the file at ``path``; none without one, unless it is ``required``.

    Whatever is wrong with the file is told by ``problems``; an entry with a problem exempts nothing.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        if not required:
            return Exemptions()
        return Exemptions(
            problems=(f"{path}: there is no such file. Name one that exists, or none.",)
        )
    except (OSError, UnicodeDecodeError) as error:
        return Exemptions(problems=(f"{path}: cannot be read: {error}. Correct it.",))
    return parse(text, rules, path.name)


def parse(
    text: str, rules: Iterable[str], source: str = FILE, *, today: date | None = None
) -> Exemptions:
    """The exemptions that ``text`` lists, as YAML with the one key ``exemptions``.

    ``today`` is the day on which is judged, if not the day it is.
    """
    today = today or datetime.now(UTC).date()
    # Only a project that has exemptions pays for the parser.
    import yaml  # noqa: PLC0415

    try:
        document: Any = yaml.safe_load(text)
    # A day that is not in the calendar, and lists in lists without end, are no errors of YAML.
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        where = getattr(error, "problem_mark", None)
        line = f", line {where.line + 1}" if where else ""
        return Exemptions(problems=(f"{source}{line}: is not YAML. Correct it.",), today=today)
    if document is None:
        return Exemptions(today=today)
    entries = document.get("exemptions") if isinstance(document, Mapping) else None
    if not isinstance(document, Mapping) or set(document) - {"exemptions"}:
        return Exemptions(
            problems=(f"{source}: must hold a list under the one key `exemptions`. Correct it.",),
            today=today,
        )
    if not isinstance(entries, list | None):
        return Exemptions(
            problems=(f"{source}: `exemptions` must be a list. Correct it.",), today=today
        )
    known = frozenset(rules)
    listed: list[Exemption] = []
    problems: list[str] = []
    for index, entry in enumerate(entries or ()):
        place = f"{source}: exemptions[{index}]"
        found = [*_problems(entry, known, today)]
        problems += (f"{place}{problem}" for problem in found)
        if not found:
            listed.append(Exemption(**{key: entry[key] for key in _KEYS}, source=place))
    different = {(each.rule, each.urn) for each in listed}
    if len(different) < len(listed):
        problems.append(f"{source}: names a rule twice with the same urn. Keep one of them.")
    return Exemptions(tuple(listed), tuple(problems), today)


def _problems(entry: Any, rules: frozenset[str], today: date) -> Iterator[str]:
    """What is wrong with one entry of the file."""
    if not isinstance(entry, Mapping):
        yield f": must be an object with {', '.join(_KEYS)}."
        return
    for key in entry:
        if key not in _KEYS:
            yield f".{key}: is not known; an exemption has {', '.join(_KEYS)}."
    for key in _KEYS:
        value = entry.get(key)
        if key == "expires":
            yield from _end_problems(value, today)
        elif not isinstance(value, str) or not value.strip():
            yield f".{key}: is {_shown(value)}; it must be a text that is not empty."
        elif key == "reason" and not is_reason(value):
            yield f".reason: is {value!r}; it must say why, in {SHORTEST_REASON} characters or more."
        elif key == "rule" and value not in rules:
            yield f".rule: is {value!r}; no rule has that id. `plinth policies list` shows them all."
        elif key == "urn":
            yield from _pattern_problems(value)


def _shown(value: Any) -> str:
    return "missing" if value is None else repr(value)


def _end_problems(value: Any, today: date) -> Iterator[str]:
    if isinstance(value, datetime) or not isinstance(value, date):
        yield f".expires: is {_shown(value)}; it must be a day such as 2027-05-31."
    elif (value - today).days > LONGEST_DAYS:
        yield (
            f".expires: is {value.isoformat()}, more than {LONGEST_DAYS} days ahead; an exemption "
            "is looked at again within a year."
        )


def _pattern_problems(pattern: str) -> Iterator[str]:
    parts = _URN.fullmatch(pattern)
    if parts is None:
        yield (
            f".urn: is {pattern!r}; it must look like urn:pulumi:STACK::PROJECT::TYPE::NAME, with "
            "* for what may differ."
        )
    elif _WILD.search(parts["stack"]):
        yield f".urn: is {pattern!r}; the stack must be named, for each stack is excused by itself."
    elif not any(_names_something(parts[part]) for part in ("type", "name")):
        yield f".urn: is {pattern!r}, which covers everything; name the type or the resource."


def _names_something(part: str) -> bool:
    literals = _NAMELESS.sub("", part)
    return len(literals) >= _LITERALS and literals not in _PROVIDERS


_BORNE: Final = (
    (("tags",), TAG),
    (("metadata", "annotations"), ANNOTATION),
    (("labels",), LABEL),
    (("resourceLabels",), LABEL),
    (("settings", "userLabels"), LABEL),
)


def mark_of(resource: Resource, rule: str) -> str | None:
    """The text of the mark for ``rule`` that ``resource`` bears, ``None`` if there is none.

    A tag of AWS, a label of Google Cloud, an annotation of Kubernetes or a label of Docker.
    """
    view = View(resource.props)
    for path, prefix in _BORNE:
        # Hardly any resource that violates bears marks, and most bear none of these at all.
        if path[0] in resource.props:
            value = view.at(*path, f"{prefix}{rule}").raw
            if isinstance(value, str):
                return value
    for label in view.at("labels").elements() if "labels" in resource.props else ():
        if label.at("label").raw == f"{TAG}{rule}" and isinstance(label.at("value").raw, str):
            return label.at("value").raw
    return None


def parsed_mark(text: str, rule: str, urn: str, today: date) -> Exemption:
    """The exemption a mark stands for: the last day, owner, ticket and reason.

    The four are separated by blanks, or by two underscores where a cloud allows no blanks.

    Raises:
        ValueError: the text is not one; the message says what one looks like.
    """
    parts = text.split("__", 3) if " " not in text.strip() else text.split(None, 3)
    expires = _day(parts[0]) if parts else None
    if expires is None or len(parts) <= _LITERALS or not is_reason(parts[3]):
        raise ValueError(
            f"an exemption from {rule} on a resource reads YYYY-MM-DD OWNER TICKET REASON, with "
            "blanks or two underscores between. Correct it."
        )
    if (expires - today).days > LONGEST_DAYS:
        raise ValueError(
            f"the exemption from {rule} ends on {expires.isoformat()}, more than {LONGEST_DAYS} "
            "days ahead. Choose an earlier day."
        )
    _, owner, ticket, reason = parts
    return Exemption(rule, urn, reason.strip(), owner, ticket, expires, f"a mark of {urn}")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
