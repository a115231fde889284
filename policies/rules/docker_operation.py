"""How Docker knows whether a container works, and how often it starts one that does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from policies.containers import (
    ALWAYS_RESTART,
    CONTAINER,
    IN_SERVICE,
    NO_HEALTHCHECK,
    SERVICE,
    documented,
    in_service,
    states,
)
from policies.controls import cis_docker
from policies.rule import Check, Demand, Props, Rule, Severity
from policies.subject import Subject
from policies.themes import Theme
from policies.view import (
    UNKNOWN_ARRAY,
    UNKNOWN_NUMBER,
    UNKNOWN_OBJECT,
    UNKNOWN_STRING,
    Truth,
    View,
    truth,
)

_RUN: Final = "https://docs.docker.com/reference/cli/docker/container/run/"
_MOST_RESTARTS: Final = 5


def _bounded(container: Subject) -> Iterator[Demand]:
    policy = container.at("restart", absent="no")
    count = container.at("maxRetryCount")
    never = policy.is_one_of("no")
    few = policy.is_one_of("on-failure") & _is_few(count)
    holds = never | few | states(container, ALWAYS_RESTART)
    yield Demand(holds, policy, "starts it again without end")


def _bounded_tasks(service: Subject) -> Iterator[Demand]:
    policy = service.at("taskSpec", "restartPolicy")
    never = policy.at("condition", absent="any").is_one_of("none")
    count = policy.at("maxAttempts")
    holds = never | _is_few(count) | states(service, ALWAYS_RESTART)
    yield Demand(holds, count, "starts tasks without end")


def _is_few(count: View) -> Truth:
    """Whether a number of restarts ends; to Docker 0 is no limit."""
    number = count.number()
    if number is not None:
        return truth(1 <= number <= _MOST_RESTARTS)
    return Truth.UNKNOWN if count.is_present else Truth.NO


def _restarting(condition: Any, attempts: Any = None) -> Props:
    policy = {"condition": condition, "maxAttempts": attempts}
    return {"taskSpec": {"restartPolicy": policy}}


_ALWAYS: Final = documented(ALWAYS_RESTART, "is the way in when all else is down")

RESTART_BOUNDED: Final = Rule(
    id="docker-restart-bounded",
    title="What fails again and again is left alone",
    reason=(
        "A container that is started without end hides that it fails, fills the log and takes "
        "from its neighbours what each start costs."
    ),
    severity=Severity.LOW,
    theme=Theme.RESILIENCE,
    themes_inferred=True,
    controls=cis_docker("5.15"),
    fix=(
        'Set restart="on-failure" and max_retry_count to 5 or less, max_attempts for a service. '
        f"What must always run says why in the label {ALWAYS_RESTART}."
    ),
    source="https://docs.docker.com/engine/containers/start-containers-automatically/",
    checks=(
        Check(
            type=CONTAINER,
            demand="There are five restarts after failures at most, unless a label says why.",
            reads=("restart", "maxRetryCount", "labels"),
            absent=(
                "restart left out is no restart and satisfies. maxRetryCount left out is no limit "
                "and violates. No label is no reason; nor are fewer than ten letters."
            ),
            judge=_bounded,
            good={
                "left out": {},
                "never": {"restart": "no"},
                "once": {"restart": "on-failure", "maxRetryCount": 1},
                "five times": {"restart": "on-failure", "maxRetryCount": 5},
                "always, with a reason": {"restart": "always", **_ALWAYS},
                "until it is stopped, with a reason": {"restart": "unless-stopped", **_ALWAYS},
                "never, labels not known": {"restart": "no", "labels": UNKNOWN_ARRAY},
            },
            bad={
                "always": {"restart": "always"},
                "always, counted in vain": {"restart": "always", "maxRetryCount": 5},
                "until it is stopped": {"restart": "unless-stopped"},
                "no count": {"restart": "on-failure"},
                "no limit": {"restart": "on-failure", "maxRetryCount": 0},
                "six times": {"restart": "on-failure", "maxRetryCount": 6},
                "a word is no reason": {
                    "restart": "always",
                    **documented(ALWAYS_RESTART, "important"),
                },
                "a reason for something else": {"restart": "always", **documented("team")},
            },
            undecided={
                "policy not known": {"restart": UNKNOWN_STRING, "maxRetryCount": 5},
                "count not known": {"restart": "on-failure", "maxRetryCount": UNKNOWN_NUMBER},
                "labels not known": {"restart": "always", "labels": UNKNOWN_ARRAY},
            },
        ),
        Check(
            type=SERVICE,
            demand="There are five attempts to start a task at most, unless a label says why.",
            reads=(
                "taskSpec.restartPolicy.condition",
                "taskSpec.restartPolicy.maxAttempts",
                "labels",
            ),
            absent=(
                "condition left out is any. maxAttempts left out is no limit and violates. No "
                "label is no reason; nor are fewer than ten letters."
            ),
            judge=_bounded_tasks,
            good={
                "never": _restarting("none"),
                "once": _restarting("on-failure", 1),
                "five times, whatever the end": _restarting("any", 5),
                "condition left out": _restarting(None, 5),
                "with a reason": {**_restarting("any"), **_ALWAYS},
                "condition not known": _restarting(UNKNOWN_STRING, 5),
            },
            bad={
                "left out": {},
                "no count": _restarting("on-failure"),
                "no limit": _restarting("on-failure", 0),
                "six times": _restarting("on-failure", 6),
            },
            undecided={
                "count not known": _restarting("any", UNKNOWN_NUMBER),
                "task not known": {"taskSpec": UNKNOWN_OBJECT},
                "labels not known": {**_restarting("any"), "labels": UNKNOWN_ARRAY},
            },
        ),
    ),
)


_PROBES: Final = ("CMD", "CMD-SHELL")


def _asked(path: tuple[str, ...]) -> Callable[[Subject], Iterator[Demand]]:
    def judge(subject: Subject) -> Iterator[Demand]:
        tests = subject.at(*path, "healthcheck", "tests")
        first = next(tests.elements(), None)
        # Docker runs nothing for any other word.
        asked = first.is_one_of(*_PROBES) if first is not None else Truth.NO
        holds = asked | states(subject, NO_HEALTHCHECK)
        yield Demand(holds, tests, "leaves open whether it works")

    return judge


def _runs(container: Subject) -> Truth:
    """Whether the container is started at all."""
    return container.at("start", absent=True).is_true()


def _tests(*words: str) -> Props:
    return {"healthcheck": {"tests": list(words)}}


def _examples_of_checks(
    props: Callable[[Props], Props],
) -> tuple[Mapping[str, Props], Mapping[str, Props], Mapping[str, Props]]:
    good = {
        "a command": props(_tests("CMD", "pg_isready")),
        "a line for a shell": props(_tests("CMD-SHELL", "pg_isready || exit 1")),
        "a command that is not known yet": props(_tests("CMD", UNKNOWN_STRING)),
        "none, with a reason": documented(NO_HEALTHCHECK, "the image has no program to ask with"),
        "labels not known": {**props(_tests("CMD", "pg_isready")), "labels": UNKNOWN_ARRAY},
    }
    bad = {
        "left out": {},
        "that of the image": props({"healthcheck": {}}),
        "an empty one": props(_tests()),
        "switched away": props(_tests("NONE")),
        "a word Docker does not know": props(_tests("none")),
        "a word is no reason": documented(NO_HEALTHCHECK, "no shell"),
        "a reason for something else": documented("team"),
    }
    undecided = {
        "test not known": props({"healthcheck": {"tests": UNKNOWN_ARRAY}}),
        "first word not known": props(_tests(UNKNOWN_STRING, "pg_isready")),
        "reason not known": documented(NO_HEALTHCHECK, UNKNOWN_STRING),
    }
    return good, bad, undecided


_CHECKED, _UNCHECKED, _UNDECIDED = _examples_of_checks(dict)
_CHECKED_TASKS, _UNCHECKED_TASKS, _UNDECIDED_TASKS = _examples_of_checks(
    lambda props: in_service(**props)
)
_HEALTH_DEMAND: Final = "A command tells whether it works, unless a label says why there is none."
_HEALTH_ABSENT: Final = (
    "No test may be that of the image, which nobody sees here, and violates. No label is no reason; "
    "nor are fewer than ten letters."
)

HEALTHCHECK: Final = Rule(
    id="docker-healthcheck",
    title="Docker knows whether a container works",
    reason="A process that hangs looks like one that works, and is sent requests for ever.",
    severity=Severity.LOW,
    theme=Theme.RESILIENCE,
    themes_inferred=True,
    controls=cis_docker("5.27"),
    fix=(
        'Set healthcheck with tests=["CMD", ...]. Where the image has no program to ask with, say '
        f"so in the label {NO_HEALTHCHECK}."
    ),
    source=f"{_RUN}#options",
    checks=(
        Check(
            type=CONTAINER,
            demand=_HEALTH_DEMAND,
            reads=("healthcheck.tests", "labels", "start"),
            absent=f"{_HEALTH_ABSENT} start left out is on; what is never started is not judged.",
            judge=_asked(()),
            applies=_runs,
            good=_CHECKED,
            bad=_UNCHECKED,
            undecided={**_UNDECIDED, "whether it is started not known": {"start": UNKNOWN_STRING}},
            foreign={"never started": {"start": False}},
        ),
        Check(
            type=SERVICE,
            demand=_HEALTH_DEMAND,
            reads=("taskSpec.containerSpec.healthcheck.tests", "labels"),
            absent=_HEALTH_ABSENT,
            judge=_asked(IN_SERVICE),
            good=_CHECKED_TASKS,
            bad=_UNCHECKED_TASKS,
            undecided={**_UNDECIDED_TASKS, "task not known": {"taskSpec": UNKNOWN_OBJECT}},
        ),
    ),
)
