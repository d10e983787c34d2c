"""What customers agreed to and took back: written once, with its words' version (TOK-2)."""

from typing import Any

import orjson

from payment_engine.db.connection import Connection
from payment_engine.db.models import Consent
from payment_engine.domain.gateway import Client
from payment_engine.domain.ids import new_id
from payment_engine.engine import Engine


async def record_consent(
    engine: Engine,
    tx: Connection | None,
    *,
    merchant_id: str,
    customer_ref: str,
    purpose: str,
    given: bool,
    text_version: str,
    subject: str | None,
    client: Client,
) -> str:
    """Write down one yes or no; its id."""
    now = engine.now()
    consent_id = new_id("cns", int(now.timestamp() * 1000))
    circumstances: dict[str, Any] = {"ip": client.ip, "user_agent": client.user_agent}
    await Consent.create(
        id=consent_id,
        merchant_id=merchant_id,
        customer_ref=customer_ref,
        purpose=purpose,
        given=given,
        text_version=text_version,
        channel=client.platform or "unknown",
        circumstances=engine.sealer.seal(orjson.dumps(circumstances), consent_id),
        subject=subject,
        at=now,
        using_db=tx,
    )
    return consent_id
