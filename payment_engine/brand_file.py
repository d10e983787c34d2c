"""A merchant's brand from a command line: its logo is a file."""

import base64
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from payment_engine.domain.requests.brand import Brand

_KINDS = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".webp": "webp", ".svg": "svg+xml"}


class BadBrand(Exception):
    """A part of the brand is not usable; the message says which and why."""


def brand_of(
    logo: Path | None,
    colour: str | None,
    contact: Mapping[str, str | None],
    embed_origins: tuple[str, ...] = (),
) -> Brand | None:
    """The brand, None if no part of it is given. Raises BadBrand."""
    given: dict[str, object] = {f"support_{name}": value for name, value in contact.items()}
    given |= {"embed_origins": embed_origins or None}
    given |= {"colour": colour.lower() if colour else None}
    given |= {"logo": _data_address(logo) if logo else None}
    if not any(given.values()):
        return None
    try:
        return Brand.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise BadBrand(f"{first['loc'][0]}: {first['msg']}") from None


def _data_address(path: Path) -> str:
    kind = _KINDS.get(path.suffix.lower())
    if kind is None:
        raise BadBrand(f"{path.name} is none of {', '.join(sorted(_KINDS))}")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadBrand(f"{path.name}: {error.strerror}") from None
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
