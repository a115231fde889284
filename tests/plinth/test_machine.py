from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from plinth.machine import LocalMachine


def machine(home: Path, **environ: str) -> LocalMachine:
    return LocalMachine(environ, home)


def executable(path: Path) -> Path:
    path.parent.mkdir(parents=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[tuple[str, list[bytes]]]:
    path, answers = tmp_path / "d.sock", [b"HTTP/1.0 200 OK\r\n\r\nOK"]
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(str(path))
        listening.listen(1)

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(1024)
                connection.sendall(answers[0])

        server = threading.Thread(target=serve)
        server.start()
        yield f"unix://{path}", answers
        server.join()


def test_a_daemon_that_answers_is_there(daemon: tuple[str, list[bytes]], tmp_path: Path) -> None:
    host, _ = daemon

    assert machine(tmp_path).docker(host).there


def test_a_daemon_that_answers_with_an_error_is_not_there(
    daemon: tuple[str, list[bytes]], tmp_path: Path
) -> None:
    host, answers = daemon
    answers[0] = b"HTTP/1.0 500 Internal Server Error\r\n\r\n"

    found = machine(tmp_path).docker(host)

    assert not found.there
    assert "not a working Docker daemon" in found.because


def test_a_socket_that_does_not_exist_is_not_there(tmp_path: Path) -> None:
    found = machine(tmp_path).docker(f"unix://{tmp_path}/none.sock")

    assert not found.there
    assert "No such file" in found.because


def test_a_remote_daemon_is_not_contacted(tmp_path: Path) -> None:
    assert machine(tmp_path).docker("ssh://nobody@nowhere.invalid").there


@pytest.mark.parametrize(
    ("kind", "environ"),
    [
        ("aws", {"AWS_ACCESS_KEY_ID": "made up", "AWS_SECRET_ACCESS_KEY": "made up"}),
        ("aws", {"AWS_PROFILE": "shop"}),
        ("gcp", {"GOOGLE_CREDENTIALS": "{}"}),
    ],
)
def test_credentials_in_the_environment_are_found(
    kind: str, environ: dict[str, str], tmp_path: Path
) -> None:
    assert machine(tmp_path, **environ).credentials(kind).there


@pytest.mark.parametrize(
    ("kind", "file"), [("aws", ".aws/credentials"), ("kubernetes", ".kube/config")]
)
def test_credentials_in_the_usual_files_are_found(kind: str, file: str, tmp_path: Path) -> None:
    path = tmp_path / file
    path.parent.mkdir()
    path.write_text("")

    assert machine(tmp_path).credentials(kind).there


@pytest.mark.parametrize("kind", ["aws", "gcp", "kubernetes"])
def test_where_there_are_none_it_is_said_where_they_were_looked_for(
    kind: str, tmp_path: Path
) -> None:
    found = machine(tmp_path, AWS_ACCESS_KEY_ID="made up").credentials(kind)

    assert not found.there
    assert "looked for" in found.because


def test_no_credential_is_ever_shown(tmp_path: Path) -> None:
    found = machine(tmp_path, AWS_ACCESS_KEY_ID="AKIA1", AWS_SECRET_ACCESS_KEY="hush").credentials(
        "aws"
    )

    assert "AKIA1" not in found.because
    assert "hush" not in found.because


def test_the_cli_on_the_path_comes_first(tmp_path: Path) -> None:
    on_path = executable(tmp_path / "bin" / "pulumi")
    executable(tmp_path / "home" / ".pulumi" / "bin" / "pulumi")

    found = machine(tmp_path / "home", PATH=str(on_path.parent)).find_cli()

    assert found == on_path


def test_the_newest_installed_version_is_found(tmp_path: Path) -> None:
    executable(tmp_path / ".pulumi" / "versions" / "3.99.0" / "bin" / "pulumi")
    newest = executable(tmp_path / ".pulumi" / "versions" / "3.272.0" / "bin" / "pulumi")

    assert machine(tmp_path, PATH="").find_cli() == newest


def test_without_a_cli_none_is_found(tmp_path: Path) -> None:
    assert machine(tmp_path, PATH="").find_cli() is None
