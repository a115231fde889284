"""Google Cloud grants: the members that are everybody."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from policies.examples import example
from policies.expected import Expected, expects
from policies.rule import Check, Demand, StackCheck
from policies.subject import Stack, Subject
from policies.view import ABSENT, UNKNOWN_STRING, Truth

_EVERYBODY: Final = ("allUsers", "allAuthenticatedUsers")
_READER: Final = "serviceAccount:reader@example.iam.gserviceaccount.com"
_PROBLEM: Final = "grants something to everybody"


def private_members(type_: str) -> Check:
    """No member of a grant is everybody."""
    key = _key(type_)

    def judge(grant: Subject) -> Iterator[Demand]:
        for member in grant.at(key).elements():
            yield Demand(~member.is_one_of(*_EVERYBODY), member, _PROBLEM)

    return Check(
        type=type_,
        demand="Nothing is granted to everybody, signed in or not.",
        reads=(key,),
        absent=f"{key} left out is nobody and satisfies; the provider refuses it.",
        judge=judge,
        good={"one account": _props(key, _READER), "left out": {}},
        bad={each: _props(key, each) for each in _EVERYBODY},
        undecided={"not known": _props(key, UNKNOWN_STRING)},
    )


def private_policy(type_: str) -> Check:
    """No member of a policy, which holds all grants on a resource, is everybody."""

    def policy(member: str) -> str:
        return json.dumps({"bindings": [{"role": "roles/viewer", "members": [_READER, member]}]})

    return expects(
        type_,
        "Nothing is granted to everybody, signed in or not.",
        Expected(
            path="policyData",
            problem=_PROBLEM,
            holds=lambda data: ~data.matches(_names_everybody),
            good=(policy(_READER), ABSENT),
            bad=tuple(map(policy, _EVERYBODY)),
        ),
    )


def _names_everybody(data: str) -> bool:
    return any(f'"{each}"' in data for each in _EVERYBODY)


def settled_members(type_: str) -> StackCheck:
    """A member that is not known yet is an account of the stack, which is not everybody."""
    key = _key(type_)

    def judge(grant: Subject, stack: Stack) -> Iterator[Demand]:
        known = all(each.is_known for each in grant.at(key).elements())
        settled = known or bool(stack.behind(grant.resource, key))
        yield Demand(Truth.YES if settled else Truth.UNKNOWN, grant.at(key), _PROBLEM)

    account = example("gcp:serviceaccount/account:Account", "reader", {"accountId": "reader"})
    unknown = _props(key, UNKNOWN_STRING)
    return StackCheck(
        type=type_,
        demand="A member that is not known yet was made from a resource of the stack.",
        reads={type_: (key,)},
        absent="Nothing is read: a grant without members is judged on its own.",
        judge=judge,
        settles=True,
        good={
            "an account of the stack": (
                account,
                example(type_, "reader", unknown, made_from={key: [account]}),
            ),
            "known": (example(type_, "reader", _props(key, _READER)),),
        },
        bad={},
        undecided={"from nothing known": (account, example(type_, "reader", unknown))},
    )


def _key(type_: str) -> str:
    return "members" if type_.endswith("Binding") else "member"


def _props(key: str, member: str) -> Mapping[str, Any]:
    return {key: [_READER, member] if key == "members" else member}
