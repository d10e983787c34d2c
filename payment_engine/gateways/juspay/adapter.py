"""Juspay Express Checkout: one order and one transaction per charge, form-encoded."""

import base64
import hmac
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import structlog
from pydantic import BaseModel, SecretStr

from payment_engine.domain.errors import BadSignature, InvalidRequest
from payment_engine.domain.gateway import (
    CardEntry,
    CardFacts,
    CardOnFile,
    Charge,
    ChargeKey,
    ChargeState,
    GatewayCard,
    Method,
    RefundState,
    Return,
    Unknown,
    VpaFacts,
    WebhookEvent,
)
from payment_engine.domain.money import Paise, to_rupees
from payment_engine.domain.states import AttemptStatus, RefundStatus
from payment_engine.gateways.base import Gateway
from payment_engine.gateways.http import Wire, parse_json
from payment_engine.gateways.juspay import cards
from payment_engine.gateways.juspay import upi as juspay_upi
from payment_engine.gateways.juspay.signature import return_is_signed
from payment_engine.gateways.juspay.start import next_action, txn_form
from payment_engine.gateways.juspay.tables import (
    CHARGE_STATUS,
    DECLINE_OF,
    ORDER_FIELDS,
    PARTLY,
    REFUND_STATUS,
    TXN_FIELDS,
)
from payment_engine.gateways.juspay.wire import Form, JuspayConfig, JuspayWire, accepted, codes
from payment_engine.gateways.reading import impersonal, in_address, object_of, paise, part, text

A = AttemptStatus

_log = structlog.get_logger()

_NO_SUCH_ORDER = frozenset({"NOT_FOUND", "RESOURCE_NOT_FOUND", "object_not_found"})
_DUPLICATE_ORDER = frozenset({"DUPLICATE_ORDER_ID", "DUPLICATE_REQUEST", "ALREADY_EXISTS"})


class Juspay(Gateway):
    """Juspay; ``gateway_payment_id`` is its ``txn_uuid``."""

    name = "juspay"
    methods = frozenset(Method)
    Config = JuspayConfig
    captures_partly = True
    webhook_fields = ORDER_FIELDS | {"event_name"}
    config: JuspayConfig

    def __init__(self, config: BaseModel, wire: Wire) -> None:
        super().__init__(config, wire)
        self.api = JuspayWire(self.config, wire)

    async def charge(self, charge: Charge) -> ChargeState:
        """One order, then one transaction; an order that has one already is only read.

        A second transaction on an order would be a second payment, so a repeat starts none.
        """
        saved = await self._saved_token(charge)
        txn = txn_form(charge, self.config.merchant_id, saved)
        order = await self._create_order(charge)
        state = self._state(order, charge.ref)
        if state.status is not A.CREATED or state.amount not in (None, charge.amount):
            return state
        answer = await self.api.ask(
            "start_txn", "POST", "/txns", charge.customer.ref, TXN_FIELDS, form=txn
        )
        reported = {name: order.get(name) for name in ("amount", "currency", "merchant_id")}
        started = self._state({**reported, **answer}, charge.ref)
        if started.status is not A.PENDING:
            return started
        return replace(started, next_action=next_action(charge, part(answer, "payment")))

    async def fetch_charge(self, key: ChargeKey) -> ChargeState | None:
        """The order's state; ``created`` means that no transaction was ever started on it."""
        order = await self._order(key)
        return None if order is None else self._state(order, key.ref)

    async def capture(self, key: ChargeKey, amount: Paise) -> ChargeState:
        """Take ``amount`` paise of what is held."""
        return await self._settle_held("capture", key, {"amount": to_rupees(amount)})

    async def void(self, key: ChargeKey) -> ChargeState:
        """Release what is held."""
        return await self._settle_held("void", key, {})

    async def refund(self, ref: str, key: ChargeKey, amount: Paise) -> RefundState:
        """Ask for a refund; ``duplicate.call`` has two causes, so the order tells which it was."""
        form = {"unique_request_id": ref, "amount": to_rupees(amount)}
        path = f"/orders/{in_address(key.ref)}/refunds"
        answer = await self.api.send("refund", "POST", path, key.customer_ref, ORDER_FIELDS, form)
        if answer.status >= 400 and "duplicate.call" in codes(answer):
            order = await self._order(key) or {}
        else:
            order = accepted(answer)
        found = self._refund_in(order, ref, key.ref)
        if found is None:
            raise Unknown("the order shows no such refund")
        return found

    async def fetch_refund(self, ref: str, key: ChargeKey) -> RefundState | None:
        """The refund among those of its order."""
        return self._refund_in(await self._order(key) or {}, ref, key.ref)

    def read_webhook(self, headers: Mapping[str, str], body: bytes) -> WebhookEvent:
        """HTTP Basic is all that Juspay signs with: compare first, parse after."""
        if not self._signed(headers.get("authorization", "")):
            raise BadSignature
        try:
            return self._notice(object_of(parse_json(body)))
        except (ValueError, Unknown) as error:
            raise InvalidRequest("a notice that makes no sense") from error

    def read_return(self, fields: Mapping[str, str]) -> Return | None:
        """Juspay signs the return only if the dashboard says so; either way it is a hint."""
        ref, key = fields.get("order_id"), self.config.response_key
        signed = key is not None and return_is_signed(fields, key.get_secret_value())
        return Return(ref=ref.lower(), signed=signed) if ref else None

    def card_entry(self) -> CardEntry:
        """Juspay's tokenise call, made by the browser."""
        return CardEntry(url=f"{self.api.base}/card/tokenize", merchant_id=self.config.merchant_id)

    async def saved_card(self, key: ChargeKey) -> GatewayCard | None:
        """The card of a paid order, once Juspay says that it keeps it (TOK-3)."""
        order = await self._order(key) or {}
        card = cards.read(part(order, "card"))
        if card is None or not cards.kept(part(order, "card")):
            return None
        listed = [each for _, each in await cards.cards_of(self.api, key.customer_ref)]
        return next((each for each in listed if each.token == card.token), None)

    async def list_cards(self, customer_ref: str) -> tuple[GatewayCard, ...]:
        """All that Juspay keeps for a customer."""
        return tuple(card for _, card in await cards.cards_of(self.api, customer_ref))

    async def delete_card(self, customer_ref: str, token: SecretStr) -> None:
        """Forget a card by its reference."""
        await cards.delete(self.api, customer_ref, token)

    async def card_facts(self, digits: str) -> CardFacts | None:
        """What Juspay's BIN table says."""
        return await cards.facts(self.api, self.config.merchant_id, digits)

    async def verify_vpa(self, vpa: SecretStr) -> VpaFacts:
        """What Juspay says of a UPI id."""
        return await juspay_upi.verify(self.api, self.config.merchant_id, vpa)

    async def _saved_token(self, charge: Charge) -> str | None:
        if not isinstance(charge.source, CardOnFile):
            return None
        return await cards.token_to_pay(self.api, charge.customer.ref, charge.source.token)

    async def _create_order(self, charge: Charge) -> dict[str, Any]:
        form = {
            "order_id": charge.ref,
            "amount": to_rupees(charge.amount),
            "currency": "INR",
            "customer_id": charge.customer.ref,
            "customer_email": charge.customer.email,
            "customer_phone": charge.customer.phone,
            "description": charge.description,
            "return_url": charge.return_url,
            "metadata.txns.auto_capture": None if charge.capture else "false",
        }
        answer = await self.api.send(
            "create_order", "POST", "/orders", charge.customer.ref, ORDER_FIELDS, form=form
        )
        if answer.status >= 400 and codes(answer) & _DUPLICATE_ORDER:
            there = await self._order(_key(charge))
            if there is None:
                raise Unknown("a duplicate of an order that is not there")
            return there
        return accepted(answer)

    async def _order(self, key: ChargeKey) -> dict[str, Any] | None:
        path = f"/orders/{in_address(key.ref)}"
        answer = await self.api.send("fetch_order", "GET", path, key.customer_ref, ORDER_FIELDS)
        missing = answer.status in (400, 404) and codes(answer) & _NO_SUCH_ORDER
        if missing:
            return None
        order = accepted(answer)
        _status_of(order, key.ref)
        return order

    async def _settle_held(self, verb: str, key: ChargeKey, form: Form) -> ChargeState:
        path = f"/v2/txns/{in_address(await self._transaction_of(key))}/{verb}"
        answer = await self.api.ask(verb, "POST", path, key.customer_ref, ORDER_FIELDS, form=form)
        return self._state(answer, key.ref)

    def _signed(self, authorization: str) -> bool:
        scheme, _, given = authorization.partition(" ")
        config = self.config
        pairs = [(config.webhook_username, config.webhook_password)]
        if config.webhook_username_previous and config.webhook_password_previous:
            pairs.append((config.webhook_username_previous, config.webhook_password_previous))
        expected = [
            base64.b64encode(f"{user}:{password.get_secret_value()}".encode())
            for user, password in pairs
        ]
        matches = [hmac.compare_digest(given.strip().encode(), each) for each in expected]
        if any(matches[1:]) and not matches[0]:
            _log.warning("notice_signed_with_the_previous_secret", gateway=self.name)
        return scheme.lower() == "basic" and any(matches)

    def _notice(self, notice: dict[str, Any]) -> WebhookEvent:
        order = part(part(notice, "content"), "order")
        event, ref = text(notice, "id"), (text(order, "order_id") or "").lower()
        if event is None or (order and not ref):
            raise ValueError("a notice without its own id or its order's")
        return WebhookEvent(
            event_id=event,
            kind=text(notice, "event_name") or "",
            charges=(self._state(order, ref),) if order else (),
            refunds=tuple(self._refund_state(each, ref) for each in _refunds(order)),
        )

    def _state(self, order: Mapping[str, Any], ref: str) -> ChargeState:
        word = _status_of(order, ref)
        taken = _taken(order) if word == PARTLY else None
        known = word in CHARGE_STATUS and (word != PARTLY or taken is not None)
        status = CHARGE_STATUS[word] if known else A.PENDING
        txn, bank = part(order, "txn_detail"), part(order, "payment_gateway_response")
        state = ChargeState(
            ref=ref,
            status=status,
            gateway_status=word,
            amount=paise(order.get("amount")),
            currency=text(order, "currency"),
            merchant_id=text(order, "merchant_id"),
            gateway_payment_id=text(order, "txn_uuid") or text(txn, "txn_uuid"),
            rrn=text(bank, "rrn"),
            captured=taken,
            payer_vpa=_payer(order),
            recognised=known,
        )
        return _declined(state, order, bank, txn) if status is A.FAILED else state

    def _refund_in(self, order: Mapping[str, Any], ref: str, charge_ref: str) -> RefundState | None:
        ours = [each for each in _refunds(order) if each.get("unique_request_id") == ref]
        return self._refund_state(ours[-1], charge_ref) if ours else None

    def _refund_state(self, refund: Mapping[str, Any], charge_ref: str) -> RefundState:
        ref, word = text(refund, "unique_request_id"), text(refund, "status")
        if ref is None or word is None:
            raise Unknown("a refund without its reference or status")
        return RefundState(
            ref=ref,
            charge_ref=charge_ref,
            status=REFUND_STATUS.get(word, RefundStatus.PENDING),
            gateway_status=word,
            amount=paise(refund.get("amount")),
            gateway_refund_id=text(refund, "ref") or text(refund, "id"),
            arn=text(refund, "arn"),
            gateway_code=text(refund, "error_code"),
            recognised=word in REFUND_STATUS,
        )


def _taken(order: Mapping[str, Any]) -> Paise | None:
    """What was taken of a part: what may still be refunded and what already was."""
    left, back = order.get("maximum_eligible_refund_amount"), order.get("amount_refunded", 0)
    may, was = paise(left), paise(back)
    return Paise(may + was) if may is not None and was is not None and may + was > 0 else None


def _payer(order: Mapping[str, Any]) -> SecretStr | None:
    vpa = text(part(order, "upi"), "payer_vpa") or text(order, "payer_vpa")
    return SecretStr(vpa) if vpa else None


def _key(charge: Charge) -> ChargeKey:
    return ChargeKey(ref=charge.ref, customer_ref=charge.customer.ref, amount=charge.amount)


def _status_of(order: Mapping[str, Any], ref: str) -> str:
    word, said = text(order, "status"), text(order, "order_id") or ref
    if word is None or said.lower() != ref.lower():
        raise Unknown("an answer without a status, or about another order")
    return word


def _declined(state: ChargeState, *parts: Mapping[str, Any]) -> ChargeState:
    def said(*names: str) -> list[str]:
        return [word for part in parts for name in names if (word := text(part, name))]

    words = said("bank_error_code", "resp_code", "error_code")
    messages = said("bank_error_message", "resp_message", "error_message")
    known = [
        DECLINE_OF[word]
        for word in (*map(str.upper, words), state.gateway_status)
        if word in DECLINE_OF
    ]
    return replace(
        state,
        decline_code=known[0] if known else "other",
        explained=not words or any(word.upper() in DECLINE_OF for word in words),
        gateway_code=impersonal(words[0]) if words else None,
        gateway_message=impersonal(messages[0]) if messages else None,
    )


def _refunds(order: Mapping[str, Any]) -> list[dict[str, Any]]:
    refunds = order.get("refunds")
    return [each for each in refunds if isinstance(each, dict)] if isinstance(refunds, list) else []
