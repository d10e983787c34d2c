"""What a checkout shows of its merchant."""

from typing_extensions import TypedDict

from payment_engine.services.documents.base import document


@document
class BrandOut(TypedDict):
    """A merchant as its customers know it; ``logo`` is an image as a data address, ``colour`` the
    one of its buttons. ``test_mode``: no real money moves."""

    name: str
    logo: str | None
    colour: str | None
    support_email: str | None
    support_phone: str | None
    support_url: str | None
    test_mode: bool
