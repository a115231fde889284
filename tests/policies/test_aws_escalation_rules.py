from __future__ import annotations

import json
from typing import Any

import pytest

from policies.escalation import escalates
from policies.examples import example
from policies.judge import judge
from policies.rule import Verdict
from policies.rules.aws_escalation import NO_ESCALATION
from policies.view import UNKNOWN_STRING, Truth, View

PASS_ROLE = "iam:PassRole"
ENOUGH_ALONE = (
    ("iam:AttachGroupPolicy", "iam", "group"),
    ("iam:AttachRolePolicy", "iam", "role"),
    ("iam:AttachUserPolicy", "iam", "user"),
    ("iam:CreatePolicyVersion", "iam", "policy"),
    ("iam:DeleteRolePermissionsBoundary", "iam", "role"),
    ("iam:DeleteUserPermissionsBoundary", "iam", "user"),
    ("iam:PutGroupPolicy", "iam", "group"),
    ("iam:PutRolePermissionsBoundary", "iam", "role"),
    ("iam:PutRolePolicy", "iam", "role"),
    ("iam:PutUserPermissionsBoundary", "iam", "user"),
    ("iam:PutUserPolicy", "iam", "user"),
    ("iam:SetDefaultPolicyVersion", "iam", "policy"),
    ("iam:AddUserToGroup", "iam", "group"),
    ("iam:CreateAccessKey", "iam", "user"),
    ("iam:CreateLoginProfile", "iam", "user"),
    ("iam:UpdateAssumeRolePolicy", "iam", "role"),
    ("iam:UpdateLoginProfile", "iam", "user"),
    ("sts:AssumeRole", "iam", "role"),
    ("cloudformation:UpdateStack", "cloudformation", "stack"),
    ("ecs:ExecuteCommand", "ecs", "task"),
    ("glue:UpdateDevEndpoint", "glue", "devEndpoint"),
    ("lambda:UpdateFunctionCode", "lambda", "function"),
    ("lambda:UpdateFunctionConfiguration", "lambda", "function"),
    ("sagemaker:CreatePresignedNotebookInstanceUrl", "sagemaker", "notebook-instance"),
    ("ssm:SendCommand", "ec2", "instance"),
    ("ssm:StartSession", "ec2", "instance"),
)
ENOUGH_WITH_ANY_ROLE = (
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
)
ROLE = "arn:aws:iam::111122223333:role/shop"


def allow(action: Any = "sts:AssumeRole", resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


def found(*statements: Any) -> Truth:
    return escalates(View({"policy": {"Statement": list(statements)}}).at("policy"))


@pytest.mark.parametrize(("action", "service", "kind"), ENOUGH_ALONE)
def test_one_action_on_everything_may_be_enough(action: str, service: str, kind: str) -> None:
    arn = f"arn:aws:{service}:*:111122223333"
    assert found(allow(action)) is Truth.YES
    assert found(allow(["s3:GetObject", action.upper()])) is Truth.YES
    assert found(allow(f"{action[:-1]}?")) is Truth.YES
    assert found(allow(action, ROLE)) is Truth.NO
    assert found(allow(action, [ROLE, f"{arn}:{kind}/*"])) is Truth.YES
    assert found(allow(action, f"{arn}:{kind}:*")) is Truth.YES
    assert found(allow(action, f"{arn}:*")) is Truth.YES
    assert found(allow(action, f"{arn}:{kind}/shop-*")) is Truth.NO
    assert found(allow(action, f"{arn}:other/*")) is Truth.NO
    assert found(allow(action, "arn:aws:s3:::*")) is Truth.NO


@pytest.mark.parametrize("action", ENOUGH_WITH_ANY_ROLE)
def test_any_role_may_be_passed_to_what_starts_code(action: str) -> None:
    passes = allow(PASS_ROLE)

    assert found(passes, allow(action)) is Truth.YES
    assert found(allow([PASS_ROLE, action])) is Truth.YES
    assert found(passes, allow(action, "arn:aws:x:eu-west-1:111122223333:one/shop")) is Truth.YES
    assert found(allow(PASS_ROLE, ROLE), allow(action)) is Truth.NO
    assert found(allow(action)) is Truth.NO


def test_passing_roles_alone_starts_nothing() -> None:
    assert found(allow([PASS_ROLE, "s3:*", "iam:Get*"])) is Truth.NO


@pytest.mark.parametrize(
    ("pattern", "verdict"),
    [
        ("*", Truth.YES),
        ("*:*", Truth.YES),
        ("iam:*", Truth.YES),
        ("IAM:Put*", Truth.YES),
        ("iam:*AccessKey", Truth.YES),
        ("iam:CreateAccessKe?", Truth.YES),
        ("i?m:CreateAccessKey", Truth.YES),
        ("iam:CreateAccessKey?", Truth.NO),
        ("iam:CreateAccessKe[y]", Truth.NO),
        ("iam:CreateAccess", Truth.NO),
        ("am:CreateAccessKey", Truth.NO),
        ("iam:List*", Truth.NO),
        ("", Truth.NO),
        ("lambda:*", Truth.YES),
        ("ec2:*", Truth.NO),
    ],
)
def test_patterns_are_those_of_iam(pattern: str, verdict: Truth) -> None:
    assert found(allow(pattern)) is verdict


@pytest.mark.parametrize(
    ("resource", "is_everything"),
    [
        ("*", True),
        ("**", True),
        (["arn:aws:s3:::reports", "*"], True),
        ("arn:aws:iam::*:role/*", True),
        ("arn:aws:iam::111122223333:role/*", True),
        ("arn:aws:iam::111122223333:*", True),
        ("arn:*:*:*:*:*", True),
        ("arn:aws:iam::111122223333:role/shop-*", False),
        ("arn:aws:iam::111122223333:role/shop/*", False),
        ("arn:aws:iam::*:role/shop", False),
        ("*role/shop", False),
        ("arn:aws:s3:::reports/*", False),
        ("", False),
        ([], False),
        (None, False),
    ],
)
def test_a_resource_that_names_nothing_is_everything(resource: object, is_everything: bool) -> None:
    verdict = Truth.YES if is_everything else Truth.NO

    assert found(allow(resource=resource)) is verdict


@pytest.mark.parametrize(
    ("condition", "is_limited"),
    [
        ({"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}, True),
        ({"StringEquals": {"iam:PermissionsBoundary": ROLE}}, True),
        ({"ArnEquals": {"iam:PolicyARN": [ROLE]}}, True),
        ({"ArnLike": {"IAM:AssociatedResourceArn": ROLE}}, True),
        ({"StringLike": {"aws:ResourceTag/team": "shop*"}}, True),
        ({"StringEqualsIgnoreCase": {"iam:ResourceTag/team": "shop"}}, True),
        ({"StringEquals": {"ssm:resourceTag/team": "shop"}}, True),
        ({"ForAnyValue:StringEquals": {"iam:PolicyARN": ROLE}}, True),
        (
            {
                "Bool": {"aws:SecureTransport": "true"},
                "StringEquals": {"aws:PrincipalTag/a": "b", "iam:PolicyARN": ROLE},
            },
            True,
        ),
        ({"ForAllValues:StringEquals": {"iam:PolicyARN": ROLE}}, False),
        ({"StringEqualsIfExists": {"iam:PassedToService": "lambda.amazonaws.com"}}, False),
        ({"StringNotEquals": {"iam:PolicyARN": ROLE}}, False),
        ({"StringLike": {"iam:PolicyARN": "*"}}, False),
        ({"StringLike": {"iam:PolicyARN": [ROLE, "**"]}}, False),
        ({"StringEquals": {"iam:PolicyARN": []}}, False),
        ({"StringEquals": {"aws:PrincipalTag/team": "shop"}}, False),
        ({"Bool": {"aws:MultiFactorAuthPresent": "true"}}, False),
        ({}, False),
        (None, False),
    ],
)
def test_a_condition_limits_if_it_names_services_policies_or_resources(
    condition: object, is_limited: bool
) -> None:
    verdict = Truth.NO if is_limited else Truth.YES

    assert found(allow(Condition=condition)) is verdict


@pytest.mark.parametrize(
    "statement",
    [
        allow([UNKNOWN_STRING]),
        allow(UNKNOWN_STRING),
        allow(["s3:GetObject", UNKNOWN_STRING]),
        allow([{"not": "text"}]),
        allow(resource=UNKNOWN_STRING),
        allow(resource=[ROLE, UNKNOWN_STRING]),
        allow(Condition=UNKNOWN_STRING),
        allow(Condition=["not", "an", "object"]),
        allow(Condition={"StringEquals": UNKNOWN_STRING}),
        allow(Condition={"StringEquals": {"iam:PolicyARN": UNKNOWN_STRING}}),
        {"Effect": UNKNOWN_STRING, "Action": "*", "Resource": "*"},
        {"Effect": "Allow", "NotAction": UNKNOWN_STRING, "Resource": "*"},
        {"Effect": "Allow", "NotAction": ["s3:*", UNKNOWN_STRING], "Resource": "*"},
        {"Effect": "Allow", "Action": "*", "NotResource": UNKNOWN_STRING},
        UNKNOWN_STRING,
        "no statement",
        7,
    ],
)
def test_what_cannot_be_read_leaves_it_open(statement: object) -> None:
    assert found(statement) in (Truth.UNKNOWN, Truth.YES)
    assert found(statement, deny("*")) is Truth.NO


def test_an_unknown_action_may_be_the_missing_one() -> None:
    assert found(allow([PASS_ROLE]), allow([UNKNOWN_STRING], ROLE)) is Truth.UNKNOWN
    assert found(allow("ec2:RunInstances"), allow([UNKNOWN_STRING], ROLE)) is Truth.NO
    assert found(allow(["sts:AssumeRole", UNKNOWN_STRING])) is Truth.YES


def test_all_but_a_few_actions_is_everything_else() -> None:
    def but(*actions: str) -> dict[str, Any]:
        return {"Effect": "Allow", "NotAction": list(actions), "Resource": "*"}

    services = ("cloudformation", "ecs", "glue", "iam", "lambda", "sagemaker", "ssm", "sts")
    spared = [f"{service}:*" for service in services]
    assert found(but("s3:*")) is Truth.YES
    assert found(but("*")) is Truth.NO
    assert found(but(*spared)) is Truth.NO
    assert found(but(*spared[:-1])) is Truth.YES
    assert found(but(*spared, UNKNOWN_STRING)) is Truth.NO


def test_a_denial_takes_back_only_what_it_surely_denies() -> None:
    assert found(allow("iam:*"), deny("iam:*")) is Truth.NO
    assert found(deny("iam:*"), allow("iam:*")) is Truth.NO
    assert found(allow("iam:*"), deny("iam:Put*")) is Truth.YES
    assert found(allow("iam:*"), deny("iam:*", ROLE)) is Truth.YES
    condition = {"Bool": {"aws:MultiFactorAuthPresent": "false"}}
    assert found(allow("iam:*"), deny("iam:*", Condition=condition)) is Truth.YES
    assert found(allow("iam:*"), deny(UNKNOWN_STRING)) is Truth.UNKNOWN
    assert found(allow("iam:*"), deny("iam:*", UNKNOWN_STRING)) is Truth.UNKNOWN
    assert found(allow("iam:*"), deny("iam:*", Condition=UNKNOWN_STRING)) is Truth.UNKNOWN
    effect = {"Effect": UNKNOWN_STRING, "Action": "iam:*", "Resource": "*"}
    assert found(allow("iam:*"), effect) is Truth.UNKNOWN
    passes = allow([PASS_ROLE, "ec2:RunInstances"])
    assert found(passes, deny("ec2:*")) is Truth.NO
    assert found(passes, deny(PASS_ROLE)) is Truth.NO


@pytest.mark.parametrize("check", NO_ESCALATION.checks, ids=lambda check: check.type)
def test_every_holder_of_a_policy_is_judged(check: Any) -> None:
    policy = json.dumps({"Statement": allow()})
    is_role = check.type.endswith(":Role")
    props = (
        {"inlinePolicies": [{"policy": "{}"}, {"policy": policy}]}
        if is_role
        else {"policy": policy}
    )
    (told,) = judge(NO_ESCALATION, example(check.type, "x", props))

    assert told.verdict is Verdict.FAIL
    assert told.paths == (("inlinePolicies[1].policy",) if is_role else ("policy",))
    assert "lets its holder become somebody mightier" in told.message
