"""What Juspay answers and reports, as far as we read it."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, PlainValidator

from payment_engine.gateways.http import parse_json
from payment_engine.gateways.reading import (
    Amount,
    BankNumber,
    Code,
    Flag,
    Message,
    OptionalPart,
    Part,
    Parts,
    PayerVpa,
    Rupees,
    Secret,
    Text,
    Texts,
    texts,
)


class ErrorInfo(Message):
    """What the newer of Juspay's two generations of errors says."""

    code: Text = None
    developer_message: Text = None


class Failure(Message):
    """An error of either generation."""

    status: Text = None
    error_code: Text = None
    error_message: Text = None
    error_info: Part[ErrorInfo] = ErrorInfo()

    @property
    def codes(self) -> set[str | None]:
        """Every field in which one of the generations puts its code."""
        return {self.status, self.error_code, self.error_info.code}


class Reason(Message):
    """Why a transaction failed: the bank's code, the processor's or Juspay's own."""

    bank_error_code: Text = None
    resp_code: Text = None
    error_code: Text = None
    bank_error_message: Text = None
    resp_message: Text = None
    error_message: Text = None

    @property
    def codes(self) -> list[str]:
        """The codes that are there, the bank's first."""
        return [each for each in (self.bank_error_code, self.resp_code, self.error_code) if each]

    @property
    def texts(self) -> list[str]:
        """The explanations that are there, the bank's first."""
        texts = (self.bank_error_message, self.resp_message, self.error_message)
        return [each for each in texts if each]


class TxnDetail(Reason):
    """The transaction of an order."""

    txn_uuid: Text = None


class BankResponse(Reason):
    """What the processor or bank behind Juspay answered."""

    rrn: BankNumber = None


class Upi(Message):
    """The UPI side of a transaction."""

    payer_vpa: PayerVpa = None


class Refund(Message):
    """One refund of an order; ``unique_request_id`` is our reference."""

    unique_request_id: Text = None
    status: Text = None
    amount: Amount = Rupees()
    id: Text = None
    ref: Text = None
    """The processor's reference."""
    arn: BankNumber = None
    error_code: Text = None
    initiated_by: Text = None
    """API, a person's name for the dashboard, or AUTO_REFUNDED."""

    @property
    def reference(self) -> str | None:
        """Ours, or what names a refund that was not made by us."""
        return self.unique_request_id or self.id or self.ref


class CardToken(Message):
    """The network token of a card on file."""

    card_reference: Text = None
    last_four_digits: Text = None
    tokenization_status: Text = None
    par: Secret = None
    cvv_less_support: Flag = None


class Card(Message):
    """A card, as an order or the list of a customer's cards shows it."""

    card_token: Secret = None
    """Pays now and expires soon."""
    card_reference: Text = None
    """Names the card for as long as it is saved."""
    card_number: Text = None
    """Masked."""
    card_isin: Text = None
    last_four_digits: Text = None
    card_brand: Text = None
    card_type: Text = None
    card_issuer: Text = None
    card_fingerprint: Secret = None
    cvv_less_support: Flag = None
    saved_to_locker: Flag = None
    using_saved_card: Flag = None
    using_token: Flag = None
    token: OptionalPart[CardToken] = None
    token_created: OptionalPart[CardToken] = None
    """What the network issued for this payment's card."""

    @property
    def references(self) -> set[str]:
        """Every name under which the card may be listed."""
        tokens = [token for token in (self.token, self.token_created) if token]
        named = (self.card_reference, *(token.card_reference for token in tokens))
        return {reference for reference in named if reference}


class CardList(Message):
    """``GET /cards``."""

    cards: Parts[Card] = ()


class Page(Message):
    """A page where the customer authenticates."""

    url: Text = None
    method: Text = None
    params: Texts = Field(default_factory=dict)


@dataclass(frozen=True)
class LinkParts:
    """Names and values from which a UPI link is made, in Juspay's order; a name may come twice.

    Those of a nested ``uri_params``, an object or the JSON of one, are among them.
    """

    pairs: tuple[tuple[str, str], ...] = ()

    def get(self, *names: str) -> str | None:
        """The first value of any of these names that is not empty."""
        return next((value for name, value in self.pairs if name in names and value), None)


def _link_parts(value: object) -> LinkParts:
    parts = dict(value) if isinstance(value, dict) else {}
    nested = parts.pop("uri_params", None)
    if isinstance(nested, str):
        nested = _json_object(nested)
    scalars = (texts(each).items() for each in (nested, parts))
    return LinkParts(tuple(pair for pairs in scalars for pair in pairs))


def _json_object(text: str) -> object:
    try:
        return parse_json(text.encode(errors="replace"))
    except ValueError:
        return None


class TxnPayment(Message):
    """How a started transaction goes on: the parts of a UPI link, or a page."""

    sdk_params: Annotated[LinkParts, PlainValidator(_link_parts)] = LinkParts()
    authentication: Part[Page] = Page()


class PaymentLinks(Message):
    """Where Juspay's own page of an order is."""

    web: Text = None


class Order(Reason):
    """An order with its transaction and refunds; a started transaction has some of its fields."""

    order_id: Text = None
    status: Text = None
    amount: Amount = Rupees()
    currency: Text = None
    merchant_id: Text = None
    txn_uuid: Text = None
    method_type: Code = Field("", validation_alias="payment_method_type")
    payer_vpa: PayerVpa = None
    amount_refunded: Amount = Rupees(0)
    maximum_eligible_refund_amount: Amount = Rupees()
    txn_detail: Part[TxnDetail] = TxnDetail()
    payment_gateway_response: Part[BankResponse] = BankResponse()
    upi: Part[Upi] = Upi()
    card: Part[Card] = Card()
    payment: Part[TxnPayment] = TxnPayment()
    refunds: Parts[Refund] = ()
    payment_links: Part[PaymentLinks] = PaymentLinks()

    def completed_by(self, order: "Order") -> "Order":
        """The same with the amount, currency and merchant of ``order`` where it names none."""
        names = {"amount", "currency", "merchant_id"} - self.model_fields_set
        return self.model_copy(update={name: getattr(order, name) for name in names})

    def paid_by(self, method_type: str) -> "Order":
        """The same with the method that we asked for, where the answer names none."""
        return self.model_copy(update={"method_type": self.method_type or method_type})


class Txn(Reason):
    """A transaction by itself, as TXN_CHARGED and TXN_FAILED report it."""

    order_id: Text = None
    status: Text = None
    txn_amount: Amount = Rupees()
    currency: Text = None
    txn_uuid: Text = None
    method_type: Code = Field("", validation_alias="payment_method_type")
    payment_gateway_response: Part[BankResponse] = BankResponse()

    def as_order(self) -> Order:
        """Its order, as far as the transaction shows it: we start one for each order."""
        facts = {name: getattr(self, name) for name in Txn.model_fields.keys() - {"txn_amount"}}
        return Order().model_copy(update={**facts, "amount": self.txn_amount})


class Content(Message):
    """What a webhook is about: an order, or a transaction."""

    order: OptionalPart[Order] = None
    txn: OptionalPart[Txn] = None


class Webhook(Message):
    """A webhook; ``id`` is the same each time it is sent."""

    id: Text = None
    event_name: Text = None
    date_created: Text = None
    content: Part[Content] = Content()


class BinFacts(Message):
    """``GET /cardbins``."""

    brand: Text = None
    type: Text = None
    bank: Text = None
    country: Text = None
    tokenize_support: Flag = None


class VpaVerdict(Message):
    """``POST /v2/upi/verify-vpa``."""

    status: Text = None
    customer_name: Text = None


class Confirmation(Message):
    """A success of which nothing is read."""
