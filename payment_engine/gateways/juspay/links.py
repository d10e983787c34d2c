"""UPI links made of what Juspay gives: a finished link, or its parameters under various names."""

from urllib.parse import parse_qsl

from payment_engine.domain.gateway import Charge, Unknown
from payment_engine.domain.money import to_rupees
from payment_engine.domain.upi import LINK_KEYS
from payment_engine.gateways.juspay.messages import LinkParts
from payment_engine.gateways.reading import in_link, paise

_SCHEME = "upi://pay?"
_NAMES = {
    "merchant_vpa": "pa",
    "merchant_name": "pn",
    "mcc": "mc",
    "amount": "am",
    "currency": "cu",
}
"""UPI's names of the parameters that Juspay names otherwise."""


def upi_link(parts: LinkParts, charge: Charge) -> str | None:
    """The link over the charge's amount; None where no payee is known.

    A finished link is taken byte for byte, and nothing is added to a signed one. Raises Unknown if
    any amount among the parts, or in the finished link, is another one.
    """
    finished = next((each for _, each in parts.pairs if _is_finished(each)), None)
    query = _query(finished) if finished else []
    given = [(_NAMES.get(name, name), value) for name, value in (*parts.pairs, *query) if value]
    if any(paise(value) != charge.amount for name, value in given if name == "am"):
        raise Unknown("a UPI link over another amount")
    if finished:
        return finished
    link: dict[str, str] = {}
    for name, value in given:
        if name in LINK_KEYS:
            link.setdefault(name, value)
    return _written(link, charge) if "pa" in link else None


def _is_finished(value: str) -> bool:
    """Whether it is a link with a payee; any other value belongs to its own parameter."""
    return value.lower().startswith(_SCHEME) and any(name == "pa" for name, _ in _query(value))


def _query(link: str) -> list[tuple[str, str]]:
    return parse_qsl(link.partition("?")[2])


def _written(link: dict[str, str], charge: Charge) -> str:
    if "sign" not in link:
        link["am"] = to_rupees(charge.amount)
        link = {**link, "cu": link.get("cu", "INR"), "tn": link.get("tn", charge.description[:50])}
    return _SCHEME + "&".join(f"{name}={in_link(value)}" for name, value in link.items())
