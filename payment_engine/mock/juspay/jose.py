"""Juspay's own shape of JWS inside JWE: RS256 over the content, then AES-256-GCM around it.

Both are JSON objects with a field per part. Clients wrap the key by OAEP with SHA-1 or SHA-256
and say which in ``alg``; Juspay always answers with SHA-256.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import lru_cache
from os import urandom
from typing import Any

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, HashAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

_ALG, _CEK_BYTES, _IV_BYTES, _TAG_BYTES = "RSA-OAEP-256", 32, 12, 16


class NotOurs(Exception):
    """What came is not sealed for us, or not by the one it should be from."""


@lru_cache(maxsize=32)
def private_key(pem: str) -> RSAPrivateKey:
    """The key of a PEM text. Raises ValueError."""
    key = load_pem_private_key(pem.encode(), password=None)
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("not an RSA key")
    return key


@lru_cache(maxsize=32)
def public_key(pem: str) -> RSAPublicKey:
    """The key of a PEM text. Raises ValueError."""
    key = load_pem_public_key(pem.encode())
    if not isinstance(key, RSAPublicKey):
        raise ValueError("not an RSA key")
    return key


def seal(content: bytes, kid: str, signer: RSAPrivateKey, reader: RSAPublicKey) -> dict[str, str]:
    """The content signed by ``signer`` and legible to ``reader`` alone."""
    head, payload = _json({"alg": "RS256", "kid": kid}), _text(content)
    signature = signer.sign(f"{head}.{payload}".encode(), PKCS1v15(), SHA256())
    signed = {"header": head, "payload": payload, "signature": _text(signature)}
    aad = _json({"alg": _ALG, "enc": "A256GCM", "cty": "JWT", "kid": kid})
    cek, iv = urandom(_CEK_BYTES), urandom(_IV_BYTES)
    hidden = AESGCM(cek).encrypt(iv, json.dumps(signed).encode(), aad.encode())
    return {
        "header": aad,
        "encryptedKey": _text(reader.encrypt(cek, _oaep(SHA256()))),
        "iv": _text(iv),
        "encryptedPayload": _text(hidden[:-_TAG_BYTES]),
        "tag": _text(hidden[-_TAG_BYTES:]),
    }


def unseal(sealed: Any, reader: RSAPrivateKey, signer: RSAPublicKey) -> tuple[str, bytes]:
    """The key id and the content. Raises NotOurs."""
    try:
        alg = json.loads(_bytes(sealed["header"]))["alg"]
        oaep = _oaep(SHA256() if alg == _ALG else SHA1())  # noqa: S303 - what Node's client uses
        cek = reader.decrypt(_bytes(sealed["encryptedKey"]), oaep)
        hidden = _bytes(sealed["encryptedPayload"]) + _bytes(sealed["tag"])
        aad = sealed["header"].encode()
        signed = json.loads(AESGCM(cek).decrypt(_bytes(sealed["iv"]), hidden, aad))
        said = f"{signed['header']}.{signed['payload']}".encode()
        signer.verify(_bytes(signed["signature"]), said, PKCS1v15(), SHA256())
        return str(json.loads(_bytes(signed["header"]))["kid"]), _bytes(signed["payload"])
    except (AttributeError, KeyError, TypeError, ValueError, InvalidSignature, InvalidTag) as error:
        raise NotOurs from error


def _oaep(algorithm: HashAlgorithm) -> OAEP:
    return OAEP(MGF1(algorithm), algorithm, None)


def _json(content: dict[str, str]) -> str:
    return _text(json.dumps(content, separators=(",", ":")).encode())


def _text(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
