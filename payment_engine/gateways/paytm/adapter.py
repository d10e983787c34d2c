"""Paytm: one order and one transaction per charge; checksums over the exact text."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import structlog
from pydantic import BaseModel, SecretStr

from payment_engine.domain.errors import BadSignature, InvalidRequest, Unsupported
from payment_engine.domain.gateway import (
    CardFacts,
    CardNumber,
    Charge,
    ChargeKey,
    ChargeState,
    LinkedWallet,
    LinkEnded,
    LinkRequest,
    LinkStart,
    Method,
    RefundState,
    Refused,
    Return,
    Unknown,
    VpaFacts,
    WalletLink,
    WebhookEvent,
)
from payment_engine.domain.money import Paise, to_rupees
from payment_engine.domain.states import AttemptStatus
from payment_engine.gateways.base import Gateway
from payment_engine.gateways.http import Wire
from payment_engine.gateways.paytm import links
from payment_engine.gateways.paytm.checksum import form_is_signed, text_is_signed
from payment_engine.gateways.paytm.envelope import disclose
from payment_engine.gateways.paytm.read import (
    answered,
    charge_state,
    form_of,
    lowered,
    notice_of,
    refund_state,
)
from payment_engine.gateways.paytm.start import (
    Direct,
    Hosted,
    hosted_page,
    link_body,
    next_action,
    order_body,
    process_body,
)
from payment_engine.gateways.paytm.tables import (
    FIELDS,
    NO_RECORD,
    NO_VERDICT,
    OUR_SETUP,
    PROCESS_DECLINES,
    PROCESS_REFUSED,
    REFUND_ABSENT,
    REFUND_FAILED,
    REFUND_RAISED,
    SEEN_BEFORE,
    SESSION_OVER,
)
from payment_engine.gateways.paytm.wire import PaytmConfig, PaytmWire, Reply
from payment_engine.gateways.reading import part, text

A = AttemptStatus

_NEW_ORDER = "0000"
_BIN = 9

logger = structlog.get_logger()


class Paytm(Gateway):
    """Paytm; ``gateway_payment_id`` is its ``txnId``. It captures at once and holds nothing."""

    name = "paytm"
    methods = frozenset(Method)
    Config = PaytmConfig
    webhook_fields = FIELDS
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
        """One order, then one transaction; a repeat finds the first one and starts none.

        Paytm's own page makes the transaction of a card, and of a wallet that is not linked.
        """
        if not charge.capture or charge.method not in self.methods:
            raise Refused("not_offered", "nothing is held here, and not every method is taken")
        source = charge.source
        if isinstance(source, LinkedWallet):
            return await self._process(charge, source, _session_token(charge, source.token))
        reply = await self._open(order_body(self.config, charge))
        known = reply.code in SEEN_BEFORE or (reply.accepted and reply.code != _NEW_ORDER)
        if known and (found := await self.fetch_charge(_key(charge))):
            return found
        if reply.code in SEEN_BEFORE:
            raise Unknown(f"{reply.code}, and the order shows nothing")
        token = _token_of(reply)
        if isinstance(source, Hosted):
            page = hosted_page(self.api.base, self.config.merchant_id, charge.ref, token)
            return replace(self._begun(charge), next_action=page)
        return await self._process(charge, source, token)

    async def fetch_charge(self, key: ChargeKey) -> ChargeState | None:
        """``/v3/order/status``; some of its failures are about the question, not the money."""
        body = {"orderId": key.ref}
        reply = await self.api.signed("fetch_charge", "/v3/order/status", body, {})
        if reply.status in NO_RECORD:
            return None
        if reply.code in NO_VERDICT and reply.status == "TXN_FAILURE":
            raise self._no_verdict(reply)
        return charge_state(answered(reply.body), key.ref)

    async def refund(self, ref: str, key: ChargeKey, amount: Paise) -> RefundState:
        """Ask for a refund: registered is pending, and a reference used before is looked up."""
        body = {
            "txnType": "REFUND",
            "orderId": key.ref,
            "txnId": await self._transaction_of(key),
            "refId": ref,
            "refundAmount": to_rupees(amount),
        }
        reply = await self.api.signed("refund", "/refund/apply", body, {})
        if reply.code in REFUND_RAISED:
            if found := await self.fetch_refund(ref, key):
                return found
            raise Unknown(f"{reply.code}, and no such refund is there")
        if reply.status == "TXN_FAILURE" and reply.code in REFUND_FAILED:
            raise Refused(reply.code, reply.words)
        return self._refund_said(reply, ref, key)

    async def fetch_refund(self, ref: str, key: ChargeKey) -> RefundState | None:
        """``/v2/refund/status``; None where it never arrived, so that it may be sent again."""
        body = {"orderId": key.ref, "refId": ref}
        reply = await self.api.signed("fetch_refund", "/v2/refund/status", body, {})
        if reply.code in REFUND_ABSENT or reply.status in NO_RECORD:
            return None
        return self._refund_said(reply, ref, key)

    def read_webhook(self, headers: Mapping[str, str], body: bytes) -> WebhookEvent:
        """A form as browsers bring it, or head and body in JSON: both carry their checksum."""
        said = self._signed_json(body) if body.lstrip()[:1] == b"{" else self._signed_form(body)
        try:
            return notice_of(said)
        except (ValueError, Unknown) as error:
            raise InvalidRequest("a notice that makes no sense") from error

    def read_return(self, fields: Mapping[str, str]) -> Return | None:
        """The callback of a browser; going back to it drops the fields, which then name nothing."""
        ref = fields.get("ORDERID")
        ours = fields.get("MID") == self.config.merchant_id
        signed = ours and form_is_signed(fields, self.config.keys)
        return Return(ref=ref.lower(), signed=signed) if ref else None

    async def card_facts(self, digits: str) -> CardFacts | None:
        """What Paytm's BIN table says."""
        return await links.card_facts(self.api, digits)

    async def verify_vpa(self, vpa: SecretStr) -> VpaFacts:
        """Ask the bank behind a UPI id, before there is an order."""
        return await links.verify_vpa(self.api, vpa)

    async def link_start(self, request: LinkRequest) -> LinkStart:
        """Open the order that the wallet shall pay, and have its customer sent an OTP."""
        self._check_wallet()
        if request.customer.phone is None:
            raise Refused("no_phone", "an OTP needs a phone")
        token = _token_of(await self._open(link_body(self.config, request)))
        session = links.new_session(request.ref, request.amount, token)
        return await links.send_otp(self.api, session, request.customer.phone)

    async def link_finish(self, state: SecretStr, proof: SecretStr) -> WalletLink:
        """The OTP; the link is good for its own order and as long as that order's token."""
        self._check_wallet()
        return await links.log_in(self.api, links.session_of(state), proof)

    async def balance(self, token: SecretStr) -> Paise:
        """What the linked wallet holds."""
        self._check_wallet()
        return await links.balance(self.api, links.session_of(token))

    def _check_wallet(self) -> None:
        if not self.config.wallet:
            raise Unsupported("this merchant takes no Paytm wallets")

    async def _open(self, body: Mapping[str, Any]) -> Reply:
        query = {"mid": self.config.merchant_id, "orderId": str(body["orderId"])}
        path = "/theia/api/v1/initiateTransaction"
        return await self.api.signed("create_order", path, body, query)

    async def _process(self, charge: Charge, source: Direct, token: str) -> ChargeState:
        mode = None
        if isinstance(source, CardNumber):
            digits = source.number.get_secret_value()[:_BIN]
            mode = await links.card_mode(self.api, charge.ref, token, digits)
        path, body = "/theia/api/v1/processTransaction", process_body(charge.ref, source, mode)
        reply = await self.api.in_order("start_txn", path, charge.ref, token, body)
        if told := part(reply.body, "txnInfo"):
            return self._outcome(charge, told)
        if not reply.accepted:
            return await self._unaccepted(charge, reply)
        link = part(reply.body, "deepLinkInfo")
        txn = text(link, "transId") or text(reply.body, "transId")
        begun = replace(self._begun(charge), gateway_payment_id=txn)
        return replace(begun, next_action=next_action(charge, reply.body))

    def _outcome(self, charge: Charge, told: Mapping[str, Any]) -> ChargeState:
        """A wallet is paid at once: the answer holds a callback, signed as one."""
        if not form_is_signed(told, self.config.keys):
            raise Unknown("an outcome with a wrong signature")
        return charge_state(lowered(told), charge.ref)

    async def _unaccepted(self, charge: Charge, reply: Reply) -> ChargeState:
        """Declined or refused where the code says that nothing began; else the order tells."""
        if reply.status == "F" and reply.code in PROCESS_DECLINES:
            return self._declined(charge, reply)
        if reply.status == "F" and reply.code in PROCESS_REFUSED:
            raise Refused(reply.code, reply.words)
        if found := await self.fetch_charge(_key(charge)):
            return found
        if reply.code in SESSION_OVER:
            raise LinkEnded(reply.code, reply.words)
        raise Unknown(f"{reply.status} {reply.code}, and the order shows nothing")

    def _declined(self, charge: Charge, reply: Reply) -> ChargeState:
        return replace(
            self._begun(charge),
            status=A.FAILED,
            gateway_status=reply.status,
            decline_code=PROCESS_DECLINES[reply.code],
            gateway_code=reply.code,
            gateway_message=reply.words or None,
        )

    def _begun(self, charge: Charge) -> ChargeState:
        """The order that Paytm opened, over the amount that it signed for."""
        return ChargeState(
            ref=charge.ref,
            status=A.PENDING,
            gateway_status="S",
            amount=charge.amount,
            currency="INR",
            merchant_id=self.config.merchant_id,
        )

    def _refund_said(self, reply: Reply, ref: str, key: ChargeKey) -> RefundState:
        if reply.code in NO_VERDICT.keys() | OUR_SETUP:
            raise self._no_verdict(reply)
        return refund_state(answered(reply.body), ref, key.ref)

    def _no_verdict(self, reply: Reply) -> Unknown:
        if reply.code in OUR_SETUP:
            logger.error("gateway_refuses_our_setup", gateway=self.name, code=reply.code)
        return Unknown(f"{reply.status} {reply.code}: {NO_VERDICT.get(reply.code, reply.words)}")

    def _signed_json(self, body: bytes) -> dict[str, Any]:
        try:
            came = disclose(body)
        except ValueError as error:
            raise BadSignature from error
        if not text_is_signed(came.text, self.config.keys, came.head.get("signature")):
            raise BadSignature
        return came.body

    def _signed_form(self, body: bytes) -> dict[str, Any]:
        try:
            fields = form_of(body)
        except ValueError as error:
            raise BadSignature from error
        if not form_is_signed(fields, self.config.keys):
            raise BadSignature
        return lowered(fields)


def _session_token(charge: Charge, instrument: SecretStr) -> str:
    session = links.session_of(instrument)
    if (session.ref, session.amount) != (charge.ref, charge.amount):
        raise LinkEnded("another_order", "a wallet is linked for one order")
    return session.token


def _token_of(reply: Reply) -> str:
    token = text(reply.object(), "txnToken")
    if token is None:
        raise Unknown("an order without its token")
    return token


def _key(charge: Charge) -> ChargeKey:
    return ChargeKey(ref=charge.ref, customer_ref=charge.customer.ref, amount=charge.amount)
