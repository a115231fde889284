"""What the processes of containers may do: the part of the Pod Security Standards about them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.controls import cis_eks, cis_kubernetes, nsa, pss
from policies.pods import (
    RESTRICTED,
    containers,
    maps_users,
    of_each,
    one_of_each,
    pod,
    pod_checks,
    runs_windows,
    secured,
    secured_pod,
)
from policies.rule import Demand, Rule, Severity
from policies.subject import Subject
from policies.themes import Theme
from policies.view import (
    UNKNOWN_ARRAY,
    UNKNOWN_BOOLEAN,
    UNKNOWN_NUMBER,
    UNKNOWN_STRING,
    Truth,
    View,
    some,
    truth,
)

_STANDARDS: Final = "https://kubernetes.io/docs/concepts/security/pod-security-standards/"
_CONTEXTS: Final = "https://kubernetes.io/docs/tasks/configure-pod-container/security-context/"
_CONTEXT: Final = "securityContext"
_SYSTEM: Final = "spec.os.name"
_USERS: Final = "spec.hostUsers"

_BASELINE_CAPABILITIES: Final = (
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
)


def _unprivileged(_: Subject, template: View) -> Iterator[Demand]:
    spec = template.at("spec")
    for holder in (spec, *containers(spec)):
        context = holder.at(_CONTEXT)
        if context.is_present:
            for keys in (("privileged",), ("windowsOptions", "hostProcess")):
                switch = context.at(*keys)
                yield Demand(~switch.is_true(), switch, "gives the container the whole node")


PRIVILEGED: Final = Rule(
    id="k8s-pss-privileged",
    title="No container is privileged",
    reason=(
        "A privileged container has every capability and every device of its node: whoever owns "
        "the process owns the node, and the secrets of all pods on it."
    ),
    severity=Severity.CRITICAL,
    theme=Theme.PRIVILEGE,
    themes_inferred=True,
    controls=(
        *pss(baseline=("Privileged Containers", "HostProcess")),
        *cis_kubernetes("5.2.2", "5.2.10"),
        *cis_eks("4.2.1"),
        *nsa("C-0057"),
    ),
    fix="Remove privileged and host_process, and add the one capability the process needs.",
    source=_STANDARDS,
    checks=pod_checks(
        "No container is privileged, nor a process of a Windows host.",
        reads=(
            "spec.securityContext.windowsOptions.hostProcess",
            *of_each(f"{_CONTEXT}.privileged", f"{_CONTEXT}.windowsOptions.hostProcess"),
        ),
        absent="privileged and hostProcess left out are off and satisfy.",
        judge=_unprivileged,
        good={
            "left out": {
                "spec": {
                    **one_of_each(secured(windowsOptions={}))["spec"],
                    _CONTEXT: {"windowsOptions": {}},
                }
            },
            "off": secured_pod({"privileged": False, "windowsOptions": {"hostProcess": False}}),
        },
        bad={
            "privileged": secured_pod({"privileged": True}),
            "an init container": pod(initContainers=[secured(privileged=True)]),
            "an ephemeral container": pod(ephemeralContainers=[secured(privileged=True)]),
            "a process of the host": secured_pod({"windowsOptions": {"hostProcess": True}}),
            "processes of the host": pod(securityContext={"windowsOptions": {"hostProcess": True}}),
            "one not known, one privileged": secured_pod(
                {"privileged": UNKNOWN_BOOLEAN}, {"privileged": True}
            ),
        },
        undecided={"privileged not known": secured_pod({"privileged": UNKNOWN_BOOLEAN})},
    ),
)


def _few_capabilities(subject: Subject, template: View) -> Iterator[Demand]:
    spec = template.at("spec")
    restricted = subject.configured["restricted"]
    allowed = ("NET_BIND_SERVICE",) if restricted else _BASELINE_CAPABILITIES
    exempt = runs_windows(spec) if restricted else Truth.NO
    for container in containers(spec):
        capabilities = container.at(_CONTEXT, "capabilities")
        for added in capabilities.at("add").elements():
            yield Demand(
                added.is_one_of(*allowed) | exempt, added, "is a capability beyond the level"
            )
        if restricted:
            dropped = capabilities.at("drop")
            none_left = some(each.is_one_of("ALL") for each in dropped.elements())
            yield Demand(none_left | exempt, dropped, "leaves the process the usual capabilities")


_DROPPED: Final = {"capabilities": {"drop": ["ALL"]}}

CAPABILITIES: Final = Rule(
    id="k8s-pss-capabilities",
    title="Processes have no capabilities of root",
    reason=(
        "With the usual capabilities a process takes the files of others and sends packets in "
        "their name; with one more it may own the node."
    ),
    severity=Severity.HIGH,
    theme=Theme.PRIVILEGE,
    themes_inferred=True,
    controls=(
        *pss(baseline=("Capabilities",), restricted=("Capabilities",)),
        *cis_kubernetes("5.2.8", "5.2.9"),
        *nsa("C-0046"),
    ),
    fix='Set capabilities drop=["ALL"] on every container, and add NET_BIND_SERVICE at most.',
    source=_CONTEXTS,
    settings=(RESTRICTED,),
    checks=pod_checks(
        "Every container drops all capabilities and adds NET_BIND_SERVICE at most; at baseline "
        "it adds those that Docker gives at most. On Windows there are none.",
        reads=(
            _SYSTEM,
            *of_each(f"{_CONTEXT}.capabilities.drop", f"{_CONTEXT}.capabilities.add"),
        ),
        absent="drop left out leaves the usual ones and violates. add left out satisfies.",
        judge=_few_capabilities,
        good={
            "all dropped": secured_pod(_DROPPED),
            "a low port": secured_pod(
                {"capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}}
            ),
            "Windows": secured_pod({}, os={"name": "windows"}),
        },
        bad={
            "left out": {"spec": {"os": {}, **one_of_each(secured(capabilities={}))["spec"]}},
            "no security context": pod(containers=[{}]),
            "some dropped": secured_pod({"capabilities": {"drop": ["NET_RAW"]}}),
            "the network of the node": secured_pod(
                {"capabilities": {"drop": ["ALL"], "add": ["NET_ADMIN"]}}
            ),
            "an init container without": pod(
                containers=[{_CONTEXT: _DROPPED}], initContainers=[secured()]
            ),
            "dropped not known, one added": secured_pod(
                {"capabilities": {"drop": UNKNOWN_ARRAY, "add": ["SYS_ADMIN"]}}
            ),
        },
        undecided={
            "dropped not known": secured_pod({"capabilities": {"drop": [UNKNOWN_STRING]}}),
            "system not known": secured_pod({}, os={"name": UNKNOWN_STRING}),
        },
    ),
)


def _no_escalation(_: Subject, template: View) -> Iterator[Demand]:
    spec = template.at("spec")
    exempt = runs_windows(spec)
    for container in containers(spec):
        switch = container.at(_CONTEXT, "allowPrivilegeEscalation", absent=True)
        yield Demand(
            ~switch.is_true() | exempt, switch, "lets a process gain what it was not given"
        )


NO_ESCALATION: Final = Rule(
    id="k8s-pss-no-escalation",
    title="No process gains privileges",
    reason="A setuid binary in the image makes root of any user, whom the image runs as or not.",
    severity=Severity.HIGH,
    theme=Theme.PRIVILEGE,
    themes_inferred=True,
    controls=(
        *pss(restricted=("Privilege Escalation",)),
        *cis_kubernetes("5.2.6"),
        *cis_eks("4.2.5"),
        *nsa("C-0016"),
    ),
    fix="Set allow_privilege_escalation=False in the security context of every container.",
    source=_CONTEXTS,
    checks=pod_checks(
        "No container lets its processes gain privileges. Windows has no such thing.",
        reads=(_SYSTEM, *of_each(f"{_CONTEXT}.allowPrivilegeEscalation")),
        absent="allowPrivilegeEscalation left out is on and violates.",
        judge=_no_escalation,
        good={
            "off": secured_pod({"allowPrivilegeEscalation": False}),
            "Windows": secured_pod({}, os={"name": "windows"}),
        },
        bad={
            "left out": {"spec": {"os": {}, **one_of_each(secured())["spec"]}},
            "on": secured_pod({"allowPrivilegeEscalation": True}),
            "on in an ephemeral container": pod(
                containers=[secured(allowPrivilegeEscalation=False)],
                ephemeralContainers=[secured(allowPrivilegeEscalation=True)],
            ),
        },
        undecided={"not known": secured_pod({"allowPrivilegeEscalation": UNKNOWN_BOOLEAN})},
    ),
)


def _not_root(_: Subject, template: View) -> Iterator[Demand]:
    spec = template.at("spec")
    of_pod = spec.at(_CONTEXT)
    mapped = maps_users(spec)
    promised_for_all = of_pod.at("runAsNonRoot").is_present
    for context in (of_pod, *(container.at(_CONTEXT) for container in containers(spec))):
        promised = context.at("runAsNonRoot")
        if promised.is_present or not (promised_for_all or context is of_pod):
            yield Demand(promised.is_true() | mapped, promised, "does not keep the image from root")
        user = context.at("runAsUser")
        if user.is_present:
            yield Demand(mapped | _is_user(user), user, "is root")


def _is_user(user: View) -> Truth:
    known = user.number()
    return Truth.UNKNOWN if known is None else truth(known != 0)


_USER: Final = {"runAsNonRoot": True, "runAsUser": 65532}

NON_ROOT: Final = Rule(
    id="k8s-pss-non-root",
    title="No process runs as root",
    reason=(
        "Root in a container is root of its node as soon as one wall has a hole: user ids are the "
        "same on both sides."
    ),
    severity=Severity.HIGH,
    theme=Theme.PRIVILEGE,
    themes_inferred=True,
    controls=(
        *pss(restricted=("Running as Non-root", "Running as Non-root user")),
        *cis_kubernetes("5.2.7"),
        *nsa("C-0013"),
    ),
    fix="Set run_as_non_root=True and a run_as_user in the security context of the pod.",
    source=_CONTEXTS,
    checks=pod_checks(
        "The pod or each container forbids root, neither allows it, and no user is 0; unless the "
        "users of the pod are not those of its node.",
        reads=(
            _USERS,
            "spec.securityContext.runAsNonRoot",
            "spec.securityContext.runAsUser",
            *of_each(f"{_CONTEXT}.runAsNonRoot", f"{_CONTEXT}.runAsUser"),
        ),
        absent=(
            "runAsNonRoot left out of the container is the pod's; left out of both it violates. "
            "runAsUser left out is the image's. hostUsers left out is on."
        ),
        judge=_not_root,
        good={
            "for the pod": secured_pod({}, securityContext=_USER),
            "for the container": secured_pod(_USER),
            "users of its own": secured_pod({"runAsUser": 0}, hostUsers=False),
        },
        bad={
            "left out": {"spec": {_CONTEXT: {}, **one_of_each(secured())["spec"]}},
            "a user, but not forbidden": secured_pod({"runAsUser": 65532}),
            "forbidden for the pod, not for its container": secured_pod(
                {"runAsNonRoot": False}, securityContext=_USER
            ),
            "forbidden for the container, not for its pod": secured_pod(
                _USER, securityContext={"runAsNonRoot": False}
            ),
            "forbidden for one container of two": secured_pod(_USER, {}),
            "root": secured_pod({"runAsNonRoot": True, "runAsUser": 0}),
            "root for the pod": secured_pod(
                {}, securityContext={"runAsNonRoot": True, "runAsUser": 0}
            ),
        },
        undecided={
            "not known": secured_pod({"runAsNonRoot": UNKNOWN_BOOLEAN}),
            "user not known": secured_pod({"runAsNonRoot": True, "runAsUser": UNKNOWN_NUMBER}),
            "whose users not known": secured_pod({}, hostUsers=UNKNOWN_BOOLEAN),
        },
    ),
)


def _immutable(_: Subject, template: View) -> Iterator[Demand]:
    for container in containers(template.at("spec")):
        switch = container.at(_CONTEXT, "readOnlyRootFilesystem", absent=False)
        yield Demand(switch.is_true(), switch, "lets a process change its own program")


READONLY_ROOTFS: Final = Rule(
    id="k8s-readonly-rootfs",
    title="Containers cannot change the image they run",
    reason=(
        "What cannot be written cannot be left behind by an intruder, nor lost with the container "
        "by the program."
    ),
    severity=Severity.MEDIUM,
    theme=Theme.PRIVILEGE,
    themes_inferred=True,
    controls=nsa("C-0017"),
    fix=(
        "Set read_only_root_filesystem=True in the security context of every container, and "
        "mount an empty_dir where it writes."
    ),
    source=_CONTEXTS,
    checks=pod_checks(
        "The root file system of every container is read-only.",
        reads=of_each(f"{_CONTEXT}.readOnlyRootFilesystem"),
        absent="readOnlyRootFilesystem left out is off and violates.",
        judge=_immutable,
        good={"read-only": secured_pod({"readOnlyRootFilesystem": True})},
        bad={
            "left out": one_of_each(secured()),
            "off": secured_pod({"readOnlyRootFilesystem": False}),
            "off in one of two": secured_pod(
                {"readOnlyRootFilesystem": True}, {"readOnlyRootFilesystem": False}
            ),
        },
        undecided={"not known": secured_pod({"readOnlyRootFilesystem": UNKNOWN_BOOLEAN})},
    ),
)
