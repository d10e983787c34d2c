"""UPI ids that customers keep: with consent, only once verified or paid with, masked (UPI-9)."""

from datetime import datetime, timedelta

from tortoise.exceptions import IntegrityError

from payment_engine.db.connection import Connection
from payment_engine.db.models import Attempt, Consent, SavedVpa, mark_used
from payment_engine.domain.callers import Caller
from payment_engine.domain.errors import (
    ConsentRequired,
    NotFound,
    TooManySaved,
    Unavailable,
    UnknownVpa,
)
from payment_engine.domain.gateway import Client
from payment_engine.domain.ids import is_id, new_id
from payment_engine.domain.requests.payments import AttemptIn, SaveIn, UpiCollectIn
from payment_engine.domain.requests.upi import SaveVpaIn
from payment_engine.domain.states import ATTEMPT_IN_PROGRESS, ATTEMPT_SUCCEEDED
from payment_engine.domain.upi_vpa import VPA_HASH, Vpa, parse_vpa
from payment_engine.engine import Engine
from payment_engine.services.documents.instruments import SavedVpaOut, vpa_document
from payment_engine.services.instruments import upi
from payment_engine.services.instruments.consents import record_consent
from payment_engine.services.lifecycle.transitions import Change

_SOON, _GIVE_UP = timedelta(seconds=10), timedelta(days=3)


async def list_vpas(caller: Caller) -> list[SavedVpaOut]:
    """The customer's UPI ids, the last used first."""
    rows = await SavedVpa.filter(**_owner(caller))
    rows.sort(key=lambda row: row.last_used_at or row.created_at, reverse=True)
    return [vpa_document(row) for row in rows]


async def save_vpa(
    engine: Engine, caller: Caller, request: SaveVpaIn, client: Client
) -> tuple[SavedVpaOut, bool]:
    """Keep a UPI id that exists; the document, and whether it is new.

    Raises ConsentRequired, InvalidVpa, UnknownVpa, TooManyRequests, TooManySaved, and
    Unavailable where no gateway can tell now whether the id exists.
    """
    if not request.save.consent:
        raise ConsentRequired("saving a UPI ID needs the customer's consent")
    vpa = upi.vpa_from(request.vpa)
    facts = await upi.verify(engine, caller, vpa, client.ip)
    if facts is None:
        raise Unavailable("this UPI ID cannot be validated right now", retry_after=30)
    if not facts.valid:
        raise UnknownVpa(errors=[{"pointer": "/vpa", "message": UnknownVpa.title}])
    try:
        row, new = await _save(engine, caller, vpa, request.save, client)
    except IntegrityError:
        row, new = await _save(engine, caller, vpa, request.save, client)
    return vpa_document(row), new


async def delete_vpa(caller: Caller, vpa_id: str) -> None:
    """Forget a UPI id; raises NotFound for one that is not this customer's."""
    if not is_id("vpa", vpa_id) or not await SavedVpa.filter(id=vpa_id, **_owner(caller)).delete():
        raise NotFound


async def vpa_to_ask(
    engine: Engine, merchant_id: str, customer_ref: str, request: UpiCollectIn
) -> str:
    """The UPI id that a collect request goes to, typed or saved.

    Raises InvalidVpa, and NotFound for a saved one that is not this customer's.
    """
    if request.vpa is not None:
        return upi.vpa_from(request.vpa).text
    owner = {"merchant_id": merchant_id, "customer_ref": customer_ref}
    row = await SavedVpa.filter(id=request.instrument_id, **owner).first()
    if row is None:
        raise NotFound
    return engine.sealer.open(row.sealed, row.id).decode()


def hold(change: Change, attempt: Attempt, request: AttemptIn, vpa: str | None) -> None:
    """With the intent: what the customer chose, who pays, and the UPI id to keep once it paid."""
    attempt.choice = upi.choice_in(request)
    if vpa is None or not isinstance(request, UpiCollectIn):
        return
    attempt.payer_hash = change.engine.sealer.keyed_hashes(VPA_HASH, vpa)[0]
    if request.vpa and request.save and request.save.consent:
        attempt.payer = change.engine.sealer.seal(vpa.encode(), attempt.id)


async def keep_vpa(engine: Engine, attempt_id: str) -> datetime | None:
    """Once the attempt is paid, keep the UPI id that paid; once it is over, hold it no more.

    Nothing here touches the payment.
    """
    attempt = await Attempt.get(id=attempt_id).select_related("payment")
    age = engine.now() - attempt.created_at
    if attempt.status in ATTEMPT_IN_PROGRESS and age < _GIVE_UP:
        return engine.now() + max(_SOON, age // 4)
    if attempt.status in ATTEMPT_SUCCEEDED and attempt.payer:
        await _keep(engine, attempt)
    await Attempt.filter(id=attempt_id).update(payer=None)
    return None


async def _keep(engine: Engine, attempt: Attempt) -> None:
    consent = await Consent.get_or_none(subject=attempt.id, purpose="save_vpa", given=True)
    if consent is None or attempt.payer is None:
        return
    vpa = parse_vpa(engine.sealer.open(attempt.payer, attempt.id).decode())
    payment = attempt.payment
    owner = {"merchant_id": payment.merchant_id, "customer_ref": payment.customer_ref}
    async with engine.db.transaction() as tx:
        known = await _known(engine, tx, owner, vpa)
        if known:
            await mark_used(tx, known.id, engine.now())
        elif await _room(engine, tx, owner):
            await _create(engine, tx, owner, vpa, _new_id(engine), consent.id)


async def _save(
    engine: Engine, caller: Caller, vpa: Vpa, save: SaveIn, client: Client
) -> tuple[SavedVpa, bool]:
    owner = _owner(caller)
    async with engine.db.transaction() as tx:
        if known := await _known(engine, tx, owner, vpa):
            return known, False
        if not await _room(engine, tx, owner):
            raise TooManySaved("too many UPI IDs are saved already: delete one first")
        vpa_id = _new_id(engine)
        consent_id = await record_consent(
            engine,
            tx,
            **owner,
            purpose="save_vpa",
            given=True,
            text_version=save.text_version,
            subject=vpa_id,
            client=client,
        )
        return await _create(engine, tx, owner, vpa, vpa_id, consent_id), True


async def _known(
    engine: Engine, tx: Connection, owner: dict[str, str], vpa: Vpa
) -> SavedVpa | None:
    marks = engine.sealer.keyed_hashes(VPA_HASH, vpa.text)
    return await SavedVpa.filter(**owner, vpa_hash__in=marks).using_db(tx).first()


async def _room(engine: Engine, tx: Connection, owner: dict[str, str]) -> bool:
    kept = await SavedVpa.filter(**owner).using_db(tx).count()
    return kept < engine.settings.saved_vpas_most


async def _create(
    engine: Engine,
    tx: Connection,
    owner: dict[str, str],
    vpa: Vpa,
    vpa_id: str,
    consent_id: str,
) -> SavedVpa:
    return await SavedVpa.create(
        id=vpa_id,
        **owner,
        sealed=engine.sealer.seal(vpa.text.encode(), vpa_id),
        vpa_hash=engine.sealer.keyed_hashes(VPA_HASH, vpa.text)[0],
        masked=vpa.masked,
        app=vpa.app,
        consent_id=consent_id,
        created_at=engine.now(),
        using_db=tx,
    )


def _owner(caller: Caller) -> dict[str, str]:
    return {"merchant_id": caller.merchant_id, "customer_ref": str(caller.customer_ref)}


def _new_id(engine: Engine) -> str:
    return new_id("vpa", int(engine.now().timestamp() * 1000))
