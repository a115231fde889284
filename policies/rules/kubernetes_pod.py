"""What pods may take of the node they run on.

A pod that cannot do its work otherwise, such as one that measures its node, says why in the
annotation ``plinth.dev/host-access-because``. That lifts only what is said here; whatever else the
level restricted demands still holds. Which namespaces may hold such pods is for
``kubernetes_namespace``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from policies.controls import Relation, cis_eks, cis_kubernetes, nsa, pss
from policies.pods import (
    HOST_ACCESS,
    RESTRICTED,
    containers,
    of_each,
    one_of_each,
    pod,
    pod_checks,
    states,
)
from policies.rule import Demand, Props, Rule, Severity
from policies.sockets import is_above_socket, is_socket
from policies.subject import Subject
from policies.themes import Theme
from policies.view import UNKNOWN_BOOLEAN, UNKNOWN_NUMBER, UNKNOWN_STRING, Truth, View, every, truth

_DOCS: Final = "https://kubernetes.io/docs/concepts"
_STANDARDS: Final = f"{_DOCS}/security/pod-security-standards/"
_BECAUSE: Final = {HOST_ACCESS: "measures the node itself"}
_ANNOTATIONS: Final = "metadata.annotations"

_VOLUMES: Final = frozenset(
    {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image"}
    | {"persistentVolumeClaim", "projected", "secret"}
)
_PROBES: Final = ("livenessProbe", "readinessProbe", "startupProbe")
_HOOKS: Final = ("preStop", "postStart")
_CALLS: Final = ("httpGet", "tcpSocket")


def _own_namespaces(_: Subject, template: View) -> Iterator[Demand]:
    spec = template.at("spec")
    for key in ("hostNetwork", "hostPID"):
        shared = spec.at(key).is_true()
        if shared is not Truth.NO:
            allowed = states(template, HOST_ACCESS)
            yield Demand(~shared | allowed, spec.at(key), "shares a namespace of the node")
    shared = spec.at("hostIPC")
    yield Demand(~shared.is_true(), shared, "shares the memory of the processes of the node")


HOST_NAMESPACES: Final = Rule(
    id="k8s-pss-host-namespaces",
    title="Pods have network, processes and memory of their own",
    reason=(
        "A pod in the network of its node passes every network policy by, and one among its "
        "processes reads their environment, secrets included."
    ),
    severity=Severity.HIGH,
    theme=Theme.PRIVILEGE,
    themes_inferred=True,
    controls=(
        *pss(baseline=("Host Namespaces",)),
        *cis_kubernetes("5.2.3", "5.2.4", "5.2.5"),
        *cis_eks("4.2.2", "4.2.3", "4.2.4"),
        *nsa("C-0038", "C-0041"),
    ),
    fix=(
        "Remove host_network, host_pid and host_ipc. A pod that measures its node says why in the "
        f"annotation {HOST_ACCESS} of its template."
    ),
    source=_STANDARDS,
    checks=pod_checks(
        "The pod shares no namespace of its node; network and processes only if it says why.",
        reads=("spec.hostNetwork", "spec.hostPID", "spec.hostIPC", _ANNOTATIONS),
        absent=(
            "hostNetwork, hostPID and hostIPC left out are off and satisfy. No annotation is no "
            "reason; nor are fewer than ten letters."
        ),
        judge=_own_namespaces,
        good={
            "left out": {"metadata": {}, "spec": {}},
            "off": pod(hostNetwork=False, hostPID=False, hostIPC=False),
            "network and processes, with a reason": pod(
                because=_BECAUSE, hostNetwork=True, hostPID=True
            ),
        },
        bad={
            "network": pod(hostNetwork=True),
            "processes": pod(hostPID=True),
            "memory": pod(hostIPC=True),
            "memory, whatever the reason": pod(because=_BECAUSE, hostIPC=True),
            "a word is no reason": pod(because={HOST_ACCESS: "true"}, hostPID=True),
        },
        undecided={
            "network not known": pod(hostNetwork=UNKNOWN_BOOLEAN),
            "memory not known": pod(hostIPC=UNKNOWN_BOOLEAN),
            "reason not known": pod(because={HOST_ACCESS: UNKNOWN_STRING}, hostNetwork=True),
        },
    ),
)


def _harmless_volumes(subject: Subject, template: View) -> Iterator[Demand]:
    spec = template.at("spec")
    for volume in spec.at("volumes").elements():
        if not isinstance(volume.raw, dict):
            yield Demand(Truth.UNKNOWN, volume, "is not known")
            continue
        for kind in volume.raw:
            if kind == "hostPath":
                yield from _only_read(template, volume)
            elif kind != "name" and kind not in _VOLUMES and subject.configured["restricted"]:
                source = volume.at(kind)
                yield Demand(~source.is_given(), source, "is no volume of the level restricted")


def _only_read(template: View, volume: View) -> Iterator[Demand]:
    path = volume.at("hostPath")
    if not path.is_present:
        return
    yield Demand(states(template, HOST_ACCESS), path, "shows the pod the files of its node")
    name = volume.at("name")
    for container in containers(template.at("spec")):
        for mount in container.at("volumeMounts").elements():
            mounted = mount.at("name")
            known = mounted.is_known and name.is_known
            other = truth(mounted.raw != name.raw) if known else Truth.UNKNOWN
            read_only = mount.at("readOnly", absent=False)
            yield Demand(
                other | read_only.is_true(), read_only, "lets the pod write the files of its node"
            )


def _host_volume(path: str, **mount: Any) -> dict[str, Any]:
    return {
        "containers": [{"volumeMounts": [{"name": "node", "mountPath": "/node", **mount}]}],
        "volumes": [{"name": "node", "hostPath": {"path": path}}],
    }


_NO_MOUNTS: Final[Props] = one_of_each({"volumeMounts": [{}]})

HOSTPATH_VOLUMES: Final = Rule(
    id="k8s-pss-hostpath-volumes",
    title="Pods see no files of their node",
    reason=(
        "Who writes to a folder of the node owns the node: there lie the pods of the others, "
        "their secrets and what the node starts."
    ),
    severity=Severity.HIGH,
    theme=Theme.PRIVILEGE,
    themes_inferred=True,
    controls=(
        *pss(baseline=("HostPath Volumes",), restricted=("Volume Types",)),
        *cis_kubernetes("5.2.11"),
    ),
    fix=(
        "Use a persistent volume claim or an emptyDir. A pod that watches its node says why in "
        f"the annotation {HOST_ACCESS} of its template and mounts the files with read_only=True."
    ),
    source=f"{_DOCS}/storage/volumes/#hostpath",
    settings=(RESTRICTED,),
    checks=pod_checks(
        "Volumes are of the types of the level restricted; a hostPath only for a pod that says "
        "why, and mounted for reading alone.",
        reads=(
            "spec.volumes",
            _ANNOTATIONS,
            *of_each("volumeMounts.name", "volumeMounts.readOnly"),
        ),
        absent="No volumes satisfy. readOnly left out is off. No annotation is no reason.",
        judge=_harmless_volumes,
        good={
            "left out": {"metadata": {}, **_NO_MOUNTS},
            "a claim and a configuration": pod(
                volumes=[
                    {"name": "data", "persistentVolumeClaim": {"claimName": "data"}},
                    {"name": "configuration", "configMap": {"name": "web-1a2b"}},
                ]
            ),
            "logs of the node to read, with a reason": pod(
                because=_BECAUSE, **_host_volume("/var/log", readOnly=True)
            ),
        },
        bad={
            "a folder of the node": pod(**_host_volume("/srv", readOnly=True)),
            "a folder of the node to write, whatever the reason": pod(
                because=_BECAUSE, **_host_volume("/srv")
            ),
            "an outdated type": pod(volumes=[{"name": "data", "nfs": {"server": "10.0.0.9"}}]),
            "one not known, one of the node": pod(
                volumes=[UNKNOWN_STRING, {"name": "node", "hostPath": {"path": "/srv"}}]
            ),
        },
        undecided={
            "one not known": pod(volumes=[UNKNOWN_STRING]),
            "path not known, with a reason, reading not known": pod(
                because=_BECAUSE, **_host_volume(UNKNOWN_STRING, readOnly=UNKNOWN_BOOLEAN)
            ),
        },
    ),
)


def _no_socket(_: Subject, template: View) -> Iterator[Demand]:
    for volume in template.at("spec", "volumes").elements():
        path = volume.at("hostPath", "path")
        yield Demand(~path.matches(is_socket), path, "hands the pod the runtime's socket")
        above = path.matches(is_above_socket)
        if above is not Truth.NO:
            kept_out = states(template, HOST_ACCESS) & _of_no_root_group(template.at("spec"))
            yield Demand(~above | kept_out, path, "leads root, or its group, to the socket")


def _of_no_root_group(spec: View) -> Truth:
    """Whether no process of a pod is of root's group, for whom the socket answers."""
    context = spec.at("securityContext")
    further = [*context.at("supplementalGroups").elements(), context.at("fsGroup", absent=1)]
    own = [
        each if each.is_present else context.at("runAsGroup", absent=0)
        for each in (one.at("securityContext", "runAsGroup") for one in containers(spec))
    ]
    return every(_is_not_root(group) for group in (*further, *own))


def _is_not_root(number: View) -> Truth:
    known = number.number()
    return Truth.UNKNOWN if known is None else truth(known != 0)


def _root_folder(because: dict[str, str], **context: Any) -> Props:
    return pod(because=because, securityContext=context, **_host_volume("/", readOnly=True))


NO_RUNTIME_SOCKET: Final = Rule(
    id="k8s-no-runtime-socket",
    title="No pod reaches the socket of the container runtime",
    reason=(
        "Who talks to the runtime starts a privileged container on the node, mounted for reading "
        "or not: the socket is root."
    ),
    severity=Severity.CRITICAL,
    theme=Theme.PRIVILEGE,
    themes_inferred=True,
    controls=pss(baseline=("HostPath Volumes",), relation=Relation.RELATED),
    fix=(
        "Remove the volume. A pod that must see / or /var says why in the annotation "
        f"{HOST_ACCESS} of its template and has a run_as_group that is not root's."
    ),
    source=f"{_DOCS}/security/linux-kernel-security-constraints/",
    checks=pod_checks(
        "No hostPath is the socket or its folder; a folder above it only for a pod that says why "
        "and is not of root's group.",
        reads=(
            "spec.volumes.hostPath.path",
            _ANNOTATIONS,
            "spec.securityContext.runAsGroup",
            "spec.securityContext.supplementalGroups",
            "spec.securityContext.fsGroup",
            *of_each("securityContext.runAsGroup"),
        ),
        absent=(
            "No hostPath satisfies. runAsGroup left out may be root's. No annotation is no reason."
        ),
        judge=_no_socket,
        good={
            "no volumes": {
                "metadata": {},
                "spec": {
                    "securityContext": {},
                    "volumes": [{"hostPath": {}}],
                    **one_of_each({"securityContext": {}})["spec"],
                },
            },
            "another folder of the node": pod(**_host_volume("/var/log")),
            "the whole node, with a reason and another group": _root_folder(
                _BECAUSE, runAsGroup=65534, supplementalGroups=[1000]
            ),
        },
        bad={
            "the socket": pod(**_host_volume("/run/containerd/containerd.sock")),
            "the socket of Docker by a crooked path": pod(
                **_host_volume("//var/../var/run/./docker.sock")
            ),
            "its folder, whatever the reason": pod(because=_BECAUSE, **_host_volume("/run/")),
            "the whole node": _root_folder({}, runAsGroup=65534),
            "the whole node, group left out": _root_folder(_BECAUSE),
            "the whole node, in root's group": _root_folder(
                _BECAUSE, runAsGroup=65534, supplementalGroups=[0]
            ),
        },
        undecided={
            "path not known": pod(**_host_volume(UNKNOWN_STRING)),
            "group not known": _root_folder(_BECAUSE, runAsGroup=UNKNOWN_NUMBER),
        },
    ),
)


def _no_host_ports(_: Subject, template: View) -> Iterator[Demand]:
    spec = template.at("spec")
    shared = spec.at("hostNetwork").is_true()
    for container in containers(spec):
        for port in container.at("ports").elements():
            on_node = port.at("hostPort", absent=0)
            if on_node.raw != 0 or shared is not Truth.NO:
                none = _is_not_on_node(on_node)
                meant = shared & (none | _is_its_own(port)) & states(template, HOST_ACCESS)
                yield Demand(none & ~shared | meant, on_node, "listens on the node")
        for name in _PROBES:
            yield from _calls_itself(container.at(name))
        hooks = container.at("lifecycle")
        if hooks.is_present:
            for name in _HOOKS:
                yield from _calls_itself(hooks.at(name))


def _is_not_on_node(port: View) -> Truth:
    return Truth.UNKNOWN if port.number() is None else truth(port.number() == 0)


def _is_its_own(port: View) -> Truth:
    """Whether the port of the node is the pod's, as the API server fills in for a shared network."""
    on_node, own = port.at("hostPort"), port.at("containerPort")
    return truth(on_node.raw == own.raw) if on_node.is_known and own.is_known else Truth.UNKNOWN


def _calls_itself(handler: View) -> Iterator[Demand]:
    if handler.is_present:
        for call in _CALLS:
            host = handler.at(call, "host", absent="")
            yield Demand(host.is_one_of(""), host, "makes the node call another host")


_HANDLER: Final = {call: {} for call in _CALLS}
_CALLING: Final = {
    "ports": [{}],
    **dict.fromkeys(_PROBES, _HANDLER),
    "lifecycle": dict.fromkeys(_HOOKS, _HANDLER),
}


def _listening(**port: Any) -> list[Props]:
    return [{"ports": [port]}]


HOST_PORTS: Final = Rule(
    id="k8s-pss-host-ports",
    title="Pods listen on no port of their node",
    reason=(
        "A port of the node passes network policies by and binds the pod to a node where nobody "
        "else took it; a probe of another host makes the node call what the pod may not."
    ),
    severity=Severity.MEDIUM,
    theme=Theme.EXPOSURE,
    themes_inferred=True,
    controls=(
        *pss(baseline=("Host Ports", "Host Probes / Lifecycle Hooks")),
        *cis_kubernetes("5.2.12"),
        *nsa("C-0044"),
    ),
    fix="Remove host_port and put a Service before the pod; remove host from probes and hooks.",
    source=_STANDARDS,
    checks=pod_checks(
        "No container has a port of the node, and no probe or hook names a host. A pod in the "
        "network of its node, which says why, has its own ports there.",
        reads=(
            "spec.hostNetwork",
            _ANNOTATIONS,
            *of_each(
                "ports.hostPort",
                "ports.containerPort",
                *(f"{probe}.{call}.host" for probe in _PROBES for call in _CALLS),
                *(f"lifecycle.{hook}.{call}.host" for hook in _HOOKS for call in _CALLS),
            ),
        ),
        absent=(
            "hostPort left out, or 0, is none and satisfies; in the network of the node it is "
            "containerPort. host left out is the pod."
        ),
        judge=_no_host_ports,
        good={
            "left out": {"metadata": {}, **one_of_each(_CALLING)},
            "its own port": pod(containers=_listening(containerPort=8080)),
            "none": pod(containers=_listening(containerPort=8080, hostPort=0)),
            "none in the network of the node, with a reason": pod(
                because=_BECAUSE,
                hostNetwork=True,
                containers=_listening(containerPort=9100, hostPort=0),
            ),
            "its own port in the network of the node, with a reason": pod(
                because=_BECAUSE,
                hostNetwork=True,
                containers=_listening(containerPort=9100, hostPort=9100),
            ),
        },
        bad={
            "a port of the node": pod(containers=_listening(containerPort=8080, hostPort=8080)),
            "no port of the node, but its network": pod(
                hostNetwork=True, containers=_listening(containerPort=9100)
            ),
            "another port in the network of the node": pod(
                because=_BECAUSE,
                hostNetwork=True,
                containers=_listening(containerPort=9100, hostPort=80),
            ),
            "a port of the node, whatever the reason": pod(
                because=_BECAUSE, containers=_listening(containerPort=8080, hostPort=8080)
            ),
            "a port of the node, of an init container": pod(
                initContainers=_listening(containerPort=8080, hostPort=8080)
            ),
            "a probe of another host": pod(
                containers=[{"readinessProbe": {"httpGet": {"host": "10.0.0.9", "port": 80}}}]
            ),
            "a hook that calls another host": pod(
                containers=[{"lifecycle": {"preStop": {"httpGet": {"host": "10.0.0.9"}}}}]
            ),
        },
        undecided={
            "network not known": pod(
                hostNetwork=UNKNOWN_BOOLEAN, containers=_listening(containerPort=9100)
            ),
            "port not known": pod(containers=_listening(containerPort=80, hostPort=UNKNOWN_NUMBER)),
            "host not known": pod(
                containers=[{"livenessProbe": {"tcpSocket": {"host": UNKNOWN_STRING}}}]
            ),
        },
    ),
)
