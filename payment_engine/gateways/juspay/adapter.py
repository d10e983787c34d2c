"""Juspay Express Checkout: an order with one transaction per charge, form-encoded."""

import base64
from collections.abc import Mapping
from dataclasses import replace

import structlog
from pydantic import BaseModel, SecretStr

from payment_engine.domain.errors import BadSignature, InvalidRequest
from payment_engine.domain.gateway import (
    CardEntry,
    CardFacts,
    Charge,
    ChargeKey,
    ChargeState,
    GatewayCard,
    RefundState,
    Return,
    Unknown,
    VpaFacts,
    WebhookEvent,
)
from payment_engine.domain.money import Paise
from payment_engine.domain.payment_methods import CardOnFile, CardPage, Method
from payment_engine.domain.states import AttemptStatus
from payment_engine.gateways.base import Gateway, look_after_sending
from payment_engine.gateways.http import Answer, Wire, parse_json
from payment_engine.gateways.juspay import cards, requests, states, upi
from payment_engine.gateways.juspay.messages import Order, Webhook
from payment_engine.gateways.juspay.signature import return_is_signed, signer_of
from payment_engine.gateways.juspay.tables import (
    DUPLICATE_ORDER,
    DUPLICATE_REFUND,
    NO_SUCH_ORDER,
    ORDER_FIELDS,
    ORDER_REFUSED,
    REFUND_REFUSED,
)
from payment_engine.gateways.juspay.wire import JuspayConfig, JuspayWire, accepted, failure_codes

_log = structlog.get_logger()


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
        """An order with its transaction; an order that has a transaction is only read.

        A second transaction on an order would be a second payment, so a repeat starts none, not
        even on an order without one: the call that made it may be starting its own. On Juspay's own
        page it is the customer who starts it, and a repeat opens the same page.
        """
        if isinstance(charge.source, CardPage):
            return await self._on_page(charge)
        charge = await self._with_token(charge)
        start = requests.start_txn(charge, self.config.merchant_id)
        if self.config.order_with_payment and charge.capture:
            answer = await self.api.send(requests.with_order(start, charge))
            if _is_duplicate(answer):
                return await self._begun(charge)
            return await self._started(charge, accepted(answer, Order, start.refusals))
        order = await self._create_order(charge)
        state = states.charge_state(order, charge.ref)
        if state.status is not AttemptStatus.CREATED or state.amount not in (None, charge.amount):
            return state
        txn = await self.api.call(start, Order)
        return await self._started(charge, txn.completed_by(order))

    def may_repeat(self, charge: Charge) -> bool:
        """The one call that makes order and transaction is refused for an order that exists."""
        return self.config.order_with_payment and charge.capture

    async def fetch_charge(self, key: ChargeKey) -> ChargeState | None:
        """The order's state; ``created`` means that no transaction was ever started on it."""
        order = await self._fetch_order(key)
        return None if order is None else states.charge_state(order, key.ref)

    async def capture(self, key: ChargeKey, amount: Paise) -> ChargeState:
        """Take ``amount`` paise of what is held."""
        request = requests.capture(key, await self._transaction_of(key), amount)
        return states.charge_state(await self.api.call(request, Order), key.ref)

    async def void(self, key: ChargeKey) -> ChargeState:
        """Release what is held."""
        request = requests.void(key, await self._transaction_of(key))
        return states.charge_state(await self.api.call(request, Order), key.ref)

    async def refund(self, ref: str, key: ChargeKey, amount: Paise) -> RefundState:
        """Refund; whether a duplicate is this refund or another one, only the order shows."""
        answer = await self.api.send(requests.refund(ref, key, amount))
        if answer.status >= 400 and failure_codes(answer) & DUPLICATE_REFUND:
            order = await self._fetch_order(key) or Order()
        else:
            order = accepted(answer, Order, REFUND_REFUSED)
        state = states.find_refund(order, ref, key.ref)
        if state is None:
            raise Unknown("the order shows no such refund")
        return state

    async def fetch_refund(self, ref: str, key: ChargeKey) -> RefundState | None:
        """The refund among those of its order."""
        order = await self._fetch_order(key)
        return None if order is None else states.find_refund(order, ref, key.ref)

    def read_webhook(self, headers: Mapping[str, str], body: bytes) -> WebhookEvent:
        """HTTP Basic is all that Juspay signs with: compare first, parse after."""
        authorization = headers.get("authorization")
        if authorization is None:
            raise BadSignature("no_signature")
        if not self._is_signed(authorization):
            raise BadSignature
        try:
            return states.webhook_event(Webhook.read(parse_json(body)))
        except (ValueError, Unknown) as error:
            raise InvalidRequest("the webhook cannot be understood") from error

    def read_return(self, fields: Mapping[str, str]) -> Return | None:
        """Juspay signs the return only if the dashboard says so; either way it is a hint."""
        ref, key = fields.get("order_id"), self.config.response_key
        signed = key is not None and return_is_signed(fields, key.get_secret_value())
        return Return(ref=ref.lower(), signed=signed) if ref else None

    def card_entry(self) -> CardEntry:
        """Juspay's tokenise call, made by the browser."""
        return CardEntry(url=f"{self.api.base}/card/tokenize", merchant_id=self.config.merchant_id)

    async def saved_card(self, key: ChargeKey) -> GatewayCard | None:
        """The card of a paid order, once Juspay lists it among the customer's cards."""
        order = await self._fetch_order(key) or Order()
        return await cards.find_saved(self.api, key.customer_ref, order.card)

    async def list_cards(self, customer_ref: str) -> tuple[GatewayCard, ...]:
        """The cards that Juspay saved for a customer."""
        return tuple(await cards.list_cards(self.api, customer_ref))

    async def delete_card(self, customer_ref: str, token: SecretStr) -> None:
        """Delete a card by its reference."""
        await cards.delete(self.api, customer_ref, token)

    async def card_facts(self, digits: str) -> CardFacts | None:
        """What Juspay's BIN table says."""
        return await cards.facts(self.api, self.config.merchant_id, digits)

    async def verify_vpa(self, vpa: SecretStr, customer_ref: str) -> VpaFacts:
        """What Juspay says of a UPI id."""
        return await upi.verify(self.api, self.config.merchant_id, vpa, customer_ref)

    async def _with_token(self, charge: Charge) -> Charge:
        """The charge with a saved card's token of one use in place of its reference."""
        source = charge.source
        if not isinstance(source, CardOnFile):
            return charge
        token = await cards.token_to_charge(self.api, charge.customer.ref, source.token)
        return replace(charge, source=replace(source, token=token))

    async def _on_page(self, charge: Charge) -> ChargeState:
        client_id = self.config.payment_page_client_id or self.config.merchant_id
        page = await self.api.call(requests.open_page(charge, client_id), Order)
        return states.on_page(page, charge)

    async def _create_order(self, charge: Charge) -> Order:
        answer = await self.api.send(requests.create_order(charge))
        if _is_duplicate(answer):
            return await self._existing_order(charge.key)
        return accepted(answer, Order, ORDER_REFUSED)

    async def _existing_order(self, key: ChargeKey) -> Order:
        with look_after_sending():
            order = await self._fetch_order(key)
        if order is None:
            raise Unknown("a duplicate of an order that does not exist")
        return order

    async def _begun(self, charge: Charge) -> ChargeState:
        """What the first call made of a charge; raises Unknown as long as it started nothing."""
        state = states.charge_state(await self._existing_order(charge.key), charge.ref)
        if state.status is AttemptStatus.CREATED:
            raise Unknown("an order whose transaction may be starting")
        return state

    async def _started(self, charge: Charge, txn: Order) -> ChargeState:
        """The charge after its transaction started; money without an amount is looked up."""
        method_type = requests.method_type(charge.source)
        state = states.charge_state(txn.paid_by(method_type), charge.ref)
        if state.status is AttemptStatus.PENDING:
            return replace(state, next_action=states.next_action(charge, txn.payment))
        if state.status is AttemptStatus.FAILED or state.amount is not None:
            return state
        return states.charge_state(await self._existing_order(charge.key), charge.ref)

    async def _fetch_order(self, key: ChargeKey) -> Order | None:
        """The order; None where Juspay never saw it. Raises Unknown for another order."""
        answer = await self.api.send(requests.fetch_order(key))
        if answer.status in (400, 404) and failure_codes(answer) & NO_SUCH_ORDER:
            return None
        order = accepted(answer, Order, {})
        states.status_of(order, key.ref)
        return order

    def check_keys(self) -> str | None:
        """User and password of a webhook, which a colon in the user's name takes apart."""
        user, password = self.config.webhook_secrets["current"]
        pair = base64.b64encode(f"{user}:{password}".encode()).decode()
        verifies = self._is_signed(f"Basic {pair}") and ":" not in user
        return None if verifies else "webhook_username has a colon, which HTTP Basic cannot send"

    def _is_signed(self, authorization: str) -> bool:
        signer = signer_of(authorization, self.config.webhook_secrets)
        if signer == "previous":
            _log.warning("webhook_signed_with_the_previous_secret", gateway=self.name)
        return signer is not None


def _is_duplicate(answer: Answer) -> bool:
    """Whether Juspay already has an order of this id."""
    return answer.status >= 400 and bool(failure_codes(answer) & DUPLICATE_ORDER)
