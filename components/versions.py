"""Every image this project runs and every engine version it stands for, each with its source.

Nothing else spells an image. Each is pinned by the digest of its multi-platform index, so a tag
that moves changes nothing; the tag says what the digest contains. Raising a version is its own
change: read the digest of the new tag in the source, and set ``checked`` to that day.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

Uid = Annotated[int, Field(ge=1, le=65_534)]


class Image(BaseModel):
    """A container image, pinned, and the user its process runs as."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    registry: Annotated[str, Field(pattern=r"^[a-z0-9.-]+\.[a-z]+$")] = Field(
        description="Host that serves the image."
    )
    repository: Annotated[str, Field(pattern=r"^[a-z0-9._/-]+$")] = Field(
        description="Path of the image on that host."
    )
    tag: Annotated[str, Field(pattern=r"^v?[0-9][A-Za-z0-9._-]*$")] = Field(
        description="Exact version the digest was published as."
    )
    digest: Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")] = Field(
        description="Digest of the multi-platform index: what is pulled."
    )
    uid: Uid = Field(description="User the process runs as; never root.")
    gid: Uid = Field(description="Group the process runs as; never root.")
    source: Annotated[str, Field(pattern=r"^https://")] = Field(
        description="Where tag and digest were read."
    )
    checked: date = Field(description="Day on which the source said so.")

    @property
    def reference(self) -> str:
        """The name to pull: ``registry/repository:tag@digest``."""
        return f"{self.registry}/{self.repository}:{self.tag}@{self.digest}"


def _postgres(tag: str, digest: str, commit: str, page: str) -> Image:
    return Image(
        registry="docker.io",
        repository="library/postgres",
        tag=tag,
        digest=f"sha256:{digest}",
        # The image's Dockerfile creates the user postgres with these ids.
        uid=999,
        gid=999,
        source=f"https://github.com/docker-library/repo-info/blob/{commit}/repos/postgres/remote/{page}.md",
        checked=date(2026, 11, 21),
    )


POSTGRES: Final[Mapping[int, Image]] = {
    15: _postgres(
        "15.19-trixie",
        "5f72c7b5bd616308ccfd2e74d6be16fb06364e5eecbb815fe9dc6ab9761d2111",
        "9ae0269c14225639daad3f2d6f7c67e4cd66edb3",
        "15-trixie",
    ),
    16: _postgres(
        "16.15-trixie",
        "c31077828b6a25f169fcd1bdf769af0e1c5cb8eb14a5729c8bc766842347580b",
        "e81336d485fefb282dc36ad0d69a974054a02167",
        "16.15-trixie",
    ),
    17: _postgres(
        "17.11-trixie",
        "f4c66b820c6f974249089d3d16d86a3698eae11e8746eb6644b2271031e91232",
        "0b63eeca29bdd695a0db3d3249137b9929da650d",
        "17.11-trixie",
    ),
    18: _postgres(
        "18.6-trixie",
        "86c951e05bf56c93d95d397747fb8820ac76cc3bedb78f43abd83eedbe3666ae",
        "0b63eeca29bdd695a0db3d3249137b9929da650d",
        "18-trixie",
    ),
}
"""PostgreSQL by major version."""

REGISTRY: Final = Image(
    registry="docker.io",
    repository="library/registry",
    tag="3.1.2",
    digest="sha256:c87f33837722a100572e95d7dc4bf539fc42cf68202b13c3bc03c0ff54c3a649",
    # The image names no user of its own; this one is unused in it.
    uid=65_532,
    gid=65_532,
    source="https://github.com/docker-library/repo-info/blob/c42e9ed57ff61167658ffa7a9782fdd5bf78eba5/repos/registry/remote/3.1.2.md",
    checked=date(2026, 11, 21),
)
"""The CNCF Distribution registry."""

VALKEY: Final[Mapping[int, Image]] = {
    9: Image(
        registry="docker.io",
        repository="valkey/valkey",
        tag="9.1.0-trixie",
        digest="sha256:8e8d64b405ce18f41b8e5ee20aa4687a8ed0022d1298f2ce31cdcf3a76e09411",
        # The image's Dockerfile creates the user valkey with these ids.
        uid=999,
        gid=999,
        source="https://github.com/jaredwray/keyv/pull/2095",
        checked=date(2026, 11, 21),
    ),
}
"""Valkey by major version."""


def _monitoring(name: str, tag: str, digest: str, user: int, source: str) -> Image:
    registry, _, repository = name.partition("/")
    return Image(
        registry=registry,
        repository=repository,
        tag=tag,
        digest=f"sha256:{digest}",
        uid=user,
        gid=user,
        source=f"https://github.com/{source}",
        checked=date(2026, 11, 21),
    )


NOBODY: Final = 65_534
"""The user and group ``nobody`` of the images of the Prometheus family."""

PROMETHEUS: Final = _monitoring(
    "quay.io/prometheus/prometheus",
    "v3.14.0",
    "5ce7540c3c00ef4ab0c9d2c995c6a5b9c421f44b4a115d97a2c7af3b1c21cbb0",
    NOBODY,
    "farhadesmaeili/YolPol/blob/8c86043a923ebe177d3502b8a07f65a7f7efe121/deploy/operations/yolpol-deploy-policy.py",
)
"""The Prometheus server, with promtool."""

ALERTMANAGER: Final = _monitoring(
    "quay.io/prometheus/alertmanager",
    "v0.34.0",
    "690c7b525f4367aa91f73e2f91c632206d32e97c6384bdbf2fb7a861b420340d",
    NOBODY,
    "Stuhlmuller/homelab/blob/c56ac31df32940b655816afed0f9a3541e1a2e73/docs/knowledge-base/operations/monitoring-upgrade-candidates.md",
)
"""The Prometheus Alertmanager, with amtool."""

GRAFANA: Final = _monitoring(
    "docker.io/grafana/grafana",
    "13.1.3",
    "ab5cb380e3ff3172d6c8bd2e7cfd31cce977d2881b260e1f5bc089bf0b759b43",
    # The image's own group is root, which no process here runs as.
    472,
    "loremipsum000/LLM-machines-console/blob/b81ddc25584c2e7cc8d46cc4998a0ff3e35657b1/scripts/inference-core/f0-n2-grafana-native-access.test.mjs",
)
"""Grafana, the open-source edition."""

KUBE_STATE_METRICS: Final = _monitoring(
    "registry.k8s.io/kube-state-metrics/kube-state-metrics",
    "v2.20.0",
    "42cfe3723a5f058171c627537fb57a3ea0f26e4380fa18555a95cb1a1b4cfc5b",
    NOBODY,
    "Stuhlmuller/homelab/blob/c56ac31df32940b655816afed0f9a3541e1a2e73/docs/knowledge-base/operations/monitoring-upgrade-candidates.md",
)
"""Metrics of the objects of a Kubernetes cluster."""

NODE_EXPORTER: Final = _monitoring(
    "quay.io/prometheus/node-exporter",
    "v1.12.1",
    "1b4e4438faca4dd7e001dd445d161a4a2091b0fededa84093b3a8dfeae1f1be0",
    NOBODY,
    "kkonstantin08/trafficops/blob/e24aa05c9618d9bb462515371088b816b566eb1b/docs/evidence/amd64-implementation-2026-10-01.md",
)
"""Metrics of a host."""

BLACKBOX_EXPORTER: Final = _monitoring(
    "quay.io/prometheus/blackbox-exporter",
    "v0.28.0",
    "e753ff9f3fc458d02cca5eddab5a77e1c175eee484a8925ac7d524f04366c2fc",
    NOBODY,
    "farhadesmaeili/YolPol/blob/8c86043a923ebe177d3502b8a07f65a7f7efe121/deploy/operations/yolpol-deploy-policy.py",
)
"""Probes of endpoints from outside."""

POSTGRES_EXPORTER: Final = _monitoring(
    "quay.io/prometheuscommunity/postgres-exporter",
    "v0.20.1",
    "ac5ec343104fae0e2d84a27bb8d69b38430a11910c5382cad85d478d2bab713e",
    NOBODY,
    "farhadesmaeili/YolPol/blob/8c86043a923ebe177d3502b8a07f65a7f7efe121/deploy/operations/yolpol-deploy-policy.py",
)
"""Metrics of a PostgreSQL server."""

REDIS_EXPORTER: Final = _monitoring(
    "docker.io/oliver006/redis_exporter",
    "v1.90.0",
    "a129504e65b87c54f79bc92f1afc403475e8ff646a3d7512de469904ceddf986",
    # The image's Dockerfile sets this user and group.
    59_000,
    "n8n-io/terraform-google-n8n/blob/34e49eda17d65c99ea2e9aed7b5c94298d18d7d3/variables_gcp.tf",
)
"""Metrics of a Valkey or Redis server."""

LOKI: Final = _monitoring(
    "docker.io/grafana/loki",
    "3.7.6",
    "efd47c67f9bac88ca29bcf8cb997d9ab29d1848bd0aff579282295542a745952",
    10_001,
    "MicroTodoSuite/microservice-app-gitops/blob/02e9a0263715e98a95e7d6eddce9267133f22c7f/infrastructure/loki/vendor/v3.7.6/README.md",
)
"""Grafana Loki, every target in one binary; the image has no shell."""

COLLECTOR: Final = _monitoring(
    "docker.io/otel/opentelemetry-collector-contrib",
    "0.159.0",
    "1f2c54a30e713fac6b3ae77a1ec84010c2007e29ced8ec666214fc2f6739c1cc",
    10_001,
    "Mortified2896/control-room/blob/8dbb1291a3d202f14a4b66c529f04a6bc3ebb002/docs/hatchet-orchestration-pilot.md",
)
"""The OpenTelemetry Collector with the contributed components; the image has no shell."""

JAEGER: Final = _monitoring(
    "docker.io/jaegertracing/jaeger",
    "2.20.0",
    "46a886260e04002d8f45e213fc39063fa11a50446048fdaa64786fc0840cb9f8",
    10_001,
    "MicroTodoSuite/microservice-app-gitops/blob/27a0ba189044ced0220cd4f76390e6c9fc7d42f0/infrastructure/jaeger/vendor/v2.20.0/README.md",
)
"""Jaeger, every role in one binary."""
