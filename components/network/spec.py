"""What a stack asks of its network."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from ipaddress import IPv4Network
from typing import Annotated, Any, ClassVar, Final, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from components.environment import Environment
from components.network.plan import NARROWEST_PREFIX, WIDEST_PREFIX
from components.retention import LogDays
from components.spec import Spec

GROUNDS: Final = frozenset({"aws", "docker", "gcp"})

# RFC 1918.
PRIVATE_RANGES: Final = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
# RFC 6598: behind a network's own gateway, as addresses of pods are.
SHARED_RANGE: Final = IPv4Network("100.64.0.0/10")
_PODS_PREFIXES: Final = (12, 20)
_SERVICES_PREFIXES: Final = (12, 24)


def _is_text(value: object) -> object:
    # The standard library takes a number, and even a truth value, for an address.
    if not isinstance(value, str | IPv4Network):
        raise ValueError("must be a text such as 10.20.0.0/16")  # noqa: TRY004 pydantic's way
    return value


Range = Annotated[IPv4Network, BeforeValidator(_is_text)]
PeerName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,29}$")]


class Nat(StrEnum):
    """How private subnets reach the internet."""

    NONE = "none"
    SINGLE = "single"  # one gateway: cheap, and lost with its zone
    PER_ZONE = "per_zone"


class FlowLogStore(StrEnum):
    """Where flow logs are kept."""

    LOG_GROUP = "log_group"  # searchable at once, dear in the long run
    BUCKET = "bucket"  # parquet files


class NetworkSpec(Spec):
    """A private network with public, private and data subnets in every zone of the ground."""

    cidr: Range = Field(
        description="Private IPv4 range of the network, /16 to /22; changing it replaces the"
        " network and everything in it."
    )
    pods_cidr: Range | None = Field(
        default=None,
        description="Further range for pods, /12 to /20, from 100.64.0.0/10 or the private range"
        " that cidr is in; AWS uses its first /16. Unset: pods take part of cidr. A change replaces"
        " the pods' subnets, and every node on Google Cloud.",
    )
    services_cidr: Range = Field(
        default=IPv4Network("172.20.0.0/16"),
        description="Private range of Kubernetes services, /12 to /24; Google Cloud uses its first"
        " /16. Only clusters know it, so stacks may share it; a change replaces the cluster.",
    )
    peers: dict[PeerName, Range] = Field(
        default={},
        max_length=64,
        description="Ranges the network must stay clear of, by name: other stacks, offices, VPNs.",
    )
    nat: Nat = Field(
        default=Nat.PER_ZONE,
        description="Gateways through which private subnets reach the internet; a single one stands in"
        " the first zone of the ground. On Google Cloud one serves all zones either way.",
    )
    private_endpoints: bool = Field(
        default=True,
        description="Reach the provider's services over private addresses, billed per service and"
        " zone on AWS; always so where nat is none.",
    )
    flow_log_store: FlowLogStore = Field(
        default=FlowLogStore.BUCKET,
        description="Where records of all accepted and refused traffic go.",
    )
    flow_log_days: LogDays = Field(default=365, description="Flow logs are kept, days.")
    protected: bool = Field(
        default=True,
        description="Pulumi refuses to delete the network and its flow log bucket, on Google Cloud"
        " its private services access too.",
    )

    RELAXED: ClassVar[Mapping[Environment, Mapping[str, Any]]] = {
        Environment.DEV: {
            "nat": Nat.SINGLE,
            "private_endpoints": False,
            "flow_log_store": FlowLogStore.LOG_GROUP,
            "flow_log_days": 7,
            "protected": False,
        },
        Environment.STAGING: {
            "nat": Nat.SINGLE,
            "private_endpoints": False,
            "flow_log_store": FlowLogStore.LOG_GROUP,
            "flow_log_days": 30,
        },
    }

    FLOORS: ClassVar[Mapping[Environment, Mapping[str, int]]] = {
        Environment.STAGING: {"flow_log_days": 30},
        Environment.PROD: {"flow_log_days": 365},
    }

    @field_validator("cidr", mode="after")
    @classmethod
    def _is_private_and_fits(cls, cidr: IPv4Network) -> IPv4Network:
        if not any(cidr.subnet_of(private) for private in PRIVATE_RANGES):
            raise ValueError(
                f"{cidr} is not a private range: choose one inside"
                f" {', '.join(map(str, PRIVATE_RANGES))} (RFC 1918)"
            )
        if cidr.prefixlen > NARROWEST_PREFIX:
            fits = cidr.supernet(new_prefix=NARROWEST_PREFIX)
            raise ValueError(
                f"{cidr} is too small for three tiers in up to six zones:"
                f" {fits} would fit, 10.0.0.0/16 leaves room to grow"
            )
        if cidr.prefixlen < WIDEST_PREFIX:
            fits = next(cidr.subnets(new_prefix=WIDEST_PREFIX))
            raise ValueError(f"{cidr} is larger than a network may be: {fits} would fit")
        return cidr

    @field_validator("pods_cidr", mode="after")
    @classmethod
    def _pods_fit(cls, pods: IPv4Network | None) -> IPv4Network | None:
        return pods and _private(pods, (*PRIVATE_RANGES, SHARED_RANGE), _PODS_PREFIXES)

    @field_validator("services_cidr", mode="after")
    @classmethod
    def _services_fit(cls, services: IPv4Network) -> IPv4Network:
        return _private(services, PRIVATE_RANGES, _SERVICES_PREFIXES)

    @model_validator(mode="after")
    def _stays_clear_of_peers(self) -> Self:
        if clashes := [
            f"{name} ({peer})" for name, peer in self.peers.items() if self.cidr.overlaps(peer)
        ]:
            raise ValueError(
                f"cidr {self.cidr} overlaps {', '.join(clashes)}: choose a range clear of all peers"
            )
        return self

    @model_validator(mode="after")
    def _ranges_are_apart(self) -> Self:
        pods = {"pods_cidr": self.pods_cidr} if self.pods_cidr else {}
        peers = {f"peers {name}": peer for name, peer in self.peers.items()}
        clear_of = {"cidr": self.cidr, **peers}
        for name, own in {**pods, "services_cidr": self.services_cidr}.items():
            if clashes := [f"{n} ({r})" for n, r in clear_of.items() if own.overlaps(r)]:
                raise ValueError(
                    f"{name} {own} overlaps {', '.join(clashes)}: choose a range clear of all others"
                )
            clear_of[name] = own
        return self

    @model_validator(mode="after")
    def _pods_suit_the_network(self) -> Self:
        home = next(private for private in PRIVATE_RANGES if self.cidr.subnet_of(private))
        if self.pods_cidr and not any(self.pods_cidr.subnet_of(r) for r in (home, SHARED_RANGE)):
            # A VPC takes no second range from another of the private ranges. Source: "IPv4 CIDR
            # block association restrictions" in the Amazon VPC User Guide.
            raise ValueError(
                f"pods_cidr {self.pods_cidr} cannot stand beside cidr {self.cidr}:"
                f" choose one inside {SHARED_RANGE} or {home}"
            )
        return self


def _private(
    asked: IPv4Network, inside: tuple[IPv4Network, ...], prefixes: tuple[int, int]
) -> IPv4Network:
    widest, narrowest = prefixes
    if not any(asked.subnet_of(each) for each in inside):
        raise ValueError(
            f"{asked} is not a private range: choose one inside {', '.join(map(str, inside))}"
        )
    if not widest <= asked.prefixlen <= narrowest:
        raise ValueError(f"{asked} must be between /{widest} and /{narrowest}")
    return asked
