"""PostgreSQL and Valkey servers."""

from __future__ import annotations

from typing import Final

from components.observability.dashboard import (
    Dashboard,
    Panel,
    Query,
    Row,
    Threshold,
    Variable,
)

_PG: Final = 'server=~"$server"'

POSTGRES: Final = (
    Dashboard(
        uid="postgres",
        title="PostgreSQL",
        tags=("data",),
        variables=(Variable(name="server", metric="pg_up", label="server"),),
        rows=(
            Row(
                title="Connections and work",
                panels=(
                    Panel(
                        title="Connections, of those allowed",
                        unit="percentunit",
                        queries=(
                            Query(
                                expression=(
                                    f"sum by (server) (pg_stat_activity_count{{{_PG}}})"
                                    " / sum by (server)"
                                    f" (pg_settings_max_connections{{{_PG}}})"
                                ),
                                legend="{{server}}",
                            ),
                        ),
                        thresholds=(Threshold(value=0.8, colour="red"),),
                    ),
                    Panel(
                        title="Transactions",
                        unit="ops",
                        queries=(
                            Query(
                                expression=(
                                    "sum by (server) (rate(pg_stat_database_xact_commit"
                                    f"{{{_PG}}}[$__rate_interval]))"
                                ),
                                legend="{{server}} committed",
                            ),
                            Query(
                                expression=(
                                    "sum by (server) (rate(pg_stat_database_xact_rollback"
                                    f"{{{_PG}}}[$__rate_interval]))"
                                ),
                                legend="{{server}} rolled back",
                            ),
                        ),
                    ),
                    Panel(
                        title="Blocks found in memory",
                        unit="percentunit",
                        queries=(
                            Query(
                                expression=(
                                    "sum by (server) (rate(pg_stat_database_blks_hit"
                                    f"{{{_PG}}}[$__rate_interval])) / (sum by (server)"
                                    f" (rate(pg_stat_database_blks_hit{{{_PG}}}[$__rate_interval]))"
                                    " + sum by (server) (rate(pg_stat_database_blks_read"
                                    f"{{{_PG}}}[$__rate_interval])))"
                                ),
                                legend="{{server}}",
                            ),
                        ),
                    ),
                    Panel(
                        title="Size",
                        unit="bytes",
                        queries=(
                            Query(
                                expression=f"sum by (server) (pg_database_size_bytes{{{_PG}}})",
                                legend="{{server}}",
                            ),
                        ),
                    ),
                ),
            ),
        ),
    ),
)

REDIS: Final = (
    Dashboard(
        uid="valkey",
        title="Valkey",
        tags=("data",),
        variables=(Variable(name="server", metric="redis_up", label="server"),),
        rows=(
            Row(
                title="Memory and work",
                panels=(
                    Panel(
                        title="Memory used, of that allowed",
                        unit="percentunit",
                        queries=(
                            Query(
                                expression=(
                                    f"redis_memory_used_bytes{{{_PG}}}"
                                    f" / (redis_memory_max_bytes{{{_PG}}} > 0)"
                                ),
                                legend="{{server}}",
                            ),
                        ),
                        thresholds=(Threshold(value=0.9, colour="red"),),
                    ),
                    Panel(
                        title="Commands",
                        unit="ops",
                        queries=(
                            Query(
                                expression=(
                                    f"rate(redis_commands_processed_total{{{_PG}}}"
                                    "[$__rate_interval])"
                                ),
                                legend="{{server}}",
                            ),
                        ),
                    ),
                    Panel(
                        title="Keys evicted",
                        unit="ops",
                        queries=(
                            Query(
                                expression=(
                                    f"rate(redis_evicted_keys_total{{{_PG}}}[$__rate_interval])"
                                ),
                                legend="{{server}}",
                            ),
                        ),
                    ),
                    Panel(
                        title="Clients",
                        queries=(
                            Query(
                                expression=f"redis_connected_clients{{{_PG}}}", legend="{{server}}"
                            ),
                        ),
                    ),
                ),
            ),
        ),
    ),
)
