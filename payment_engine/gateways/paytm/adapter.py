"""Paytm: one order and one transaction per charge; checksums cover the exact text of a body."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from pydantic import BaseModel, SecretStr

from payment_engine.domain.errors import BadSignature, InvalidRequest, Unsupported
from payment_engine.domain.gateway import (
    CardFacts,
    Charge,
    ChargeKey,
    ChargeState,
    LinkEnded,
    LinkRequest,
    LinkStart,
    RefundState,
    Refused,
    Return,
    Unknown,
    VpaFacts,
    WalletLink,
    WebhookEvent,
)
from payment_engine.domain.money import Paise
from payment_engine.domain.payment_methods import CardNumber, LinkedWallet, Method
from payment_engine.domain.states import AttemptStatus
from payment_engine.gateways.base import Gateway, look_after_sending
from payment_engine.gateways.http import Wire
from payment_engine.gateways.paytm import cards, requests, states, upi, wallets
from payment_engine.gateways.paytm.envelope import decode_envelope
from payment_engine.gateways.paytm.messages import (
    Answer,
    OrderAnswer,
    ProcessAnswer,
    RefundAnswer,
    StatusAnswer,
    Transaction,
    from_callback,
)
from payment_engine.gateways.paytm.requests import Direct, Hosted
from payment_engine.gateways.paytm.signature import form_is_signed, sign, text_is_signed
from payment_engine.gateways.paytm.tables import (
    LOGGED_FIELDS,
    NO_RECORD,
    NO_VERDICT,
    ORDER_ACCEPTED,
    ORDER_EXISTS,
    ORDER_REFUSED,
    PROCESS_DECLINE_OF,
    PROCESS_REFUSED,
    REFUND_EXISTS,
    REFUND_FAILED,
    REFUND_NOT_FOUND,
    SESSION_EXPIRED,
    WRONG_CREDENTIALS,
)
from payment_engine.gateways.paytm.wire import PaytmConfig, PaytmWire

_SAMPLE = "sample"
_BIN = 9
"""How many digits of a card number Paytm wants to tell its kind."""


class Paytm(Gateway):
    """Paytm; ``gateway_payment_id`` is its ``txnId``. It always captures at once."""

    name = "paytm"
    methods = frozenset(Method)
    Config = PaytmConfig
    webhook_fields = LOGGED_FIELDS
    wallet_linked_by = "otp"
    shows_within = timedelta(minutes=20)
    """Its page shows nothing before the customer acts, and lasts 15 minutes."""
    config: PaytmConfig

    def __init__(self, config: BaseModel, wire: Wire) -> None:
        super().__init__(config, wire)
        self.api = PaytmWire(self.config, wire)
        if not self.config.wallet:
            self.methods = self.methods - {Method.WALLET}

    async def charge(self, charge: Charge) -> ChargeState:
        """One order, then one transaction; a repeat finds the first one and starts no other.

        On Paytm's own page the customer starts it: with a card, or a wallet that is not linked.
        """
        if not charge.capture or charge.method not in self.methods:
            raise Refused(
                "not_offered", "no manual capture here, and not every method", certain=True
            )
        source = charge.source
        if isinstance(source, LinkedWallet):
            return await self._process(charge, source, _session_token(charge, source.token))
        order = await self.api.send_signed(requests.create_order(self.config, charge), OrderAnswer)
        repeated = order.code in ORDER_EXISTS or (order.accepted and order.code != ORDER_ACCEPTED)
        if repeated and (state := await self._existing_charge(charge.key)):
            return state
        if order.code in ORDER_EXISTS:
            raise Unknown(f"{order.code}, but the order shows nothing")
        token = _token(order)
        if isinstance(source, Hosted):
            page = requests.hosted_page(self.api.base, self.config.merchant_id, charge.ref, token)
            return replace(self._pending(charge), next_action=page)
        return await self._process(charge, source, token)

    def check_keys(self) -> str | None:
        """A checksum by each merchant key."""
        verified = [text_is_signed(_SAMPLE, [key], sign(_SAMPLE, key)) for key in self.config.keys]
        return None if all(verified) else "merchant_key does not verify what it signs"

    async def fetch_charge(self, key: ChargeKey) -> ChargeState | None:
        """``/v3/order/status``; some of its failures are about our request, not the payment."""
        answer = await self.api.send_signed(requests.fetch_order(key), StatusAnswer)
        if answer.status == NO_RECORD:
            return None
        if answer.code in NO_VERDICT and answer.status == "TXN_FAILURE":
            raise self._no_verdict(answer)
        return replace(states.charge_state(answer, key.ref), refunded=answer.refund_amt.paise)

    async def refund(self, ref: str, key: ChargeKey, amount: Paise) -> RefundState:
        """Request a refund; for a reference used before, the refund that exists."""
        request = requests.refund(ref, key, await self._transaction_of(key), amount)
        answer = await self.api.send_signed(request, RefundAnswer)
        if answer.code in REFUND_EXISTS:
            if state := await self.fetch_refund(ref, key):
                return state
            raise Unknown(f"{answer.code}, but there is no such refund")
        if answer.status == "TXN_FAILURE" and answer.code in REFUND_FAILED:
            raise Refused(answer.code, answer.message)
        return self._refund_state(answer, ref, key)

    async def fetch_refund(self, ref: str, key: ChargeKey) -> RefundState | None:
        """``/v2/refund/status``; None where it never arrived, so that it may be sent again."""
        answer = await self.api.send_signed(requests.fetch_refund(ref, key), RefundAnswer)
        if answer.code in REFUND_NOT_FOUND or answer.status == NO_RECORD:
            return None
        return self._refund_state(answer, ref, key)

    def read_webhook(self, headers: Mapping[str, str], body: bytes) -> WebhookEvent:
        """A form as browsers post it, or head and body in JSON; both carry their checksum."""
        is_json = body.lstrip()[:1] == b"{"
        content = self._verified_json(body) if is_json else self._verified_form(body)
        try:
            return states.webhook_event(content)
        except (ValueError, Unknown) as error:
            raise InvalidRequest("a webhook that makes no sense") from error

    def read_return(self, fields: Mapping[str, str]) -> Return | None:
        """The callback of a browser. Where it went back, Paytm's fields are gone: the address that
        we gave Paytm names the charge, unsigned."""
        posted = {name: value for name, value in fields.items() if name != requests.RETURN_REF}
        ref = posted.get("ORDERID") or fields.get(requests.RETURN_REF)
        ours = posted.get("MID") == self.config.merchant_id
        signed = ours and form_is_signed(posted, self.config.keys)
        return Return(ref=ref.lower(), signed=signed) if ref else None

    async def card_facts(self, digits: str) -> CardFacts | None:
        """What Paytm's BIN table says."""
        return await cards.facts(self.api, digits)

    async def verify_vpa(self, vpa: SecretStr, customer_ref: str) -> VpaFacts:
        """Whether the bank behind a UPI id knows it."""
        return await upi.verify(self.api, vpa)

    async def link_start(self, request: LinkRequest) -> LinkStart:
        """Open the order that the wallet will pay, and have an OTP sent to its customer."""
        self._check_wallet()
        if request.customer.phone is None:
            raise Refused("no_phone", "an OTP needs a phone number")
        order = await self.api.send_signed(
            requests.create_link_order(self.config, request), OrderAnswer
        )
        session = wallets.new_session(request.ref, request.amount, _token(order))
        return await wallets.send_otp(self.api, session, request.customer.phone)

    async def link_finish(self, state: SecretStr, proof: SecretStr) -> WalletLink:
        """The OTP; the link is valid for its own order and as long as that order's token."""
        self._check_wallet()
        return await wallets.validate_otp(self.api, wallets.read_session(state), proof)

    async def balance(self, token: SecretStr) -> Paise:
        """What the linked wallet holds."""
        self._check_wallet()
        return await wallets.balance(self.api, wallets.read_session(token))

    def _check_wallet(self) -> None:
        if not self.config.wallet:
            raise Unsupported("Paytm wallets are not enabled for this merchant")

    async def _process(self, charge: Charge, source: Direct, token: str) -> ChargeState:
        mode = None
        if isinstance(source, CardNumber):
            digits = source.number.get_secret_value()[:_BIN]
            mode = await cards.payment_mode(self.api, charge.ref, token, digits)
        request = requests.start_txn(charge.ref, source, mode)
        answer = await self.api.send_in_order(request, token, ProcessAnswer)
        if answer.txn_info:
            return self._paid_at_once(charge, answer.txn_info)
        if not answer.accepted:
            return await self._not_accepted(charge, answer)
        return replace(
            self._pending(charge),
            gateway_payment_id=answer.deep_link_info.trans_id or answer.trans_id,
            next_action=states.next_action(charge, answer),
        )

    def _paid_at_once(self, charge: Charge, callback: Mapping[str, object]) -> ChargeState:
        """A wallet is paid at once: the answer holds a callback with a checksum of its own."""
        if not form_is_signed(callback, self.config.keys):
            raise Unknown("an outcome with a wrong signature")
        return states.charge_state(Transaction.read(from_callback(callback)), charge.ref)

    async def _not_accepted(self, charge: Charge, answer: ProcessAnswer) -> ChargeState:
        """Declined or refused where the code says that nothing began; else the order tells."""
        if answer.status == "F" and answer.code in PROCESS_DECLINE_OF:
            return self._declined(charge, answer)
        if answer.status == "F" and answer.code in PROCESS_REFUSED:
            raise Refused(answer.code, answer.message)
        if state := await self._existing_charge(charge.key):
            return state
        if answer.code in SESSION_EXPIRED:
            raise LinkEnded(answer.code, answer.message)
        raise Unknown(f"{answer.status} {answer.code}, and the order shows nothing")

    async def _existing_charge(self, key: ChargeKey) -> ChargeState | None:
        """What the order shows after a request for it left."""
        with look_after_sending():
            return await self.fetch_charge(key)

    def _declined(self, charge: Charge, answer: ProcessAnswer) -> ChargeState:
        return replace(
            self._pending(charge),
            status=AttemptStatus.FAILED,
            gateway_status=answer.status,
            decline_code=PROCESS_DECLINE_OF[answer.code],
            gateway_code=answer.code,
            gateway_message=answer.message or None,
        )

    def _pending(self, charge: Charge) -> ChargeState:
        """The order that Paytm opened, over the amount that it signed for."""
        return ChargeState(
            ref=charge.ref,
            status=AttemptStatus.PENDING,
            gateway_status="S",
            amount=charge.amount,
            currency="INR",
            merchant_id=self.config.merchant_id,
        )

    def _refund_state(self, answer: RefundAnswer, ref: str, key: ChargeKey) -> RefundState:
        if answer.code in NO_VERDICT or answer.code in WRONG_CREDENTIALS:
            raise self._no_verdict(answer)
        return states.refund_state(answer, ref, key.ref)

    def _no_verdict(self, answer: Answer) -> Unknown:
        reason = NO_VERDICT.get(answer.code, answer.message)
        return Unknown(f"{answer.status} {answer.code}: {reason}").because(answer.cause)

    def _verified_json(self, body: bytes) -> Mapping[str, object]:
        try:
            envelope = decode_envelope(body)
        except ValueError as error:
            raise BadSignature("unreadable") from error
        if not text_is_signed(envelope.text, self.config.keys, envelope.head.get("signature")):
            raise BadSignature
        return envelope.body

    def _verified_form(self, body: bytes) -> Mapping[str, object]:
        try:
            fields = states.read_form(body)
        except ValueError as error:
            raise BadSignature("unreadable") from error
        if not form_is_signed(fields, self.config.keys):
            raise BadSignature
        return from_callback(fields)


def _session_token(charge: Charge, instrument: SecretStr) -> str:
    session = wallets.read_session(instrument)
    if (session.ref, session.amount) != (charge.ref, charge.amount):
        raise LinkEnded("another_order", "a wallet is linked for one order only")
    return session.token


def _token(order: OrderAnswer) -> str:
    token = order.require_accepted(ORDER_REFUSED).txn_token
    if token is None:
        raise Unknown("an order without its token")
    return token.get_secret_value()
