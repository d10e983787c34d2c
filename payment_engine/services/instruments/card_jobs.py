"""What jobs do for saved cards: save one once it paid, delete it at gateways, sync its state."""

from datetime import datetime, timedelta

import structlog
from pydantic import SecretStr

from payment_engine import logs
from payment_engine.db import jobs
from payment_engine.db.connection import Connection
from payment_engine.db.models import Attempt, CardToken, Consent, SavedCard, owned_by
from payment_engine.domain.cards import CardState, may_become
from payment_engine.domain.consents import Purpose
from payment_engine.domain.customer import CustomerKey
from payment_engine.domain.gateway import GatewayCard, GatewayFailure
from payment_engine.domain.jobs import JobKind
from payment_engine.domain.states import ATTEMPT_IN_PROGRESS, ATTEMPT_SUCCEEDED
from payment_engine.engine import Engine
from payment_engine.services.instruments.cards import LISTED
from payment_engine.services.instruments.consents import standing_consent

_FIRST_RETRY = timedelta(seconds=10)
_GIVE_UP = timedelta(days=2)
_RETRY = timedelta(minutes=10)
_SYNC_EVERY = timedelta(days=1)
_BEST_FIRST = (CardState.ACTIVE, CardState.SUSPENDED, CardState.EXPIRED, CardState.DEACTIVATED)

_log = structlog.get_logger()


async def save_paid_card(engine: Engine, attempt_id: str) -> datetime | None:
    """Once the attempt is paid, save the card if its gateway saved it; returns when to try again.

    Never touches the payment: a card that cannot be saved is just not saved.
    """
    attempt = await Attempt.get(id=attempt_id).select_related("payment")
    logs.bind(payment=attempt.payment_id, attempt=attempt.id)
    age = engine.now() - attempt.created_at
    retry = engine.now() + max(_FIRST_RETRY, age // 4) if age < _GIVE_UP else None
    if attempt.status in ATTEMPT_IN_PROGRESS and retry:
        return retry
    gateway = engine.gateways.get(attempt.gateway)
    if attempt.status not in ATTEMPT_SUCCEEDED or gateway is None:
        return None
    if not gateway.supports("saved_card"):
        return None
    try:
        card = await gateway.saved_card(attempt.charge_key)
    except GatewayFailure:
        return retry
    if card is None or card.state is CardState.INITIATED:
        return retry
    if card.state is CardState.ACTIVE:
        await _save(engine, attempt, card)
    return None


async def delete_at_gateways(engine: Engine, card_id: str) -> datetime | None:
    """Delete a card's tokens at their gateways; returns when to retry if one has not confirmed."""
    card = await SavedCard.get(id=card_id)
    remaining = CardToken.filter(card_id=card_id).exclude(state=CardState.DELETED)
    for token in await remaining:
        try:
            await _delete_token(engine, card, token)
        except GatewayFailure as failure:
            _log.warning("card_not_deleted_yet", card=card_id, cause=failure.cause.value)
    if await remaining.exists():
        return engine.now() + _RETRY
    await SavedCard.filter(id=card_id).update(state=CardState.DELETED, fingerprint=None)
    return None


async def sync_card(engine: Engine, card_id: str) -> datetime | None:
    """Once a day, read the state of a card's tokens: issuers suspend and deactivate them."""
    card = await SavedCard.get(id=card_id)
    if card.state not in LISTED:
        return None
    for token in await CardToken.filter(card_id=card_id, state__in=LISTED):
        try:
            listed = await engine.gateways[token.gateway].list_cards(card.customer_ref)
        except GatewayFailure:
            return engine.now() + _RETRY
        await _apply_listing(engine, token, listed)
    await _roll_up(engine, card)
    return engine.now() + _SYNC_EVERY


async def _delete_token(engine: Engine, card: SavedCard, token: CardToken) -> None:
    gateway = engine.gateways.get(token.gateway)
    if gateway and token.sealed:
        reference = engine.sealer.open(token.sealed, token.id).decode()
        if not await _saved_again(engine, card, token.gateway, reference):
            await gateway.delete_card(card.customer_ref, SecretStr(reference))
    row = CardToken.filter(id=token.id)
    await row.update(state=CardState.DELETED, sealed=None, checked_at=engine.now())


async def _saved_again(engine: Engine, card: SavedCard, gateway: str, reference: str) -> bool:
    """Whether the customer saved the same card again before it was deleted at this gateway."""
    customer = CustomerKey(card.merchant_id, card.customer_ref)
    cards = SavedCard.filter(**owned_by(customer), state__in=LISTED)
    card_ids = await cards.values_list("id", flat=True)
    tokens = CardToken.filter(card_id__in=card_ids, gateway=gateway, state__in=LISTED)
    references = [engine.sealer.open(each.sealed, each.id) async for each in tokens if each.sealed]
    return reference.encode() in references


async def _save(engine: Engine, attempt: Attempt, gateway_card: GatewayCard) -> None:
    """Write the card and its token, or add the token to the same card saved before."""
    async with engine.db.transaction() as tx:
        consent = await standing_consent(tx, attempt.id, Purpose.SAVE_CARD)
        if consent is None:
            return
        hashes = _fingerprint_hashes(engine, gateway_card)
        card = await _find_same(tx, attempt.payment.customer_key, hashes)
        if card is None:
            card = await _create(engine, tx, attempt, gateway_card, consent, hashes)
        await _store_token(engine, tx, card, attempt.gateway, gateway_card)
        tomorrow = engine.now() + _SYNC_EVERY
        await jobs.enqueue(tx, JobKind.SYNC_CARD, card.id, tomorrow, attempt.gateway)


def _fingerprint_hashes(engine: Engine, gateway_card: GatewayCard) -> list[bytes]:
    fingerprint = gateway_card.fingerprint
    if fingerprint is None or not fingerprint.get_secret_value():
        return []
    return engine.sealer.keyed_hashes("card-fingerprint", fingerprint.get_secret_value())


async def _find_same(
    tx: Connection, customer: CustomerKey, hashes: list[bytes]
) -> SavedCard | None:
    if not hashes:
        return None
    cards = SavedCard.filter(**owned_by(customer), fingerprint__in=hashes, state__in=LISTED)
    return await cards.using_db(tx).select_for_update().first()


async def _create(
    engine: Engine,
    tx: Connection,
    attempt: Attempt,
    gateway_card: GatewayCard,
    consent: Consent,
    hashes: list[bytes],
) -> SavedCard:
    return await SavedCard.create(
        id=engine.new_id("crd"),
        **owned_by(attempt.payment.customer_key),
        state=CardState.ACTIVE,
        network=gateway_card.network,
        kind=gateway_card.kind,
        issuer=gateway_card.issuer,
        last4=gateway_card.last4,
        last4_source=gateway_card.last4_source,
        cvv_less=gateway_card.cvv_less,
        fingerprint=hashes[0] if hashes else None,
        attempt_id=attempt.id,
        consent_id=consent.id,
        created_at=engine.now(),
        last_used_at=attempt.settled_at,
        using_db=tx,
    )


async def _store_token(
    engine: Engine, tx: Connection, card: SavedCard, gateway: str, gateway_card: GatewayCard
) -> None:
    now = engine.now()
    existing = await CardToken.get_or_none(card_id=card.id, gateway=gateway, using_db=tx)
    token = existing or CardToken(
        id=engine.new_id("tok"),
        card_id=card.id,
        gateway=gateway,
        created_at=now,
    )
    token.state = CardState.ACTIVE
    token.sealed = engine.sealer.seal(gateway_card.token.get_secret_value().encode(), token.id)
    token.checked_at = now
    await token.save(using_db=tx)


async def _apply_listing(engine: Engine, token: CardToken, listed: tuple[GatewayCard, ...]) -> None:
    """Update a token's state; one that its gateway does not list any more was deactivated."""
    reference = engine.sealer.open(token.sealed or b"", token.id).decode()
    found = next((card for card in listed if card.token.get_secret_value() == reference), None)
    current = token.state
    reported = found.state if found else CardState.DEACTIVATED
    state = reported if may_become(current, reported) else current
    if reported not in (current, state):
        _log.warning(
            "card_state_refused",
            card=token.card_id,
            current=current,
            reported=reported,
        )
    unchanged = CardToken.filter(id=token.id, state=token.state)
    await unchanged.update(state=state.value, checked_at=engine.now())
    if found:
        await SavedCard.filter(id=token.card_id).update(cvv_less=found.cvv_less)


async def _roll_up(engine: Engine, card: SavedCard) -> None:
    """A card has the state of its best token."""
    states = {token.state for token in await CardToken.filter(card_id=card.id)}
    best = next((state for state in _BEST_FIRST if state in states), CardState.DEACTIVATED)
    if may_become(card.state, best):
        ended_at = None if best.value in LISTED else engine.now()
        unchanged = SavedCard.filter(id=card.id, state=card.state)
        await unchanged.update(state=best.value, ended_at=ended_at)
