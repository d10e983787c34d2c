"""Request bodies and queries of payments; unknown fields are refused by name."""

import re
from collections.abc import Iterable
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator
from pydantic_core import PydanticCustomError

from payment_engine.domain.customer import CUSTOMER_REF
from payment_engine.domain.gateway import Client, Platform
from payment_engine.domain.money import MAX_AMOUNT, MIN_AMOUNT, Paise, display

_PHONE = re.compile(r"(?:\+91|91|0)?([6-9][0-9]{9})")
_HOST = r"(?:[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.?|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?"
_URL = re.compile(rf"https?://{_HOST}(?:/[^\s#]*)?(?:\?[^\s#]*)?")

_MOST_NAME = 80
_MOST_APPS = 30
_LONGEST_TEXT = 120


def _printable(text: str) -> str:
    if not text.isprintable():
        raise PydanticCustomError("text", "must not contain control characters or line breaks")
    return text


def indian_mobile(text: str) -> str:
    """The ten digits of an Indian mobile number in any common form; raises PydanticCustomError."""
    found = _PHONE.fullmatch(re.sub("[ -]", "", text))
    if not found:
        raise PydanticCustomError("phone", "must be an Indian mobile number, such as 9876543210")
    return found.group(1)


def _visible(secret: SecretStr) -> SecretStr:
    if not re.fullmatch("[!-~]+", secret.get_secret_value()):
        raise PydanticCustomError("token", "must be visible ASCII characters only")
    return secret


def _cvv(secret: SecretStr) -> SecretStr:
    if not re.fullmatch("[0-9]{3,4}", secret.get_secret_value()):
        raise PydanticCustomError("cvv", "must be 3 digits, 4 for American Express")
    return secret


def _web_address(text: str) -> str:
    if not _URL.fullmatch(text):
        raise PydanticCustomError("url", "must be an http or https address without a fragment")
    return text


def _payable(paise: int) -> int:
    if 0 < paise < MIN_AMOUNT:
        raise PydanticCustomError(
            "payable",
            "must be at least {least} paise ({least_display}), or 0 if nothing is left to pay",
            {"least": MIN_AMOUNT, "least_display": display(MIN_AMOUNT)},
        )
    return paise


Text = Annotated[str, Field(min_length=1, max_length=_LONGEST_TEXT), AfterValidator(_printable)]
Phone = Annotated[str, Field(max_length=20), AfterValidator(indian_mobile)]
WebAddress = Annotated[
    str, Field(max_length=1000), AfterValidator(_printable), AfterValidator(_web_address)
]
VpaText = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(_printable)]
Amount = Annotated[int, Field(strict=True, ge=0, le=MAX_AMOUNT), AfterValidator(_payable)]
LineAmount = Annotated[int, Field(strict=True, ge=-MAX_AMOUNT, le=MAX_AMOUNT)]
Positive = Annotated[int, Field(strict=True, ge=1, le=MAX_AMOUNT)]
Email = Annotated[
    str, Field(max_length=254, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$"), AfterValidator(_printable)
]
OrderId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:/-]{0,63}$")]


class Request(BaseModel):
    """The base class: refuses unknown fields; its errors never repeat what was sent."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Line(Request):
    """One line of an order summary; ``amount`` in paise, negative for a discount."""

    label: Text
    amount: LineAmount
    note: Text | None = None


class CustomerIn(Request):
    """The shop's id of the customer, and contact data that gateways may need."""

    ref: Annotated[str, Field(pattern=rf"^{CUSTOMER_REF}$")]
    phone: Phone | None = None
    email: Email | None = None
    name: Text | None = None


class PaymentIn(Request):
    """A payment to open; ``amount`` in paise, ``expires_in`` in seconds.

    A payment of ``amount`` 0 is paid at once, without a gateway.
    """

    order_id: OrderId
    amount: Amount
    currency: Literal["INR"]
    breakdown: Annotated[list[Line], Field(max_length=100)] = []
    customer: CustomerIn
    return_url: WebAddress
    capture: Literal["automatic", "manual"] = "automatic"
    expires_in: Annotated[int, Field(strict=True, ge=60, le=86_400)] = 900
    metadata: Annotated[dict[Text, Text], Field(max_length=20)] = {}

    @model_validator(mode="after")
    def _lines_sum_to_amount(self) -> Self:
        total = sum(line.amount for line in self.breakdown)
        if self.breakdown and total != self.amount:
            raise PydanticCustomError(
                "breakdown_sum",
                "the lines sum to {total} paise ({total_display}) but amount is {amount} paise "
                "({amount_display}); they must be equal",
                {
                    "total": total,
                    "total_display": display(Paise(total)),
                    "amount": self.amount,
                    "amount_display": display(Paise(self.amount)),
                    "field": "breakdown",
                },
            )
        return self


class ClientIn(Request):
    """What the checkout knows about the customer's device; decides which UPI flows are offered."""

    platform: Platform | None = None
    user_agent: Annotated[str, Field(max_length=1000), AfterValidator(_printable)] | None = None
    installed_upi_apps: Annotated[list[Text], Field(max_length=_MOST_APPS)] = []

    def at(self, ip: str | None) -> Client:
        """The client as gateways get it, with the IP address it called from."""
        return Client(
            platform=self.platform,
            ip=ip,
            user_agent=self.user_agent,
            upi_apps=tuple(self.installed_upi_apps),
        )


class SaveIn(Request):
    """Whether the customer consents to saving what they pay with; never assumed."""

    consent: Annotated[bool, Field(strict=True)] = False
    text_version: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,24}$")]


class _AttemptIn(Request):
    client: ClientIn = ClientIn()
    replaces: Annotated[str, Field(pattern=r"^att_[0-9a-z]{20}$")] | None = None
    """The live attempt that this one replaces."""
    hosted: Annotated[bool, Field(strict=True)] = False
    """Started in the hosted checkout, which the customer then returns to rather than the shop."""

    @property
    def choice(self) -> str | None:
        """The UPI app, bank or wallet that the customer chose; recommended next time."""
        return None

    @property
    def consent_to_save(self) -> SaveIn | None:
        """The customer's consent to save what they pay with, if they gave it."""
        return None


class UpiIntentIn(_AttemptIn):
    """Pay in a UPI app on this device."""

    method: Literal["upi_intent"]
    app: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,32}$")] | None = None

    @property
    def choice(self) -> str | None:
        """The UPI app."""
        return self.app


class UpiQrIn(_AttemptIn):
    """Pay by scanning a QR code with another device."""

    method: Literal["upi_qr"]


class UpiCollectIn(_AttemptIn):
    """Pay by a collect request to a UPI ID, typed or saved."""

    method: Literal["upi_collect"]
    vpa: VpaText | None = None
    instrument_id: Annotated[str, Field(pattern=r"^vpa_[0-9a-z]{20}$")] | None = None
    save: SaveIn | None = None

    @model_validator(mode="after")
    def _one_vpa(self) -> Self:
        if (self.vpa is None) == (self.instrument_id is None):
            raise PydanticCustomError(
                "one_vpa", "send vpa or instrument_id (a saved UPI ID)", {"field": "vpa"}
            )
        return self

    @property
    def consent_to_save(self) -> SaveIn | None:
        """For the UPI ID."""
        return self.save if self.save and self.save.consent else None


class CardNumberIn(Request):
    """A card as typed, only for merchants certified under PCI DSS; stored nowhere."""

    number: Annotated[SecretStr, Field(min_length=12, max_length=25)]
    expiry: Annotated[SecretStr, Field(min_length=4, max_length=10)]
    cvv: Annotated[SecretStr, Field(min_length=3, max_length=4)]
    name: Annotated[SecretStr, Field(max_length=80)] | None = None


class CardIn(_AttemptIn):
    """Pay by a new card, as the gateway's one-time token, or by a saved card."""

    method: Literal["card"]
    card_token: (
        Annotated[SecretStr, Field(min_length=1, max_length=512), AfterValidator(_visible)] | None
    ) = None
    instrument_id: Annotated[str, Field(pattern=r"^crd_[0-9a-z]{20}$")] | None = None
    cvv: Annotated[SecretStr, AfterValidator(_cvv)] | None = None
    """The CVV of a saved card, if its network requires it; used once and never stored."""
    card: CardNumberIn | None = None
    save: SaveIn | None = None

    @model_validator(mode="after")
    def _one_card(self) -> Self:
        given = [self.card_token, self.instrument_id, self.card]
        if sum(each is not None for each in given) > 1:
            raise PydanticCustomError(
                "one_card",
                "send card_token (from the browser's entry) or instrument_id (a saved card), "
                "or neither to enter the card on the gateway's page",
                {"field": "card_token"},
            )
        return self

    @property
    def names_a_card(self) -> bool:
        """False if the customer enters the card on the gateway's page."""
        return bool(self.card_token or self.instrument_id or self.card)

    @property
    def consent_to_save(self) -> SaveIn | None:
        """For the card."""
        return self.save if self.save and self.save.consent else None


class NetbankingIn(_AttemptIn):
    """Pay through the customer's bank."""

    method: Literal["netbanking"]
    bank: Annotated[str, Field(pattern=r"^[A-Z0-9_]{2,16}$")]

    @property
    def choice(self) -> str | None:
        """The bank."""
        return self.bank


class WalletIn(_AttemptIn):
    """Pay from a wallet."""

    method: Literal["wallet"]
    wallet: Annotated[str, Field(pattern=r"^[a-z0-9_]{2,32}$")]
    instrument_id: Annotated[str, Field(pattern=r"^wal_[0-9a-z]{20}$")] | None = None
    """A linked wallet, debited without a page of its own if its balance suffices."""

    @property
    def choice(self) -> str | None:
        """The wallet."""
        return self.wallet


AttemptIn = Annotated[
    UpiIntentIn | UpiQrIn | UpiCollectIn | CardIn | NetbankingIn | WalletIn,
    Field(discriminator="method"),
]


class RefundLine(Request):
    """One line of a refund; ``amount`` in paise."""

    label: Text
    amount: Positive


class RefundIn(Request):
    """A refund; ``amount`` in paise. If there are lines, they must sum to it.

    ``attempt_id`` selects the attempt, if more than one of the payment was captured.
    """

    amount: Positive
    reason: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,64}$")]
    lines: Annotated[list[RefundLine], Field(max_length=100)] = []
    attempt_id: Annotated[str, Field(pattern=r"^att_[0-9a-z]{20}$")] | None = None

    @model_validator(mode="after")
    def _lines_sum_to_amount(self) -> Self:
        total = sum(line.amount for line in self.lines)
        if self.lines and total != self.amount:
            raise PydanticCustomError(
                "lines_sum",
                "the lines sum to {total} paise but amount is {amount} paise; they must be equal",
                {"total": total, "amount": self.amount, "field": "lines"},
            )
        return self


class CaptureIn(Request):
    """The amount to capture, in paise."""

    amount: Positive


class Nothing(Request):
    """An empty body: ``{}`` or none at all."""


class ReadQuery(Request):
    """``wait``: seconds to wait for the payment to change."""

    wait: Annotated[int, Field(ge=0, le=30)] = 0


class OrderQuery(Request):
    """Which order's payments to list."""

    order_id: OrderId


def _apps(text: str) -> list[str]:
    return [app.strip() for app in text.split(",") if app.strip()]


def _few_apps(text: str) -> str:
    apps = _apps(_printable(text))
    if len(apps) > _MOST_APPS or any(len(app) > _LONGEST_TEXT for app in apps):
        raise PydanticCustomError("apps", "must be a short, comma-separated list of app names")
    return text


class MethodsQuery(Request):
    """The client's context as a query."""

    platform: Platform | None = None
    upi_apps: Annotated[str, Field(max_length=400), AfterValidator(_few_apps)] = ""

    def client(self) -> ClientIn:
        """The same context as a body has it."""
        return ClientIn(platform=self.platform, installed_upi_apps=_apps(self.upi_apps))


def fault_pointer(fault: dict[str, Any], *, tagged: bool = False) -> str:
    """The JSON pointer of one pydantic fault; a rule over several fields names its own.

    ``tagged``: the body is one of several shapes, and pydantic names the shape first.
    """
    place, known = fault["loc"][tagged:], fault.get("ctx", {})
    if place[2:] == ("[key]",):
        place = place[:2]
    if "discriminator" in known:
        place = (known["discriminator"].strip("'"),)
    return pointer_to((*place, *([known["field"]] if "field" in known else [])))


def fault_message(fault: dict[str, Any]) -> str:
    """What would be right there; never what was sent."""
    if fault["type"] == "union_tag_not_found":
        return "Field required"
    expected = fault.get("ctx", {}).get("expected_tags")
    return f"must be one of {expected}" if expected else str(fault["msg"])


def pointer_to(place: Iterable[str | int]) -> str:
    """The JSON pointer to a place in a body; an overlong name is cut."""
    parts = (str(part)[:_MOST_NAME].replace("~", "~0").replace("/", "~1") for part in place)
    return "".join(f"/{part}" for part in parts)
