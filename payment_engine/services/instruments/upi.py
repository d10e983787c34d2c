"""UPI for customers: which flows they may use, and whether a UPI ID exists."""

import structlog
from pydantic import SecretStr

from payment_engine.domain.callers import Caller
from payment_engine.domain.card_testing import network_of_address
from payment_engine.domain.errors import InvalidVpa, MethodNotAvailable, UpiCollectNotAllowed
from payment_engine.domain.gateway import GatewayFailure, VpaFacts
from payment_engine.domain.money import Paise
from payment_engine.domain.payment_methods import Method
from payment_engine.domain.requests.client import ClientIn
from payment_engine.domain.store import Loaded, MerchantFacts
from payment_engine.domain.upi_policy import (
    FLOWS,
    PHARMACY,
    UpiContext,
    closed_because,
    effective_platform,
)
from payment_engine.domain.upi_vpa import VPA_HASH, NotAVpa, Vpa, parse_vpa
from payment_engine.engine import Engine
from payment_engine.gateways.base import Gateway
from payment_engine.services.access.rates import Use, count_uses
from payment_engine.services.documents.instruments import VpaVerdict
from payment_engine.services.routing.offers import OfferTerms, offered_methods

_HEALTH_ORDER = {"up": 0, "fluctuating": 1, "down": 2}
_MAX_GATEWAYS = 2
"""How many gateways are asked about one UPI ID."""

_log = structlog.get_logger()


def check_flow(engine: Engine, loaded: Loaded, method: Method, client: ClientIn) -> None:
    """Refuse a UPI flow that NPCI's rules close for this merchant, client and amount.

    Raises UpiCollectNotAllowed or MethodNotAvailable, each with the alternatives.
    """
    if method not in FLOWS or loaded.merchant is None:
        return
    terms = offer_terms(engine, loaded, client)
    if why := closed_because(method, terms.upi, engine.settings.upi_limits):
        kind = UpiCollectNotAllowed if method is Method.UPI_COLLECT else MethodNotAvailable
        others = offered_methods(engine, terms)
        raise kind(why.en, alternatives=[each.value for each in others])


def offer_terms(engine: Engine, loaded: Loaded, client: ClientIn) -> OfferTerms:
    """What is offered to this client depends on; a merchant that is not loaded counts as one of
    whom nothing is known."""
    known = loaded.merchant or MerchantFacts(mcc=PHARMACY, upi_verified=False)
    payment = loaded.snapshot.payment
    upi = UpiContext(
        platform=effective_platform(client.platform, client.user_agent),
        amount=Paise(payment.amount),
        at=engine.now(),
        mcc=known.mcc,
        verified=known.upi_verified,
    )
    return OfferTerms(capture=payment.capture, upi=upi, hidden=loaded.snapshot.hidden_methods)


def parse_vpa_field(text: str) -> Vpa:
    """The UPI ID in a request's ``vpa`` field; raises InvalidVpa with the reason."""
    try:
        return parse_vpa(text)
    except NotAVpa as error:
        raise InvalidVpa(
            str(error),
            reason=error.reason,
            errors=[{"pointer": "/vpa", "message": str(error)}],
        ) from None


async def verify_vpa(engine: Engine, caller: Caller, vpa: Vpa, ip: str | None) -> VpaFacts | None:
    """Whether a UPI ID exists; None if no gateway could tell.

    Rate-limited per customer and address, since the answers could be used to harvest names. The
    verdict is cached for two minutes, the name is not. Raises TooManyRequests.
    """
    rates, customer = engine.settings, ":".join(caller.customer)
    await count_uses(
        engine,
        Use("vpa by customer", customer, rates.vpa_checks_per_customer),
        Use("vpa by address", network_of_address(ip) or "unknown", rates.vpa_checks_per_address),
    )
    vpa_hash = engine.sealer.keyed_hashes(VPA_HASH, vpa.text)[0]
    if (valid := engine.vpas.get(vpa_hash)) is not None:
        return VpaFacts(valid=valid)
    for gateway in _verifying_gateways(engine)[:_MAX_GATEWAYS]:
        try:
            facts = await gateway.verify_vpa(SecretStr(vpa.text), caller.customer_ref or "")
        except GatewayFailure as failure:
            _log.warning("upi_id_not_verified", gateway=gateway.name, cause=failure.cause.value)
            continue
        engine.vpas[vpa_hash] = facts.valid
        return facts
    return None


async def validate_vpa(engine: Engine, caller: Caller, text: str, ip: str | None) -> VpaVerdict:
    """What a checkout shows of a typed UPI ID. Raises InvalidVpa, TooManyRequests."""
    vpa = parse_vpa_field(text)
    facts = await verify_vpa(engine, caller, vpa, ip)
    return {
        "vpa": vpa.masked,
        "status": "unverified" if facts is None else "valid" if facts.valid else "invalid",
        "name_at_bank": facts.name if facts else None,
        "app": vpa.app,
        "did_you_mean": vpa.did_you_mean,
    }


def _verifying_gateways(engine: Engine) -> list[Gateway]:
    """The gateways that can verify a UPI ID, the healthiest first."""
    able = [gateway for gateway in engine.open_gateways.values() if gateway.supports("verify_vpa")]
    return sorted(able, key=lambda gateway: _HEALTH_ORDER[gateway.wire.health()])
