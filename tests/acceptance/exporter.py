"""Something to scrape and someone to notify, on the loopback address."""

from __future__ import annotations

import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

METRICS: Final = b"# TYPE probe_success gauge\nprobe_success 1\n"


class Loopback(ThreadingHTTPServer):
    """Answers every GET like an exporter, and keeps the alerts that Prometheus posts.

    Attributes:
        healthy: False: scrapes fail.
        alerts: What was posted to the Alertmanager's API, in order.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.healthy = True
        self.alerts: list[dict[str, Any]] = []

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Loopback  # pyright: ignore[reportIncompatibleVariableOverride]

    def do_GET(self) -> None:
        self._answer(200 if self.server.healthy else 503, METRICS)

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.alerts.extend(json.loads(content))
        self._answer(200, b"")

    def _answer(self, status: int, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 the base's name
        del format, args


@contextmanager
def loopback() -> Generator[Loopback]:
    """A server that answers while the block runs."""
    with Loopback() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
