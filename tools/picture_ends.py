"""Who calls whom in a recorded stack, and the ends of calls that it does not build."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from rehearsal.recording import Registration
from tools.picture_model import Box, Call, Role
from tools.picture_places import Places

WORKLOAD: Final = "plinth:workload:"
# What is called by its name, beside workloads.
SERVERS: Final = ("plinth:database:", "plinth:cache:")
NEIGHBOURS: Final = "@neighbours"
OUTSIDE: Final = {
    "@host": "People on this host",
    "@internet": "The internet",
    NEIGHBOURS: "All neighbours",
    "@api-server": "API server",
    "@nodes": "Nodes",
}
# Where there is one cluster, these are in it.
IN_CLUSTER: Final = frozenset({"@api-server", "@nodes"})


class Ends:
    """The flows of a recording as calls, and a box for every end that is no component."""

    def __init__(self, places: Places) -> None:
        self._places = places
        servers = [each for each in places.components if each.type.startswith(SERVERS)]
        self._by_name = {each.name: each.urn for each in servers}
        workloads = [each for each in places.components if each.type.startswith(WORKLOAD)]
        self._by_name |= {each.name: each.urn for each in workloads}
        self._outside: dict[str, tuple[str, Box]] = {}
        found = {call for each in workloads for call in self._calls(each)}
        self.calls: Final = tuple(sorted(found))

    def boxes(self, frame: str) -> Iterator[Box]:
        """The ends that are drawn in ``frame``; outside of everything, if it is empty."""
        yield from (box for where, box in self._outside.values() if where == frame)

    def _calls(self, workload: Registration) -> Iterator[Call]:
        outputs = workload.component_outputs or {}
        flows = outputs.get("flows")
        for flow in flows if isinstance(flows, list) else []:
            source, target = str(flow["source"]), str(flow["target"])
            called = self._end(target, "")
            yield Call(self._end(source, called), called, _port(flow, outputs))

    def _end(self, name: str, called: str) -> str:
        """The key of the box called ``name``, which is drawn if it is no component."""
        if name in self._by_name:
            return self._by_name[name]
        frame = ""
        if name == NEIGHBOURS and called in self._places.resources:
            frame = (self._places.place(called) or ("",))[-1]
        elif name in IN_CLUSTER and len(self._places.clusters) == 1:
            (frame,) = self._places.clusters
        key = f"{frame}/{name}"
        self._outside[key] = (frame, Box(key, OUTSIDE.get(name, name), Role.OUTSIDE))
        return key


def _port(flow: Mapping[str, Any], outputs: Mapping[str, Any]) -> str:
    """What a call arrives at: a port, or an address on the host."""
    address = str((outputs.get("published") or {}).get(flow["port"], ""))
    return address if address and flow["source"] == "@host" else f":{flow['number']}"
