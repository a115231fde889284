"""Where components stand, as far as what they registered says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile
from typing import Final

from components.network.plan import Tier
from rehearsal.recording import Recording, Registration

Place = tuple[str, ...]
"""Keys of boxes, from the outermost to the one it stands in.

They are URNs of components, and ``URN/label`` for a tier or a namespace of one.
"""

SUBNETS: Final = frozenset(
    {
        "aws:ec2/subnet:Subnet",
        "docker:index/network:Network",
        "gcp:compute/subnetwork:Subnetwork",
    }
)
NAMESPACE: Final = "kubernetes:core/v1:Namespace"
CONTROLLERS: Final = ("kubernetes:apps/", "kubernetes:batch/")
# How the services of a cloud are reached that stand in a network of its own.
CONNECTIONS: Final = {"gcp:servicenetworking/connection:Connection": "services access"}
# From the most to the least exposed: what joins two tiers is shown where it is reached first.
TIERS: Final = (Tier.PUBLIC, Tier.PRIVATE, Tier.DATA)


class Places:
    """The components of a recording, what belongs to each and where it stands."""

    def __init__(self, recording: Recording) -> None:
        self.resources: Final = {each.urn: each for each in recording.resources}
        self.components: Final = [each for each in recording.resources if not each.custom]
        self.clusters: Final = sorted(
            {
                self.owner(each.urn)
                for each in recording.resources
                if each.type == "pulumi:providers:kubernetes" and self.owner(each.urn)
            }
        )
        self.homes: Final = {
            (self._cluster(each), _namespace(each)): self.owner(each.urn)
            for each in recording.resources
            if each.type == NAMESPACE and self.owner(each.urn)
        }
        """The components that are namespaces, by cluster and name."""
        self._known: dict[str, Place] = {}
        self._owned: dict[str, list[Registration]] = {each.urn: [] for each in self.components}
        for each in recording.resources:
            if each.custom and (owner := self.owner(each.urn)):
                self._owned[owner].append(each)

    def owner(self, urn: str) -> str:
        """The component that a resource or a component belongs to; empty for none."""
        parent = self.resources[urn].parent if urn in self.resources else ""
        while parent and self.resources[parent].custom:
            parent = self.resources[parent].parent
        return parent

    def within(self, urn: str) -> list[Registration]:
        """The components directly inside of a component; those of the stack for an empty URN."""
        return [each for each in self.components if self.owner(each.urn) == urn]

    def owned(self, urn: str) -> list[Registration]:
        """The resources of a component, without those of components inside of it."""
        return self._owned[urn]

    def count(self, urn: str) -> int:
        """The number of resources of a component and of everything inside of it."""
        return len(self.owned(urn)) + sum(self.count(each.urn) for each in self.within(urn))

    def place(self, urn: str) -> Place:
        """Where a component and everything inside of it stands, as exactly as holds for all."""
        if urn not in self._known:
            # What is asked for in between stands nowhere, so that nothing stands in itself.
            self._known[urn] = ()
            own = self._evidence(urn)
            inner = [self.place(each.urn) for each in self.within(urn)]
            places = [place for place in (own, *inner) if place]
            self._known[urn] = _shared(places)
        return self._known[urn]

    def areas(self, urn: str) -> list[str]:
        """The labels of the tiers that a network has."""
        have = {_tier(each, self.resources[urn]) for each in self.owned(urn)}
        return [tier for tier in TIERS if tier in have]

    def subnets(self, urn: str, area: str) -> list[Registration]:
        """The subnets of a tier of a network."""
        network = self.resources[urn]
        return [each for each in self.owned(urn) if _tier(each, network) == area]

    def _evidence(self, urn: str) -> Place:
        # A workload may have rights in other namespaces than the one it runs in.
        running = [each for each in self.owned(urn) if each.type.startswith(CONTROLLERS)]
        made = running or self.owned(urn)
        namespaces = {place for each in made if (place := self._in_cluster(urn, each))}
        if namespaces:
            return _shared(sorted(namespaces))
        used = [self.resources[each] for each in self._reached(urn)]
        return self._in_network(used) or self._in_network(self._behind(used))

    def _reached(self, urn: str) -> list[str]:
        found = {used for each in self.owned(urn) for used in uses(each)}
        return sorted(used for used in found if self.owner(used) not in {"", urn})

    def _behind(self, used: Iterable[Registration]) -> list[Registration]:
        """What the used resources of a network are made from, where that is in the network."""
        return [
            self.resources[further]
            for each in used
            for further in sorted(uses(each))
            if self.owner(further) == self.owner(each.urn)
        ]

    def _in_cluster(self, urn: str, each: Registration) -> Place:
        cluster, namespace = self._cluster(each), _namespace(each)
        if not each.type.startswith("kubernetes:") or cluster == urn:
            return ()
        around = (*self.place(cluster), cluster) if cluster else ()
        home = self.homes.get((cluster, namespace))
        if not namespace or home == urn:
            return around
        return (*around, home or f"{cluster}/{namespace}")

    def _cluster(self, each: Registration) -> str:
        """The component whose provider made a resource; empty for a cluster of no component."""
        return self.owner(each.provider.rpartition("::")[0])

    def _in_network(self, used: Iterable[Registration]) -> Place:
        found: dict[str, str] = {}
        for each in used:
            network = self.owner(each.urn)
            label = _tier(each, self.resources[network]) or CONNECTIONS.get(each.type, "")
            if label:
                found[label] = network
        for label in (*TIERS, *CONNECTIONS.values()):
            if label in found:
                network = found[label]
                return (*self.place(network), network, f"{network}/{label}")
        return ()


def uses(each: Registration) -> set[str]:
    """The URNs that a resource waits for or takes values from."""
    return {
        *each.depends_on,
        *(urn for urns in each.property_dependencies.values() for urn in urns),
    }


def _shared(places: Sequence[Place]) -> Place:
    """What all places begin with."""
    shared: Place = places[0] if places else ()
    for place in places:
        same = takewhile(lambda pair: pair[0] == pair[1], zip(shared, place, strict=False))
        shared = tuple(one for one, _ in same)
    return shared


def _tier(each: Registration, network: Registration) -> str:
    """The tier of a subnet, from its name: ``{network}-{tier}`` or ``{network}-{tier}-{zone}``."""
    if each.type not in SUBNETS:
        return ""
    rest = each.name.removeprefix(f"{network.name}-")
    return next((tier for tier in TIERS if rest == tier or rest.startswith(f"{tier}-")), "")


def _namespace(each: Registration) -> str:
    metadata = each.inputs.get("metadata")
    if not isinstance(metadata, Mapping):
        return ""
    name = metadata.get("name" if each.type == NAMESPACE else "namespace")
    return name if isinstance(name, str) else ""
