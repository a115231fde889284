"""A real Kubernetes API on the loopback address: etcd and kube-apiserver, and nobody who runs pods.

No controller runs: what is applied stays as it was applied, namespaces are never emptied, and
nothing that only a controller makes, such as service accounts of namespaces, is waited for.
"""

from __future__ import annotations

import datetime as dt
import http.client
import ipaddress
import json
import re
import ssl
import subprocess
from collections import Counter
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.acceptance.programs import free_port, serving, wait_until

ADDRESS: Final = "127.0.0.1"
# Of the group that every cluster lets do everything.
TOKEN: Final = "made-up"
USER: Final = f'{TOKEN},tester,1,"system:masters"\n'
READY_SECONDS: Final = 120
ANSWER_SECONDS: Final = 60
SHOWN_LINES: Final = 30
MANAGER: Final = "plinth"
APPLYING: Final = "application/apply-patch+yaml"
MERGING: Final = "application/strategic-merge-patch+json"
# A warning of HTTP: 299, who warns, and a quoted text.
_WARNING: Final = re.compile(r'299 \S+ "((?:[^"\\]|\\.)*)"')

Body = Mapping[str, Any]


@dataclass(frozen=True)
class Answer:
    """What the API answered.

    Attributes:
        status: Of HTTP.
        body: The object, or a ``Status`` that says why not.
        warnings: What else it said.
    """

    status: int
    body: dict[str, Any]
    warnings: tuple[str, ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether it did what was asked."""
        return self.status < http.client.BAD_REQUEST

    @property
    def message(self) -> str:
        """Why it did not; empty where it did."""
        return "" if self.accepted else f"{self.status}: {self.body.get('message', '')}"


@dataclass(frozen=True)
class Kind:
    """A kind of objects as the API serves it: the start of its path, and its name there."""

    root: str
    plural: str
    namespaced: bool

    def path(self, namespace: str, name: str = "") -> str:
        """Where objects of the kind are, or the one called ``name``."""
        inside = f"/namespaces/{namespace}" if self.namespaced else ""
        return f"{self.root}{inside}/{self.plural}{f'/{name}' if name else ''}"


class Api:
    """A client of the API server at ``port``; not safe to share between threads."""

    def __init__(self, port: int, certificate: Path, log: Path) -> None:
        """A client that trusts ``certificate`` alone; the server writes ``log``."""
        self.log = log
        self._connection = http.client.HTTPSConnection(
            ADDRESS,
            port,
            timeout=ANSWER_SECONDS,
            context=ssl.create_default_context(cafile=str(certificate)),
        )
        self._kinds: dict[str, dict[str, Kind]] = {}

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def ask(
        self,
        method: str,
        path: str,
        body: Body | None = None,
        *,
        content_type: str = "application/json",
        token: str = TOKEN,
        **query: str,
    ) -> Answer:
        """One request.

        Raises:
            OSError: There is no connection; the next request makes a new one.
            http.client.HTTPException: The same.
        """
        place = f"{path}?{urlencode(query)}" if query else path
        text = None if body is None else json.dumps(body)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": content_type}
        kept = self._connection.sock is not None
        try:
            answer, said = self._asked(method, place, text, headers)
        except ConnectionError:
            # A server hangs up on whoever was silent for minutes, as between two tests.
            if not kept:
                raise
            answer, said = self._asked(method, place, text, headers)
        warnings = _WARNING.findall(", ".join(answer.headers.get_all("Warning", [])))
        whole = answer.headers.get_content_type() == "application/json"
        return Answer(
            answer.status,
            json.loads(said) if whole else {"message": said.decode(errors="replace")},
            tuple(re.sub(r"\\(.)", r"\1", each) for each in warnings),
        )

    def _asked(
        self, method: str, place: str, text: str | None, headers: Mapping[str, str]
    ) -> tuple[http.client.HTTPResponse, bytes]:
        try:
            self._connection.request(method, place, text, dict(headers))
            answer = self._connection.getresponse()
            return answer, answer.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            raise

    @cached_property
    def version(self) -> str:
        """Major and minor version of the server, such as ``v1.36``."""
        told = self.ask("GET", "/version").body
        return f"v{told['major']}.{told['minor']}"

    def kind(self, api_version: str, kind: str) -> Kind | None:
        """The kind as the server knows it, None if it does not."""
        if api_version not in self._kinds:
            root = f"/{'apis' if '/' in api_version else 'api'}/{api_version}"
            self._kinds[api_version] = {
                each["kind"]: Kind(root, each["name"], each["namespaced"])
                for each in self.ask("GET", root).body.get("resources", ())
                if "/" not in each["name"]
            }
        return self._kinds[api_version].get(kind)

    def path(self, manifest: Body) -> str:
        """Where the object is.

        Raises:
            LookupError: The server does not know its kind.
        """
        kind = self.kind(manifest["apiVersion"], manifest["kind"])
        if kind is None:
            raise LookupError(f"no {manifest['kind']} of {manifest['apiVersion']}")
        metadata = manifest["metadata"]
        return kind.path(metadata.get("namespace", "default"), metadata["name"])

    def apply(self, manifest: Body) -> Answer:
        """Apply the object as its only owner; nothing in it may be unknown to the server."""
        return self.ask(
            "PATCH",
            self.path(manifest),
            manifest,
            content_type=APPLYING,
            fieldManager=MANAGER,
            fieldValidation="Strict",
            force="true",
        )

    def rehearse(self, manifest: Body) -> Answer:
        """What creating the object would come to; nothing in it may be unknown to the server."""
        collection = self.path(manifest).rpartition("/")[0]
        return self.ask("POST", collection, manifest, dryRun="All", fieldValidation="Strict")


@dataclass
class Tally:
    """What the API agreed to so far.

    Attributes:
        pods: Pods of which it says what the rules say, by level of the standards.
        templates: Deployments of such pods, by level.
        objects: Objects applied, by stack.
        workloads: Pods of the templates among them, by stack.
        unknown: Objects of kinds that it does not know, by kind.
    """

    pods: Counter[str] = field(default_factory=Counter)
    templates: Counter[str] = field(default_factory=Counter)
    objects: Counter[str] = field(default_factory=Counter)
    workloads: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)

    def lines(self) -> Iterator[str]:
        """What to tell whoever ran the tests."""
        for what, counted in (
            ("Pod Security admission and the rules agree on pods", self.pods),
            ("the same, of pods in Deployments", self.templates),
            ("objects that kube-apiserver applied, strictly", self.objects),
            ("pods of their templates that it admitted", self.workloads),
            ("objects NOT CHECKED, for kube-apiserver does not know their kind", self.unknown),
        ):
            if counted:
                each = ", ".join(f"{name} {counted[name]}" for name in sorted(counted))
                yield f"{what}: {counted.total()} ({each})"


@contextmanager
def cluster(etcd: Path, apiserver: Path, root: Path) -> Generator[Api]:
    """An API server, empty and ready, with its own etcd; both are stopped in the end.

    Args:
        etcd: The program.
        apiserver: The program ``kube-apiserver``.
        root: An empty folder for what they keep.

    Raises:
        AssertionError: One of them ended, or they were not ready in time; with what it said.
    """
    store, peer, port = free_port(), free_port(), free_port()
    identity(root)
    (root / "users.csv").write_text(USER, encoding="utf-8")
    with (
        serving(_etcd(etcd, root, store, peer), root / "etcd.log") as keeper,
        serving(_apiserver(apiserver, root, store, port), root / "apiserver.log") as server,
    ):
        api = Api(port, root / "server.crt", root / "apiserver.log")
        running = {"etcd": keeper, "apiserver": server}
        try:
            wait_until(
                "kube-apiserver is ready",
                lambda: _is_ready(api, running, root),
                api.log,
                seconds=READY_SECONDS,
            )
            yield api
        finally:
            api.close()


def identity(root: Path) -> None:
    """Write ``server.key`` and ``server.crt``, which names the address and is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "kube-apiserver")])
    now = dt.datetime.now(dt.UTC)
    public = key.public_key()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(ADDRESS))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .sign(key, hashes.SHA256())
    )
    (root / "server.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    secret = root / "server.key"
    secret.touch(0o600)
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
    )


def _etcd(program: Path, root: Path, store: int, peer: int) -> list[str]:
    return [
        str(program),
        f"--data-dir={root / 'etcd'}",
        f"--listen-client-urls=http://{ADDRESS}:{store}",
        f"--advertise-client-urls=http://{ADDRESS}:{store}",
        f"--listen-peer-urls=http://{ADDRESS}:{peer}",
        f"--initial-advertise-peer-urls=http://{ADDRESS}:{peer}",
        f"--initial-cluster=default=http://{ADDRESS}:{peer}",
        "--log-level=warn",
        # Nobody reads it after a crash.
        "--unsafe-no-fsync",
    ]


def _apiserver(program: Path, root: Path, store: int, port: int) -> list[str]:
    return [
        str(program),
        f"--etcd-servers=http://{ADDRESS}:{store}",
        f"--bind-address={ADDRESS}",
        f"--secure-port={port}",
        f"--tls-cert-file={root / 'server.crt'}",
        f"--tls-private-key-file={root / 'server.key'}",
        f"--token-auth-file={root / 'users.csv'}",
        "--anonymous-auth=false",
        "--authorization-mode=RBAC",
        # Who may have them is for admission to say.
        "--allow-privileged=true",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={root / 'server.key'}",
        f"--service-account-signing-key-file={root / 'server.key'}",
        # A controller would make the accounts that it demands.
        "--disable-admission-plugins=ServiceAccount",
        "--endpoint-reconciler-type=none",
        "--service-cluster-ip-range=10.96.0.0/16",
        "--profiling=false",
    ]


def _is_ready(api: Api, running: Mapping[str, subprocess.Popen[bytes]], root: Path) -> bool:
    for name, process in running.items():
        if process.poll() is not None:
            said = (root / f"{name}.log").read_text(errors="replace").splitlines()
            end = "\n".join(said[-SHOWN_LINES:])
            raise AssertionError(f"{name} ended with status {process.returncode}:\n{end}")
    try:
        return api.ask("GET", "/readyz").status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
