"""Every POST route with a body that fits it, and everything that does not fit, as data."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.world import ORDER

_NUL = "sent\x00value"
_LINE_BREAK = "sent\nvalue"
_NO_TEXT: list[Any] = [5, 5.0, 5.5, True, 10**30, [], {}, "", _NUL]
_NO_TOKEN = [*_NO_TEXT, "sent value ?", _LINE_BREAK, "9" * 2000]
_NO_COUNT = [None, True, False, "100", "", "sent value", 5.0, 5.5, 10**30, -(10**30), [], {}]
_NO_LIST = [None, 5, 5.5, True, "sent value", {}, [None], [5]]
_NO_OBJECT = [None, 5, 5.5, True, "sent value", []]

WRONG: dict[str, list[Any]] = {
    "text": [*_NO_TEXT, _LINE_BREAK, "s" * 2001],
    "agent": [value for value in _NO_TEXT if not isinstance(value, str)],
    "token": [*_NO_TEXT, _LINE_BREAK, "s" * 513],
    "word": _NO_TOKEN,
    "phone": [*_NO_TOKEN, "1234567890", "+1 9876543210", "98765432101"],
    "email": [*_NO_TOKEN, "sent-value", "sent@value", "a@" + "s" * 254 + ".in"],
    "address": [
        *_NO_TOKEN,
        "javascript:alert(1)",
        "//shop.example/",
        "https://",
        "https://[::",
        "https://shop.example\\@other.example/",
        "https://user:pass@shop.example/",
        "https://shop.example/#paid",
        "ftp://shop.example/",
    ],
    "amount": [*_NO_COUNT, -1, 1, 99, 10_00_00_000_00 + 1],
    "line": [*_NO_COUNT, 10_00_00_000_00 + 1, -(10_00_00_000_00) - 1],
    "positive": [*_NO_COUNT, -1, 0, 10_00_00_000_00 + 1],
    "seconds": [*_NO_COUNT, -1, 0, 59, 86_401],
    "lines": [*_NO_LIST, [{"label": "x", "amount": 1}] * 101],
    "apps": [*_NO_LIST, ["gpay"] * 31, ["s" * 121]],
    "map": [
        *_NO_OBJECT,
        {"k": 5},
        {"k": None},
        {"k": {}},
    ],
    "object": _NO_OBJECT,
    "flag": [None, 0, 1, "true", "", 5.5, [], {}],
}


@dataclass(frozen=True)
class Bad:
    """One invalid body, and the JSON pointer that its refusal must name."""

    body: dict[str, Any]
    pointer: str
    sent: Any = None


@dataclass(frozen=True)
class Route:
    """A POST route, a body that fits, and what each of its fields is.

    A field marked ``!`` must be there, one marked ``?`` may be null.
    """

    path: str
    body: dict[str, Any]
    fields: dict[str, str] = field(default_factory=dict)

    def bad(self) -> Iterator[Bad]:
        """The body with one thing wrong, in every way and at every field."""
        for pointer, marked in self.fields.items():
            kind = marked.rstrip("!?")
            wrong = [None, *WRONG[kind]] if not marked.endswith("?") else WRONG[kind]
            for value in wrong:
                yield Bad(_with(self.body, pointer, value), pointer, value)
            if marked.endswith("!"):
                yield Bad(_without(self.body, pointer), pointer)
        for pointer in ["", *(p for p, kind in self.fields.items() if kind.startswith("object"))]:
            unknown = f"{pointer}/surprise"
            yield Bad(_with(self.body, unknown, "sent value"), unknown, "sent value")
            yield Bad(_with(self.body, unknown, None), unknown)


def _parent(body: dict[str, Any], pointer: str) -> tuple[Any, Any, dict[str, Any]]:
    """The container that a pointer leads to in a copy of the body, its last name, and the copy."""
    changed = copy.deepcopy(body)
    *way, last = [int(p) if p.isdigit() else p for p in pointer.split("/")[1:]]
    inner: Any = changed
    for part in way:
        inner = inner[part]
    return inner, last, changed


def _with(body: dict[str, Any], pointer: str, value: Any) -> dict[str, Any]:
    inner, last, changed = _parent(body, pointer)
    inner[last] = value
    return changed


def _without(body: dict[str, Any], pointer: str) -> dict[str, Any]:
    inner, last, changed = _parent(body, pointer)
    del inner[last]
    return changed


_CLIENT = {"platform": "android", "user_agent": "Mozilla/5.0", "installed_upi_apps": ["gpay"]}
_CLIENT_FIELDS = {"platform": "word?", "user_agent": "agent?", "installed_upi_apps": "apps"}
_ATTEMPT_FIELDS = {
    "/method": "word!",
    "/replaces": "word?",
    "/client": "object",
    **{f"/client/{name}": kind for name, kind in _CLIENT_FIELDS.items()},
}
_OF_METHOD: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "upi_intent": ({"app": "gpay"}, {"/app": "word?"}),
    "upi_qr": ({}, {}),
    "upi_collect": ({"vpa": "asha@ybl"}, {"/vpa": "text!"}),
    "card": ({"card_token": "tok_1"}, {"/card_token": "token?"}),
    "netbanking": ({"bank": "HDFC"}, {"/bank": "word!"}),
    "wallet": ({"wallet": "amazonpay"}, {"/wallet": "word!"}),
}

PAYMENTS = Route(
    "/v1/payments",
    ORDER,
    {
        "/order_id": "word!",
        "/amount": "amount!",
        "/currency": "word!",
        "/breakdown": "lines",
        "/breakdown/0": "object",
        "/breakdown/0/label": "text!",
        "/breakdown/1/amount": "line!",
        "/breakdown/2/note": "text?",
        "/customer": "object!",
        "/customer/ref": "word!",
        "/customer/phone": "phone?",
        "/customer/email": "email?",
        "/customer/name": "text?",
        "/return_url": "address!",
        "/capture": "word",
        "/expires_in": "seconds",
        "/metadata": "map",
    },
)
REFUNDS = Route(
    "/v1/payments/{id}/refunds",
    {"amount": 100, "reason": "out_of_stock", "lines": [{"label": "Cetirizine", "amount": 100}]},
    {
        "/amount": "positive!",
        "/reason": "word!",
        "/lines": "lines",
        "/lines/0": "object",
        "/lines/0/label": "text!",
        "/lines/0/amount": "positive!",
        "/attempt_id": "word?",
    },
)
CAPTURE = Route("/v1/payments/{id}/capture", {"amount": 116400}, {"/amount": "positive!"})
CANCEL = Route("/v1/payments/{id}/cancel", {})
VOID = Route("/v1/payments/{id}/void", {})
METHODS = Route(
    "/v1/payments/{id}/methods",
    _CLIENT,
    {f"/{name}": kind for name, kind in _CLIENT_FIELDS.items()},
)
ATTEMPTS = {
    method: Route(
        "/v1/payments/{id}/attempts",
        {"method": method, "client": _CLIENT, **own},
        {**_ATTEMPT_FIELDS, **fields},
    )
    for method, (own, fields) in _OF_METHOD.items()
}
ROUTES: dict[str, list[Route]] = {
    "payments": [PAYMENTS],
    "attempts": list(ATTEMPTS.values()),
    "money after": [CANCEL, VOID, CAPTURE, REFUNDS],
    "methods": [METHODS],
}
EVERY = [route for routes in ROUTES.values() for route in routes]

OWN = [
    Route("/v1/upi/validate", {"vpa": "asha@ybl"}, {"/vpa": "text!"}),
    Route(
        "/v1/upi/vpas",
        {
            "vpa": "asha@ybl",
            "save": {"consent": True, "text_version": "2026-01"},
            "client": _CLIENT,
        },
        {
            "/vpa": "text!",
            "/save": "object!",
            "/save/consent": "flag",
            "/save/text_version": "word!",
            "/client": "object",
            **{f"/client/{name}": kind for name, kind in _CLIENT_FIELDS.items()},
        },
    ),
]
"""What customers send about their own things, with a token of theirs."""
