"""Amazon Pay India: a linked wallet is debited, or its owner tops it up on Amazon's page."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, SecretStr

from payment_engine.domain.gateway import (
    Charge,
    ChargeKey,
    ChargeState,
    GatewayFailure,
    LinkedWallet,
    LinkEnded,
    LinkRequest,
    LinkStart,
    Method,
    NextAction,
    RefundState,
    Refused,
    Return,
    Unknown,
    WalletLink,
    WebhookEvent,
)
from payment_engine.domain.money import Paise, to_rupees
from payment_engine.domain.states import AttemptStatus, RefundStatus
from payment_engine.gateways.amazonpay import link, sns
from payment_engine.gateways.amazonpay.notice import notice_of
from payment_engine.gateways.amazonpay.signature import return_is_signed
from payment_engine.gateways.amazonpay.tables import (
    BALANCE_FIELDS,
    CHARGE_FIELDS,
    CHARGE_STATUS,
    DECLINE_OF,
    DECLINING_ERRORS,
    NO_SUCH,
    NOTICE_FIELDS,
    REFUND_FIELDS,
    REFUND_STATUS,
)
from payment_engine.gateways.amazonpay.wire import AmazonPayConfig, AmazonPayWire, Ask, Unproven
from payment_engine.gateways.base import Gateway
from payment_engine.gateways.http import Wire
from payment_engine.gateways.reading import paise, part, text

A = AttemptStatus
T = TypeVar("T")

_CHARGE, _REFUND = "/v1/payments/charge", "/v1/payments/refund"
_INSTRUMENTS = "/v1/payments/instruments"
_LONGEST_NOTE = 200
_PAID = frozenset({A.CAPTURED, A.AUTHORIZED})


class AmazonPay(Gateway):
    """Amazon Pay; ``gateway_payment_id`` is its ``amazonChargeId``."""

    name = "amazonpay"
    methods = frozenset({Method.WALLET})
    Config = AmazonPayConfig
    webhook_fields = NOTICE_FIELDS
    wallet_linked_by = "consent"
    wallet_needs_link = True
    config: AmazonPayConfig

    def __init__(self, config: BaseModel, wire: Wire) -> None:
        super().__init__(config, wire)
        self.api = AmazonPayWire(self.config, wire)
        self.certificates = sns.Certificates(wire, self.config.certificate_base)

    async def charge(self, charge: Charge) -> ChargeState:
        """Debit the linked wallet; a repeat finds the charge that is there.

        A success that is not signed well counts for nothing: the charge is asked about once.
        """
        source = charge.source
        if not isinstance(source, LinkedWallet):
            raise Refused("wallet_not_linked", "link the wallet first")
        key = ChargeKey(ref=charge.ref, customer_ref=charge.customer.ref, amount=charge.amount)
        try:
            answer = await self._with_token(
                source.token, lambda token: self.api.ask(self._charge(charge, token))
            )
        except Unproven:
            return await self._there(key)
        except Refused as refused:
            if refused.code == "DuplicateChargeId":
                return await self._there(key)
            if refused.code in DECLINING_ERRORS:
                return _declined(charge, refused.code)
            raise
        return self._state(answer, key)

    async def fetch_charge(self, key: ChargeKey) -> ChargeState | None:
        """The charge by our own reference."""
        answer = await self._found("fetch_charge", _CHARGE, key.ref, CHARGE_FIELDS)
        return None if answer is None else self._state(answer, key)

    async def refund(self, ref: str, key: ChargeKey, amount: Paise) -> RefundState:
        """Ask for a refund; a repeat finds the refund that is there."""
        fields = {
            "merchantId": self.config.merchant_id,
            "refundId": ref,
            "chargeIdType": "MerchantTxnId",
            "chargeId": key.ref,
            "amount": to_rupees(amount),
            "currencyCode": "INR",
            "noteToCustomer": "Refund",
            "softDescriptor": "Refund",
        }
        try:
            answer = await self.api.ask(
                Ask(operation="refund", method="POST", path=_REFUND, fields=fields,
                    allow=REFUND_FIELDS)
            )  # fmt: skip
        except Refused as refused:
            if refused.code != "DuplicateRefundId":
                raise
            there = await self.fetch_refund(ref, key)
            if there is None:
                raise Unknown("a duplicate of a refund that is not there") from refused
            return there
        return _refund_state(answer, ref, key.ref)

    async def fetch_refund(self, ref: str, key: ChargeKey) -> RefundState | None:
        """The refund by our own reference."""
        answer = await self._found("fetch_refund", _REFUND, ref, REFUND_FIELDS)
        return None if answer is None else _refund_state(answer, ref, key.ref)

    async def receive_webhook(self, headers: Mapping[str, str], body: bytes) -> WebhookEvent:
        """Fetch the certificate that a notice names, read it, and confirm a subscription."""
        envelope = sns.opened(headers, body, self.config.topic_arn)
        await self.certificates.fetch(envelope)
        notice = self.read_webhook(headers, body)
        if notice.kind == sns.CONFIRMATION:
            await self.certificates.confirm(envelope)
        return notice

    def read_webhook(self, headers: Mapping[str, str], body: bytes) -> WebhookEvent:
        """Verify by a certificate that is held already; ``receive_webhook`` sees to that."""
        envelope = sns.opened(headers, body, self.config.topic_arn)
        self.certificates.check(envelope)
        return notice_of(envelope, self.config.merchant_id, self.api.now())

    def read_return(self, fields: Mapping[str, str]) -> Return | None:
        """Amazon's page signs what it sends back; either way it is a hint."""
        ref = fields.get("sellerOrderId")
        signed = return_is_signed(fields, *self.config.return_pair)
        return Return(ref=ref.lower(), signed=signed) if ref else None

    async def link_start(self, request: LinkRequest) -> LinkStart:
        """Where the customer lets us debit their wallet."""
        return link.start(self.api, request)

    async def link_finish(self, state: SecretStr, proof: SecretStr) -> WalletLink:
        """The code that came back from there turns into tokens."""
        return await link.finish(self.api, state, proof)

    async def link_renew(self, token: SecretStr) -> WalletLink:
        """A fresh access token; the consent itself does not end."""
        return await link.renew(self.api, token)

    async def balance(self, token: SecretStr) -> Paise:
        """What can be spent of the wallet's balance just now."""
        answer = await self._with_token(token, lambda access: self.api.ask(self._balance(access)))
        held = paise(part(answer, "amazonPayBalance").get("redeemableBalance"))
        if held is None:
            raise Unknown("an answer without a balance")
        return held

    def _charge(self, charge: Charge, access_token: str) -> Ask:
        fields = {
            "merchantId": self.config.merchant_id,
            "chargeId": charge.ref,
            "referenceId": charge.ref,
            "accessToken": access_token,
            "amount": to_rupees(charge.amount),
            "currencyCode": "INR",
            "intent": "Capture",
            "attributableProgram": "S2SPay",
            "callbackUrl": charge.return_url,
            "noteToCustomer": charge.description[:_LONGEST_NOTE],
            "timeoutInSecs": str(self.config.timeout),
            "paymentMetaData": "",
            "selectedPaymentInstrumentType": "AmazonPayBalance",
        }
        return Ask(operation="charge", method="POST", path=_CHARGE, fields=fields,
                   allow=CHARGE_FIELDS, client=charge.client)  # fmt: skip

    def _balance(self, access_token: str) -> Ask:
        """How its nested answer is signed is not documented, and it moves no money."""
        fields = {
            "merchantId": self.config.merchant_id,
            "accessToken": access_token,
            "instrumentTypes": "AmazonPayBalance",
        }
        return Ask(operation="balance", method="GET", path=_INSTRUMENTS, fields=fields,
                   allow=BALANCE_FIELDS, strict=False)  # fmt: skip

    async def _with_token(self, token: SecretStr, call: Callable[[str], Awaitable[T]]) -> T:
        """Once more with a fresh token where Amazon does not know this one any more."""
        tokens = link.tokens_in(token)
        try:
            return await call(tokens.access)
        except LinkEnded:
            fresh = await self._renewed(token)
        return await call(fresh.access)

    async def _renewed(self, token: SecretStr) -> link.WalletTokens:
        """Fresh tokens for a call that was refused; without them it stays refused."""
        try:
            return link.tokens_in((await link.renew(self.api, token)).token)
        except LinkEnded:
            raise
        except GatewayFailure as failure:
            raise Refused("link_not_renewed", type(failure).__name__) from failure

    async def _found(
        self, operation: str, path: str, ref: str, allow: frozenset[str]
    ) -> dict[str, Any] | None:
        fields = {"merchantId": self.config.merchant_id, "txnIdType": "MerchantTxnId", "txnId": ref}
        try:
            return await self.api.ask(
                Ask(operation=operation, method="GET", path=path, fields=fields, allow=allow)
            )
        except Refused as refused:
            if refused.code in NO_SUCH:
                return None
            raise

    async def _there(self, key: ChargeKey) -> ChargeState:
        """The charge that Amazon says, or may have said, that it has."""
        state = await self.fetch_charge(key)
        if state is None:
            raise Unknown("a charge that is said to be there is not")
        return state

    def _state(self, answer: Mapping[str, Any], key: ChargeKey) -> ChargeState:
        word, said = text(answer, "status"), text(answer, "chargeId") or ""
        if word is None or said.lower() != key.ref.lower():
            raise Unknown("an answer without a status, or about another charge")
        status = CHARGE_STATUS.get(word, A.PENDING)
        return ChargeState(
            ref=key.ref,
            status=status,
            gateway_status=word,
            amount=_amount(answer, status, key.amount),
            currency=text(answer, "currencyCode"),
            merchant_id=text(answer, "merchantId"),
            gateway_payment_id=text(answer, "amazonChargeId"),
            decline_code=DECLINE_OF.get(word, "other") if status is A.FAILED else None,
            next_action=_page(answer) if status is A.PENDING else None,
            recognised=word in CHARGE_STATUS,
        )


def _amount(answer: Mapping[str, Any], status: AttemptStatus, ours: Paise) -> Paise | None:
    """What was asked for; of a success what was approved, and the one that is wrong of the two."""
    requested, approved = paise(answer.get("requestedAmount")), paise(answer.get("approvedAmount"))
    if status not in _PAID:
        return requested
    if approved is None or requested is None:
        raise Unknown("a success that does not say what was approved")
    return approved if approved != ours else requested


def _page(answer: Mapping[str, Any]) -> NextAction | None:
    url = text(answer, "amazonPayUrl") or ""
    safe = url.startswith(("https://", "http://"))
    return NextAction(kind="redirect", url=url) if safe else None


def _declined(charge: Charge, code: str) -> ChargeState:
    """The customer's wallet cannot pay this; Amazon made no charge of it."""
    return ChargeState(
        ref=charge.ref,
        status=A.FAILED,
        gateway_status=code,
        decline_code=DECLINE_OF[code],
        gateway_code=code,
    )


def _refund_state(answer: Mapping[str, Any], ref: str, charge_ref: str) -> RefundState:
    word, said = text(answer, "status"), text(answer, "refundId") or ""
    if word is None or said.lower() != ref.lower():
        raise Unknown("an answer without a status, or about another refund")
    return RefundState(
        ref=ref,
        charge_ref=charge_ref,
        status=REFUND_STATUS.get(word, RefundStatus.PENDING),
        gateway_status=word,
        amount=paise(answer.get("amount")),
        gateway_refund_id=text(answer, "amazonRefundId"),
        recognised=word in REFUND_STATUS,
    )
