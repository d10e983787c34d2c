"""Encryption at rest; every key is derived from one root secret."""

import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_KEY_ID_BYTES = 4
_NONCE_BYTES = 12
_PURPOSE = "seal"
"""The purpose of the keys that encrypt."""


OTHER_ROOT = (
    "PE_SECRET does not open what this database has sealed: set the secret it was sealed with "
    "(while secrets are rotated, the other one as PE_SECRET_PREVIOUS or PE_SECRET_NEXT)"
)
"""What to tell an operator whose secret is not the one of this database."""


class BadSeal(Exception):
    """Not encrypted by us, modified, or taken from another row."""


class Sealer:
    """AES-256-GCM with each value bound to its row. Other root secrets, of processes before or
    after a rotation, decrypt and verify only."""

    def __init__(self, root: str, *others: str) -> None:
        self._roots = [root.encode(), *(other.encode() for other in others)]
        self._derived: dict[str, list[bytes]] = {}
        self._ciphers = {_key_id(key): AESGCM(key) for key in self._keys(_PURPOSE)}
        self._key_id = _key_id(self.derive(_PURPOSE))

    def seal(self, plain: bytes, row_id: str) -> bytes:
        """Encrypt bytes for this row."""
        nonce = os.urandom(_NONCE_BYTES)
        ciphertext = self._ciphers[self._key_id].encrypt(nonce, plain, row_id.encode())
        return self._key_id + nonce + ciphertext

    def open(self, sealed: bytes, row_id: str) -> bytes:
        """Decrypt what was sealed for this row; raises BadSeal."""
        key_id, rest = sealed[:_KEY_ID_BYTES], sealed[_KEY_ID_BYTES:]
        nonce, ciphertext = rest[:_NONCE_BYTES], rest[_NONCE_BYTES:]
        try:
            return self._ciphers[key_id].decrypt(nonce, ciphertext, row_id.encode())
        except (KeyError, InvalidTag, ValueError):
            raise BadSeal(f"cannot open what is sealed for {row_id}") from None

    def derive(self, purpose: str) -> bytes:
        """The 32-byte key for a purpose."""
        return self._keys(purpose)[0]

    def derive_all(self, purpose: str) -> list[bytes]:
        """The 32-byte keys for a purpose that are valid, the one to sign with first."""
        return list(self._keys(purpose))

    @property
    def key_id(self) -> bytes:
        """What begins each value that is sealed now; what begins otherwise was sealed before."""
        return self._key_id

    def keyed_hashes(self, purpose: str, text: str) -> list[bytes]:
        """Keyed hashes with which a text can be found without being stored.

        Store the first; search with all.
        """
        return [hmac.digest(key, text.encode(), hashlib.sha256) for key in self._keys(purpose)]

    def _keys(self, purpose: str) -> list[bytes]:
        if purpose not in self._derived:
            self._derived[purpose] = [_hkdf(root, purpose) for root in self._roots]
        return self._derived[purpose]


def _hkdf(root: bytes, purpose: str) -> bytes:
    derivation = HKDF(
        algorithm=hashes.SHA256(), length=32, salt=b"payment-engine", info=purpose.encode()
    )
    return derivation.derive(root)


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()[:_KEY_ID_BYTES]
