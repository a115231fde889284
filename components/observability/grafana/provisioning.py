"""What Grafana finds at its start: datasources, and where dashboards are.

Source: https://grafana.com/docs/grafana/latest/administration/provisioning/, checked 2026-11-21.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from components.observability.config import Config


class Datasource(Config):
    """Who answers the queries of panels."""

    uid: str
    name: str
    type: Literal["prometheus", "loki", "jaeger", "alertmanager"]
    url: str
    access: Literal["proxy"] = "proxy"
    is_default: bool = Field(default=False, serialization_alias="isDefault")
    editable: bool = False
    json_data: Mapping[str, Any] = Field(default={}, serialization_alias="jsonData")


class Datasources(Config):
    """The file in ``datasources/``."""

    api_version: Literal[1] = Field(default=1, serialization_alias="apiVersion")
    prune: bool = True
    datasources: tuple[Datasource, ...]


class ProviderOptions(Config):
    """Where a provider looks."""

    path: str


class Provider(Config):
    """Who brings dashboards."""

    name: str
    type: Literal["file"] = "file"
    folder: str
    folder_uid: str = Field(serialization_alias="folderUid")
    disable_deletion: bool = Field(default=True, serialization_alias="disableDeletion")
    allow_ui_updates: bool = Field(default=False, serialization_alias="allowUiUpdates")
    options: ProviderOptions


class Providers(Config):
    """The file in ``dashboards/``."""

    api_version: Literal[1] = Field(default=1, serialization_alias="apiVersion")
    providers: tuple[Provider, ...]
