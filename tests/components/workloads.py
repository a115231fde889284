"""A workload with a bit of everything, to vary."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from components.network.plan import Tier
from components.versions import POSTGRES
from components.workload import HOST, Flow, Health, Port, Resources, Volume, Workload

SHOP: Final = Workload(
    image=POSTGRES[17],
    command=("serve", "--verbose"),
    environment={"MODE": "fast", "COLOUR": "blue"},
    health=Health(command=("check", "--quick"), start_seconds=20),
    resources=Resources(cpus=0.5, memory_mib=256),
    ports={"http": Port(number=8080), "metrics": Port(number=9100)},
    files={"/etc/shop/shop.yml": "a: 1\n", "/etc/shop/more.yml": "b: 2\n"},
    secret_files={"/run/secrets/password": "hunter2"},
    volumes={"data": Volume(path="/var/lib/shop")},
    scratch_mib={"/var/cache/shop": 32},
    flows=(
        Flow(source=HOST, target="shop", port="http", tier=Tier.PUBLIC, published_port=18080),
        Flow(source="watch", target="shop", port="metrics", tier=Tier.PRIVATE),
        Flow(source="shop", target="orders", port="postgres", tier=Tier.DATA),
    ),
)


def shop(**changes: Any) -> Workload:
    return replace(SHOP, **changes)
