"""Generated configurations changed so that they run alone, at once, on the loopback address.

Each function here makes every change that one product's files need; nothing else alters them.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, Final

from tests.acceptance.collector import without

# How targets are found and reached where the file is meant for.
_REACHING: Final = frozenset({"scheme", "tls_config", "authorization", "basic_auth", "sigv4"})
_FOUND_IN_A_CLUSTER: Final = "__meta_kubernetes_"
_WAITING: Final = frozenset({"for", "keep_firing_for", "interval", "query_offset"})

NEEDS_A_CLUSTER: Final = frozenset({"k8s_attributes", "k8sattributes"})


def alone(configuration: Mapping[str, Any], address: str) -> dict[str, Any]:
    """A Prometheus configuration whose every job scrapes ``address``, every few seconds.

    Jobs keep their names, paths, parameters, labels that need no cluster, and what they do to
    scraped series; the label ``instance`` is what they would have scraped, or the name of the job
    where service discovery would have found it. Alerts are sent to ``address`` too, and nothing is
    written anywhere else.
    """
    changed: dict[str, Any] = copy.deepcopy(dict(configuration))
    # A busy machine must not make a scrape fail.
    quick = {"scrape_interval": "3s", "scrape_timeout": "3s"}
    changed["global"] = {**changed.get("global", {}), **quick, "evaluation_interval": "1s"}
    changed["scrape_configs"] = [
        {**_reached(job, address), **quick} for job in changed.get("scrape_configs", ())
    ]
    changed["alerting"] = {
        **changed.get("alerting", {}),
        "alertmanagers": [{"static_configs": [{"targets": [address]}]}],
    }
    for elsewhere in ("remote_write", "remote_read"):
        changed.pop(elsewhere, None)
    return changed


def _reached(job: Mapping[str, Any], address: str) -> dict[str, Any]:
    kept = {
        key: value
        for key, value in job.items()
        if key not in _REACHING and not key.endswith("_sd_configs")
    }
    relabelled = [
        each
        for each in job.get("relabel_configs", ())
        if not any(name.startswith(_FOUND_IN_A_CLUSTER) for name in each.get("source_labels", ()))
    ]
    return {
        "static_configs": [{"targets": [job["job_name"]]}],
        **kept,
        "relabel_configs": [
            {"source_labels": ["__address__"], "target_label": "instance"},
            *relabelled,
            {"target_label": "__address__", "replacement": address},
        ],
    }


def hastened(rules: Mapping[str, Any]) -> dict[str, Any]:
    """Rules that are evaluated with the global interval, whose alerts fire at once."""
    return {
        "groups": [
            {
                **{key: value for key, value in group.items() if key not in _WAITING},
                "rules": [
                    {key: value for key, value in rule.items() if key not in _WAITING}
                    for rule in group["rules"]
                ],
            }
            for group in rules["groups"]
        ]
    }


def local_loki(configuration: Mapping[str, Any], root: str, port: int) -> dict[str, Any]:
    """A Loki configuration that serves ``port``, alone, and keeps everything below ``root``.

    Alerts on logs are evaluated every second, and sent to nobody.
    """
    changed: dict[str, Any] = copy.deepcopy(dict(configuration))
    changed["server"] = {
        **changed.get("server", {}),
        "http_listen_address": "127.0.0.1",
        "http_listen_port": port,
        "grpc_listen_address": "127.0.0.1",
        "grpc_listen_port": 0,
    }
    changed["common"] = {
        "path_prefix": root,
        "replication_factor": 1,
        "instance_addr": "127.0.0.1",
        "ring": {"kvstore": {"store": "inmemory"}},
    }
    changed.pop("memberlist", None)
    if "ruler" in changed:
        changed["ruler"] = {
            **{key: value for key, value in changed["ruler"].items() if key != "alertmanager_url"},
            # To be asked what became of the rules, and soon.
            "enable_api": True,
            "evaluation_interval": "1s",
        }
    for period in changed["schema_config"]["configs"]:
        period["object_store"] = "filesystem"
    changed["storage_config"] = {
        "use_thanos_objstore": True,
        "object_store": {"filesystem": {"dir": f"{root}/chunks"}},
    }
    changed["compactor"] = {
        "working_directory": f"{root}/compactor",
        "retention_enabled": True,
        "delete_request_store": "filesystem",
    }
    return changed


def local_agent(configuration: Mapping[str, Any], port: int) -> dict[str, Any]:
    """A collector configuration of which only the logs run, sent to the Loki at ``port``.

    Receivers and processors stay, but for those that ask a Kubernetes cluster.
    """
    changed = without(configuration, NEEDS_A_CLUSTER)
    service = changed["service"]
    pipelines = {
        name: {**pipeline, "exporters": ["otlp_http/live"]}
        for name, pipeline in service["pipelines"].items()
        if name.partition("/")[0] == "logs"
    }
    service["pipelines"] = pipelines
    service["extensions"] = [
        name for name in service["extensions"] if name.partition("/")[0] == "file_storage"
    ]
    service["telemetry"] = {"metrics": {"level": "none"}}
    changed["exporters"] = {
        "otlp_http/live": {
            "endpoint": f"http://127.0.0.1:{port}/otlp",
            "retry_on_failure": {"initial_interval": "1s", "max_interval": "1s"},
        }
    }
    used = {name for pipeline in pipelines.values() for name in pipeline["receivers"]}
    for name, receiver in changed["receivers"].items():
        if name.partition("/")[0] == "otlp" and name in used:
            receiver["protocols"] = {"http": {"endpoint": "127.0.0.1:0"}}
    changed.pop("connectors", None)
    return changed
