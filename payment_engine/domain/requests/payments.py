"""What callers send to open, read, capture and refund payments."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from payment_engine.domain.customer import CUSTOMER_REF
from payment_engine.domain.money import MAX_AMOUNT, MIN_AMOUNT, Paise, display
from payment_engine.domain.requests.cursors import PaymentsAfter
from payment_engine.domain.requests.fields import (
    MAX_TEXT,
    Email,
    Moment,
    Phone,
    PositiveAmount,
    Request,
    Text,
    WebAddress,
    check_window,
    cleaned,
)
from payment_engine.domain.states import PaymentStatus

_MOST_METADATA = 20


def _payable(paise: int) -> int:
    if 0 < paise < MIN_AMOUNT:
        raise PydanticCustomError(
            "payable",
            "must be at least {least} paise ({least_display}), or 0 if nothing is left to pay",
            {"least": MIN_AMOUNT, "least_display": display(MIN_AMOUNT)},
        )
    return paise


def _metadata(given: dict[str, str]) -> dict[str, str]:
    first = list(given.items())[:_MOST_METADATA]
    return {cleaned(name, MAX_TEXT): cleaned(value, MAX_TEXT) for name, value in first}


Amount = Annotated[int, Field(strict=True, ge=0, le=MAX_AMOUNT), AfterValidator(_payable)]
LineAmount = Annotated[int, Field(strict=True, ge=-MAX_AMOUNT, le=MAX_AMOUNT)]
OrderId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:/-]{0,63}$")]


class LineText(Request):
    """The text of a line in another language."""

    label: Text
    note: Text | None = None


class Line(Request):
    """One line of an order summary; ``amount`` in paise, negative for a discount.

    ``hi``: the same in Hindi, for customers who read the checkout in Hindi.
    """

    label: Text
    amount: LineAmount
    note: Text | None = None
    hi: LineText | None = None


class CustomerIn(Request):
    """The shop's reference for the customer, and contact details that gateways may require."""

    ref: Annotated[str, Field(pattern=rf"^{CUSTOMER_REF}$")]
    phone: Phone | None = None
    email: Email | None = None
    name: Text | None = None


class PaymentIn(Request):
    """A payment to open; ``amount`` in paise, ``expires_in`` in seconds.

    A payment over 0 is paid as soon as it is opened, without a gateway. ``metadata`` is the shop's
    own: 20 entries are stored, each name and value cut after 120 characters.
    """

    order_id: OrderId
    amount: Amount
    currency: Literal["INR"]
    breakdown: list[Line] = Field([], max_length=100)
    customer: CustomerIn
    return_url: WebAddress
    capture: Literal["automatic", "manual"] = "automatic"
    expires_in: Annotated[int, Field(strict=True, ge=60, le=86_400)] = 900
    metadata: Annotated[dict[str, str], AfterValidator(_metadata)] = Field({})

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


class RefundLine(Request):
    """One refunded line of the order; ``amount`` in paise."""

    label: Text
    amount: PositiveAmount


class RefundIn(Request):
    """A refund; ``amount`` in paise, to which the lines sum if there are any.

    ``attempt_id`` names the attempt to refund if more than one captured money.
    """

    amount: PositiveAmount
    reason: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,64}$")]
    lines: list[RefundLine] = Field([], max_length=100)
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
    """How much of the authorized amount to capture, in paise."""

    amount: PositiveAmount


class EmptyBody(Request):
    """A body without fields: ``{}`` or none at all."""


class ReadQuery(Request):
    """``wait``: how many seconds to wait for the payment to change."""

    wait: Annotated[int, Field(ge=0, le=30)] = 0


class PaymentsQuery(Request):
    """Which payments to list: all of one order, or those created within a time, a page at a time.

    ``after``: the ``next`` of the page before. With ``order_id`` nothing else chooses.
    """

    order_id: OrderId | None = None
    status: PaymentStatus | None = None
    created_after: Moment | None = None
    created_before: Moment | None = None
    after: PaymentsAfter | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50

    @model_validator(mode="after")
    def _agree(self) -> Self:
        others = ("status", "created_after", "created_before", "after")
        wrong = next((name for name in others if getattr(self, name) is not None), None)
        if self.order_id and wrong:
            raise PydanticCustomError("alone", "cannot be combined with order_id", {"field": wrong})
        check_window(self.created_after, self.created_before)
        return self
