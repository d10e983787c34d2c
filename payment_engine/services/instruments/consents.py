"""Consents that customers give and withdraw: one row each, with the version of the text shown."""

import orjson

from payment_engine.db.connection import Connection
from payment_engine.db.models import Consent, owned_by
from payment_engine.domain.commit import ConsentRecord
from payment_engine.domain.consents import Purpose
from payment_engine.domain.customer import CustomerKey
from payment_engine.domain.gateway import Client
from payment_engine.engine import Engine


def new_consent(
    engine: Engine,
    customer: CustomerKey,
    *,
    purpose: Purpose,
    given: bool,
    text_version: str,
    subject: str | None,
    client: Client,
) -> ConsentRecord:
    """A consent, or with ``given=False`` its withdrawal, not yet written.

    ``subject`` is the attempt or instrument that it is about. The address and device are encrypted.
    """
    now = engine.now()
    consent_id = engine.new_id("cns")
    circumstances = {"ip": client.ip, "user_agent": client.user_agent}
    return ConsentRecord(
        id=consent_id,
        merchant_id=customer.merchant_id,
        customer_ref=customer.ref,
        purpose=purpose.value,
        given=given,
        text_version=text_version,
        channel=client.platform or "unknown",
        circumstances=engine.sealer.seal(orjson.dumps(circumstances), consent_id),
        subject=subject,
        at=now,
    )


async def standing_consent(tx: Connection, attempt_id: str, purpose: Purpose) -> Consent | None:
    """The consent that an attempt was started with, locked until the transaction ends.

    None if there is none, it was withdrawn since, or the customer's data was erased: then it no
    longer says from where it was given. Whoever withdraws or erases changes the consent first and
    deletes what was saved after that, so nothing is saved behind their back.
    """
    given = Consent.filter(
        subject=attempt_id, purpose=purpose.value, given=True, circumstances__isnull=False
    )
    consent = await given.using_db(tx).select_for_update().first()
    if consent is None:
        return None
    owner = CustomerKey(consent.merchant_id, consent.customer_ref)
    later = Consent.filter(**owned_by(owner), purpose=purpose.value, given=False, at__gt=consent.at)
    return None if await later.using_db(tx).exists() else consent


async def lock_consents(tx: Connection, customer: CustomerKey, purpose: Purpose) -> None:
    """Wait for whoever is saving something on one of these consents; nobody starts until the end
    of the transaction."""
    given = Consent.filter(**owned_by(customer), purpose=purpose.value, given=True)
    await given.using_db(tx).order_by("id").select_for_update()


async def record_consent(tx: Connection | None, consent: ConsentRecord) -> str:
    """Write a consent with what it is about; returns its id."""
    columns = {name: getattr(consent, name) for name in ConsentRecord.__slots__}
    await Consent.create(**columns, using_db=tx)
    return consent.id
