"""One environment, from the ground up."""

from __future__ import annotations

import pulumi

from components.audit import create_audit
from components.bucket import create_bucket
from components.cache import create_cache
from components.cluster import create_cluster
from components.database import create_database
from components.dns import create_dns
from components.ground import open_ground
from components.identity import Thing
from components.keys import create_keys
from components.namespace import create_namespace
from components.network import create_network
from components.registry import create_registry
from stacks.access import access_log, clients, create_identities, repositories
from stacks.settings import AUDIT, CLUSTER, EYES, IMAGES, KEYS, NETWORK, Settings
from stacks.watching import watch


def deploy(settings: Settings) -> None:
    """Declare everything ``settings`` ask for, and export where to find it."""
    # What it stands on
    ground = open_ground(settings.ground, settings.ownership)
    keys = create_keys(ground, KEYS, settings.keys)
    audit = create_audit(ground, AUDIT, settings.audit, keys=keys.ref) if settings.audit else None
    network = create_network(ground, NETWORK, settings.network, keys=keys.ref)

    # Where its images are, and where they run
    registry = create_registry(
        ground, IMAGES, settings.registry, keys=keys.ref, network=network.ref
    )
    cluster = (
        create_cluster(network.ref, CLUSTER, settings.cluster, keys=keys.ref)
        if settings.cluster
        else None
    )

    namespaces = (
        {
            name: create_namespace(cluster.ref, name, spec)
            for name, spec in settings.namespaces.items()
        }
        if cluster
        else {}
    )

    # What it remembers
    databases = {
        name: create_database(network.ref, name, spec, keys=keys.ref, clients=clients(cluster))
        for name, spec in settings.databases.items()
    }
    caches = {
        name: create_cache(network.ref, name, spec, keys=keys.ref, clients=clients(cluster))
        for name, spec in settings.caches.items()
    }
    buckets = {
        name: create_bucket(ground, name, spec, keys=keys.ref, access_log_bucket=access_log(audit))
        for name, spec in settings.buckets.items()
    }

    # How it is found
    zones = {name: create_dns(ground, name, spec) for name, spec in settings.zones.items()}

    # Who may do what
    identities = create_identities(
        ground,
        cluster,
        settings.identities,
        {
            Thing.BUCKET: {name: bucket.ref for name, bucket in buckets.items()},
            Thing.CACHE: {name: cache.ref for name, cache in caches.items()},
            Thing.DATABASE: {name: database.ref for name, database in databases.items()},
            Thing.REPOSITORY: repositories(registry),
        },
    )

    # Who watches it
    eyes = (
        watch(
            settings,
            settings.observability,
            ground=ground,
            network=network.ref,
            keys=keys.ref,
            cluster=cluster,
            namespaces=namespaces,
            databases=databases,
            caches=caches,
            access_log_bucket=access_log(audit),
        )
        if settings.observability
        else None
    )

    # What it cannot give of what was asked
    single = {
        KEYS: keys,
        AUDIT: audit,
        NETWORK: network,
        IMAGES: registry,
        CLUSTER: cluster,
        EYES: eyes,
    }
    parts = {**single, **databases, **caches, **buckets, **zones, **identities}
    unhonoured = {name: list(p.unhonoured) for name, p in parts.items() if p and p.unhonoured}

    pulumi.export("registry", registry.url)
    pulumi.export("cluster", cluster.endpoint if cluster else None)
    pulumi.export("databases", {name: database.host for name, database in databases.items()})
    pulumi.export("caches", {name: cache.host for name, cache in caches.items()})
    pulumi.export("buckets", {name: bucket.url for name, bucket in buckets.items()})
    pulumi.export("zones", {name: zone.name_servers for name, zone in zones.items()})
    pulumi.export("identities", {name: each.principal for name, each in identities.items()})
    pulumi.export("observability", eyes.addresses if eyes else None)
    pulumi.export("grafana_password", eyes.admin_password if eyes else None)
    pulumi.export("unhonoured", unhonoured)
