"""Paytm's checksum, by its own package; bad input is False and never an exception."""

import hmac
from collections.abc import Iterator, Mapping, Sequence

from paytmchecksum import PaytmChecksum

FIELD = "CHECKSUMHASH"
KEY_SIZES = (16, 24, 32)
"""Bytes of a merchant key, as AES takes them."""
_JOIN = "|"


def sign(text: str, key: str) -> str:
    """The checksum over exactly this text, with a salt of its own each time."""
    return str(PaytmChecksum.generateSignatureByString(text, key))


def text_is_signed(text: str, keys: Sequence[str], checksum: object) -> bool:
    """Whether ``checksum`` was made over this text with one of the keys."""
    return any(_verifies(text, key, checksum) for key in keys)


def form_is_signed(fields: Mapping[str, object], keys: Sequence[str]) -> bool:
    """Whether a form carries the checksum over its other values, ordered by their names.

    The names are not covered: a value with a separator in it could stand for two, and is refused.
    """
    given = fields.get(FIELD)
    values = {name: value for name, value in fields.items() if name != FIELD}
    if not isinstance(given, str) or not all(_fits(value) for value in values.values()):
        return False
    checksum = given.replace(" ", "+")
    return any(text_is_signed(text, keys, checksum) for text in _joined(values))


def _fits(value: object) -> bool:
    return value is None or (isinstance(value, str) and _JOIN not in value)


def _joined(values: Mapping[str, object]) -> Iterator[str]:
    """Both readings of the text ``null``: half of Paytm's packages sign it as an empty text."""
    yield str(PaytmChecksum.getStringByParams(dict(values)))
    yield _JOIN.join(str(values[name] or "") for name in sorted(values))


def _verifies(text: str, key: str, checksum: object) -> bool:
    """Compared in constant time; for garbage the package raises errors of several kinds."""
    try:
        plain = str(PaytmChecksum.decrypt(checksum, key)).encode()
        expected = str(PaytmChecksum.calculateHash(text, plain[-4:].decode())).encode()
    except (ValueError, IndexError, TypeError, AttributeError):
        return False
    return hmac.compare_digest(plain, expected)
