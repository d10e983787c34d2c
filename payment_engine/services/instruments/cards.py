"""Cards that customers keep: saved by a paid attempt, listed, forgotten at every gateway."""

from datetime import datetime, timedelta
from typing import Any

import structlog
from pydantic import SecretStr

from payment_engine import logs
from payment_engine.db import jobs
from payment_engine.db.models import Attempt, CardToken, Consent, SavedCard
from payment_engine.domain.callers import Caller
from payment_engine.domain.cards import CardState, may_become
from payment_engine.domain.errors import NotFound
from payment_engine.domain.gateway import GatewayCard, GatewayFailure
from payment_engine.domain.ids import is_id, new_id
from payment_engine.domain.jobs import JobKind
from payment_engine.domain.states import ATTEMPT_IN_PROGRESS, ATTEMPT_SUCCEEDED
from payment_engine.engine import Engine
from payment_engine.services.documents.instruments import SavedCardOut, card_document

S = CardState

SHOWN = (S.ACTIVE.value, S.SUSPENDED.value)
"""What its owner sees; a token still to be confirmed is never offered (TOK-3)."""
_SOON, _LATER, _GIVE_UP = timedelta(seconds=10), timedelta(minutes=10), timedelta(days=2)
_DAILY = timedelta(days=1)

_log = structlog.get_logger()


async def list_cards(caller: Caller) -> list[SavedCardOut]:
    """The customer's cards, the last used first."""
    cards = await SavedCard.filter(**_owner(caller), state__in=SHOWN)
    cards.sort(key=lambda card: card.last_used_at or card.created_at, reverse=True)
    return [card_document(card) for card in cards]


async def saved_card_of(merchant_id: str, customer_ref: str, card_id: str) -> SavedCard:
    """A card that its owner can see; raises NotFound for anybody else's (TOK-5)."""
    if not is_id("crd", card_id):
        raise NotFound
    card = await SavedCard.get_or_none(
        id=card_id, merchant_id=merchant_id, customer_ref=customer_ref
    )
    if card is None:
        raise NotFound
    return card


async def tokens_of(engine: Engine, card: SavedCard) -> dict[str, SecretStr]:
    """Each gateway that can charge the card, and its token (TOK-6)."""
    tokens = await CardToken.filter(card_id=card.id, state=S.ACTIVE.value)
    return {
        token.gateway: SecretStr(engine.sealer.open(token.sealed, token.id).decode())
        for token in tokens
        if token.sealed
    }


async def delete_card(engine: Engine, caller: Caller, card_id: str) -> None:
    """Hide a card at once and have every gateway forget it (TOK-5); again is the same."""
    card = await saved_card_of(caller.merchant_id, str(caller.customer_ref), card_id)
    await delete_cards(engine, [card])


async def delete_cards(engine: Engine, cards: list[SavedCard]) -> None:
    """The same for several; done by jobs that ask until each gateway confirmed."""
    now = engine.now()
    for card in cards:
        if not may_become(S(card.state), S.DELETE_PENDING):
            continue
        async with engine.db.transaction() as tx:
            changed = {"state": S.DELETE_PENDING.value, "ended_at": now, "nickname": None}
            await SavedCard.filter(id=card.id).using_db(tx).update(**changed)
            await _all_tokens(card.id, tx, S.DELETE_PENDING)
            home = await CardToken.filter(card_id=card.id).using_db(tx).first()
            lane = home.gateway if home else None
            await jobs.enqueue(tx, JobKind.DELETE_CARD, card.id, now, lane)


async def forget_card(engine: Engine, card_id: str) -> datetime | None:
    """Have every gateway delete its token; asked again until all confirmed (TOK-5)."""
    card = await SavedCard.get(id=card_id)
    left = CardToken.filter(card_id=card_id).exclude(state=S.DELETED.value)
    for token in await left:
        try:
            await _forget_token(engine, card, token)
        except GatewayFailure as failure:
            _log.warning("card_not_deleted_yet", card=card_id, failure=type(failure).__name__)
    if await left.exists():
        return engine.now() + _LATER
    await SavedCard.filter(id=card_id).update(state=S.DELETED.value, fingerprint=None)
    return None


async def keep_card(engine: Engine, attempt_id: str) -> datetime | None:
    """Once the attempt is paid, keep the card that its gateway says it keeps (TOK-3).

    Nothing here touches the payment: a card that cannot be kept is only not kept.
    """
    attempt = await Attempt.get(id=attempt_id).select_related("payment")
    logs.bind(payment=attempt.payment_id, attempt=attempt.id)
    age = engine.now() - attempt.created_at
    again = engine.now() + max(_SOON, age // 4)
    status = attempt.status
    if status in ATTEMPT_IN_PROGRESS and age < _GIVE_UP:
        return again
    gateway = engine.gateways.get(attempt.gateway)
    if status not in ATTEMPT_SUCCEEDED or gateway is None or not gateway.supports("saved_card"):
        return None
    try:
        card = await gateway.saved_card(attempt.charge_key)
    except GatewayFailure:
        return again if age < _GIVE_UP else None
    if card is None or card.state is S.INITIATED:
        return again if age < _GIVE_UP else None
    if card.state is S.ACTIVE:
        await _keep(engine, attempt, card)
    return None


async def sync_card(engine: Engine, card_id: str) -> datetime | None:
    """Once a day, what the gateways say of a card's tokens; issuers suspend them (TOK-4)."""
    card = await SavedCard.get(id=card_id)
    if S(card.state) not in (S.ACTIVE, S.SUSPENDED):
        return None
    for token in await CardToken.filter(card_id=card_id, state__in=SHOWN):
        try:
            listed = await engine.gateways[token.gateway].list_cards(card.customer_ref)
        except GatewayFailure:
            return engine.now() + _LATER
        await _hear(engine, token, listed)
    await _roll_up(engine, card)
    return engine.now() + _DAILY


def _owner(caller: Caller) -> dict[str, str]:
    return {"merchant_id": caller.merchant_id, "customer_ref": str(caller.customer_ref)}


async def _all_tokens(card_id: str, tx: Any, state: CardState) -> None:
    active = CardToken.filter(card_id=card_id).exclude(state=S.DELETED.value).using_db(tx)
    await active.update(state=state.value)


async def _forget_token(engine: Engine, card: SavedCard, token: CardToken) -> None:
    gateway = engine.gateways.get(token.gateway)
    if gateway and token.sealed:
        reference = engine.sealer.open(token.sealed, token.id).decode()
        if not await _kept_anew(engine, card, token.gateway, reference):
            await gateway.delete_card(card.customer_ref, SecretStr(reference))
    done = {"state": S.DELETED.value, "sealed": None, "checked_at": engine.now()}
    await CardToken.filter(id=token.id).update(**done)


async def _kept_anew(engine: Engine, card: SavedCard, gateway: str, reference: str) -> bool:
    """Whether its owner let us keep the same card again before this gateway forgot it."""
    owner = {"merchant_id": card.merchant_id, "customer_ref": card.customer_ref}
    shown = await SavedCard.filter(**owner, state__in=SHOWN).values_list("id", flat=True)
    tokens = CardToken.filter(card_id__in=shown, gateway=gateway, state__in=SHOWN)
    held = [engine.sealer.open(each.sealed, each.id) async for each in tokens if each.sealed]
    return reference.encode() in held


async def _keep(engine: Engine, attempt: Attempt, kept: GatewayCard) -> None:
    """Write the card and its token, or the token beside those of a card we know (TOK-6)."""
    payment = attempt.payment
    consent = await Consent.get_or_none(subject=attempt.id, purpose="save_card", given=True)
    if consent is None:
        return
    owner = {"merchant_id": payment.merchant_id, "customer_ref": payment.customer_ref}
    mark = kept.fingerprint.get_secret_value() if kept.fingerprint else None
    marks = engine.sealer.keyed_hashes("card-fingerprint", mark) if mark else []
    async with engine.db.transaction() as tx:
        known = SavedCard.filter(**owner, fingerprint__in=marks, state__in=SHOWN).using_db(tx)
        card = await known.select_for_update().first() if marks else None
        if card is None:
            card = await _new_card(engine, tx, owner, kept, attempt, consent, marks)
        await _keep_token(engine, tx, card, attempt.gateway, kept)
        tomorrow = engine.now() + _DAILY
        await jobs.enqueue(tx, JobKind.SYNC_CARD, card.id, tomorrow, attempt.gateway)


async def _new_card(
    engine: Engine,
    tx: Any,
    owner: dict[str, str],
    kept: GatewayCard,
    attempt: Attempt,
    consent: Consent,
    marks: list[bytes],
) -> SavedCard:
    return await SavedCard.create(
        id=_id(engine, "crd"),
        **owner,
        state=S.ACTIVE.value,
        network=kept.network,
        kind=kept.kind,
        issuer=kept.issuer,
        last4=kept.last4,
        last4_source=kept.last4_source,
        fingerprint=marks[0] if marks else None,
        attempt_id=attempt.id,
        consent_id=consent.id,
        created_at=engine.now(),
        last_used_at=attempt.settled_at,
        using_db=tx,
    )


async def _keep_token(
    engine: Engine, tx: Any, card: SavedCard, gateway: str, kept: GatewayCard
) -> None:
    known = await CardToken.get_or_none(card_id=card.id, gateway=gateway, using_db=tx)
    token = known or CardToken(
        id=_id(engine, "tok"), card_id=card.id, gateway=gateway, created_at=engine.now()
    )
    token.state = S.ACTIVE
    token.sealed = engine.sealer.seal(kept.token.get_secret_value().encode(), token.id)
    token.checked_at = engine.now()
    await token.save(using_db=tx)


async def _hear(engine: Engine, token: CardToken, listed: tuple[GatewayCard, ...]) -> None:
    """A token that its gateway lists no more was deactivated there."""
    mine = engine.sealer.open(token.sealed or b"", token.id).decode()
    found = next((card for card in listed if card.token.get_secret_value() == mine), None)
    reported = found.state if found else S.DEACTIVATED
    held = S(token.state)
    state = reported if may_become(held, reported) else held
    if reported not in (held, state):
        _log.warning("card_state_refused", card=token.card_id, held=held, reported=reported)
    as_read = CardToken.filter(id=token.id, state=token.state)
    await as_read.update(state=state.value, checked_at=engine.now())


async def _roll_up(engine: Engine, card: SavedCard) -> None:
    """A card is as good as its best token."""
    states = {S(token.state) for token in await CardToken.filter(card_id=card.id)}
    order = (S.ACTIVE, S.SUSPENDED, S.EXPIRED, S.DEACTIVATED)
    best = next((state for state in order if state in states), S.DEACTIVATED)
    if may_become(S(card.state), best):
        ended = None if best.value in SHOWN else engine.now()
        as_read = SavedCard.filter(id=card.id, state=card.state)
        await as_read.update(state=best.value, ended_at=ended)


def _id(engine: Engine, prefix: Any) -> str:
    return new_id(prefix, int(engine.now().timestamp() * 1000))
