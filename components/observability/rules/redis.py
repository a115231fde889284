"""Redis and Valkey, by redis-exporter."""

from __future__ import annotations

from typing import Final

from components.observability.alert import Alert, Case, Group, Severity
from components.observability.rules.presence import gone

_JOB: Final = 'job="redis"'
_SERVER: Final = '{job="redis", instance="a"}'
_REPLICA: Final = '{job="redis", instance="a", master_host="m", master_port="6379"}'

GROUPS: Final = (
    Group(
        name="redis",
        rules=(
            gone(
                "RedisExporterDown",
                job="redis",
                consequence="Caches are not watched; they may well work.",
                remedy=(
                    "Read the exporter's log: a password that was rotated, a certificate it does not "
                    "trust, or no flow to port 6379."
                ),
                severity=Severity.WARNING,
            ),
            Alert(
                name="RedisDown",
                expression=f"redis_up{{{_JOB}}} == 0",
                for_minutes=2,
                severity=Severity.CRITICAL,
                summary="The cache behind {{ $labels.instance }} does not answer",
                description=(
                    "The exporter {{ $labels.instance }} has not been able to reach its cache for 2 "
                    "minutes. Services fall back to their databases, or fail."
                ),
                remedy=(
                    "Ask the managed service, or the pod, whether it runs; a failover takes a minute. "
                    "Killed for its memory: see RedisMemoryNearMax. Watch the databases behind it, "
                    "which take the load now."
                ),
                firing=(
                    Case(series={"redis_up" + _SERVER: "1x5 0x20"}, after_minutes=9, firing=1),
                ),
                silent=(
                    Case(series={"redis_up" + _SERVER: "1x5 0 1x20"}, after_minutes=8, firing=0),
                    Case(series={"redis_up" + _SERVER: "1x5 0x20"}, after_minutes=7, firing=0),
                ),
            ),
            Alert(
                name="RedisMemoryNearMax",
                expression=(
                    f"redis_memory_used_bytes{{{_JOB}}} / (redis_memory_max_bytes{{{_JOB}}} > 0) > 0.9"
                ),
                for_minutes=15,
                severity=Severity.WARNING,
                summary="{{ $value | humanizePercentage }} of the memory of {{ $labels.instance }} is used",
                description=(
                    "The cache {{ $labels.instance }} has used {{ $value | humanizePercentage }} of its "
                    "memory for 15 minutes. Then it evicts, or refuses writes, as its policy says."
                ),
                remedy=(
                    "`redis-cli --bigkeys` and keys without an expiry are the usual finds. A cache that "
                    "should evict may stay there: then silence this and watch RedisEvictions."
                ),
                firing=(
                    Case(
                        series={
                            "redis_memory_used_bytes" + _SERVER: "91x40",
                            "redis_memory_max_bytes" + _SERVER: "100x40",
                        },
                        after_minutes=17,
                        firing=1,
                    ),
                ),
                silent=(
                    Case(
                        series={
                            "redis_memory_used_bytes" + _SERVER: "90x40",
                            "redis_memory_max_bytes" + _SERVER: "100x40",
                        },
                        after_minutes=30,
                        firing=0,
                    ),
                    Case(
                        series={
                            "redis_memory_used_bytes" + _SERVER: "91x40",
                            "redis_memory_max_bytes" + _SERVER: "0x40",
                        },
                        after_minutes=30,
                        firing=0,
                    ),
                ),
            ),
            Alert(
                name="RedisEvictions",
                expression=(
                    "sum by (cluster, job, instance)"
                    f" (rate(redis_evicted_keys_total{{{_JOB}}}[5m])) > 10"
                ),
                for_minutes=15,
                severity=Severity.WARNING,
                summary="The cache {{ $labels.instance }} evicts {{ $value | humanize }} keys a second",
                description=(
                    "The cache {{ $labels.instance }} has evicted {{ $value | humanize }} keys a second "
                    "for 15 minutes to make room: what is asked for next is often gone."
                ),
                remedy=(
                    "Compare hits with misses (`redis_keyspace_hits_total`). If the ratio fell, give it "
                    "more memory or shorter expiries for what is rarely read."
                ),
                firing=(
                    Case(
                        series={"redis_evicted_keys_total" + _SERVER: "0+660x40"},
                        after_minutes=22,
                        firing=1,
                    ),
                ),
                silent=(
                    Case(
                        series={"redis_evicted_keys_total" + _SERVER: "0+540x40"},
                        after_minutes=35,
                        firing=0,
                    ),
                ),
            ),
            Alert(
                name="RedisReplicationBroken",
                expression=f"redis_master_link_up{{{_JOB}}} == 0",
                for_minutes=5,
                severity=Severity.CRITICAL,
                summary="Replica {{ $labels.instance }} has lost its primary",
                description=(
                    "Replica {{ $labels.instance }} has had no link to {{ $labels.master_host }} for 5 "
                    "minutes. A failover now loses what was written since."
                ),
                remedy=(
                    "Look whether the primary is there and the flow between the two allowed. A link "
                    "that breaks during the full copy needs a larger `repl-backlog-size` or output "
                    "buffer for replicas."
                ),
                firing=(
                    Case(
                        series={"redis_master_link_up" + _REPLICA: "1x5 0x20"},
                        after_minutes=12,
                        firing=1,
                    ),
                ),
                silent=(
                    Case(
                        series={"redis_master_link_up" + _REPLICA: "1x5 0x3 1x20"},
                        after_minutes=12,
                        firing=0,
                    ),
                    Case(
                        series={"redis_master_link_up" + _REPLICA: "1x5 0x20"},
                        after_minutes=10,
                        firing=0,
                    ),
                ),
            ),
            Alert(
                name="RedisRejectedConnections",
                expression=(
                    "sum by (cluster, job, instance)"
                    f" (increase(redis_rejected_connections_total{{{_JOB}}}[5m])) > 0"
                ),
                for_minutes=2,
                severity=Severity.WARNING,
                summary="The cache {{ $labels.instance }} refuses connections",
                description=(
                    "The cache {{ $labels.instance }} refused {{ $value | humanize }} connections in 5 "
                    "minutes: it has as many clients as it may."
                ),
                remedy=(
                    "`CLIENT LIST` by address shows who holds them. Clients without a pool, or pools "
                    "that are too large for the number of replicas, are the usual cause."
                ),
                firing=(
                    Case(
                        series={"redis_rejected_connections_total" + _SERVER: "0x5 0+2x20"},
                        after_minutes=12,
                        firing=1,
                    ),
                ),
                silent=(
                    Case(
                        series={"redis_rejected_connections_total" + _SERVER: "5x30"},
                        after_minutes=12,
                        firing=0,
                    ),
                ),
            ),
            Alert(
                name="RedisConnectionsNearMax",
                expression=(
                    f"redis_connected_clients{{{_JOB}}} / (redis_max_clients{{{_JOB}}} > 0) > 0.85"
                ),
                for_minutes=10,
                severity=Severity.WARNING,
                summary="{{ $value | humanizePercentage }} of the connections of {{ $labels.instance }} are taken",
                description=(
                    "The cache {{ $labels.instance }} has had {{ $value | humanizePercentage }} of the "
                    "clients it may have for 10 minutes. The next ones are refused soon."
                ),
                remedy="As for RedisRejectedConnections, before it happens.",
                firing=(
                    Case(
                        series={
                            "redis_connected_clients" + _SERVER: "86x40",
                            "redis_max_clients" + _SERVER: "100x40",
                        },
                        after_minutes=12,
                        firing=1,
                    ),
                ),
                silent=(
                    Case(
                        series={
                            "redis_connected_clients" + _SERVER: "85x40",
                            "redis_max_clients" + _SERVER: "100x40",
                        },
                        after_minutes=30,
                        firing=0,
                    ),
                ),
            ),
            Alert(
                name="RedisSnapshotFailing",
                expression=f"redis_rdb_last_bgsave_status{{{_JOB}}} == 0",
                for_minutes=15,
                severity=Severity.WARNING,
                summary="The cache {{ $labels.instance }} cannot save its snapshot",
                description=(
                    "The last snapshot of {{ $labels.instance }} failed, for 15 minutes. By default it "
                    "refuses writes then (`stop-writes-on-bgsave-error`)."
                ),
                remedy=(
                    "Its log names the cause: no room on the volume, or no memory for the copy of its "
                    "process. A cache that needs no snapshot should have them off."
                ),
                firing=(
                    Case(
                        series={"redis_rdb_last_bgsave_status" + _SERVER: "1x5 0x40"},
                        after_minutes=22,
                        firing=1,
                    ),
                ),
                silent=(
                    Case(
                        series={"redis_rdb_last_bgsave_status" + _SERVER: "1x5 0x10 1x40"},
                        after_minutes=22,
                        firing=0,
                    ),
                ),
            ),
        ),
    ),
)
