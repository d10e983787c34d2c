"""Amazon Pay India: a linked wallet is debited, or its owner tops it up on Amazon's page."""

from collections.abc import Callable, Mapping
from functools import partial

from pydantic import BaseModel, SecretStr

from payment_engine.domain.gateway import (
    Charge,
    ChargeKey,
    ChargeState,
    GatewayFailure,
    LinkEnded,
    LinkRequest,
    LinkStart,
    RefundState,
    Refused,
    Return,
    Unconfirmed,
    Unknown,
    WalletLink,
    WebhookEvent,
)
from payment_engine.domain.money import Paise
from payment_engine.domain.payment_methods import LinkedWallet, Method
from payment_engine.gateways.amazonpay import requests, sns, states, wallets
from payment_engine.gateways.amazonpay.messages import BalanceAnswer, ChargeAnswer, RefundAnswer
from payment_engine.gateways.amazonpay.signature import return_is_signed, sign_return
from payment_engine.gateways.amazonpay.tables import (
    CHARGE_EXISTS,
    ERROR_DECLINE_OF,
    NOT_FOUND,
    REFUND_EXISTS,
    WEBHOOK_FIELDS,
)
from payment_engine.gateways.amazonpay.wire import (
    AmazonPayConfig,
    AmazonPayRequest,
    AmazonPayWire,
    M,
    Unverified,
)
from payment_engine.gateways.base import Gateway, look_after_sending
from payment_engine.gateways.http import Wire


class AmazonPay(Gateway):
    """Amazon Pay; ``gateway_payment_id`` is its ``amazonChargeId``."""

    name = "amazonpay"
    methods = frozenset({Method.WALLET})
    Config = AmazonPayConfig
    webhook_fields = WEBHOOK_FIELDS
    wallet_linked_by = "consent"
    wallet_needs_link = True
    config: AmazonPayConfig

    def __init__(self, config: BaseModel, wire: Wire) -> None:
        super().__init__(config, wire)
        self.api = AmazonPayWire(self.config, wire)
        self.certificates = sns.Certificates(wire, self.config.certificate_base)

    async def charge(self, charge: Charge) -> ChargeState:
        """Debit the linked wallet; a repeat finds the charge that exists.

        A success without a valid signature counts for nothing: the charge is fetched, once.
        """
        source = charge.source
        if not isinstance(source, LinkedWallet):
            raise Refused("wallet_not_linked", "link the wallet first", certain=True)
        try:
            build = partial(requests.charge, self.config, charge)
            answer = await self._call_with_token(source.token, build, ChargeAnswer)
        except Unverified:
            return await self._existing_charge(charge.key)
        except Refused as refused:
            if refused.code == CHARGE_EXISTS:
                return await self._existing_charge(charge.key)
            if refused.code in ERROR_DECLINE_OF:
                return states.declined(charge, refused.code)
            raise
        return states.charge_state(answer, charge.key)

    def may_repeat(self, charge: Charge) -> bool:
        """Amazon makes one charge of a ``chargeId``, however often it is sent."""
        return True

    async def fetch_charge(self, key: ChargeKey) -> ChargeState | None:
        """The charge by our own reference."""
        answer = await self._find(requests.fetch_charge(self.config, key.ref), ChargeAnswer)
        return None if answer is None else states.charge_state(answer, key)

    async def refund(self, ref: str, key: ChargeKey, amount: Paise) -> RefundState:
        """Request a refund; a repeat finds the refund that exists."""
        try:
            answer = await self.api.call(
                requests.refund(self.config, ref, key, amount), RefundAnswer
            )
        except Refused as refused:
            if refused.code != REFUND_EXISTS:
                raise
            state = await self.fetch_refund(ref, key)
            if state is None:
                raise Unknown("a duplicate of a refund that does not exist") from refused
            return state
        return states.refund_state(answer, ref, key.ref)

    async def fetch_refund(self, ref: str, key: ChargeKey) -> RefundState | None:
        """The refund by our own reference."""
        answer = await self._find(requests.fetch_refund(self.config, ref), RefundAnswer)
        return None if answer is None else states.refund_state(answer, ref, key.ref)

    def check_keys(self) -> str | None:
        """The signature of a return."""
        pair = self.config.return_pair
        sample = {"sellerOrderId": "sample"}
        signed = return_is_signed({**sample, "signature": sign_return(sample, *pair)}, *pair)
        return None if signed else "return_secret_key does not verify what it signs"

    async def receive_webhook(self, headers: Mapping[str, str], body: bytes) -> WebhookEvent:
        """Fetch the certificate that a webhook names, read it, and confirm a subscription."""
        envelope = sns.read_envelope(headers, body, self.config.topic_arn)
        await self.certificates.fetch(envelope)
        event = self.read_webhook(headers, body)
        if event.kind == sns.CONFIRMATION:
            await self.certificates.confirm(envelope)
        return event

    def read_webhook(self, headers: Mapping[str, str], body: bytes) -> WebhookEvent:
        """Verify with a certificate that was fetched before; ``receive_webhook`` fetches it."""
        envelope = sns.read_envelope(headers, body, self.config.topic_arn)
        self.certificates.verify(envelope)
        return states.webhook_event(envelope, self.config.merchant_id, self.api.now())

    def read_return(self, fields: Mapping[str, str]) -> Return | None:
        """Amazon's page signs what it sends back; either way it is only a hint."""
        ref = fields.get("sellerOrderId")
        signed = return_is_signed(fields, *self.config.return_pair)
        return Return(ref=ref.lower(), signed=signed) if ref else None

    async def link_start(self, request: LinkRequest) -> LinkStart:
        """The page where the customer lets us debit their wallet."""
        return wallets.start(self.api, request)

    async def link_finish(self, state: SecretStr, proof: SecretStr) -> WalletLink:
        """Exchange the code that came back from there for tokens."""
        return await wallets.finish(self.api, state, proof)

    async def link_renew(self, token: SecretStr) -> WalletLink:
        """A fresh access token; the consent itself does not end."""
        return await wallets.renew(self.api, token)

    async def balance(self, token: SecretStr) -> Paise:
        """What the wallet can spend just now, in paise."""
        build = partial(requests.balance, self.config)
        answer = await self._call_with_token(token, build, BalanceAnswer)
        amount = answer.amazon_pay_balance.redeemable_balance.paise
        if amount is None:
            raise Unknown("an answer without a balance")
        return amount

    async def _call_with_token(
        self, token: SecretStr, build: Callable[[str], AmazonPayRequest], kind: type[M]
    ) -> M:
        """The call that ``build`` makes of an access token; once more where that has expired."""
        try:
            return await self.api.call(build(wallets.read_tokens(token).access), kind)
        except LinkEnded:
            fresh = await self._renewed(token)
        return await self.api.call(build(fresh.access), kind)

    async def _renewed(self, token: SecretStr) -> wallets.WalletTokens:
        """Fresh tokens for a call that was refused; without them it stays refused."""
        try:
            return wallets.read_tokens((await wallets.renew(self.api, token)).token)
        except LinkEnded:
            raise
        except GatewayFailure as failure:
            raise Refused("link_not_renewed", failure.cause) from failure

    async def _find(self, request: AmazonPayRequest, kind: type[M]) -> M | None:
        """The answer of a status call; None where Amazon never saw our reference.

        Any other refusal is one of the call, and says nothing of what it is about.
        """
        try:
            return await self.api.call(request, kind)
        except Refused as refused:
            if refused.code in NOT_FOUND:
                return None
            raise Unconfirmed(refused.code).because(refused.cause) from refused

    async def _existing_charge(self, key: ChargeKey) -> ChargeState:
        """The charge that Amazon says, or may have said, that it made."""
        with look_after_sending():
            state = await self.fetch_charge(key)
        if state is None:
            raise Unknown("a charge that Amazon reported does not exist")
        return state
