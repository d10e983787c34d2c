"""UPI IDs (VPAs): validation with reasons, hints from the handle, masking."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

MAX_LENGTH = 255
VPA_HASH = "vpa"
"""The purpose for which keyed hashes of UPI IDs are derived, both saved ones and payers'."""

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
"""Handles known at ``HANDLES_AS_OF`` and the app each one belongs to, for hints only: new handles
appear all the time, so an unknown one is never refused."""


@dataclass(frozen=True)
class Vpa:
    """A well-formed UPI ID; only a gateway's verify call can tell whether it exists."""

    text: str

    @property
    def handle(self) -> str:
        """The part after the ``@``, which names a bank or an app."""
        return self.text.partition("@")[2]

    @property
    def app(self) -> str | None:
        """The UPI app that the handle belongs to, if known."""
        return HANDLES.get(self.handle)

    @property
    def masked(self) -> str:
        """As much as its owner needs to recognise it: ``ra***@okaxis``, ``98******10@ybl``."""
        name = self.text.partition("@")[0]
        if _PHONE.fullmatch(name):
            return f"{name[:2]}******{name[-2:]}@{self.handle}"
        return f"{name[: 2 if len(name) > 3 else 1]}***@{self.handle}"

    @property
    def did_you_mean(self) -> str | None:
        """The known handle that an unknown one resembles; for a warning, never a refusal."""
        if self.handle in HANDLES:
            return None
        return next(iter(get_close_matches(self.handle, HANDLES, 1, 0.75)), None)

    def __repr__(self) -> str:
        """Masked, so that tracebacks and logs do not show the UPI ID."""
        return f"Vpa({self.masked})"


class NotAVpa(ValueError):
    """The text is not a UPI ID; ``reason`` is a key of ``REASONS``, the message is its sentence."""

    def __init__(self, reason: str) -> None:
        super().__init__(REASONS[reason])
        self.reason = reason


REASONS: Mapping[str, str] = {
    "missing": "enter a UPI ID, such as name@bank",
    "phone_number": "this is a phone number: add the ending your UPI app shows, such as @ybl",
    "missing_at": "the @ is missing: a UPI ID looks like name@bank",
    "two_ats": "a UPI ID has one @",
    "space_inside": "a UPI ID has no spaces",
    "looks_like_email": "this looks like an e-mail address: a UPI ID has no dot after the @",
    "missing_name": "the part before the @ is missing",
    "missing_handle": "the part after the @ is missing, such as okaxis or ybl",
    "bad_character": "a UPI ID has only letters, digits, dots, hyphens and underscores",
    "bad_ends": "the part before the @ must not start or end with a dot or a hyphen",
    "bad_handle": "the part after the @ is two or more letters and digits, starting with a letter",
    "too_long": f"a UPI ID has at most {MAX_LENGTH} characters",
}
"""Why a text is not a UPI ID; each sentence tells the customer what to correct."""


def parse_vpa(text: str) -> Vpa:
    """The UPI ID in its normal form: trimmed, NFKC, lower case.

    Lenient, since a too strict pattern turns customers away. Raises NotAVpa with the reason.
    """
    normal = unicodedata.normalize("NFKC", text.strip()).strip().lower()
    if len(normal) > MAX_LENGTH:
        raise NotAVpa("too_long")
    if not _VPA.fullmatch(normal):
        raise NotAVpa(_reason(normal))
    return Vpa(normal)


def _reason(text: str) -> str:
    name, at, handle = text.partition("@")
    checks = {
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
    return next((reason for reason, failed in checks.items() if failed), "bad_handle")
