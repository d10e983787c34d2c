"""Simulated gateways as the service sees them: adapters whose calls go wrong by the plan."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

import orjson
from pydantic import BaseModel

from payment_engine.domain.errors import BadSignature, InvalidRequest
from payment_engine.domain.gateway import (
    Charge,
    ChargeKey,
    ChargeState,
    Fenced,
    NextAction,
    NotSent,
    RefundState,
    Refused,
    Return,
    Throttled,
    Unconfirmed,
    Unknown,
    WebhookEvent,
)
from payment_engine.domain.money import Paise
from payment_engine.domain.payment_methods import Method
from payment_engine.domain.states import AttemptStatus, RefundStatus
from payment_engine.gateways.base import Gateway
from payment_engine.gateways.http import Wire
from payment_engine.gateways.transport import AiohttpTransport
from payment_engine.simulator.bank import Bank, TrueCharge, TrueRefund

if TYPE_CHECKING:
    from payment_engine.simulator.world import World

TIMEOUT = 15.0
"""Seconds after which a call is given up, as by the wire of the real adapters."""
_TRANSPORT = AiohttpTransport()
_DELAYS = (0.05, 0.05, 0.3, 1.5, 9.0)

Effect = Callable[[], Any]


class SimulatedConfig(BaseModel):
    """Nothing to configure but whose money it is."""

    merchant_id: str = "simulated"
    confirm_webhooks: bool = False


class SimulatedGateway(Gateway):
    """A gateway whose truth is in a bank of the world; a process has an adapter of its own."""

    name: ClassVar[str] = "alpha"
    methods = frozenset({Method.UPI_QR, Method.UPI_INTENT, Method.CARD, Method.NETBANKING})
    Config = SimulatedConfig
    captures_partly = True

    def __init__(self, world: "World", alive: Callable[[], bool]) -> None:
        wire = Wire(self.name, record=lambda _: None, transport=_TRANSPORT)
        super().__init__(SimulatedConfig(confirm_webhooks=self.name == "beta"), wire)
        self._world = world
        self._bank: Bank = world.banks[self.name]
        self._alive = alive

    async def charge(self, charge: Charge) -> ChargeState:
        """Start collecting."""

        def effect() -> ChargeState:
            now, manual = self._world.loop.time(), not charge.capture
            true = self._bank.charge(charge.ref, charge.amount, now, manual=manual)
            action = NextAction(kind="redirect", url="https://gateway.example/pay")
            return replace(self._state(true), next_action=action)

        self._world.checks.charging(self.name, charge.ref, again=self.may_repeat(charge))
        state: ChargeState = await self._call("charge", charge.ref, effect)
        return state

    async def fetch_charge(self, key: ChargeKey) -> ChargeState | None:
        """The charge as the bank has it."""

        def effect() -> ChargeState | None:
            true = self._bank.charges.get(key.ref)
            return self._state(true) if true else None

        state: ChargeState | None = await self._call("fetch_charge", key.ref, effect)
        return state

    async def refund(self, ref: str, key: ChargeKey, amount: Paise) -> RefundState:
        """Refund under our reference."""

        def effect() -> RefundState | Refused:
            true = self._bank.refund(ref, key.ref, amount)
            if true is None:
                return Refused("not_refundable")
            return _refund_state(true, key.ref)

        self._world.checks.refunding(ref)
        state: RefundState = await self._call("refund", key.ref, effect)
        return state

    async def fetch_refund(self, ref: str, key: ChargeKey) -> RefundState | None:
        """The refund as the bank has it."""

        def effect() -> RefundState | None:
            charge = self._bank.charges.get(key.ref)
            true = charge.refunds.get(ref) if charge else None
            return _refund_state(true, key.ref) if true else None

        state: RefundState | None = await self._call("fetch_refund", key.ref, effect)
        return state

    async def capture(self, key: ChargeKey, amount: Paise) -> ChargeState:
        """Capture all or a part."""
        return await self._after_authorization(
            "capture", key, lambda: self._bank.capture(key.ref, amount)
        )

    async def void(self, key: ChargeKey) -> ChargeState:
        """Release."""
        return await self._after_authorization("void", key, lambda: self._bank.void(key.ref))

    def may_repeat(self, charge: Charge) -> bool:
        """Alpha charges one reference once."""
        return self.name == "alpha"

    def read_return(self, fields: Mapping[str, str]) -> Return | None:
        """The charge of a return."""
        return Return(ref=fields["ref"], signed=False)

    def read_webhook(self, headers: Mapping[str, str], body: bytes) -> WebhookEvent:
        """Verify by a shared password, then parse."""
        if headers.get("signature") != "good":
            raise BadSignature
        try:
            document = orjson.loads(body)
            charges = [TrueCharge(**each) for each in document["charges"]]
            refunds = [TrueRefund(**each) for each in document["refunds"]]
        except (ValueError, KeyError, TypeError) as error:
            raise InvalidRequest("not understood") from error
        for charge in charges:
            charge.status = AttemptStatus(charge.status)
        return WebhookEvent(
            event_id=document["id"],
            kind="refund" if refunds else "charge",
            charges=() if refunds else tuple(self._state(each) for each in charges),
            refunds=tuple(_refund_state(each, charges[0].ref) for each in refunds),
        )

    async def _after_authorization(
        self, verb: str, key: ChargeKey, act: Callable[[], bool]
    ) -> ChargeState:
        def effect() -> ChargeState | Refused:
            if not act():
                return Refused("not_authorized")
            return self._state(self._bank.charges[key.ref])

        state: ChargeState = await self._call(verb, key.ref, effect)
        return state

    def _state(self, true: TrueCharge) -> ChargeState:
        failed, part = true.status is AttemptStatus.FAILED, 0 < true.captured < true.amount
        listed = self.name == "alpha" and true.status is AttemptStatus.CAPTURED
        refunds = tuple(_refund_state(each, true.ref) for each in true.refunds.values())
        return ChargeState(
            ref=true.ref,
            status=true.status,
            gateway_status=true.status.value,
            amount=Paise(true.amount),
            currency="INR",
            merchant_id="simulated",
            gateway_payment_id=true.gateway_payment_id,
            decline_code="declined_by_issuer" if failed else None,
            captured=Paise(true.captured) if part else None,
            refunds=refunds if listed else (),
        )

    async def _call(self, verb: str, ref: str, effect: Effect) -> Any:
        """Send it, as far as the process may act and the plan lets it."""
        world = self._world
        if not self._alive():
            raise Fenced("the heartbeat is old")
        fault = world.fault(f"{self.name}.{verb}", world.status_of(ref))
        if world.away(self.name):
            fault = world.random.choice(("not_sent", "not_sent", "dropped"))
        if fault == "not_sent":
            raise NotSent("no connection")
        answer: asyncio.Future[Any] = world.loop.create_future()
        timer = world.later(TIMEOUT, _give_up, answer)
        if fault in _DENIALS:
            world.checks.denied.add(ref)
        if fault == "not_shown" and verb == "fetch_refund":
            world.checks.hidden.add(ref)
        world.trace(f"{self.name} {verb} {ref}" + (f" ({fault})" if fault else ""))
        delay = world.random.choice(_DELAYS) * world.random.random()
        if fault == "arrives_late":
            delay = world.random.uniform(TIMEOUT, 4 * TIMEOUT)
        if fault != "dropped":
            world.later(delay, self._arrive, effect, ref, answer, fault)
        try:
            return await answer
        finally:
            timer.cancel()

    def _arrive(
        self, effect: Effect, ref: str, answer: "asyncio.Future[Any]", fault: str | None
    ) -> None:
        if fault in _WITHOUT_EFFECT:
            result: Any = _WITHOUT_EFFECT[fault]()
        else:
            result = self._spoiled(effect(), ref, fault)
        if fault not in ("hang", "arrives_late"):
            self._world.later(self._world.latency(0.05), _settle, answer, result)

    def _spoiled(self, result: Any, ref: str, fault: str | None) -> Any:
        """What the answer turns into on its way."""
        if fault in _AFTER_EFFECT:
            return _AFTER_EFFECT[fault]()
        if fault == "wrong_amount" and isinstance(result, ChargeState | RefundState):
            return replace(result, amount=Paise((result.amount or 0) + 100))
        true = self._bank.charges.get(ref)
        young = true is not None and self._world.loop.time() - true.created < 300
        return None if fault == "not_shown" and young else result


class Alpha(SimulatedGateway):
    """Signs its webhooks; charges one reference once, and says so."""


class Beta(SimulatedGateway):
    """Its webhooks prove nothing, so the charge is looked up; charges may not be repeated."""

    name: ClassVar[str] = "beta"


def webhook_body(
    event_id: str, charges: Iterable[TrueCharge], refund: TrueRefund | None = None
) -> bytes:
    """The webhook that reports how charges stand now, or a refund of the first."""
    return orjson.dumps(
        {
            "id": event_id,
            "charges": [{**vars(each), "refunds": {}} for each in charges],
            "refunds": [vars(refund)] if refund else [],
        }
    )


_DENIALS = ("refused", "refused_after", "not_shown")
"""With these a gateway itself says that there is no charge."""


def _throttled() -> Throttled:
    failure = Throttled("http_429")
    failure.retry_after = 5.0
    return failure


_WITHOUT_EFFECT: Mapping[str | None, Callable[[], Exception]] = {
    "error_before": lambda: Unconfirmed("http_500"),
    "throttled": _throttled,
    "refused": lambda: Refused("not_allowed"),
    "token_expired": lambda: Unconfirmed("http_401"),
}
_AFTER_EFFECT: Mapping[str | None, Callable[[], Exception]] = {
    "error_after": lambda: Unconfirmed("http_500"),
    "garbage": lambda: Unknown("not JSON"),
    "refused_after": lambda: Refused("duplicate"),
    "conflict_after": lambda: Unconfirmed("http_409"),
}


def _refund_state(true: TrueRefund, charge_ref: str) -> RefundState:
    status = RefundStatus(true.status)
    return RefundState(
        ref=true.ref,
        charge_ref=charge_ref,
        status=status,
        gateway_status=status.value,
        amount=Paise(true.amount),
        gateway_refund_id=f"r_{true.ref}",
    )


def _give_up(answer: "asyncio.Future[Any]") -> None:
    _settle(answer, Unknown(f"no answer within {TIMEOUT} s"))


def _settle(answer: "asyncio.Future[Any]", result: Any) -> None:
    if answer.done():
        return
    if isinstance(result, Exception):
        answer.set_exception(result)
    else:
        answer.set_result(result)
