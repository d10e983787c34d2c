"""Shoppers, the shop and strangers: what each does with an order, and how it tries again."""

from collections.abc import Awaitable, Callable, Set
from typing import TYPE_CHECKING, Any

from payment_engine.domain.callers import Caller
from payment_engine.domain.errors import (
    IdempotencyInProgress,
    Unavailable,
)
from payment_engine.domain.payment import Snapshot
from payment_engine.domain.requests.attempts import (
    AttemptIn,
    CardIn,
    NetbankingIn,
    UpiIntentIn,
    UpiQrIn,
)
from payment_engine.domain.requests.payments import CustomerIn, PaymentIn, PaymentsQuery, RefundIn
from payment_engine.domain.states import (
    PAYMENT_CLOSED,
    AttemptStatus,
    PaymentStatus,
    RefundStatus,
)
from payment_engine.engine import Engine
from payment_engine.services import payments
from payment_engine.services.access.idempotency import Answer, IdempotentCall, fingerprinted
from payment_engine.services.attempts.capture import capture, void
from payment_engine.services.attempts.start import start_attempt
from payment_engine.services.lifecycle.read import load_refund
from payment_engine.services.payment_list import list_page
from payment_engine.services.refunds.approval import approve, reject
from payment_engine.services.refunds.issue import create_refund
from payment_engine.services.webhooks.returns import accept_return
from payment_engine.simulator.bank import TrueCharge
from payment_engine.simulator.gateway import webhook_body
from payment_engine.simulator.plan import Action, OrderPlan
from payment_engine.simulator.process import Gone
from payment_engine.simulator.world import CUSTOMER, MERCHANT

if TYPE_CHECKING:
    from payment_engine.simulator.world import World

_MOST_TRIES = 12
_MOST_DECISIONS = 3
_SHOP = Caller(kind="service", merchant_id=MERCHANT, actor="shop")
_TRANSIENT = (Gone, Unavailable, IdempotencyInProgress, ConnectionError, TimeoutError)

Service = Callable[[Engine, IdempotentCall], Awaitable[Answer]]


class OrderActors:
    """Everybody who has to do with one order."""

    def __init__(self, world: "World", plan: OrderPlan) -> None:
        self._world = world
        self._plan = plan
        self._order_id = f"order-{plan.number}"
        self._keys = 0
        self._openings: dict[str, str] = {}
        """By key, the payment that was answered."""

    @property
    def _payment_id(self) -> str | None:
        """The newest payment of the order, as the shop knows it."""
        return list(self._openings.values())[-1] if self._openings else None

    async def run(self) -> None:
        """Open a payment, then do everything that is planned, each at its time."""
        world = self._world
        await world.loop.pause(self._plan.at)
        await self._open()
        actions = [world.loop.start(self._act(each)) for each in self._plan.actions]
        for action in actions:
            await action

    async def _act(self, action: Action) -> None:
        await self._world.loop.pause(action.at)
        payment_id = self._payment_id
        if payment_id is None:
            return
        self._world.trace(f"{action.do} on {self._order_id}")
        await getattr(self, f"_do_{action.do}")(action, payment_id)

    async def _open(self) -> None:
        customer = CustomerIn(ref=CUSTOMER)
        request = PaymentIn(
            order_id=self._order_id,
            amount=self._plan.amount,
            currency="INR",
            customer=customer,
            return_url="https://shop.example/back",
            capture="manual" if self._plan.capture == "manual" else "automatic",
            expires_in=self._plan.expires_in,
        )
        key = self._new_key("open")
        answer = await self._try(
            key, lambda engine, call: payments.start_payment(engine, request, call)
        )
        if answer:
            self._openings[key] = str(answer.body["id"])

    async def _do_open_again(self, action: Action, payment_id: str) -> None:
        await self._open()

    async def _do_reopen(self, action: Action, payment_id: str) -> None:
        await self._until(payment_id, PAYMENT_CLOSED)
        await self._open()
        payment_id = self._payment_id or payment_id
        await self._world.loop.pause(self._world.random.uniform(0, 10))
        await self._pay(payment_id, self._attempt(action))

    async def _do_pay(self, action: Action, payment_id: str) -> None:
        await self._pay(payment_id, self._attempt(action))

    async def _do_double_click(self, action: Action, payment_id: str) -> None:
        key, request = self._new_key("pay"), self._attempt(action)
        first = self._world.loop.start(self._pay(payment_id, request, key))
        await self._world.loop.pause(self._world.random.uniform(0, 0.5))
        await self._pay(payment_id, request, key)
        await first

    async def _do_second_tab(self, action: Action, payment_id: str) -> None:
        first = self._world.loop.start(self._pay(payment_id, self._attempt(action)))
        await self._world.loop.pause(self._world.random.uniform(0, 5))
        await self._pay(payment_id, self._attempt(action))
        await first

    async def _do_replace(self, action: Action, payment_id: str) -> None:
        live = self._world.payments.snapshot(payment_id).live
        await self._pay(payment_id, self._attempt(action, replaces=live.id if live else None))

    async def _do_return(self, action: Action, payment_id: str) -> None:
        attempts = self._world.payments.snapshot(payment_id).attempts
        if attempts:
            fields, gateway = {"ref": attempts[-1].ref}, attempts[-1].gateway
            for _ in range(self._world.random.choice((1, 1, 3))):  # some reload the page
                await self._once(lambda engine: accept_return(engine, gateway, fields))
                await self._world.loop.pause(self._world.random.uniform(0, 8))

    async def _do_read(self, action: Action, payment_id: str) -> None:
        query = PaymentsQuery(order_id=self._order_id)
        reading = await self._once(lambda engine: list_page(engine, _SHOP, query))
        for document in reading["payments"] if reading else ():
            self._world.checks.acknowledged(document)

    async def _do_cancel(self, action: Action, payment_id: str) -> None:
        await self._try(
            self._new_key("cancel"),
            lambda engine, call: payments.cancel(engine, _SHOP, payment_id, call),
        )

    async def _do_capture(self, action: Action, payment_id: str) -> None:
        await self._until(payment_id, {PaymentStatus.AUTHORIZED})
        amount = max(1, int(self._plan.amount * action.share))
        await self._try(
            self._new_key("capture"),
            lambda engine, call: capture(engine, _SHOP, payment_id, amount, call),
        )

    async def _do_void(self, action: Action, payment_id: str) -> None:
        await self._until(payment_id, {PaymentStatus.AUTHORIZED})
        await self._try(
            self._new_key("void"), lambda engine, call: void(engine, _SHOP, payment_id, call)
        )

    async def _do_refund(self, action: Action, payment_id: str) -> None:
        amount = max(1, int(self._plan.amount * action.share))
        request = RefundIn(amount=amount, reason="returned")
        await self._until(payment_id, {PaymentStatus.PAID})
        answer = await self._try(
            self._new_key("refund"),
            lambda engine, call: create_refund(engine, _SHOP, payment_id, request, call),
        )
        if answer is None and self._world.loop.time() < 3000:
            await self._world.loop.pause(300)
            await self._try(
                self._new_key("refund"),
                lambda engine, call: create_refund(engine, _SHOP, payment_id, request, call),
            )
        elif answer:
            await self._second_person(answer)

    async def _second_person(self, answer: Answer) -> None:
        """Somebody decides about a refund that waits, while somebody else does as well."""
        refund: Any = answer.body["refund"]
        if refund["status"] == RefundStatus.NEEDS_APPROVAL:
            await self._world.loop.pause(self._world.random.uniform(1, 600))
            first = self._world.loop.start(self._decide(refund["id"]))
            await self._decide(refund["id"])
            await first

    async def _decide(self, refund_id: str) -> None:
        decide = self._world.random.choice((approve, approve, reject))

        async def work(engine: Engine) -> Snapshot:
            known = await load_refund(engine, refund_id)
            return await decide(engine, known, refund_id, "second-person")

        for _ in range(_MOST_DECISIONS):
            if await self._once(work):
                return
            await self._world.loop.pause(self._world.random.uniform(1, 30))

    async def _do_refund_twice(self, action: Action, payment_id: str) -> None:
        first = self._world.loop.start(self._do_refund(action, payment_id))
        await self._do_refund(action, payment_id)
        await first

    async def _do_refund_at_gateway(self, action: Action, payment_id: str) -> None:
        """The shop refunds in its dashboard, where the service has no part in it."""
        await self._until(payment_id, {PaymentStatus.PAID})
        paid = [each for each in self._world.payments.snapshot(payment_id).attempts if each.elected]
        for attempt in paid:
            amount = max(1, int(self._plan.amount * action.share))
            if self._world.banks[attempt.gateway].refund_here(attempt.ref, amount):
                self._world.checks.hidden.add(attempt.ref)

    async def _do_forged_webhook(self, action: Action, payment_id: str) -> None:
        self._invent(payment_id, forged=True)

    async def _do_lying_webhook(self, action: Action, payment_id: str) -> None:
        """Somebody has the password of beta, whose webhooks prove nothing."""
        self._invent(payment_id, gateway="beta")

    async def _do_garbage_webhook(self, action: Action, payment_id: str) -> None:
        self._world.emit("alpha", b'{"neither": "this"}')

    async def _do_list_webhook(self, action: Action, payment_id: str) -> None:
        """One webhook reports every charge of a gateway."""
        for bank in self._world.banks.values():
            if bank.charges:
                body = webhook_body(self._world.next_id(), bank.charges.values())
                self._world.emit(bank.name, body)

    async def _do_foreign_webhook(self, action: Action, payment_id: str) -> None:
        """A charge of another system that has an account at the same gateway."""
        foreign = TrueCharge("0" * 20, self._plan.amount, False, "foreign", 0.0)
        self._world.emit("alpha", webhook_body(self._world.next_id(), [foreign]))

    def _invent(self, payment_id: str, gateway: str | None = None, *, forged: bool = False) -> None:
        for attempt in self._world.payments.snapshot(payment_id).attempts[-1:]:
            if gateway in (None, attempt.gateway):
                invented = TrueCharge(attempt.ref, attempt.amount, False, "invented", 0.0)
                invented.status, invented.captured = AttemptStatus.CAPTURED, attempt.amount
                body = webhook_body(f"invented-{self._world.next_id()}", [invented])
                self._world.emit(attempt.gateway, body, forged=forged)

    def _attempt(self, action: Action, replaces: str | None = None) -> AttemptIn:
        match action.method:
            case "card":
                return CardIn(method="card", replaces=replaces)
            case "netbanking":
                return NetbankingIn(method="netbanking", bank="HDFC", replaces=replaces)
            case "upi_intent":
                return UpiIntentIn(method="upi_intent", replaces=replaces)
        return UpiQrIn(method="upi_qr", replaces=replaces)

    async def _pay(self, payment_id: str, request: AttemptIn, key: str | None = None) -> None:
        caller = Caller(kind="checkout", merchant_id=MERCHANT, payment_id=payment_id)
        answer = await self._try(
            key or self._new_key("pay"),
            lambda engine, call: start_attempt(engine, caller, payment_id, request, call),
        )
        if answer and self._world.random.random() < 0.3:
            await self._world.loop.pause(self._world.random.uniform(5, 120))
            await self._do_return(Action("return", 0), payment_id)

    async def _until(self, payment_id: str, statuses: Set[PaymentStatus]) -> None:
        """Wait until the payment has one of these, two minutes at most."""
        for _ in range(12):
            if self._world.tables.payments[payment_id].status in statuses:
                return
            await self._world.loop.pause(10 * self._world.random.random())

    def _new_key(self, what: str) -> str:
        self._keys += 1
        return f"{self._order_id}-{what}-{self._keys}"

    async def _once(self, work: Callable[[Engine], Any]) -> Any:
        try:
            return await self._world.call(work)
        except Exception as error:  # noqa: BLE001 - any refusal; what is none, the checks find
            self._world.checks.answered(error)
            return None

    async def _try(self, key: str, service: Service) -> Answer | None:
        """The answer to a call under one key, repeated while it is not definite."""
        world = self._world

        async def work(engine: Engine) -> Answer:
            call = fingerprinted(engine, MERCHANT, key, key.rpartition("-")[0], key)
            return await service(engine, call)

        for _ in range(_MOST_TRIES):
            try:
                answer: Answer = await world.call(work)
            except Exception as error:  # noqa: BLE001 - see below
                world.checks.answered(error)
                world.trace(f"{key}: {type(error).__name__}")
                if not isinstance(error, _TRANSIENT):
                    return None
                await world.loop.pause(world.random.uniform(0.5, 8))
            else:
                world.trace(f"{key}: {answer.status}")
                self._check(key, answer)
                return answer
        return None

    def _check(self, key: str, answer: Answer) -> None:
        body: Any = answer.body
        row = body.get("attempt") or body.get("refund") or body
        self._world.checks.replied(key, row["id"], body)
        self._world.checks.acknowledged(body.get("payment") or body)
