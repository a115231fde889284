"""Scrape jobs, made from targets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, assert_never

import pulumi

from components.observability.exporters.blackbox import PORT as BLACKBOX_PORT
from components.observability.prometheus.config import (
    Authorization,
    KubernetesSd,
    Namespaces,
    Relabel,
    ScrapeConfig,
    Selector,
    StaticConfig,
    TlsConfig,
)
from components.observability.site import NAMESPACE, Site
from components.observability.target import Finding, Target

TOKEN_FILE: Final = "/var/run/secrets/kubernetes.io/serviceaccount/token"  # noqa: S105
CA_FILE: Final = "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt"
POD: Final = "__meta_kubernetes_pod"

_POD_LABELS: Final = (
    Relabel(source_labels=("__meta_kubernetes_namespace",), target_label="namespace"),
    Relabel(source_labels=(f"{POD}_name",), target_label="pod"),
    Relabel(source_labels=(f"{POD}_node_name",), target_label="node"),
)
_RUNNING: Final = Relabel(
    source_labels=(f"{POD}_phase",), regex="Pending|Succeeded|Failed", action="drop"
)


def scrape_config(
    target: Target,
    site: Site,
    drops: Iterable[Relabel] = (),
    ports: Mapping[str, int] | None = None,
) -> ScrapeConfig:
    """The job of ``target``.

    Args:
        target: What is scraped.
        site: Where.
        drops: What of its series is not kept.
        ports: Numbers of the ports of the target's workload by key, for Docker.

    Raises:
        pulumi.RunError: The workload has no such port.
    """
    labels = tuple(
        Relabel(target_label=name, replacement=value)
        for name, value in sorted(target.labels.items())
    )
    job = ScrapeConfig(
        job_name=target.job,
        metrics_path=None if target.path == "/metrics" else target.path,
        params={key: (value,) for key, value in sorted(target.parameters.items())} or None,
        honor_labels=target.own_labels or None,
        metric_relabel_configs=tuple(drops) or None,
        relabel_configs=labels or None,
    )
    match target.finding:
        case Finding.WORKLOAD if site.kubernetes:
            return _pods(job, target, labels)
        case Finding.WORKLOAD:
            static = StaticConfig(targets=(f"{target.workload}:{_number(target, ports or {})}",))
            return job.model_copy(update={"static_configs": (static,)})
        case Finding.NODES:
            return _kubelets(job, labels)
        case Finding.API_SERVER:
            return _api_servers(job, labels)
        case Finding.PROBE:
            return _probe(job, target, site, labels)
        case _:
            assert_never(target.finding)


def _number(target: Target, ports: Mapping[str, int]) -> int:
    number = target.number or ports.get(target.port)
    if number is None:
        raise pulumi.RunError(
            f"the target {target.job} is scraped at the port {target.port!r} of {target.workload},"
            f" which does not declare it; ports has {', '.join(sorted(ports)) or 'none'}"
        )
    return number


def _pods(job: ScrapeConfig, target: Target, labels: tuple[Relabel, ...]) -> ScrapeConfig:
    port = (
        Relabel(source_labels=(f"{POD}_container_port_name",), regex=target.port, action="keep")
        if target.number is None
        else Relabel(
            source_labels=(f"{POD}_container_port_number",),
            regex=str(target.number),
            action="keep",
        )
    )
    watched = KubernetesSd(
        role="pod",
        namespaces=Namespaces(names=(target.namespace or NAMESPACE,)),
        selectors=(Selector(role="pod", label=f"app.kubernetes.io/name={target.workload}"),),
    )
    # What speaks of other pods must not seem to speak of its own.
    said = () if target.own_labels else _POD_LABELS
    return job.model_copy(
        update={
            "kubernetes_sd_configs": (watched,),
            "relabel_configs": (port, _RUNNING, *said, *labels),
        }
    )


def _kubelets(job: ScrapeConfig, labels: tuple[Relabel, ...]) -> ScrapeConfig:
    return job.model_copy(
        update={
            "scheme": "https",
            "authorization": Authorization(credentials_file=TOKEN_FILE),
            # A kubelet's certificate is signed by whom the cloud likes, and names no address.
            "tls_config": TlsConfig(ca_file=CA_FILE, insecure_skip_verify=True),
            "kubernetes_sd_configs": (KubernetesSd(role="node"),),
            "honor_labels": True,
            "relabel_configs": (
                Relabel(source_labels=("__meta_kubernetes_node_name",), target_label="node"),
                *labels,
            ),
        }
    )


def _api_servers(job: ScrapeConfig, labels: tuple[Relabel, ...]) -> ScrapeConfig:
    found = KubernetesSd(role="endpointslice", namespaces=Namespaces(names=("default",)))
    return job.model_copy(
        update={
            "scheme": "https",
            "authorization": Authorization(credentials_file=TOKEN_FILE),
            "tls_config": TlsConfig(ca_file=CA_FILE, server_name="kubernetes.default.svc"),
            "kubernetes_sd_configs": (found,),
            "relabel_configs": (
                Relabel(
                    source_labels=(
                        "__meta_kubernetes_service_name",
                        "__meta_kubernetes_endpointslice_port_name",
                    ),
                    regex="kubernetes;https",
                    action="keep",
                ),
                *labels,
            ),
        }
    )


def _probe(
    job: ScrapeConfig, target: Target, site: Site, labels: tuple[Relabel, ...]
) -> ScrapeConfig:
    return job.model_copy(
        update={
            "metrics_path": "/probe",
            "static_configs": (StaticConfig(targets=target.addresses),),
            "relabel_configs": (
                Relabel(source_labels=("__address__",), target_label="__param_target"),
                Relabel(source_labels=("__param_target",), target_label="instance"),
                Relabel(
                    target_label="__address__",
                    replacement=f"{site.host('blackbox')}:{BLACKBOX_PORT}",
                ),
                *labels,
            ),
        }
    )
