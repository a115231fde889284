"""What takes telemetry in, and the extensions that serve it."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from components.observability.collector.config import Extension, Receiver
from components.observability.config import Config

Duration = Annotated[str, Field(pattern=r"^(\d+(ms|[smh]))+$")]


class ServerParameters(Config):
    """How long the server keeps a connection."""

    max_connection_age: Duration
    max_connection_age_grace: Duration


class ServerKeepalive(Config):
    """How connections are kept."""

    server_parameters: ServerParameters


class GrpcServer(Config):
    """OTLP over gRPC."""

    endpoint: str
    max_recv_msg_size_mib: Annotated[int, Field(ge=1)]
    keepalive: ServerKeepalive | None = None


class HttpServer(Config):
    """OTLP over HTTP."""

    endpoint: str


class Protocols(Config):
    """How OTLP is taken."""

    grpc: GrpcServer
    http: HttpServer


class OtlpReceiver(Receiver):
    """OTLP from applications and other collectors."""

    TYPE: ClassVar[str] = "otlp"

    protocols: Protocols


class ContainerParser(Config):
    """Understands the format of the container runtime and reads the pod from the path."""

    type: Literal["container"] = "container"
    id: str = "container"


class ReceiverRetry(Config):
    """Whether lines are offered again when the pipeline refuses them."""

    enabled: bool
    max_elapsed_time: Duration


class FileLogReceiver(Receiver):
    """Lines of files."""

    TYPE: ClassVar[str] = "file_log"

    include: Annotated[tuple[str, ...], Field(min_length=1)]
    exclude: tuple[str, ...]
    start_at: Literal["beginning", "end"]
    include_file_path: bool
    include_file_name: bool
    max_log_size: str
    storage: str
    operators: tuple[ContainerParser, ...]
    retry_on_failure: ReceiverRetry


class HealthCheck(Extension):
    """Whether the collector is up."""

    TYPE: ClassVar[str] = "health_check"

    endpoint: str


class FileStorage(Extension):
    """Files that survive a restart of the process."""

    TYPE: ClassVar[str] = "file_storage"

    directory: str
    create_directory: bool
    timeout: Duration


class ClientAuth(Config):
    """A name, and a password from a file."""

    username: str
    password_file: str


class BasicAuthExtension(Extension):
    """Signs requests in with a name and a password."""

    TYPE: ClassVar[str] = "basicauth"

    client_auth: ClientAuth


class BearerTokenExtension(Extension):
    """Signs requests in with a token from a file."""

    TYPE: ClassVar[str] = "bearertokenauth"

    filename: str


class SigV4Extension(Extension):
    """Signs requests for AWS."""

    TYPE: ClassVar[str] = "sigv4auth"

    region: str
    service: str


class GoogleClientAuthExtension(Extension):
    """Signs requests in with a Google identity."""

    TYPE: ClassVar[str] = "googleclientauth"

    project: str
