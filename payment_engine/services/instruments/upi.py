"""UPI for customers: which flows are open to them, whether a UPI id exists, what was chosen."""

import structlog
from pydantic import SecretStr

from payment_engine.db.models import Merchant, Payment
from payment_engine.domain.callers import Caller
from payment_engine.domain.errors import (
    InvalidVpa,
    MethodNotAvailable,
    NotFound,
    UpiCollectNotAllowed,
)
from payment_engine.domain.gateway import GatewayFailure, Method, VpaFacts
from payment_engine.domain.ids import is_id
from payment_engine.domain.money import Paise
from payment_engine.domain.requests.payments import AttemptIn, ClientIn
from payment_engine.domain.upi_policy import (
    FLOWS,
    UpiContext,
    closed_because,
    effective_platform,
    open_flows,
)
from payment_engine.domain.upi_vpa import VPA_HASH, NotAVpa, Vpa, parse_vpa
from payment_engine.engine import Engine
from payment_engine.gateways.base import Gateway
from payment_engine.services.documents.instruments import VpaVerdict

_HEALTH_ORDER = {"up": 0, "fluctuating": 1, "down": 2}
_MOST_ASKED = 2

_log = structlog.get_logger()


def asked_of(engine: Engine, merchant: Merchant, amount: int, client: ClientIn) -> UpiContext:
    """The case that UPI's rules decide: this merchant, client, amount (paise) and moment."""
    return UpiContext(
        platform=effective_platform(client.platform, client.user_agent),
        amount=Paise(amount),
        at=engine.now(),
        mcc=merchant.mcc,
        verified=merchant.upi_verified,
    )


async def check_flow(
    engine: Engine, caller: Caller, payment_id: str, method: Method, client: ClientIn
) -> None:
    """Refuse a UPI flow that is barred here (UPI-4).

    Raises UpiCollectNotAllowed or MethodNotAvailable, each with the alternatives, and NotFound.
    """
    if method not in FLOWS:
        return
    named = Payment.filter(id=payment_id) if is_id("pay", payment_id) else None
    payment = await named.select_related("merchant").first() if named else None
    if payment is None or not caller.sees(payment.merchant_id, payment_id):
        raise NotFound
    asked = asked_of(engine, payment.merchant, payment.amount, client)
    if why := closed_because(method, asked, engine.settings.upi_limits):
        kind = UpiCollectNotAllowed if method is Method.UPI_COLLECT else MethodNotAvailable
        raise kind(why.en, alternatives=_alternatives(engine, asked))


def _alternatives(engine: Engine, asked: UpiContext) -> list[str]:
    able = {method for gateway in engine.gateways.values() for method in gateway.methods}
    closed = set(FLOWS) - set(open_flows(asked, engine.settings.upi_limits))
    return [method.value for method in Method if method in able - closed]


def vpa_from(text: str) -> Vpa:
    """The UPI id that a caller sent; raises InvalidVpa with the reason (UPI-1)."""
    try:
        return parse_vpa(text)
    except NotAVpa as refused:
        raise InvalidVpa(
            str(refused),
            reason=refused.reason,
            errors=[{"pointer": "/vpa", "message": str(refused)}],
        ) from None


def choice_in(request: AttemptIn) -> str | None:
    """The UPI app, bank or wallet that a customer chose."""
    named = (getattr(request, name, None) for name in ("app", "bank", "wallet"))
    return next((str(each) for each in named if each), None)


async def verify(engine: Engine, caller: Caller, vpa: Vpa, ip: str | None) -> VpaFacts | None:
    """Whether a UPI id exists; None where no gateway could tell.

    Bounded per customer and address, since names are harvested this way; the verdict is
    remembered for two minutes, the name is not (UPI-8). Raises TooManyRequests.
    """
    rates = engine.settings
    who = (caller.merchant_id, str(caller.customer_ref))
    engine.throttle.count(rates.vpa_checks_per_customer, "vpa", "customer", *who)
    engine.throttle.count(rates.vpa_checks_per_address, "vpa", "address", ip or "unknown")
    mark = engine.sealer.keyed_hashes(VPA_HASH, vpa.text)[0]
    if (valid := engine.vpas.get(mark)) is not None:
        return VpaFacts(valid=valid)
    for gateway in _verifying(engine)[:_MOST_ASKED]:
        try:
            facts = await gateway.verify_vpa(SecretStr(vpa.text))
        except GatewayFailure as failure:
            _log.warning("upi_id_not_verified", gateway=gateway.name, why=type(failure).__name__)
            continue
        engine.vpas[mark] = facts.valid
        return facts
    return None


async def validated(engine: Engine, caller: Caller, text: str, ip: str | None) -> VpaVerdict:
    """What a checkout shows of a UPI id that was typed; raises InvalidVpa, TooManyRequests."""
    vpa = vpa_from(text)
    facts = await verify(engine, caller, vpa, ip)
    return {
        "vpa": vpa.masked,
        "status": "unverified" if facts is None else "valid" if facts.valid else "invalid",
        "name_at_bank": facts.name if facts else None,
        "app": vpa.app,
        "did_you_mean": vpa.did_you_mean,
    }


def _verifying(engine: Engine) -> list[Gateway]:
    able = [gateway for gateway in engine.gateways.values() if gateway.supports("verify_vpa")]
    return sorted(able, key=lambda gateway: _HEALTH_ORDER[gateway.wire.health()])
