"""Consents that customers give and withdraw: one row each, with the version of the text shown."""

import orjson

from payment_engine.db.connection import Connection
from payment_engine.db.models import Consent, owned_by
from payment_engine.domain.consents import Purpose
from payment_engine.domain.customer import CustomerKey
from payment_engine.domain.gateway import Client
from payment_engine.domain.ids import new_id
from payment_engine.engine import Engine


async def record_consent(
    engine: Engine,
    tx: Connection | None,
    customer: CustomerKey,
    *,
    purpose: Purpose,
    given: bool,
    text_version: str,
    subject: str | None,
    client: Client,
) -> str:
    """Write a consent, or with ``given=False`` its withdrawal; returns its id.

    ``subject`` is the attempt or instrument that it is about. The address and device are encrypted.
    """
    now = engine.now()
    consent_id = new_id("cns", int(now.timestamp() * 1000))
    circumstances = {"ip": client.ip, "user_agent": client.user_agent}
    await Consent.create(
        id=consent_id,
        **owned_by(customer),
        purpose=purpose.value,
        given=given,
        text_version=text_version,
        channel=client.platform or "unknown",
        circumstances=engine.sealer.seal(orjson.dumps(circumstances), consent_id),
        subject=subject,
        at=now,
        using_db=tx,
    )
    return consent_id
