"""Secrets at rest, in the format of Pulumi's passphrase provider.

A state written here opens under the real CLI with the same passphrase, and the other way round.

Source: pulumi/pulumi ``pkg/secrets/passphrase`` and ``sdk/go/common/resource/config/crypt.go``,
checked 2026-11-21: PBKDF2-SHA256 with 1,000,000 rounds, AES-256-GCM, ``v1:nonce:ciphertext``.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from rehearsal.errors import StateError

ROUNDS: Final = 1_000_000
KEY_BYTES: Final = 32
SALT_BYTES: Final = 8
NONCE_BYTES: Final = 12
PROOF: Final = "pulumi"
PROVIDER: Final = "passphrase"


class Passphrase:
    """Encrypts values under a key derived from a passphrase and a stack's own salt."""

    def __init__(self, passphrase: str, salt: bytes, proof: str | None = None) -> None:
        """Derive the key; ``proof`` is the stored ciphertext that shows the passphrase is right.

        Raises:
            StateError: the passphrase is not the one the state was written with.
        """
        self._cipher = AESGCM(_derive(passphrase, salt))
        # Unchanged secrets keep their ciphertext, so an unchanged state stays the same file.
        self._ciphertexts: dict[str, str] = {}
        if proof is not None:
            try:
                self.decrypt(proof)
            except InvalidTag:
                raise StateError(
                    "the passphrase does not open this stack's state. Set "
                    "PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE to the passphrase "
                    "the stack was created with; nothing was changed."
                ) from None
        self._salt = salt
        self._proof = proof or self.encrypt(PROOF)

    @classmethod
    def create(cls, passphrase: str) -> Passphrase:
        """A fresh salt for a new stack."""
        return cls(passphrase, os.urandom(SALT_BYTES))

    @classmethod
    def open(cls, passphrase: str, state: Mapping[str, Any]) -> Passphrase:
        """The key of a stack whose state says ``{"salt": "v1:…"}``.

        Raises:
            StateError: the salt is malformed or the passphrase is wrong.
        """
        parts = str(state.get("salt", "")).split(":", 2)
        if len(parts) != 3 or parts[0] != "v1":  # noqa: PLR2004 the format has three parts
            raise StateError(
                "the state's secrets provider has no readable salt (expected v1:SALT:PROOF); "
                "restore the state file from a backup."
            )
        return cls(passphrase, base64.b64decode(parts[1]), parts[2])

    @property
    def state(self) -> dict[str, str]:
        """What the state file keeps of this: the salt and the proof, never the key."""
        salt = base64.b64encode(self._salt).decode()
        return {"salt": f"v1:{salt}:{self._proof}"}

    def encrypt(self, plaintext: str) -> str:
        """``plaintext`` as ``v1:nonce:ciphertext``."""
        known = self._ciphertexts.get(plaintext)
        if known is not None:
            return known
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, plaintext.encode(), None)
        text = f"v1:{base64.b64encode(nonce).decode()}:{base64.b64encode(sealed).decode()}"
        self._ciphertexts[plaintext] = text
        return text

    def decrypt(self, ciphertext: str) -> str:
        """The text behind ``ciphertext``.

        Raises:
            cryptography.exceptions.InvalidTag: it was written under another key.
        """
        _, nonce, sealed = ciphertext.split(":")
        plaintext = self._cipher.decrypt(
            base64.b64decode(nonce), base64.b64decode(sealed), None
        ).decode()
        self._ciphertexts[plaintext] = ciphertext
        return plaintext

    @property
    def cipher(self) -> ByteCipher:
        """The same key for files that are not texts."""
        return ByteCipher(self._cipher)


class ByteCipher:
    """Encrypts byte strings: a fresh nonce, then the sealed bytes."""

    def __init__(self, cipher: AESGCM) -> None:
        """Use the key of ``cipher``."""
        self._cipher = cipher

    def encrypt(self, plain: bytes, /) -> bytes:
        """``plain``, sealed."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, None)

    def decrypt(self, encrypted: bytes, /) -> bytes:
        """What ``encrypt`` sealed.

        Raises:
            cryptography.exceptions.InvalidTag: it was sealed under another key.
        """
        return self._cipher.decrypt(encrypted[:NONCE_BYTES], encrypted[NONCE_BYTES:], None)


@lru_cache(maxsize=64)
def _derive(passphrase: str, salt: bytes) -> bytes:
    derivation = PBKDF2HMAC(algorithm=SHA256(), length=KEY_BYTES, salt=salt, iterations=ROUNDS)
    return derivation.derive(passphrase.encode())
