"""The configuration file of the registry, as far as it is used here.

Source: https://distribution.github.io/distribution/about/configuration/, checked 2026-11-21.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Filesystem(_Section):
    """Images in a directory."""

    rootdirectory: str = Field(description="Directory that holds the images.")


class Delete(_Section):
    """Deletion over the API."""

    enabled: bool = Field(description="Whether manifests may be deleted.")


class Storage(_Section):
    """Where images are kept."""

    filesystem: Filesystem
    delete: Delete


class Http(_Section):
    """The listener."""

    addr: str = Field(description="Address and port, ``:5000``.")
    secret: str = Field(description="Signs the state of uploads.")


class Htpasswd(_Section):
    """Users and bcrypt hashes in a file."""

    realm: str = Field(description="Shown when credentials are asked for.")
    path: str = Field(description="The htpasswd file.")


class Auth(_Section):
    """Who may use the registry."""

    htpasswd: Htpasswd


class Log(_Section):
    """What is written to standard output."""

    level: Literal["error", "warn", "info", "debug"] = Field(description="Least severity.")
    formatter: Literal["text", "json", "logstash"] = Field(description="Shape of a line.")


class RegistryConfig(_Section):
    """The whole file; its JSON is the YAML the registry reads."""

    version: Literal["0.1"] = Field(default="0.1", description="Of the file format.")
    log: Log
    storage: Storage
    http: Http
    auth: Auth
