"""Saved UPI IDs: with consent, once verified or paid with, and masked when shown."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from tortoise.exceptions import IntegrityError

from payment_engine.db.connection import Connection
from payment_engine.db.customer_lock import lock_customer
from payment_engine.db.models import SavedVpa, mark_used, owned_by
from payment_engine.domain.callers import Caller
from payment_engine.domain.consents import Purpose
from payment_engine.domain.customer import CustomerKey
from payment_engine.domain.erasure import TRACES
from payment_engine.domain.errors import (
    ConsentRequired,
    NotFound,
    TooManySaved,
    Unavailable,
    UnknownVpa,
)
from payment_engine.domain.events import Source
from payment_engine.domain.gateway import Client
from payment_engine.domain.ids import is_id
from payment_engine.domain.lifecycle import PaymentChange
from payment_engine.domain.payment import Attempt, Snapshot
from payment_engine.domain.requests.attempts import AttemptIn, SaveIn, UpiCollectIn
from payment_engine.domain.requests.upi import SaveVpaIn
from payment_engine.domain.states import ATTEMPT_IN_PROGRESS, ATTEMPT_SUCCEEDED
from payment_engine.domain.store import Loaded
from payment_engine.domain.upi_vpa import VPA_HASH, Vpa, parse_vpa
from payment_engine.engine import Engine
from payment_engine.services.documents.instruments import SavedVpaOut, vpa_document
from payment_engine.services.instruments import upi
from payment_engine.services.instruments.consents import (
    new_consent,
    record_consent,
    standing_consent,
)
from payment_engine.services.lifecycle.change import NOTHING_BESIDE, Beside
from payment_engine.services.lifecycle.outcomes import change_known
from payment_engine.services.lifecycle.read import load_attempt

_FIRST_RETRY = timedelta(seconds=10)
_GIVE_UP = timedelta(days=3)
_RETRY_AFTER = 30


async def list_vpas(customer: CustomerKey) -> list[SavedVpaOut]:
    """The customer's saved UPI IDs, the last used first."""
    rows = await SavedVpa.filter(**owned_by(customer))
    rows.sort(key=lambda row: row.last_used_at or row.created_at, reverse=True)
    return [vpa_document(row) for row in rows]


async def save_vpa(
    engine: Engine, caller: Caller, request: SaveVpaIn, client: Client
) -> tuple[SavedVpaOut, bool]:
    """Save a UPI ID that exists; returns its document, and whether it is new.

    Raises ConsentRequired, InvalidVpa, UnknownVpa, TooManyRequests, TooManySaved, and
    Unavailable if no gateway can tell now whether the ID exists.
    """
    if not request.save.consent:
        raise ConsentRequired("saving a UPI ID needs the customer's consent")
    vpa = upi.parse_vpa_field(request.vpa)
    facts = await upi.verify_vpa(engine, caller, vpa, client.ip)
    if facts is None:
        raise Unavailable("this UPI ID cannot be validated right now", retry_after=_RETRY_AFTER)
    if not facts.valid:
        raise UnknownVpa(errors=[{"pointer": "/vpa", "message": UnknownVpa.title}])
    try:
        row, new = await _save(engine, caller.customer, vpa, request.save, client)
    except IntegrityError:  # saved by another call meanwhile: find it
        row, new = await _save(engine, caller.customer, vpa, request.save, client)
    return vpa_document(row), new


async def delete_vpa(customer: CustomerKey, vpa_id: str) -> None:
    """Delete a saved UPI ID; raises NotFound for one that is not this customer's."""
    found = SavedVpa.filter(id=vpa_id, **owned_by(customer)) if is_id("vpa", vpa_id) else None
    if found is None or not await found.delete():
        raise NotFound


async def resolve_vpa(engine: Engine, customer: CustomerKey, request: UpiCollectIn) -> str:
    """The UPI ID that a collect request goes to, typed or saved.

    Raises InvalidVpa, and NotFound for a saved one that is not this customer's.
    """
    if request.vpa is not None:
        return upi.parse_vpa_field(request.vpa).text
    row = await SavedVpa.filter(id=request.instrument_id, **owned_by(customer)).first()
    if row is None:
        raise NotFound
    return engine.sealer.open(row.sealed, row.id).decode()


def payer_columns(
    engine: Engine, attempt_id: str, request: AttemptIn, vpa: str | None
) -> dict[str, Any]:
    """What a new attempt stores of who pays, and the encrypted UPI ID to save once it has paid."""
    columns: dict[str, Any] = {"choice": request.choice}
    if vpa is None or not isinstance(request, UpiCollectIn):
        return columns
    columns["payer_hash"] = engine.sealer.keyed_hashes(VPA_HASH, vpa)[0]
    if request.vpa and request.consent_to_save:
        columns["payer"] = engine.sealer.seal(vpa.encode(), attempt_id)
    return columns


async def save_paid_vpa(engine: Engine, attempt_id: str) -> datetime | None:
    """Save the UPI ID of an attempt once it is paid; wipe it from the attempt once that is over."""
    known = await load_attempt(engine, attempt_id)
    attempt = known.attempt(attempt_id)
    age = engine.now() - attempt.created_at
    if attempt.status in ATTEMPT_IN_PROGRESS and age < _GIVE_UP:
        return engine.now() + max(_FIRST_RETRY, age // 4)
    if attempt.status in ATTEMPT_SUCCEEDED and attempt.payer:
        await _save_payer(engine, known.payment.customer_key, attempt)
    await wipe_payers(engine, known, [attempt_id])
    return None


async def wipe_payers(engine: Engine, known: Snapshot, attempt_ids: Collection[str]) -> None:
    """Delete the encrypted UPI IDs of attempts; the payment is otherwise as before."""

    def decide(change: PaymentChange, _: Loaded) -> Beside:
        for attempt_id in attempt_ids:
            change.update_attempt(attempt_id, payer=None)
        return NOTHING_BESIDE

    await change_known(engine, known, decide, Source.CALLER)


async def wipe_traces(engine: Engine, known: Snapshot, attempt_ids: Collection[str]) -> None:
    """Delete what attempts have of their customer: UPI IDs to save, and where cards came from."""

    def decide(change: PaymentChange, _: Loaded) -> Beside:
        for attempt_id in attempt_ids:
            change.update_attempt(attempt_id, **TRACES)
        return NOTHING_BESIDE

    await change_known(engine, known, decide, Source.CALLER)


async def _save_payer(engine: Engine, customer: CustomerKey, attempt: Attempt) -> None:
    if attempt.payer is None:
        return
    vpa = parse_vpa(engine.sealer.open(attempt.payer, attempt.id).decode())
    async with engine.db.transaction() as tx:
        await lock_customer(tx, customer)
        consent = await standing_consent(tx, attempt.id, Purpose.SAVE_VPA)
        if consent is None:
            return
        existing = await _find(engine, tx, customer, vpa)
        if existing:
            await mark_used(tx, existing.id, engine.now())
        elif await _has_room(engine, tx, customer):
            await _create(engine, tx, customer, vpa, engine.new_id("vpa"), consent.id)


async def _save(
    engine: Engine, customer: CustomerKey, vpa: Vpa, save: SaveIn, client: Client
) -> tuple[SavedVpa, bool]:
    async with engine.db.transaction() as tx:
        await lock_customer(tx, customer)
        if existing := await _find(engine, tx, customer, vpa):
            return existing, False
        if not await _has_room(engine, tx, customer):
            raise TooManySaved("too many UPI IDs are saved already: delete one first")
        vpa_id = engine.new_id("vpa")
        consent = new_consent(
            engine,
            customer,
            purpose=Purpose.SAVE_VPA,
            given=True,
            text_version=save.text_version,
            subject=vpa_id,
            client=client,
        )
        consent_id = await record_consent(tx, consent)
        return await _create(engine, tx, customer, vpa, vpa_id, consent_id), True


async def _find(engine: Engine, tx: Connection, customer: CustomerKey, vpa: Vpa) -> SavedVpa | None:
    hashes = engine.sealer.keyed_hashes(VPA_HASH, vpa.text)
    found = SavedVpa.filter(**owned_by(customer), vpa_hash__in=hashes).using_db(tx)
    return await found.first()


async def _has_room(engine: Engine, tx: Connection, customer: CustomerKey) -> bool:
    saved = await SavedVpa.filter(**owned_by(customer)).using_db(tx).count()
    return saved < engine.settings.saved_vpas_most


async def _create(
    engine: Engine,
    tx: Connection,
    customer: CustomerKey,
    vpa: Vpa,
    vpa_id: str,
    consent_id: str,
) -> SavedVpa:
    return await SavedVpa.create(
        id=vpa_id,
        **owned_by(customer),
        sealed=engine.sealer.seal(vpa.text.encode(), vpa_id),
        vpa_hash=engine.sealer.keyed_hashes(VPA_HASH, vpa.text)[0],
        masked=vpa.masked,
        app=vpa.app,
        consent_id=consent_id,
        created_at=engine.now(),
        using_db=tx,
    )
