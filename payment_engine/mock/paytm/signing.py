"""Paytm's checksum: a salted SHA-256, encrypted with the merchant key."""

import hmac
from base64 import b64decode, b64encode
from collections.abc import Mapping
from hashlib import sha256

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

CHECKSUM_FIELD = "CHECKSUMHASH"
_IV = b"@@@@&&&&####$$$$"
_SALT = 4


def sign(text: str, key: str, salt: str) -> str:
    """108 base64 characters over exactly ``text``; ``salt`` is any 4 characters."""
    padder = PKCS7(AES.block_size).padder()
    plain = padder.update((_digest(text, salt) + salt).encode()) + padder.finalize()
    encryptor = _cipher(key).encryptor()
    return b64encode(encryptor.update(plain) + encryptor.finalize()).decode()


def verify(text: str, key: str, signature: object) -> bool:
    """Whether ``signature`` was made over ``text``; False for anything malformed."""
    try:
        decryptor = _cipher(key).decryptor()
        padded = decryptor.update(b64decode(str(signature))) + decryptor.finalize()
        unpadder = PKCS7(AES.block_size).unpadder()
        plain = (unpadder.update(padded) + unpadder.finalize()).decode()
        digest = plain[:-_SALT]
        salt = plain[-_SALT:]
        return hmac.compare_digest(digest.encode(), _digest(text, salt).encode())
    except ValueError:
        return False


def form_text(fields: Mapping[str, object]) -> str:
    """The text that is signed of a form: its values in the order of names, without
    ``CHECKSUMHASH``. A null, or the text ``null``, counts as empty.
    """
    values = (fields[name] for name in sorted(fields) if name != CHECKSUM_FIELD)
    return "|".join("" if value is None else _null_as_empty(str(value)) for value in values)


def signed_form(fields: Mapping[str, str], key: str, salt: str) -> dict[str, str]:
    """The fields with their ``CHECKSUMHASH``."""
    return {**fields, CHECKSUM_FIELD: sign(form_text(fields), key, salt)}


def _null_as_empty(text: str) -> str:
    return "" if text.lower() == "null" else text


def _digest(text: str, salt: str) -> str:
    return sha256(f"{text}|{salt}".encode()).hexdigest()


def _cipher(key: str) -> Cipher[CBC]:
    return Cipher(AES(key.encode()), CBC(_IV))
