"""How Juspay signs: HMAC over what a browser returns, and JWS inside JWE around ``/v4`` bodies.

The JWS is RS256 over the content, the JWE AES-256-GCM around it; both are JSON objects with a field
per part. Clients wrap the key by OAEP with SHA-1 or SHA-256 and say which in ``alg``; Juspay always
answers with SHA-256.
"""

import hmac
import json
from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from functools import lru_cache
from os import urandom
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, HashAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key


def sign_return(params: Mapping[str, str], key: str) -> str:
    """Base64 of HMAC-SHA256 over the sorted, percent-encoded query, encoded once more."""
    pairs = sorted((quote(name, safe=""), quote(value, safe="")) for name, value in params.items())
    canonical = quote("&".join(f"{name}={value}" for name, value in pairs), safe="")
    return b64encode(hmac.digest(key.encode(), canonical.encode(), "sha256")).decode()


def signed_return_url(
    return_url: str, params: Mapping[str, str], key: str, *, double_encoded: bool = False
) -> str:
    """The shop's URL with the parameters, signed unless ``key`` is empty."""
    parts = urlsplit(return_url)
    query = {**dict(parse_qsl(parts.query, keep_blank_values=True)), **params}
    if key:
        signature = sign_return(query, key)
        query["signature"] = quote(signature, safe="") if double_encoded else signature
        query["signature_algorithm"] = "HMAC-SHA256"
    return urlunsplit(parts._replace(query=urlencode(query, quote_via=quote, safe="")))


_ALG = "RSA-OAEP-256"
_CEK_BYTES = 32
_IV_BYTES = 12
_TAG_BYTES = 16


class BadMessage(Exception):
    """A message that is not encrypted for us, or not signed by the sender."""


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


def encrypt(
    content: bytes, kid: str, signer: RSAPrivateKey, reader: RSAPublicKey
) -> dict[str, str]:
    """The content, signed by ``signer`` and encrypted for ``reader``."""
    head = _json_encoded({"alg": "RS256", "kid": kid})
    payload = _encoded(content)
    signature = signer.sign(f"{head}.{payload}".encode(), PKCS1v15(), SHA256())
    signed = {"header": head, "payload": payload, "signature": _encoded(signature)}
    aad = _json_encoded({"alg": _ALG, "enc": "A256GCM", "cty": "JWT", "kid": kid})
    cek = urandom(_CEK_BYTES)
    iv = urandom(_IV_BYTES)
    ciphertext = AESGCM(cek).encrypt(iv, json.dumps(signed).encode(), aad.encode())
    return {
        "header": aad,
        "encryptedKey": _encoded(reader.encrypt(cek, _oaep(SHA256()))),
        "iv": _encoded(iv),
        "encryptedPayload": _encoded(ciphertext[:-_TAG_BYTES]),
        "tag": _encoded(ciphertext[-_TAG_BYTES:]),
    }


def decrypt(message: Any, reader: RSAPrivateKey, signer: RSAPublicKey) -> tuple[str, bytes]:
    """The key id and the content. Raises BadMessage."""
    try:
        alg = json.loads(_decoded(message["header"]))["alg"]
        oaep = _oaep(SHA256() if alg == _ALG else SHA1())  # noqa: S303 - what Node's client uses
        cek = reader.decrypt(_decoded(message["encryptedKey"]), oaep)
        ciphertext = _decoded(message["encryptedPayload"]) + _decoded(message["tag"])
        aad = message["header"].encode()
        signed = json.loads(AESGCM(cek).decrypt(_decoded(message["iv"]), ciphertext, aad))
        signing_input = f"{signed['header']}.{signed['payload']}".encode()
        signer.verify(_decoded(signed["signature"]), signing_input, PKCS1v15(), SHA256())
        return str(json.loads(_decoded(signed["header"]))["kid"]), _decoded(signed["payload"])
    except (AttributeError, KeyError, TypeError, ValueError, InvalidSignature, InvalidTag) as error:
        raise BadMessage from error


def _oaep(algorithm: HashAlgorithm) -> OAEP:
    return OAEP(MGF1(algorithm), algorithm, None)


def _json_encoded(content: dict[str, str]) -> str:
    return _encoded(json.dumps(content, separators=(",", ":")).encode())


def _encoded(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
