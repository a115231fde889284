"""AWS policy documents: what their statements allow, and to whom.

A document is a JSON text, or an object where the provider has not checked it yet. One that cannot
be read counts as unknown.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

from policies.view import UNKNOWN, Truth, View, every, some, truth

_EQUALITY: Final = ("stringequals", "stringlike", "stringequalsignorecase")
# The comparisons that fail without the key, and that few values satisfy.
_NARROWING: Final = frozenset({*_EQUALITY, "arnequals", "arnlike", "bool", "ipaddress"})
# What a caller chooses freely.
_CHOSEN: Final = frozenset({"aws:referer", "aws:securetransport", "aws:useragent"})
_EVERY_ADDRESS: Final = ("0.0.0.0/0", "::/0")
_EVERY_RESOURCE: Final = re.compile(r"(arn:([a-z-]+:)?)?[*:]*\*")


def statements(document: View) -> Iterator[View]:
    """Each statement; one that is unknown if the document is, none if it is absent."""
    if isinstance(document.raw, str):
        document = View(_parsed(document.raw))
    if document.is_present:
        # What is called otherwise is not looked for, and so not read.
        yield from document.at("Statement", absent=UNKNOWN).elements()


@lru_cache(maxsize=1024)
def _parsed(text: str) -> Any:
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        return UNKNOWN
    return parsed if isinstance(parsed, dict) else UNKNOWN


def allows(statement: View) -> Truth:
    """Whether a statement grants rather than denies."""
    return statement.at("Effect").is_one_of("Allow")


def holds_text(view: View, predicate: Callable[[str], bool]) -> Truth:
    """Whether one of the texts of a statement's element, which may be a single one, is meant."""
    return some(each.matches(predicate) for each in view.elements())


def is_everybody(statement: View) -> Truth:
    """Whether the principal of a statement is everybody, or everybody but a few."""
    principal = statement.at("Principal")
    named = principal.at("AWS") if isinstance(principal.raw, Mapping) else principal
    return holds_text(named, lambda text: text == "*") | statement.at("NotPrincipal").is_given()


def is_public(document: View) -> Truth:
    """Whether a statement grants something to everybody under no condition that narrows it."""
    return some(
        allows(each) & is_everybody(each) & ~_narrows(each.at("Condition"))
        for each in statements(document)
    )


def _narrows(condition: View) -> Truth:
    """Whether a condition keeps callers out whatever they do."""
    if not isinstance(condition.raw, Mapping):
        return truth(condition.is_present) & Truth.UNKNOWN
    return some(_keeps_out(condition.at(each), str(each)) for each in condition.raw)


def _keeps_out(tests: View, operator: str) -> Truth:
    if operator.lower().removeprefix("foranyvalue:") not in _NARROWING:
        return Truth.NO
    if not isinstance(tests.raw, Mapping):
        return Truth.UNKNOWN
    values = [tests.at(key) for key in tests.raw if key.lower() not in _CHOSEN]
    return some(~some(_is_anything(each) for each in value.elements()) for value in values)


def _is_anything(value: View) -> Truth:
    """Whether a value of a condition is what every caller has."""
    text = str(value.raw)
    anything = truth(text in _EVERY_ADDRESS or set(text) == {"*"})
    return anything if value.is_known else Truth.UNKNOWN


def is_on_everything(statement: View) -> Truth:
    """Whether a statement is about all resources, or all but a few."""
    every = _EVERY_RESOURCE.fullmatch
    everything = holds_text(statement.at("Resource"), lambda text: every(text) is not None)
    return everything | statement.at("NotResource").is_given()


def compared(statement: View, ending: str) -> Iterator[View]:
    """The texts that keys of conditions ending in ``ending`` are compared with for equality."""
    condition = statement.at("Condition")
    if not isinstance(condition.raw, Mapping):
        if condition.is_present:
            yield condition
        return
    for operator in sorted(condition.raw):
        tests = condition.at(operator)
        # An operator over several values ends in the plain one: ForAnyValue:StringEquals.
        if operator.rpartition(":")[2].lower() not in _EQUALITY:
            continue
        if not isinstance(tests.raw, Mapping):
            yield tests
            continue
        for key in sorted(tests.raw):
            if key.lower().endswith(ending):
                yield from tests.at(key).elements()


def requires_tls(document: View) -> Truth:
    """Whether a statement denies everybody everything that does not come over TLS."""
    return some(
        each.at("Effect").is_one_of("Deny")
        & is_everybody(each)
        & holds_text(each.at("Action"), lambda text: text in ("*", "s3:*"))
        & _is_about_objects(each)
        & _only_without_tls(each.at("Condition"))
        for each in statements(document)
    )


def _is_about_objects(statement: View) -> Truth:
    # The ARN of a bucket without a wildcard is none of its objects.
    objects = holds_text(statement.at("Resource"), lambda text: text.endswith("*"))
    return objects | statement.at("NotResource").is_given()


def _only_without_tls(condition: View) -> Truth:
    """Whether nothing but the absence of TLS is the condition; another one would narrow it."""
    if not isinstance(condition.raw, Mapping):
        return Truth.UNKNOWN if condition.is_present else Truth.NO
    operators = [str(each) for each in condition.raw]
    if len(operators) != 1 or operators[0].lower() not in ("bool", "boolifexists"):
        return Truth.NO
    tests = condition.at(operators[0])
    if not isinstance(tests.raw, Mapping):
        return Truth.UNKNOWN
    keys = [str(each) for each in tests.raw]
    if [key.lower() for key in keys] != ["aws:securetransport"]:
        return Truth.NO
    values = list(tests.at(keys[0]).elements())
    return truth(bool(values)) & every(_is_false(each) for each in values)


def _is_false(value: View) -> Truth:
    return truth(value.is_present) & ~value.is_true()
