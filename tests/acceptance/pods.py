"""Pods for every control of the Pod Security Standards: good ones, and some with one fault each.

Source: https://kubernetes.io/docs/concepts/security/pod-security-standards/. No pod is here that
the API refuses before anybody asks whether it is safe; ``INVALID`` shows what is out for that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from typing import Any, Final, Literal, get_args

Level = Literal["baseline", "restricted"]
LEVELS: Final[tuple[Level, ...]] = get_args(Level)
Fields = Mapping[str, Any]


class Control(StrEnum):
    """A control of the standards, by its name there."""

    HOST_NAMESPACES = "Host Namespaces"
    PRIVILEGED = "Privileged Containers"
    HOST_PROCESS = "HostProcess"
    CAPABILITIES = "Capabilities"
    HOST_PATH = "HostPath Volumes"
    VOLUME_TYPES = "Volume Types"
    HOST_PORTS = "Host Ports"
    PROBE_HOSTS = "Host Probes / Lifecycle Hooks"
    APPARMOR = "AppArmor"
    SELINUX = "SELinux"
    PROC_MOUNT = "/proc Mount Type"
    SECCOMP = "Seccomp"
    SYSCTLS = "Sysctls"
    ESCALATION = "Privilege Escalation"
    NON_ROOT = "Running as Non-root"
    USER = "Running as Non-root user"


OF_RESTRICTED: Final = frozenset(
    {Control.VOLUME_TYPES, Control.ESCALATION, Control.NON_ROOT, Control.USER}
)
"""Controls that the level baseline has not."""
# What a control of baseline is part of at restricted.
_PART_OF: Final = {Control.HOST_PATH: Control.VOLUME_TYPES}

Place = Literal["container", "second", "init", "sidecar", "ephemeral"]
PLACES: Final[tuple[Place, ...]] = get_args(Place)
LASTING: Final[tuple[Place, ...]] = ("container", "second", "init", "sidecar")
"""Containers with ports."""
SERVING: Final[tuple[Place, ...]] = ("container", "second", "sidecar")
"""Containers with probes and hooks."""


@dataclass(frozen=True)
class Case:
    """A pod.

    Attributes:
        name: What it shows.
        spec: Its ``spec``; ephemeral containers are added once it exists.
        annotations: Of the pod.
        breaks: The control that it violates, None for a good one.
        at: The lowest level at which it does.
        also: What cannot be avoided then.
        filled_in: What is said of a pod, whose ports the API fills in, and not of a template.
    """

    name: str
    spec: Fields
    annotations: Mapping[str, str]
    breaks: Control | None
    at: Level
    also: frozenset[Control]
    filled_in: frozenset[Control]

    def broken(self, level: Level) -> frozenset[Control]:
        """The controls that a pod violates at a level."""
        if self.breaks is None or (level, self.at) == ("baseline", "restricted"):
            return frozenset()
        every = self.also | {self.breaks}
        if level == "baseline":
            return every - OF_RESTRICTED
        return frozenset(_PART_OF.get(control, control) for control in every)


_CONTEXT: Final[Fields] = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
_POD_CONTEXT: Final[Fields] = {
    "runAsNonRoot": True,
    "seccompProfile": {"type": "RuntimeDefault"},
}
_UNSAID: Final[Fields] = dict.fromkeys((*_CONTEXT, *_POD_CONTEXT))
_WINDOWS: Final[Fields] = {"os": {"name": "windows"}}
_OWN_USERS: Final[Fields] = {"hostUsers": False}


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _given(fields: Fields) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value is not None}


def _container(name: str, context: Fields | None = None, **fields: Any) -> dict[str, Any]:
    """A container; what is None in ``context`` is left out of its security context."""
    said = _given({**_CONTEXT, **(context or {})})
    return {
        "name": name,
        "image": "registry.example.org/app:1",
        **({"securityContext": said} if said else {}),
        **fields,
    }


def _spec(
    place: Place = "container",
    context: Fields | None = None,
    *,
    of_pod: Fields | None = None,
    around: Fields | None = None,
    fields: Fields | None = None,
    **spec: Any,
) -> dict[str, Any]:
    """A pod with one container that differs.

    Args:
        place: Which one.
        context: What its security context says otherwise.
        of_pod: What that of the pod says otherwise.
        around: What those of the others say otherwise.
        fields: What else it has.
        spec: What else the pod has.
    """
    own, others = _container(place, context, **(fields or {})), _container("app", around)
    match place:
        case "container":
            held: dict[str, Any] = {"containers": [own]}
        case "second":
            held = {"containers": [others, own]}
        case "init":
            held = {"containers": [others], "initContainers": [own]}
        case "sidecar":
            held = {"containers": [others], "initContainers": [{**own, "restartPolicy": "Always"}]}
        case "ephemeral":
            held = {"containers": [others], "ephemeralContainers": [own]}
    said = _given({**_POD_CONTEXT, **(of_pod or {})})
    return {**held, **({"securityContext": said} if said else {}), **spec}


def _windows(place: Place = "container", **changes: Any) -> dict[str, Any]:
    """A pod of Windows, which has nothing that only Linux has."""
    unsaid = dict.fromkeys(_CONTEXT)
    return _spec(
        place,
        {**unsaid, **changes.pop("context", {})},
        of_pod={"seccompProfile": None, **changes.pop("of_pod", {})},
        around={**unsaid, **changes.pop("around", {})},
        **_WINDOWS,
        **changes,
    )


def _good(name: str, spec: Fields, annotations: Mapping[str, str] | None = None) -> Case:
    return Case(name, spec, annotations or {}, None, "baseline", frozenset(), frozenset())


def _bad(
    breaks: Control,
    name: str,
    spec: Fields,
    at: Level = "baseline",
    *,
    also: frozenset[Control] = frozenset(),
    filled_in: frozenset[Control] = frozenset(),
    annotations: Mapping[str, str] | None = None,
) -> Case:
    at = "restricted" if breaks in OF_RESTRICTED else at
    return Case(name, spec, annotations or {}, breaks, at, also, filled_in)


def _either(breaks: Control | None, name: str, spec: Fields, at: Level = "baseline") -> Case:
    return _good(name, spec) if breaks is None else _bad(breaks, name, spec, at)


def _host_namespaces() -> Iterator[Case]:
    ports = frozenset({Control.HOST_PORTS})
    for key in ("hostNetwork", "hostPID", "hostIPC"):
        on, off = ({**_spec(), key: switch} for switch in (True, False))
        yield _bad(Control.HOST_NAMESPACES, key, on)
        yield _good(f"{key} off", off)
    yield _bad(Control.HOST_NAMESPACES, "all", _spec(hostNetwork=True, hostPID=True, hostIPC=True))
    yield _bad(
        Control.HOST_NAMESPACES, "hostPID on Linux", _spec(hostPID=True, os={"name": "linux"})
    )
    yield _bad(Control.HOST_NAMESPACES, "hostNetwork on Windows", _windows(hostNetwork=True))
    yield _good("processes shared in the pod", _spec(shareProcessNamespace=True))
    for place in LASTING:
        fields = {"ports": [{"containerPort": 8080}]}
        spec = _spec(place, hostNetwork=True, fields=fields)
        name = f"hostNetwork and a port: {place}"
        yield _bad(Control.HOST_NAMESPACES, name, spec, also=ports, filled_in=ports)


def _privileged() -> Iterator[Case]:
    also = frozenset({Control.ESCALATION})
    for place in PLACES:
        spec = _spec(place, {"privileged": True, "allowPrivilegeEscalation": None})
        yield _bad(Control.PRIVILEGED, f"privileged: {place}", spec, also=also)
        yield _good(f"not privileged: {place}", _spec(place, {"privileged": False}))
    explicit = _spec(context={"privileged": True, "allowPrivilegeEscalation": True})
    yield _bad(Control.PRIVILEGED, "privileged, escalation on", explicit, also=also)


def _host_process() -> Iterator[Case]:
    on, off = ({"windowsOptions": {"hostProcess": value}} for value in (True, False))
    also = frozenset({Control.HOST_NAMESPACES})
    for place in LASTING:
        spec = _windows(place, context=on, around=on, hostNetwork=True)
        yield _bad(Control.HOST_PROCESS, f"hostProcess: {place}", spec, also=also)
        spec = _windows(place, of_pod=on, hostNetwork=True)
        yield _bad(Control.HOST_PROCESS, f"hostProcess of the pod: {place}", spec, also=also)
    for place in PLACES:
        yield _good(f"no hostProcess: {place}", _windows(place, context=off))
    yield _good("no hostProcess of the pod", _windows(of_pod=off))


_OF_BASELINE: Final = _words(
    "AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD SETFCAP SETGID SETPCAP SETUID "
    "SYS_CHROOT"
)
_BEYOND: Final = _words(
    "AUDIT_CONTROL AUDIT_READ BLOCK_SUSPEND BPF CHECKPOINT_RESTORE DAC_READ_SEARCH IPC_LOCK "
    "IPC_OWNER LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE NET_ADMIN NET_BROADCAST NET_RAW "
    "PERFMON SYSLOG SYS_ADMIN SYS_BOOT SYS_MODULE SYS_NICE SYS_PACCT SYS_PTRACE SYS_RAWIO "
    "SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG WAKE_ALARM ALL chown CAP_CHOWN"
)
_LOW_PORT: Final = "NET_BIND_SERVICE"


def _adding(place: Place, *names: str) -> dict[str, Any]:
    return _spec(place, {"capabilities": {"drop": ["ALL"], "add": list(names)}})


def _capabilities() -> Iterator[Case]:
    what = Control.CAPABILITIES
    for name in _BEYOND:
        yield _bad(what, f"adds {name}", _adding("container", name))
    for name in _OF_BASELINE:
        yield _bad(what, f"adds {name}", _adding("container", name), "restricted")
    for place in PLACES:
        yield _good(f"adds {_LOW_PORT}: {place}", _adding(place, _LOW_PORT))
        yield _bad(what, f"adds one more: {place}", _adding(place, _LOW_PORT, "NET_ADMIN"))
        yield _bad(what, f"adds one of Docker's: {place}", _adding(place, "KILL"), "restricted")
        for name, dropped in {
            "no capabilities": None,
            "none dropped": {},
            "an empty list dropped": {"drop": []},
            "one dropped": {"drop": ["NET_RAW"]},
            "another spelling dropped": {"drop": ["all"]},
        }.items():
            spec = _spec(place, {"capabilities": dropped})
            yield _bad(what, f"{name}: {place}", spec, "restricted")
    every = [*_OF_BASELINE, _LOW_PORT, *_BEYOND[:-3]]
    spec = _spec(context={"capabilities": {"drop": every}})
    yield _bad(what, "each dropped by its name", spec, "restricted")
    for names in (["ALL", "NET_RAW"], ["NET_RAW", "ALL"]):
        yield _good(f"dropped {names}", _spec(context={"capabilities": {"drop": names}}))
    linux = _spec(context={"capabilities": None}, os={"name": "linux"})
    yield _bad(what, "no capabilities on Linux", linux, "restricted")
    yield _bad(
        what,
        "no security context",
        _spec(context=dict.fromkeys(_CONTEXT)),
        "restricted",
        also=frozenset({Control.ESCALATION}),
    )


_HARMLESS: Final[Mapping[str, Fields]] = {
    "configMap": {"name": "web"},
    "csi": {"driver": "files.example.org"},
    "downwardAPI": {"items": [{"path": "name", "fieldRef": {"fieldPath": "metadata.name"}}]},
    "emptyDir": {},
    "ephemeral": {
        "volumeClaimTemplate": {
            "spec": {
                "accessModes": ["ReadWriteOnce"],
                "resources": {"requests": {"storage": "1Gi"}},
            }
        }
    },
    "image": {"reference": "registry.example.org/data:1"},
    "persistentVolumeClaim": {"claimName": "data"},
    "projected": {"sources": [{"configMap": {"name": "web"}}]},
    "secret": {"secretName": "web"},
}
_OUTDATED: Final[Mapping[str, Fields]] = {
    "awsElasticBlockStore": {"volumeID": "vol-1"},
    "azureDisk": {"diskName": "data", "diskURI": "https://data.example.org/disk.vhd"},
    "azureFile": {"secretName": "share", "shareName": "data"},
    "cephfs": {"monitors": ["10.0.0.9"]},
    "cinder": {"volumeID": "1"},
    "fc": {"targetWWNs": ["500a0982991b8dc5"], "lun": 0},
    "flexVolume": {"driver": "example.org/files"},
    "flocker": {"datasetName": "data"},
    "gcePersistentDisk": {"pdName": "data"},
    "gitRepo": {"repository": "https://git.example.org/web.git"},
    "glusterfs": {"endpoints": "gluster", "path": "data"},
    "iscsi": {"targetPortal": "10.0.0.9", "iqn": "iqn.2001-04.org.example:data", "lun": 0},
    "nfs": {"server": "10.0.0.9", "path": "/data"},
    "photonPersistentDisk": {"pdID": "1"},
    "portworxVolume": {"volumeID": "1"},
    "quobyte": {"registry": "10.0.0.9:7861", "volume": "data"},
    "rbd": {"monitors": ["10.0.0.9"], "image": "data"},
    "scaleIO": {
        "gateway": "https://10.0.0.9",
        "system": "s",
        "secretRef": {"name": "scale"},
        "volumeName": "data",
    },
    "storageos": {"volumeName": "data"},
    "vsphereVolume": {"volumePath": "[data] web.vmdk"},
}
_PATH_TYPES: Final = _words(
    "Directory DirectoryOrCreate File FileOrCreate Socket CharDevice BlockDevice"
)


def _volumes() -> Iterator[Case]:
    harmless = [{"name": kind.lower(), kind: source} for kind, source in _HARMLESS.items()]
    for volume, kind in zip(harmless, _HARMLESS, strict=True):
        yield _good(f"volume {kind}", _spec(volumes=[volume]))
    yield _good("volumes of every harmless kind", _spec(volumes=harmless))
    yield _good("a volume of no kind", _spec(volumes=[{"name": "data"}]))
    for kind, source in _OUTDATED.items():
        volume = {"name": "data", kind: source}
        yield _bad(Control.VOLUME_TYPES, f"volume {kind}", _spec(volumes=[volume]))
    nfs = {"name": "data", "nfs": _OUTDATED["nfs"]}
    yield _bad(Control.VOLUME_TYPES, "nfs among others", _spec(volumes=[*harmless, nfs]))
    yield _bad(Control.VOLUME_TYPES, "nfs on Windows", _windows(volumes=[nfs]))
    what = Control.HOST_PATH
    for type_ in (None, "", *_PATH_TYPES):
        path = _given({"path": "/srv/data", "type": type_})
        yield _bad(what, f"hostPath {type_}", _spec(volumes=[{"name": "data", "hostPath": path}]))
    node = {"name": "node", "hostPath": {"path": "/var/log"}}
    mounted = {"volumeMounts": [{"name": "node", "mountPath": "/node", "readOnly": True}]}
    for place in LASTING:
        spec = _spec(place, volumes=[node], fields=mounted)
        yield _bad(what, f"hostPath mounted to read: {place}", spec)
    yield _bad(what, "hostPath among others", _spec(volumes=[*harmless, node]))
    yield _bad(what, "hostPath on Windows", _windows(volumes=[node]))
    yield _bad(what, "hostPath with users of its own", _spec(volumes=[node], **_OWN_USERS))


def _host_ports() -> Iterator[Case]:
    for place in LASTING:
        for name, port in {
            "the same": {"hostPort": 8080},
            "another": {"hostPort": 1},
            "UDP": {"hostPort": 65535, "protocol": "UDP"},
        }.items():
            ports = [{"containerPort": 9090}, {"containerPort": 8080, **port}]
            spec = _spec(place, fields={"ports": ports})
            yield _bad(Control.HOST_PORTS, f"a port of the node, {name}: {place}", spec)
        for name, port in {"none": {"hostPort": 0}, "left out": {}}.items():
            spec = _spec(place, fields={"ports": [{"containerPort": 8080, **port}]})
            yield _good(f"a port of the node, {name}: {place}", spec)
    windows = _windows(fields={"ports": [{"containerPort": 80, "hostPort": 80}]})
    yield _bad(Control.HOST_PORTS, "a port of the node on Windows", windows)


_PROBES: Final = ("livenessProbe", "readinessProbe", "startupProbe")
_HOOKS: Final = ("preStop", "postStart")
_HOSTS: Final = ("127.0.0.1", "localhost", "10.0.0.9", "example.org")


def _calling(handler: str, call: Fields) -> Fields:
    return {handler: call} if handler in _PROBES else {"lifecycle": {handler: call}}


def _probe_hosts() -> Iterator[Case]:
    handlers = product((*_PROBES, *_HOOKS), ("httpGet", "tcpSocket"), SERVING)
    for index, (handler, call, place) in enumerate(handlers):
        for host in (_HOSTS[index % len(_HOSTS)], ""):
            fields = _calling(handler, {call: {"port": 8080, "host": host}})
            name = f"{handler} {call} of {host or 'the pod'}: {place}"
            broken = Control.PROBE_HOSTS if host else None
            yield _either(broken, name, _spec(place, fields=fields))
    for handler in (*_PROBES, *_HOOKS):
        fields = _calling(handler, {"exec": {"command": ["true"]}})
        yield _good(f"{handler} exec", _spec(fields=fields))
    windows = _windows(fields=_calling("livenessProbe", {"tcpSocket": {"port": 80, "host": "a"}}))
    yield _bad(Control.PROBE_HOSTS, "a probe of another host on Windows", windows)


_PROFILE_TYPES: Final = (None, "RuntimeDefault", "Localhost", "Unconfined")


def _profile(key: str, type_: str | None) -> Fields:
    """A profile in a security context, or none."""
    local = {"localhostProfile": "strict"} if type_ == "Localhost" else {}
    return {key: {"type": type_, **local} if type_ else None}


def _apparmor() -> Iterator[Case]:
    key = "appArmorProfile"
    for of_pod, own in product(_PROFILE_TYPES, repeat=2):
        spec = _spec(context=_profile(key, own), of_pod=_profile(key, of_pod))
        broken = Control.APPARMOR if "Unconfined" in (of_pod, own) else None
        yield _either(broken, f"AppArmor {of_pod} for the pod, {own} for its container", spec)
    for place in PLACES:
        spec = _spec(place, _profile(key, "Unconfined"))
        yield _bad(Control.APPARMOR, f"AppArmor unconfined: {place}", spec)
    for place, value in product(LASTING, ("unconfined", "runtime/default", "localhost/strict", "")):
        annotations = {f"container.apparmor.security.beta.kubernetes.io/{place}": value}
        name = f"AppArmor by annotation {value!r}: {place}"
        if value == "unconfined":
            yield _bad(Control.APPARMOR, name, _spec(place), annotations=annotations)
        else:
            yield _good(name, _spec(place), annotations)


def _selinux() -> Iterator[Case]:
    good = ("", "container_t", "container_init_t", "container_kvm_t", "container_engine_t")
    for type_ in good:
        options = {"seLinuxOptions": {"type": type_}}
        yield _good(f"SELinux type {type_!r} for the pod", _spec(of_pod=options))
        yield _good(f"SELinux type {type_!r}", _spec(context=options))
    yield _good("SELinux level", _spec(of_pod={"seLinuxOptions": {"level": "s0:c1,c2"}}))
    for options in (
        *({"type": each} for each in ("spc_t", "container_runtime_t", "Container_t")),
        {"type": "container_t", "user": "system_u"},
        {"role": "system_r"},
    ):
        context = {"seLinuxOptions": options}
        name = "SELinux " + ", ".join(" ".join(each) for each in options.items())
        yield _bad(Control.SELINUX, f"{name}: pod", _spec(of_pod=context))
        for place in PLACES:
            yield _bad(Control.SELINUX, f"{name}: {place}", _spec(place, context))


def _proc_mount() -> Iterator[Case]:
    for place in PLACES:
        yield _good(f"/proc masked: {place}", _spec(place, {"procMount": "Default"}))
        spec = _spec(place, {"procMount": "Unmasked"}, **_OWN_USERS)
        yield _bad(Control.PROC_MOUNT, f"/proc unmasked: {place}", spec, "restricted")


def _seccomp() -> Iterator[Case]:
    key, what = "seccompProfile", Control.SECCOMP
    for of_pod, own in product(_PROFILE_TYPES, repeat=2):
        spec = _spec(context=_profile(key, own), of_pod=_profile(key, of_pod))
        name = f"seccomp {of_pod} for the pod, {own} for its container"
        if "Unconfined" in (of_pod, own):
            yield _bad(what, name, spec)
        else:
            yield _either(what if of_pod is own is None else None, name, spec, "restricted")
    for place in PLACES:
        yield _bad(what, f"seccomp off: {place}", _spec(place, _profile(key, "Unconfined")))
        said = _profile(key, "RuntimeDefault")
        if place != "container":
            spec = _spec(place, of_pod={key: None}, around=said)
            yield _bad(what, f"seccomp left out: {place}", spec, "restricted")
        yield _good(f"seccomp: {place}", _spec(place, said, of_pod={key: None}, around=said))
    linux = _spec(of_pod={key: None}, os={"name": "linux"})
    yield _bad(what, "seccomp left out on Linux", linux, "restricted")
    yield _good(
        "seccomp by the annotation of old",
        _spec(context=_profile(key, "RuntimeDefault"), of_pod={key: None}),
        {"seccomp.security.alpha.kubernetes.io/pod": "unconfined"},
    )


_SAFE: Final = (
    "kernel.shm_rmid_forced",
    *(
        f"net.ipv4.{name}"
        for name in _words(
            "ip_local_port_range ip_local_reserved_ports ip_unprivileged_port_start "
            "ping_group_range tcp_fin_timeout tcp_keepalive_intvl tcp_keepalive_probes "
            "tcp_keepalive_time tcp_rmem tcp_syncookies tcp_wmem"
        )
    ),
)
_UNSAFE: Final = _words(
    "kernel.msgmax kernel.sem kernel.shmmax fs.mqueue.msg_max net.core.somaxconn "
    "net.core.rmem_max net.ipv4.ip_forward net.ipv4.tcp_max_syn_backlog net.ipv4.tcp_tw_reuse "
    "net.ipv6.conf.all.forwarding vm.overcommit_memory net/ipv4/tcp_syncookies"
)


def _setting(*names: str) -> dict[str, Any]:
    return _spec(of_pod={"sysctls": [{"name": name, "value": "1"} for name in names]})


def _sysctls() -> Iterator[Case]:
    for name in _SAFE:
        yield _good(f"sysctl {name}", _setting(name))
    yield _good("all safe sysctls", _setting(*_SAFE))
    for name in _UNSAFE:
        yield _bad(Control.SYSCTLS, f"sysctl {name}", _setting(name))
    yield _bad(Control.SYSCTLS, "an unsafe sysctl among others", _setting(*_SAFE, _UNSAFE[0]))


def _escalation() -> Iterator[Case]:
    key = "allowPrivilegeEscalation"
    for place, value in product(PLACES, (True, None)):
        name = f"escalation {'on' if value else 'left out'}: {place}"
        yield _bad(Control.ESCALATION, name, _spec(place, {key: value}))
    linux = _spec(context={key: None}, os={"name": "linux"})
    yield _bad(Control.ESCALATION, "escalation left out on Linux", linux)
    own_users = _spec(context={key: True}, **_OWN_USERS)
    yield _bad(Control.ESCALATION, "escalation on, users of its own", own_users)


def _non_root() -> Iterator[Case]:
    key, what = "runAsNonRoot", Control.NON_ROOT
    for of_pod, own in product((True, False, None), repeat=2):
        name = f"runAsNonRoot {of_pod} for the pod, {own} for its container"
        bad = False in (of_pod, own) or of_pod is own is None
        for users, said in ((None, ""), (True, ", users of the node"), (False, ", its own users")):
            spec = _spec(context={key: own}, of_pod={key: of_pod}, **_given({"hostUsers": users}))
            yield _either(what if bad and users is not False else None, f"{name}{said}", spec)
    for place in PLACES:
        yield _bad(what, f"runAsNonRoot off: {place}", _spec(place, {key: False}))
        if place != "container":
            spec = _spec(place, of_pod={key: None}, around={key: True})
            yield _bad(what, f"runAsNonRoot left out: {place}", spec)
        spec = _spec(place, {key: True}, of_pod={key: None}, around={key: True})
        yield _good(f"runAsNonRoot on: {place}", spec)
    yield _bad(what, "runAsNonRoot left out on Windows", _windows(of_pod={key: None}))


def _user() -> Iterator[Case]:
    key = "runAsUser"
    for of_pod, own in product((0, 1000, None), repeat=2):
        name = f"runAsUser {of_pod} for the pod, {own} for its container"
        for users, said in ((None, ""), (True, ", users of the node"), (False, ", its own users")):
            spec = _spec(context={key: own}, of_pod={key: of_pod}, **_given({"hostUsers": users}))
            bad = 0 in (of_pod, own) and users is not False
            yield _either(Control.USER if bad else None, f"{name}{said}", spec)
    for place in PLACES:
        yield _bad(Control.USER, f"runAsUser 0: {place}", _spec(place, {key: 0}))
        yield _good(f"runAsUser 1: {place}", _spec(place, {key: 1}))


def _otherwise() -> Iterator[Case]:
    """Pods that differ in what the standards do not ask for."""
    for place in PLACES:
        yield _good(f"nothing else: {place}", _spec(place))
        yield _good(f"on Windows: {place}", _windows(place))
    yield _good("on Linux", _spec(os={"name": "linux"}))
    yield _good("with users of its own", _spec(**_OWN_USERS))
    for name, of_pod in {
        "of root's group": {"runAsGroup": 0},
        "files of root's group": {"fsGroup": 0},
        "of root's group, too": {"supplementalGroups": [0]},
    }.items():
        yield _good(name, _spec(of_pod=of_pod))
    for name, context in {
        "container of root's group": {"runAsGroup": 0},
        "writable root": {"readOnlyRootFilesystem": False},
    }.items():
        yield _good(name, _spec(context=context))
    yield _good("token", _spec(automountServiceAccountToken=True))
    yield _good("on a node by name", _spec(nodeName="node-1"))
    yield _good("with a terminal", _spec(fields={"stdin": True, "tty": True}))


def _cases() -> Iterator[Case]:
    for generate in (
        _host_namespaces,
        _privileged,
        _host_process,
        _capabilities,
        _volumes,
        _host_ports,
        _probe_hosts,
        _apparmor,
        _selinux,
        _proc_mount,
        _seccomp,
        _sysctls,
        _escalation,
        _non_root,
        _user,
        _otherwise,
    ):
        yield from generate()


CASES: Final = tuple(_cases())

NEWER: Final[Mapping[str, Case]] = {
    name: _good(f"sysctl {name}", _setting(name))
    for name in ("net.ipv4.tcp_notsent_lowat", "net.ipv4.tcp_slow_start_after_idle")
}
"""Kernel settings that are safe since v1.37 of the standards."""

INVALID: Final[Mapping[str, Fields]] = {
    "/proc unmasked where users are those of the node": _spec(context={"procMount": "Unmasked"}),
    "/proc not mounted": _spec(context={"procMount": "None"}),
    "a filter of system calls on Windows": _windows(
        of_pod=_profile("seccompProfile", "Unconfined")
    ),
    "capabilities on Windows": _windows(context={"capabilities": {"add": ["NET_ADMIN"]}}),
    "privileged on Windows": _windows(context={"privileged": True}),
    "a process of the host without its network": _windows(
        of_pod={"windowsOptions": {"hostProcess": True}}
    ),
    "privileged without escalation": _spec(context={"privileged": True}),
    "the network of the node with users of its own": _spec(hostNetwork=True, **_OWN_USERS),
    "a probe of an init container": _spec(
        "init", fields=_calling("livenessProbe", {"tcpSocket": {"port": 80}})
    ),
    "hostPath without a path": _spec(volumes=[{"name": "data", "hostPath": {}}]),
    "a volume of two kinds": _spec(
        volumes=[{"name": "data", "emptyDir": {}, "hostPath": {"path": "/srv"}}]
    ),
}
"""Pods that exist nowhere: the API refuses them, whatever the level."""
