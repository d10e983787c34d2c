"""Errors in a customer's browser: pages in two languages instead of problem documents."""

from typing import NamedTuple

from sanic import HTTPResponse, Request

from payment_engine.web.bundle import Page, read_page
from payment_engine.web.pages import static_page

_PASSING = frozenset({408, 429})
"""Statuses that say: later."""


class _Text(NamedTuple):
    title: str
    english: str
    title_hindi: str
    hindi: str


_LOST = _Text(
    "Go back to the shop to see your payment",
    "We cannot tell which payment you come from. If you have paid, do not pay again: the shop is "
    "told as soon as your bank confirms it.",
    "अपना भुगतान देखने के लिए दुकान पर लौटें",
    "हम नहीं जान सकते कि आप किस भुगतान से लौटे हैं। यदि आपने भुगतान कर दिया है, तो दोबारा न करें: "
    "बैंक के पुष्टि करते ही दुकान को सूचना मिल जाती है।",
)
_BUSY = _Text(
    "Go back to the shop to see your payment",
    "We cannot show it at this moment. If you have paid, do not pay again: reload this page in a "
    "minute, or look at your order in the shop.",
    "अपना भुगतान देखने के लिए दुकान पर लौटें",
    "हम इसे अभी नहीं दिखा सकते। यदि आपने भुगतान कर दिया है, तो दोबारा न करें: एक मिनट में यह पेज "
    "फिर से खोलें, या दुकान में अपना ऑर्डर देखें।",
)
_NO_PAGE = _Text(
    "There is no such page",
    "The link is incomplete or misspelt. If you have paid, do not pay again: the shop learns of "
    "every payment. Look at your order in the shop.",
    "ऐसा कोई पेज नहीं है",
    "लिंक अधूरा या गलत है। यदि आपने भुगतान कर दिया है, तो दोबारा न करें: दुकान को हर भुगतान की "
    "सूचना मिलती है। दुकान में अपना ऑर्डर देखें।",
)


def error_page(request: Request, status: int) -> HTTPResponse | None:
    """The page that explains an error to a customer; None if no customer's browser asks.

    Only browsers return from a gateway's page. Elsewhere a browser that opens an address asks for
    HTML; what scripts and services call is under ``/v1/``.
    """
    returning = _is_return(request)
    opens_page = "text/html" in request.headers.get("accept", "")
    if not returning and (request.path.startswith("/v1/") or not opens_page):
        return None
    if status in _PASSING or status >= 500:
        return static_page(_PAGES[_BUSY], status)
    return static_page(_PAGES[_LOST if returning else _NO_PAGE], status)


def _is_return(request: Request) -> bool:
    return request.path.startswith("/v1/") and request.path.endswith("/return")


def _page(text: _Text) -> Page:
    return read_page(
        "return.html",
        TITLE=text.title,
        ENGLISH=text.english,
        TITLE_HINDI=text.title_hindi,
        HINDI=text.hindi,
    )


_PAGES = {text: _page(text) for text in (_LOST, _BUSY, _NO_PAGE)}
