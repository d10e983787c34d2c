"""What a merchant's customers know it by, as people on call and the command line set it."""

from typing import Annotated

from pydantic import Field

from payment_engine.domain.requests.admin import ActIn
from payment_engine.domain.requests.fields import Email, Request, WebAddress

_IMAGE = r"^data:image/(png|jpeg|webp|svg\+xml);base64,[A-Za-z0-9+/]+={0,2}$"

Logo = Annotated[str, Field(max_length=48_000, pattern=_IMAGE)]
"""An image of at most 36 kB, as a data address."""
Colour = Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$")]
Origin = Annotated[
    str,
    Field(
        max_length=260,
        pattern=r"^(https://[a-z0-9.-]+|http://(localhost|127\.0\.0\.1))(:[0-9]{1,5})?$",
    ),
]
"""Of a page in browsers; without TLS only on one's own machine."""
SupportPhone = Annotated[str, Field(pattern=r"^\+?[0-9][0-9 -]{2,18}$")]


class Brand(Request):
    """Beside its name: a logo, the colour of the buttons, where customers ask for help, and the
    origins of the merchant's pages that may show the checkout in themselves."""

    logo: Logo | None = None
    colour: Colour | None = None
    support_email: Email | None = None
    support_phone: SupportPhone | None = None
    support_url: WebAddress | None = None
    embed_origins: Annotated[tuple[Origin, ...], Field(max_length=20)] | None = None


class BrandIn(ActIn, Brand):
    """A whole brand; what is left out is removed."""
