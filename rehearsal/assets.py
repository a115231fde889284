"""Files in properties: what is in them decides whether they changed, as in Pulumi's own engine.

Source: pulumi/pulumi ``sdk/go/common/resource/asset`` and ``archive`` (signatures, ``hash``),
checked 2026-11-21.
"""

from __future__ import annotations

import errno
import hashlib
import tarfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from rehearsal.errors import ProviderError
from rehearsal.values import (
    ASSET_SIGNATURE,
    SIGNATURE_KEY,
    Properties,
    Secret,
    contains_secret,
    contains_unknown,
    reveal,
)

ARCHIVE_SIGNATURE: Final = "0def7320c3a5731c473e5ecbe6d01bc7"


def with_hashes(properties: Mapping[str, Any], directory: Path, owner: str) -> Properties:
    """``properties`` with the hash of its content in every asset and archive.

    Paths are relative to ``directory``; ``owner`` is the URN that a failure names. What lies behind
    a URI has no hash: nothing is fetched.

    Raises:
        ProviderError: a file is missing or cannot be read.
    """
    try:
        return {name: _hashed(value, directory) for name, value in properties.items()}
    except (OSError, tarfile.TarError, zipfile.BadZipFile) as error:
        reason = getattr(error, "strerror", None) or str(error)
        where = f"{error.filename}: " if isinstance(error, OSError) and error.filename else ""
        raise ProviderError(
            f"{owner} uses a file that cannot be read: {where}{reason}. Make the file, or correct "
            f"the path; paths are relative to the program's directory, {directory.resolve()}"
        ) from error


def _hashed(value: Any, directory: Path) -> Any:
    if isinstance(value, Secret):
        return Secret(_hashed(value.value, directory))
    if isinstance(value, list):
        return [_hashed(item, directory) for item in value]
    if not isinstance(value, dict):
        return value
    inside = {key: _hashed(item, directory) for key, item in value.items()}
    if inside.get(SIGNATURE_KEY) not in (ASSET_SIGNATURE, ARCHIVE_SIGNATURE):
        return inside
    if contains_unknown(inside):
        return inside
    digest = _digest(reveal(inside), directory)
    if digest is None:
        return inside
    # The hash of a short secret would give it away.
    return {**inside, "hash": Secret(digest) if contains_secret(inside) else digest}


def _digest(content: Mapping[str, Any], directory: Path) -> str | None:
    if "text" in content:
        return hashlib.sha256(str(content["text"]).encode()).hexdigest()
    if "assets" in content:
        inner: dict[str, Any] = content["assets"]
        return _of_entries({name: str(item.get("hash")) for name, item in inner.items()})
    if "path" not in content:
        return None
    path = directory / str(content["path"])
    if content[SIGNATURE_KEY] == ASSET_SIGNATURE:
        return _of_file(path)
    return _of_entries(dict(_entries(path)))


def _of_entries(entries: Mapping[str, str]) -> str:
    listed = "".join(f"{name}\0{digest}\0" for name, digest in sorted(entries.items()))
    return hashlib.sha256(listed.encode()).hexdigest()


def _of_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _entries(path: Path) -> Iterator[tuple[str, str]]:
    """Name and digest of each file in a directory or packed archive.

    The times in a packed one do not count: a build that packs the same files changes nothing.
    """
    if path.is_dir():
        for file in path.rglob("*"):
            if file.is_file():
                yield file.relative_to(path).as_posix(), _of_file(file)
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as packed:
            for name in packed.namelist():
                yield name, hashlib.sha256(packed.read(name)).hexdigest()
    elif path.is_file() and not tarfile.is_tarfile(path):
        raise OSError(errno.EINVAL, "neither a directory nor a zip or tar archive", str(path))
    else:
        with tarfile.open(path) as packed:
            for member in packed:
                file = packed.extractfile(member)
                if file is not None:
                    yield member.name, hashlib.sha256(file.read()).hexdigest()
