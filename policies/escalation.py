"""Sets of AWS actions that let their holder become somebody mightier, and who grants them.

Source: the published research on privilege escalation in IAM, as collected in
https://hackingthe.cloud/aws/exploitation/iam_privilege_escalation/ and
https://pathfinding.cloud; action names are those of the Service Authorization Reference.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fnmatch import translate
from functools import lru_cache, reduce
from typing import Final, NamedTuple

from policies.documents import allows, holds_text, statements
from policies.view import Truth, View, some, truth

PASS_ROLE: Final = "iam:PassRole"  # noqa: S105 - an action, not a password

ALONE: Final[Mapping[str, str]] = {
    # Rewrite what somebody is allowed to do.
    "iam:AttachGroupPolicy": "group",
    "iam:AttachRolePolicy": "role",
    "iam:AttachUserPolicy": "user",
    "iam:CreatePolicyVersion": "policy",
    "iam:DeleteRolePermissionsBoundary": "role",
    "iam:DeleteUserPermissionsBoundary": "user",
    "iam:PutGroupPolicy": "group",
    "iam:PutRolePermissionsBoundary": "role",
    "iam:PutRolePolicy": "role",
    "iam:PutUserPermissionsBoundary": "user",
    "iam:PutUserPolicy": "user",
    "iam:SetDefaultPolicyVersion": "policy",
    # Become somebody else.
    "iam:AddUserToGroup": "group",
    "iam:CreateAccessKey": "user",
    "iam:CreateLoginProfile": "user",
    "iam:UpdateAssumeRolePolicy": "role",
    "iam:UpdateLoginProfile": "user",
    "sts:AssumeRole": "role",
    # Run code of one's own where a role is at work already.
    "cloudformation:UpdateStack": "stack",
    "ecs:ExecuteCommand": "task",
    "glue:UpdateDevEndpoint": "devEndpoint",
    "lambda:UpdateFunctionCode": "function",
    "lambda:UpdateFunctionConfiguration": "function",
    "sagemaker:CreatePresignedNotebookInstanceUrl": "notebook-instance",
    "ssm:SendCommand": "instance",
    "ssm:StartSession": "instance",
}
"""What is enough on every resource of a kind, and the kind as ARNs have it."""


LAUNCHES: Final = frozenset(
    {
        "apprunner:CreateService",
        "apprunner:UpdateService",
        "autoscaling:CreateLaunchConfiguration",
        "batch:RegisterJobDefinition",
        "bedrock-agentcore:CreateCodeInterpreter",
        "cloudformation:CreateChangeSet",
        "cloudformation:CreateStack",
        "cloudformation:CreateStackSet",
        "codebuild:CreateProject",
        "codebuild:UpdateProject",
        "datapipeline:CreatePipeline",
        "datapipeline:PutPipelineDefinition",
        "ec2:AssociateIamInstanceProfile",
        "ec2:ReplaceIamInstanceProfileAssociation",
        "ec2:RequestSpotInstances",
        "ec2:RunInstances",
        "ecs:RegisterTaskDefinition",
        "ecs:RunTask",
        "elasticmapreduce:RunJobFlow",
        "glue:CreateDevEndpoint",
        "glue:CreateJob",
        "glue:CreateSession",
        "glue:UpdateJob",
        "lambda:CreateFunction",
        "sagemaker:CreateNotebookInstance",
        "sagemaker:CreateProcessingJob",
        "sagemaker:CreateTrainingJob",
        "states:CreateStateMachine",
    }
)
"""What starts code that acts with a role; enough with a free choice of the role."""

# The resources of these actions belong to another service.
_SERVICE_OF: Final = {"ssm:SendCommand": "ec2", "ssm:StartSession": "ec2", "sts:AssumeRole": "iam"}

_ACTIONS: Final = LAUNCHES | {*ALONE, PASS_ROLE}
_NOTHING: Final[frozenset[str]] = frozenset()

# Service and kind in an ARN that names no resource: after the kind, if any, is a bare wildcard.
_EVERY_ONE: Final = re.compile(r"arn:[^:]*:([^:]*):[^:]*:[^:]*:(?:([A-Za-z-]+)[/:])?\*+")

_LIMITING_OPERATORS: Final = frozenset(
    {"arnequals", "arnlike", "stringequals", "stringequalsignorecase", "stringlike"}
)
_LIMITING_KEYS: Final = frozenset(
    {
        "iam:associatedresourcearn",
        "iam:passedtoservice",
        "iam:permissionsboundary",
        "iam:policyarn",
    }
)
_LIMITING_TAGS: Final = ("aws:resourcetag/", "iam:resourcetag/", "ssm:resourcetag/")


class _Granted(NamedTuple):
    """The actions that are granted for certain, and those that may be."""

    certain: frozenset[str] = _NOTHING
    possible: frozenset[str] = _NOTHING

    def where(self, holds: Truth) -> _Granted:
        """What is left if it is granted only where ``holds``."""
        if holds is Truth.NO:
            return _Granted()
        return self if holds is Truth.YES else _Granted(_NOTHING, self.possible)

    def within(self, reach: _Granted) -> _Granted:
        return _Granted(self.certain & reach.certain, self.possible & reach.possible)

    def and_also(self, other: _Granted) -> _Granted:
        return _Granted(self.certain | other.certain, self.possible | other.possible)

    def without(self, denied: _Granted) -> _Granted:
        return _Granted(self.certain - denied.possible, self.possible - denied.certain)


def escalates(document: View) -> Truth:
    """Whether a policy lets its holder become mightier by a known way.

    The way must be open to every resource. A role that may be chosen freely is enough with
    anything that may be started with it.
    """
    everywhere, anywhere, denied = _Granted(), _Granted(), _Granted()
    for statement in statements(document):
        actions = _actions(statement)
        granted = actions.where(allows(statement) & ~_is_limited(statement))
        anywhere = anywhere.and_also(granted)
        reach = _reach(statement)
        everywhere = everywhere.and_also(granted.within(reach))
        refuses = statement.at("Effect").is_one_of("Deny") & statement.at("Condition").is_empty()
        denied = denied.and_also(actions.where(refuses).within(reach))
    everywhere, anywhere = everywhere.without(denied), anywhere.without(denied)
    if _is_enough(everywhere.certain, anywhere.certain):
        return Truth.YES
    return Truth.UNKNOWN & truth(_is_enough(everywhere.possible, anywhere.possible))


def _is_enough(everywhere: frozenset[str], anywhere: frozenset[str]) -> bool:
    passes = PASS_ROLE in everywhere and not LAUNCHES.isdisjoint(anywhere)
    return passes or not everywhere.isdisjoint(ALONE)


def _actions(statement: View) -> _Granted:
    """The actions a statement is about, of those that matter."""
    named, others = statement.at("Action"), statement.at("NotAction")
    found = _matched(named, _matching)
    if others.is_present:
        spared = _matched(others, _matching)
        found = found.and_also(_Granted(_ACTIONS - spared.possible, _ACTIONS - spared.certain))
    return found


def _reach(statement: View) -> _Granted:
    """The actions that reach every resource of their kind where a statement is about them."""
    found = _matched(statement.at("Resource"), _reaching)
    # All but a few is nearly all.
    everything = _Granted(_ACTIONS, _ACTIONS).where(statement.at("NotResource").is_given())
    return found.and_also(everything)


def _matched(texts: View, meant: Callable[[str], frozenset[str]]) -> _Granted:
    found = [each.raw for each in texts.elements()]
    known = [text for text in found if isinstance(text, str)]
    certain = reduce(frozenset.union, map(meant, known), _NOTHING)
    return _Granted(certain, certain if len(known) == len(found) else _ACTIONS)


@lru_cache(maxsize=4096)
def _matching(pattern: str) -> frozenset[str]:
    """The actions that ``pattern`` names; IAM does not tell upper case from lower case."""
    # A bracket is no wildcard in IAM.
    literal = pattern.lower().replace("[", "[[]")
    matches = re.compile(translate(literal)).match
    return frozenset(action for action in _ACTIONS if matches(action.lower()))


@lru_cache(maxsize=4096)
def _reaching(resource: str) -> frozenset[str]:
    """The actions for which ``resource`` is everything."""
    if resource and not resource.strip("*"):
        return _ACTIONS
    found = _EVERY_ONE.fullmatch(resource)
    if found is None:
        return _NOTHING
    service, kind = found.groups()
    return frozenset(
        action
        for action, its_kind in {**ALONE, PASS_ROLE: "role"}.items()
        if service in ("*", _SERVICE_OF.get(action) or action.partition(":")[0])
        if kind in (None, its_kind)
    )


def _is_limited(statement: View) -> Truth:
    """Whether a condition keeps the actions to chosen services, policies or resources."""
    condition = statement.at("Condition")
    if not isinstance(condition.raw, Mapping):
        return truth(condition.is_present) & Truth.UNKNOWN
    return some(_limits(condition.at(operator), operator) for operator in map(str, condition.raw))


def _limits(tests: View, operator: str) -> Truth:
    # A comparison that holds for a missing key, or for all of no values, limits nothing.
    if operator.lower().removeprefix("foranyvalue:") not in _LIMITING_OPERATORS:
        return Truth.NO
    if not isinstance(tests.raw, Mapping):
        return Truth.UNKNOWN
    keys = [str(key) for key in tests.raw]
    return some(_narrows(tests.at(key)) for key in keys if _is_limiting(key.lower()))


def _is_limiting(key: str) -> bool:
    return key in _LIMITING_KEYS or key.startswith(_LIMITING_TAGS)


def _narrows(values: View) -> Truth:
    texts = list(values.elements())
    free = holds_text(values, lambda text: not text.strip("*"))
    return truth(bool(texts)) & ~free
