"""One environment, from the ground up."""

from __future__ import annotations

import pulumi

from components.database import create_database
from components.ground import open_ground
from components.keys import create_keys
from components.network import create_network
from components.registry import create_registry
from stacks.settings import IMAGES, KEYS, NETWORK, Settings


def deploy(settings: Settings) -> None:
    """Declare everything ``settings`` ask for, and export where to find it."""
    # What it stands on
    ground = open_ground(settings.ground, settings.tags)
    keys = create_keys(ground, KEYS, settings.keys)
    network = create_network(ground, NETWORK, settings.network, keys=keys.ref)

    # Where its images are
    registry = create_registry(
        ground, IMAGES, settings.registry, keys=keys.ref, network=network.ref
    )

    # What it remembers
    databases = {
        name: create_database(network.ref, name, spec, keys=keys.ref)
        for name, spec in settings.databases.items()
    }

    # What it cannot give of what was asked
    parts = {KEYS: keys, NETWORK: network, IMAGES: registry, **databases}
    unhonoured = {name: list(part.unhonoured) for name, part in parts.items() if part.unhonoured}

    pulumi.export("registry", registry.url)
    pulumi.export("databases", {name: database.host for name, database in databases.items()})
    pulumi.export("unhonoured", unhonoured)
