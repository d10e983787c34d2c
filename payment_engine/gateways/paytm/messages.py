"""What Paytm sends: one class for each answer and webhook, with the fields that we read.

Answers are a head and a body; these are the bodies. Field names are Paytm's own.
"""

from collections.abc import Container, Mapping
from typing import Annotated, Self

from pydantic import ConfigDict, Field, PlainValidator
from pydantic.alias_generators import to_camel
from pydantic.aliases import AliasPath

from payment_engine.domain.gateway import FailureCause, Refused, Unconfirmed, Unknown
from payment_engine.gateways.paytm.tables import WRONG_CREDENTIALS
from payment_engine.gateways.reading import (
    Amount,
    BankNumber,
    Code,
    Flag,
    FreeText,
    Message,
    Part,
    Parts,
    Rupees,
    Secret,
    Text,
    Texts,
    impersonal,
)


class PaytmMessage(Message):
    """Field names in camelCase."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=False)


class Answer(PaytmMessage):
    """Every answer's ``resultInfo``: whether Paytm did what we asked, and why not."""

    status: Code = Field("", validation_alias=AliasPath("resultInfo", "resultStatus"))
    code: Code = Field("", validation_alias=AliasPath("resultInfo", "resultCode"))
    message: FreeText = Field("", validation_alias=AliasPath("resultInfo", "resultMsg"))

    @property
    def accepted(self) -> bool:
        """Whether Paytm did what we asked; this never means that money moved."""
        return self.status in ("S", "SUCCESS")

    @property
    def cause(self) -> FailureCause:
        """Why it is no success: our key or merchant id is refused, or else the request."""
        refuses_us = self.code in WRONG_CREDENTIALS
        return FailureCause.UNAUTHORIZED if refuses_us else FailureCause.REFUSED

    def require_accepted(self, refusals: Container[str] | None = None) -> Self:
        """The same answer; raises Refused with Paytm's code for a failure, else Unknown.

        ``refusals``: the only codes that prove that nothing was done; any other failure is then
        Unconfirmed. None for a call that changes nothing. A refusal is certain, since no such call
        starts a payment: only its answer has the token that one needs.
        """
        if self.accepted:
            return self
        code, message = impersonal(self.code), self.message
        if self.status == "F" and (refusals is None or self.code in refusals):
            raise Refused(code, message, certain=True).because(self.cause)
        if self.status == "F":
            raise Unconfirmed(code, message).because(self.cause)
        raise Unknown(f"{self.status} {self.code}").because(self.cause)


def _object(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


Signed = Annotated[Mapping[str, object], PlainValidator(_object)]
"""An object as it is, since a checksum covers all of its fields."""


class OrderAnswer(Answer):
    """``initiateTransaction``: an order was opened."""

    txn_token: Secret = None


class DeepLinkInfo(PaytmMessage):
    """A UPI link for an app."""

    deep_link: Text = None
    trans_id: Text = None


class RedirectForm(PaytmMessage):
    """A form that the browser submits to the bank."""

    action_url: Text = None
    method: Code = ""
    content: Texts = Field(default_factory=dict)


class BankForm(PaytmMessage):
    """How the customer reaches the bank's page."""

    redirect_form: Part[RedirectForm] = RedirectForm()


class ProcessAnswer(Answer):
    """``processTransaction``: a transaction was started, or a wallet paid at once."""

    txn_info: Signed = Field(default_factory=dict)
    """The outcome of a wallet payment: a callback's fields with their own checksum."""
    deep_link_info: Part[DeepLinkInfo] = DeepLinkInfo()
    bank_form: Part[BankForm] = BankForm()
    trans_id: Text = None


class Transaction(PaytmMessage):
    """One payment, as callbacks and webhooks report it."""

    status: Code = ""
    code: Code = Field("", validation_alias="respCode")
    message: FreeText = Field("", validation_alias="respMsg")
    order_id: Text = None
    mid: Text = None
    txn_id: Text = None
    txn_amount: Amount = Rupees()
    currency: Text = None
    payment_mode: Text = None
    bank_txn_id: BankNumber = None
    arn: BankNumber = None
    rrn: BankNumber = None


class StatusAnswer(Answer, Transaction):
    """``/v3/order/status``: one payment, its status in ``resultInfo``."""

    refund_amt: Amount = Rupees()
    """The sum of its refunds."""


class RefundDetail(PaytmMessage):
    """One of the transfers that a refund consists of."""

    rrn: BankNumber = None


class Refund(PaytmMessage):
    """One refund, as webhooks report it."""

    status: Code = ""
    code: Code = Field("", validation_alias="respCode")
    order_id: Text = None
    ref_id: Text = None
    refund_id: Text = None
    refund_amount: Amount = Rupees()
    arn: BankNumber = None
    rrn: BankNumber = None
    refund_detail_info_list: Parts[RefundDetail] = ()
    reject_refund_reason_code: Text = None


class RefundAnswer(Answer, Refund):
    """``/refund/apply`` and ``/v2/refund/status``: one refund, its status in ``resultInfo``."""


class AccessTokenAnswer(Answer):
    """``/token/create``: a token for one call outside an order."""

    access_token: Secret = None


class OtpAnswer(Answer):
    """``/login/sendOtp`` and ``/login/validateOtp``."""

    authenticated: Flag = None


class BalanceInfo(PaytmMessage):
    """What a wallet holds."""

    value: Amount = Rupees()


class BalanceAnswer(Answer):
    """``/userAsset/fetchBalanceInfo``."""

    balance_info: Part[BalanceInfo] = BalanceInfo()


class VpaAnswer(Answer):
    """``/vpa/validate``."""

    valid: Flag = None
    name: Text = None
    payer_name: Text = None


class BinDetail(PaytmMessage):
    """What the first digits of a card tell; booleans are text here."""

    channel_code: Code = ""
    payment_mode: Text = None
    issuing_bank: Text = None
    is_indian: Flag = None


class BinAnswer(Answer):
    """``fetchBinDetail``."""

    bin_detail: Part[BinDetail] = BinDetail()


def from_callback(fields: Mapping[str, object]) -> dict[str, object]:
    """A callback's fields, which are in UPPER CASE, under the names that JSON webhooks have."""
    return {_NAMES[name]: value for name, value in fields.items() if name in _NAMES}


_NAMES = {
    str(field.validation_alias).upper(): str(field.validation_alias)
    for message in (Transaction, Refund)
    for field in message.model_fields.values()
}
