"""Juspay's published sample answers and webhooks, where they lie beside the repository.

They are not part of it: ``JUSPAY_SAMPLES`` names another folder, and without one the tests that
walk them are skipped. Samples are written by hand: a few are not quite JSON.
"""

import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).parents[1]
FOLDER = Path(os.environ.get("JUSPAY_SAMPLES", REPOSITORY.parent / "shared" / "samples" / "juspay"))
NO_SAMPLES = "Juspay's samples are not here: name their folder with JUSPAY_SAMPLES"

ORDERS = (
    "orders/COD/txnsres",
    "orders/create-order/order-txn",
    "orders/create-order/order-txn-qr",
    "orders/create-order/response",
    "orders/create-order/response-auth",
    "orders/order-status/EMI",
    "orders/order-status/NB",
    "orders/order-status/Offers",
    "orders/order-status/UPI",
    "orders/order-status/Wallet",
    "orders/order-status/card",
    "orders/order-status/cod",
    "orders/refund-order/response",
    "orders/update-order/response",
)
"""Whole orders."""
STARTED = (
    "orders/create-order/NBRes",
    "orders/create-order/moto-200",
    "orders/create-order/moto-200-authorized",
    "orders/create-order/response-order-txn-upi-intent",
    "orders/create-order/upiCollectRes",
    "orders/create-order/upiIntentRes",
    "orders/create-payments/response",
    "upi/collect",
    "upi/intent",
)
"""Answers of ``POST /txns``."""
REQUESTS = (
    "orders/create-order/nbReq",
    "orders/create-order/upiCollectReq",
    "orders/create-order/upiIntentReq",
)
REFUNDS = ("orders/refunds/instant", "orders/refunds/txn-id")
"""Refunds by themselves, as ``POST /refunds`` answers."""
ERRORS = (
    "card/tokenize/invalidRangeResponse",
    "card/tokenize/invalidResponse",
    "card/tokenize/nullableResponse",
    "orders/create-order/moto-400",
    "orders/orderFulfilment/response-400",
)
CARD_FACTS = tuple(
    f"card/card-info/{name}" for name in ("cvv-less", "dotp", "mandate", "response", "tokenize")
)
CARD_CALLS = (
    "card/add-card/response",
    "card/bin-list/response",
    "card/delete-card/response",
    "card/list-cards/response",
    "card/tokenize/tokenize",
    "card/update-card/response",
)
OTHERS = (
    "orders/order-status/v4-order-status/response",
    "orders/orderFulfilment/response-200",
    "upi/verify-vpa",
)
ALL_BUT_WEBHOOKS = (
    *(*ORDERS, *STARTED, *REQUESTS, *REFUNDS, *ERRORS),
    *(*CARD_FACTS, *CARD_CALLS, *OTHERS),
)

_REPAIRS: Mapping[str, str] = {
    r"/\*.*?\*/": "",
    r'\s//[^"\n]*$': "",
    "”": '"',
    r'": ",$': '": "",',
    r'"offers": \[\s*\{\s*\{.*?\n    \],': '"offers": [],',
    r",(\s*[}\]])": r"\1",
}
"""What keeps some samples from being JSON: comments, curly quotes, lost quotes and braces."""


def has_samples() -> bool:
    """Whether there are samples to walk."""
    return FOLDER.is_dir()


def names_in(folder: str = "") -> Iterator[str]:
    """The samples of a folder by name, such as ``webhooks/order_failed``; none without samples."""
    found = sorted((FOLDER / folder).rglob("*.json"))
    return (path.relative_to(FOLDER).with_suffix("").as_posix() for path in found)


def sample(name: str) -> Any:
    """One sample; skips the test where there are none, or not this one."""
    path = FOLDER / f"{name}.json"
    if not path.is_file():
        pytest.skip(NO_SAMPLES)
    text = path.read_text()
    for broken, mended in _REPAIRS.items():
        text = re.sub(broken, mended, text, flags=re.MULTILINE | re.DOTALL)
    return json.loads(text)
