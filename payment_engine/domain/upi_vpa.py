"""UPI ids (VPAs): what cannot be one and why, what a handle hints at, how one is shown."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

LONGEST = 255
VPA_HASH = "vpa"
"""What keyed hashes of UPI ids are derived for: saved ones and those of payers alike."""

_VPA = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,253}[a-z0-9_])?@[a-z][a-z0-9]{1,63}")
_PHONE = re.compile(r"(?:\+?91|0)?[6-9][0-9]{9}")
_NAME = re.compile(r"[a-z0-9._-]*")

HANDLES_AS_OF = "2026-11"
HANDLES: Mapping[str, str | None] = {
    **dict.fromkeys(("okaxis", "okhdfcbank", "okicici", "oksbi"), "gpay"),
    **dict.fromkeys(("ybl", "ibl", "axl"), "phonepe"),
    **dict.fromkeys(("ptyes", "ptaxis", "pthdfc", "ptsbi", "paytm"), "paytm"),
    **dict.fromkeys(("apl", "yapl", "rapl"), "amazonpay"),
    **dict.fromkeys(("waaxis", "wahdfcbank", "waicici", "wasbi"), "whatsapp"),
    **dict.fromkeys(("axisb", "yescred"), "cred"),
    "upi": "bhim",
    **dict.fromkeys(("naviaxis", "superyes", "jupiteraxis", "slice", "sliceaxis", "fkaxis")),
    **dict.fromkeys(("sbi", "hdfcbank", "icici", "axisbank", "kotak", "barodampay", "pnb")),
    **dict.fromkeys(("cnrb", "idfcbank", "fbl", "aubank")),
}
"""Handles known at ``HANDLES_AS_OF`` and the app that each suggests. For hints only: new ones
appear all the time, so none is refused for not being here (UPI-2)."""


@dataclass(frozen=True)
class Vpa:
    """A UPI id that may exist; only a gateway's verify call knows whether it does (UPI-1)."""

    text: str

    @property
    def handle(self) -> str:
        """What follows the ``@``: a bank or an app."""
        return self.text.partition("@")[2]

    @property
    def app(self) -> str | None:
        """The UPI app that the handle suggests, where it suggests one."""
        return HANDLES.get(self.handle)

    @property
    def masked(self) -> str:
        """Enough for its owner to know it by: ``ra***@okaxis``, ``98******10@ybl`` (PCI-6)."""
        name = self.text.partition("@")[0]
        if _PHONE.fullmatch(name):
            return f"{name[:2]}******{name[-2:]}@{self.handle}"
        return f"{name[: 2 if len(name) > 3 else 1]}***@{self.handle}"

    @property
    def did_you_mean(self) -> str | None:
        """The known handle that an unknown one looks like; a warning, never a refusal."""
        if self.handle in HANDLES:
            return None
        return next(iter(get_close_matches(self.handle, HANDLES, 1, 0.75)), None)

    def __repr__(self) -> str:
        """Masked, so that no trace of a fault carries it."""
        return f"Vpa({self.masked})"


class NoVpa(ValueError):
    """The text cannot be a UPI id; ``reason`` is a stable word, the message is for the customer."""

    def __init__(self, reason: str) -> None:
        super().__init__(REASONS[reason])
        self.reason = reason


REASONS: Mapping[str, str] = {
    "missing": "enter a UPI ID, such as name@bank",
    "phone_number": "this is a phone number: add what follows it in your UPI app, such as @ybl",
    "missing_at": "the @ is missing: a UPI ID looks like name@bank",
    "two_ats": "a UPI ID has one @",
    "space_inside": "a UPI ID has no spaces",
    "looks_like_email": "this looks like an e-mail address: a UPI ID has no dot after the @",
    "missing_name": "the part before the @ is missing",
    "missing_handle": "the part after the @ is missing, such as okaxis or ybl",
    "bad_character": "a UPI ID has only letters, digits, dots, hyphens and underscores",
    "bad_ends": "the part before the @ must not begin or end with a dot or hyphen",
    "bad_handle": "the part after the @ is at least two letters and digits, a letter first",
    "too_long": f"a UPI ID has {LONGEST} characters at most",
}
"""Why a text was refused, each in words that say what would be right (UPI-1)."""


def read_vpa(text: str) -> Vpa:
    """The UPI id that was typed, in its one spelling; raises NoVpa with the reason (UPI-1, UPI-3).

    Refuses only what cannot be one: trimmed, compatibility forms resolved, in lower case.
    """
    plain = unicodedata.normalize("NFKC", text.strip()).strip().lower()
    if len(plain) > LONGEST:
        raise NoVpa("too_long")
    if not _VPA.fullmatch(plain):
        raise NoVpa(_reason(plain))
    return Vpa(plain)


def _reason(text: str) -> str:
    name, at, handle = text.partition("@")
    found = {
        "missing": not text,
        "phone_number": not at and _PHONE.fullmatch(re.sub("[ -]", "", text)),
        "missing_at": not at,
        "two_ats": "@" in handle,
        "space_inside": re.search(r"\s", text),
        "looks_like_email": "." in handle,
        "missing_name": not name,
        "missing_handle": not handle,
        "bad_character": not _NAME.fullmatch(name) or not _NAME.fullmatch(handle),
        "bad_ends": not _VPA.fullmatch(f"{name}@upi"),
    }
    return next((reason for reason, fits in found.items() if fits), "bad_handle")
