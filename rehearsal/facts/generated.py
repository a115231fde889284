"""The random and tls packages: values that the provider makes itself.

Source: the schemas of hashicorp/terraform-provider-random and -tls: every argument replaces, except
those marked otherwise; checked 2026-11-21.
"""

from __future__ import annotations

import base64
import string
import uuid
from typing import Final

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from rehearsal.facts.fact import Facts, Making

_SPECIAL: Final = "!@#$%&*()-_=+[]{}<>:?"
_CLASSES: Final = (
    (("lower",), "minLower", string.ascii_lowercase),
    (("numeric", "number"), "minNumeric", string.digits),
    (("upper",), "minUpper", string.ascii_uppercase),
)
_CURVES: Final = {"P224": ec.SECP224R1(), "P384": ec.SECP384R1(), "P521": ec.SECP521R1()}
_TEXT_DEFAULTS: Final = {
    "lower": True,
    "number": True,
    "numeric": True,
    "special": True,
    "upper": True,
}
_WORDS: Final = ("able", "brave", "calm", "eager", "fair", "glad", "keen", "neat", "quick", "wise")
_ANIMALS: Final = ("bee", "crane", "dove", "fox", "hare", "lynx", "mole", "otter", "seal", "wren")


def _random_text(making: Making) -> str:
    """Text of the length and character classes that were asked for."""
    inputs = making.inputs
    length = int(inputs.get("length", 16))
    classes = [
        (characters, int(inputs.get(minimum) or 0))
        for wanted, minimum, characters in _CLASSES
        if all(inputs.get(flag) is not False for flag in wanted)
    ]
    if inputs.get("special") is not False:
        special = inputs.get("overrideSpecial") or _SPECIAL
        classes.append((special, int(inputs.get("minSpecial") or 0)))
    every = "".join(characters for characters, _ in classes) or string.ascii_letters
    needed = [characters for characters, minimum in classes for _ in range(minimum)]
    alphabets = (needed + [every] * length)[:length]
    drawn = making.draw("text", 2 * length)
    text = [alphabet[drawn[index] % len(alphabet)] for index, alphabet in enumerate(alphabets)]
    order = sorted(range(length), key=lambda index: drawn[length + index])
    return "".join(text[index] for index in order)


def _integer(making: Making) -> int:
    low, high = int(making.inputs.get("min", 0)), int(making.inputs.get("max", 0))
    return low + int.from_bytes(making.draw("integer", 8), "big") % (high - low + 1)


def _shuffled(making: Making) -> list[object]:
    values = list(making.inputs.get("inputs") or [])
    count = int(making.inputs.get("resultCount") or len(values))
    drawn = making.draw("order", len(values))
    order = sorted(range(len(values)), key=lambda index: drawn[index])
    return [values[order[index % len(values)]] for index in range(count)] if values else []


def _pet(making: Making) -> str:
    length = int(making.inputs.get("length") or 2)
    drawn = making.draw("pet", length)
    words = [_WORDS[byte % len(_WORDS)] for byte in drawn[:-1]]
    words.append(_ANIMALS[drawn[-1] % len(_ANIMALS)])
    prefix = making.inputs.get("prefix")
    return str(making.inputs.get("separator", "-")).join([prefix, *words] if prefix else words)


def _bytes(making: Making) -> bytes:
    size = int(making.inputs.get("byteLength") or making.inputs.get("length") or 8)
    return making.draw("bytes", size)


def _with_prefix(making: Making, text: str) -> str:
    return str(making.inputs.get("prefix") or "") + text


def _url_base64(making: Making) -> str:
    return base64.urlsafe_b64encode(_bytes(making)).decode().rstrip("=")


def _uuid(making: Making) -> str:
    return str(uuid.UUID(bytes=making.draw("uuid", 16), version=4))


def _private_key(making: Making) -> ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey:
    """A real key drawn for the object.

    An RSA key cannot be derived in reasonable time; a curve key stands in for it.
    """
    if making.inputs.get("algorithm") == "ED25519":
        return ed25519.Ed25519PrivateKey.from_private_bytes(making.draw("key", 32))
    name = making.inputs.get("ecdsaCurve")
    if name is None and making.inputs.get("algorithm") == "ECDSA":
        name = "P224"
    curve = _CURVES.get(str(name), ec.SECP256R1())
    scalar = int.from_bytes(making.draw("key", 27), "big") + 1
    return ec.derive_private_key(scalar, curve)


def _private_pem(making: Making) -> str:
    return (
        _private_key(making)
        .private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        .decode()
    )


def _private_openssh(making: Making) -> str:
    # The library's own OpenSSH form holds a random check number: it would differ at every call.
    body = base64.b64encode(making.draw("openssh", 192)).decode()
    return f"-----BEGIN OPENSSH PRIVATE KEY-----\n{body}\n-----END OPENSSH PRIVATE KEY-----\n"


def _public_pem(making: Making) -> str:
    public = _private_key(making).public_key()
    encoding, form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    return public.public_bytes(encoding, form).decode()


def _public_openssh(making: Making) -> str:
    public = _private_key(making).public_key()
    if isinstance(public, ec.EllipticCurvePublicKey) and public.curve.name == "secp224r1":
        return ""  # OpenSSH has no form for this curve
    encoding, form = serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    return public.public_bytes(encoding, form).decode() + "\n"


def _fingerprint(making: Making) -> str:
    digest = hashes.Hash(hashes.SHA256())
    digest.update(_public_pem(making).encode())
    return "SHA256:" + base64.b64encode(digest.finalize()).decode().rstrip("=")


def _certificate(making: Making) -> str:
    body = base64.b64encode(making.draw("certificate", 384)).decode()
    lines = "\n".join(body[start : start + 64] for start in range(0, len(body), 64))
    return f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n"


_VALIDITY: Final = {
    "certPem": _certificate,
    "readyForRenewal": False,
    "validityStartTime": "2026-01-01T00:00:00Z",
    "validityEndTime": "2036-01-01T00:00:00Z",
}

# The id is the value that was drawn; nothing keeps two from drawing the same, as no cloud has them.
DRAWN: Final = frozenset(
    {
        "random:index/randomId:RandomId",
        "random:index/randomInteger:RandomInteger",
        "random:index/randomPet:RandomPet",
        "random:index/randomString:RandomString",
    }
)

GENERATED: Final = {
    "random:index/randomPassword:RandomPassword": Facts(
        id="none-{hex8}",
        outputs={"result": _random_text, "bcryptHash": "$2a$10${hex53}", **_TEXT_DEFAULTS},
        replaces=("*",),
    ),
    "random:index/randomString:RandomString": Facts(
        id="{result}", outputs={"result": _random_text, **_TEXT_DEFAULTS}, replaces=("*",)
    ),
    "random:index/randomInteger:RandomInteger": Facts(
        id="{result}", outputs={"result": _integer}, replaces=("*",)
    ),
    "random:index/randomUuid:RandomUuid": Facts(
        id="{result}", outputs={"result": _uuid}, replaces=("*",)
    ),
    "random:index/randomPet:RandomPet": Facts(
        id=_pet, outputs={"length": 2, "separator": "-"}, replaces=("*",)
    ),
    "random:index/randomShuffle:RandomShuffle": Facts(
        outputs={"results": _shuffled}, replaces=("*",)
    ),
    "random:index/randomId:RandomId": Facts(
        id=_url_base64,
        outputs={
            "b64Url": lambda making: _with_prefix(making, _url_base64(making)),
            "b64Std": lambda making: _with_prefix(
                making, base64.b64encode(_bytes(making)).decode()
            ),
            "hex": lambda making: _with_prefix(making, _bytes(making).hex()),
            "dec": lambda making: _with_prefix(making, str(int.from_bytes(_bytes(making), "big"))),
        },
        replaces=("*",),
    ),
    "random:index/randomBytes:RandomBytes": Facts(
        id="none-{hex8}",
        outputs={
            "base64": lambda making: base64.b64encode(_bytes(making)).decode(),
            "hex": lambda making: _bytes(making).hex(),
        },
        replaces=("*",),
    ),
    "tls:index/privateKey:PrivateKey": Facts(
        id="{hex40}",
        outputs={
            "privateKeyPem": _private_pem,
            "privateKeyPemPkcs8": _private_pem,
            "privateKeyOpenssh": _private_openssh,
            "publicKeyPem": _public_pem,
            "publicKeyOpenssh": _public_openssh,
            "publicKeyFingerprintSha256": _fingerprint,
            "publicKeyFingerprintMd5": ":".join(["{hex2}"] * 16),
            "rsaBits": 2048,
            "ecdsaCurve": "P224",
        },
        replaces=("*",),
    ),
    "tls:index/selfSignedCert:SelfSignedCert": Facts(
        id="{digits38}",
        outputs={"keyAlgorithm": "ECDSA", **_VALIDITY},
        replaces=("*",),
        keeps=("earlyRenewalHours",),
    ),
    "tls:index/locallySignedCert:LocallySignedCert": Facts(
        id="{digits38}",
        outputs={"caKeyAlgorithm": "ECDSA", **_VALIDITY},
        replaces=("*",),
        keeps=("earlyRenewalHours",),
    ),
    "tls:index/certRequest:CertRequest": Facts(
        id="{hex40}",
        outputs={"keyAlgorithm": "ECDSA", "certRequestPem": _certificate},
        replaces=("*",),
    ),
}
