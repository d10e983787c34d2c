"""Consents that customers give and withdraw: one row each, with the version of the text shown."""

import orjson

from payment_engine.db.connection import Connection
from payment_engine.db.models import Consent
from payment_engine.domain.commit import ConsentRecord
from payment_engine.domain.consents import Purpose
from payment_engine.domain.customer import CustomerKey
from payment_engine.domain.gateway import Client
from payment_engine.domain.ids import new_id
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
    consent_id = new_id("cns", int(now.timestamp() * 1000))
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


async def record_consent(tx: Connection | None, consent: ConsentRecord) -> str:
    """Write a consent with what it is about; returns its id."""
    columns = {name: getattr(consent, name) for name in ConsentRecord.__slots__}
    await Consent.create(**columns, using_db=tx)
    return consent.id
