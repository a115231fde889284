"""What confines containers beside their capabilities: profiles, masks, filters of system calls."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.controls import cis_gke, cis_kubernetes, nsa, pss
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
from policies.rule import Demand, Props, Rule, Severity
from policies.subject import Subject
from policies.themes import Theme
from policies.view import UNKNOWN_STRING, Truth, View

_STANDARDS: Final = "https://kubernetes.io/docs/concepts/security/pod-security-standards/"
_CONTEXT: Final = "securityContext"

_PROFILES: Final = ("RuntimeDefault", "Localhost")
_SELINUX_TYPES: Final = (
    "",
    "container_t",
    "container_init_t",
    "container_kvm_t",
    "container_engine_t",
)
_APPARMOR: Final = "container.apparmor.security.beta.kubernetes.io/"
_SYSCTLS: Final = frozenset({"kernel.shm_rmid_forced"}) | {
    f"net.ipv4.{name}"
    for name in (
        "ip_local_port_range",
        "ip_local_reserved_ports",
        "ip_unprivileged_port_start",
        "ping_group_range",
        "tcp_fin_timeout",
        "tcp_keepalive_intvl",
        "tcp_keepalive_probes",
        "tcp_keepalive_time",
        "tcp_notsent_lowat",
        "tcp_rmem",
        "tcp_slow_start_after_idle",
        "tcp_syncookies",
        "tcp_wmem",
    )
}


def _confined(subject: Subject, template: View) -> Iterator[Demand]:
    yield from _profiles_of_annotations(template.at("metadata", "annotations"))
    spec = template.at("spec")
    for holder in (spec, *containers(spec)):
        context = holder.at(_CONTEXT)
        if context.is_present:
            yield from _confined_by(context)
            mount = context.at("procMount", absent="Default")
            # Containers in a container need it, and root there is nobody on the node.
            harmless = Truth.NO if subject.configured["restricted"] else maps_users(spec)
            yield Demand(mount.is_one_of("Default") | harmless, mount, "shows what /proc hides")
    for sysctl in spec.at(_CONTEXT, "sysctls").elements():
        name = sysctl.at("name")
        yield Demand(name.matches(_SYSCTLS.__contains__), name, "changes the kernel of the node")


def _profiles_of_annotations(annotations: View) -> Iterator[Demand]:
    if not isinstance(annotations.raw, dict):
        if annotations.is_present:
            yield Demand(Truth.UNKNOWN, annotations, "is not known")
        return
    for key in annotations.raw:
        if key.startswith(_APPARMOR):
            profile = annotations.at(key)
            yield Demand(
                profile.matches(_is_apparmor_profile), profile, "takes the AppArmor profile away"
            )


def _is_apparmor_profile(text: str) -> bool:
    return text in ("", "runtime/default") or text.startswith("localhost/")


def _confined_by(context: View) -> Iterator[Demand]:
    profile = context.at("appArmorProfile", "type", absent=_PROFILES[0])
    yield Demand(profile.is_one_of(*_PROFILES), profile, "takes the AppArmor profile away")
    options = context.at("seLinuxOptions")
    if options.is_present:
        type_ = options.at("type", absent="")
        yield Demand(type_.is_one_of(*_SELINUX_TYPES), type_, "leaves the SELinux domain of pods")
        for key in ("user", "role"):
            view = options.at(key, absent="")
            yield Demand(view.is_one_of(""), view, "chooses who the process is for SELinux")


_UNSAID: Final = {"appArmorProfile": {}, "seLinuxOptions": {}}
_LABELS: Final = tuple(
    f"{_CONTEXT}.{path}"
    for path in (
        "appArmorProfile.type",
        "seLinuxOptions.type",
        "seLinuxOptions.user",
        "seLinuxOptions.role",
    )
)

LSM_PROC_SYSCTL: Final = Rule(
    id="k8s-pss-lsm-proc-sysctl",
    title="Pods keep the profiles, the masks and the kernel settings of their runtime",
    reason=(
        "AppArmor, SELinux and the masked parts of /proc are what stands between a process that "
        "was taken over and the kernel that it shares with every other pod."
    ),
    severity=Severity.HIGH,
    theme=Theme.PRIVILEGE,
    themes_inferred=True,
    controls=pss(
        baseline=("AppArmor", "SELinux", "/proc Mount Type", "Sysctls"),
        restricted=("/proc Mount Type",),
    ),
    fix=(
        "Remove app_armor_profile, se_linux_options, proc_mount and sysctls, or give a profile "
        "of its own with type Localhost."
    ),
    source=_STANDARDS,
    settings=(RESTRICTED,),
    checks=pod_checks(
        "AppArmor is not unconfined, SELinux stays in a domain of pods, /proc is masked, and only "
        "kernel settings of the pod itself are set. At baseline, /proc may be shown to a pod whose "
        "users are not those of its node.",
        reads=(
            "metadata.annotations",
            "spec.hostUsers",
            "spec.securityContext.sysctls.name",
            *(f"spec.{path}" for path in _LABELS),
            *of_each(*_LABELS, f"{_CONTEXT}.procMount"),
        ),
        absent=(
            "What is left out is as the runtime has it and satisfies. hostUsers left out is on."
        ),
        judge=_confined,
        good={
            "left out": {
                "metadata": {},
                "spec": {
                    **one_of_each(secured(**_UNSAID))["spec"],
                    _CONTEXT: {**_UNSAID, "sysctls": []},
                },
            },
            "the defaults by name": secured_pod(
                {"procMount": "Default", "appArmorProfile": {"type": "RuntimeDefault"}},
                because={f"{_APPARMOR}web": "runtime/default"},
            ),
            "a profile of its own, a harmless setting": secured_pod(
                {"appArmorProfile": {"type": "Localhost", "localhostProfile": "strict"}},
                securityContext={
                    "seLinuxOptions": {"type": "container_t"},
                    "sysctls": [{"name": "net.ipv4.tcp_syncookies", "value": "1"}],
                },
            ),
        },
        bad={
            "AppArmor unconfined": secured_pod({"appArmorProfile": {"type": "Unconfined"}}),
            "AppArmor unconfined for the pod": pod(
                securityContext={"appArmorProfile": {"type": "Unconfined"}}
            ),
            "AppArmor unconfined by annotation": pod(because={f"{_APPARMOR}web": "unconfined"}),
            "another SELinux domain": secured_pod({"seLinuxOptions": {"type": "spc_t"}}),
            "another SELinux user": secured_pod({"seLinuxOptions": {"user": "system_u"}}),
            "/proc unmasked": secured_pod({"procMount": "Unmasked"}),
            "/proc unmasked, users of its own": secured_pod(
                {"procMount": "Unmasked"}, hostUsers=False
            ),
            "a setting of the node": pod(
                securityContext={"sysctls": [{"name": "kernel.msgmax", "value": "65536"}]}
            ),
            "an unnamed setting": pod(securityContext={"sysctls": [{"value": "1"}]}),
        },
        undecided={
            "AppArmor not known": secured_pod({"appArmorProfile": {"type": UNKNOWN_STRING}}),
            "setting not known": pod(securityContext={"sysctls": [{"name": UNKNOWN_STRING}]}),
        },
    ),
)


def _filtered(subject: Subject, template: View) -> Iterator[Demand]:
    spec = template.at("spec")
    restricted = subject.configured["restricted"]
    profile = spec.at(_CONTEXT, "seccompProfile", "type")
    if profile.is_present:
        yield Demand(profile.is_one_of(*_PROFILES), profile, "lets every system call through")
    for container in containers(spec):
        own = container.at(_CONTEXT, "seccompProfile", "type")
        if own.is_present:
            yield Demand(own.is_one_of(*_PROFILES), own, "lets every system call through")
        elif restricted and not profile.is_present:
            yield Demand(runs_windows(spec), own, "leaves the choice of profile to the node")


def _seccomp(type_: str | None) -> Props:
    return {"seccompProfile": {"type": type_}}


SECCOMP: Final = Rule(
    id="k8s-pss-seccomp",
    title="System calls are filtered",
    reason=(
        "The kernel has hundreds of system calls, a service needs a few dozen, and the flaws are "
        "in the others."
    ),
    severity=Severity.MEDIUM,
    theme=Theme.PRIVILEGE,
    themes_inferred=True,
    controls=(
        *pss(baseline=("Seccomp",), restricted=("Seccomp",)),
        *cis_kubernetes("5.6.2"),
        *cis_gke("4.6.2"),
        *nsa("C-0055"),
    ),
    fix='Set seccomp_profile type="RuntimeDefault" in the security context of the pod.',
    source="https://kubernetes.io/docs/tutorials/security/seccomp/",
    settings=(RESTRICTED,),
    checks=pod_checks(
        "The profile is the runtime's or one of the node, for the pod or for each container; at "
        "baseline it may be left out. On Windows there is none.",
        reads=(
            "spec.os.name",
            "spec.securityContext.seccompProfile.type",
            *of_each(f"{_CONTEXT}.seccompProfile.type"),
        ),
        absent="type left out of the container is the pod's; left out of both it violates.",
        judge=_filtered,
        good={
            "for the pod": secured_pod({}, securityContext=_seccomp("RuntimeDefault")),
            "for each container": secured_pod(_seccomp("Localhost")),
            "Windows": secured_pod({}, os={"name": "windows"}),
        },
        bad={
            "left out": {
                "spec": {
                    "os": {},
                    _CONTEXT: {"seccompProfile": {}},
                    **one_of_each(secured(seccompProfile={}))["spec"],
                }
            },
            "unconfined": secured_pod(_seccomp("Unconfined")),
            "the pod unconfined, its container not": secured_pod(
                _seccomp("RuntimeDefault"), securityContext=_seccomp("Unconfined")
            ),
            "one of two containers": secured_pod(_seccomp("RuntimeDefault"), {}),
            "one not known, one unconfined": secured_pod(
                _seccomp(UNKNOWN_STRING), _seccomp("Unconfined")
            ),
        },
        undecided={
            "not known": secured_pod({}, securityContext=_seccomp(UNKNOWN_STRING)),
            "system not known": secured_pod({}, os={"name": UNKNOWN_STRING}),
        },
    ),
)
