"""Banners: what people on call tell customers on the checkout, for a time.

The platform's stands for the customers of every merchant, a merchant's own after it.
"""

from datetime import timedelta

from payment_engine.db.connection import Connection
from payment_engine.db.models import Banner
from payment_engine.domain.callers import Caller
from payment_engine.domain.requests.admin import BannerIn
from payment_engine.engine import Engine
from payment_engine.services.documents.base import format_time
from payment_engine.services.documents.oncall import (
    ActionOut,
    Audience,
    BannerOut,
)
from payment_engine.services.oncall.audit import ActionRequest, perform_at_once

_CHANGED = ("en", "hi", "reason", "changed_by", "changed_at", "expires_at")


async def list_banners(engine: Engine, caller: Caller) -> list[BannerOut]:
    """That of everyone and the merchant's own, each without a text while there is none."""
    names: dict[Audience, str] = {each: _stored_as(each, caller) for each in ("everyone", "own")}
    current = Banner.filter(audience__in=[*names.values()], expires_at__gt=engine.now())
    rows = {row.audience: row for row in await current}
    return [_document(audience, rows.get(name), caller) for audience, name in names.items()]


async def set_banner(
    engine: Engine, caller: Caller, audience: Audience, request: BannerIn
) -> ActionOut:
    """Tell the customers of everyone, or of the caller's merchant; without a text, end it."""
    name = _stored_as(audience, caller)
    text = request.en and {"en": request.en, "hi": request.hi or request.en}
    now = engine.now()
    expires_at = now + timedelta(seconds=request.expires_in or 0) if text else None
    before = await Banner.get_or_none(audience=name, expires_at__gt=now)
    outcome = {
        "before": {"en": before.en, "hi": before.hi} if before else None,
        "after": text,
        "expires_at": format_time(expires_at),
    }
    action = ActionRequest(action="banner.set", subject=audience, request=request)

    async def write(tx: Connection) -> None:
        if not text:
            await Banner.filter(audience=name).using_db(tx).delete()
            return
        row = Banner(
            audience=name,
            **text,
            reason=request.reason,
            changed_by=caller.actor,
            changed_at=now,
            expires_at=expires_at,
        )
        await Banner.bulk_create(
            [row], on_conflict=["audience"], update_fields=_CHANGED, using_db=tx
        )

    return await perform_at_once(engine, caller, action, outcome, write)


def _stored_as(audience: Audience, caller: Caller) -> str:
    return caller.merchant_id if audience == "own" else audience


def _document(audience: Audience, row: Banner | None, caller: Caller) -> BannerOut:
    named = audience == "own" or caller.for_platform
    return {
        "audience": audience,
        "text": {"en": row.en, "hi": row.hi} if row else None,
        "reason": row.reason if row else None,
        "changed_by": row.changed_by if row and named else None,
        "changed_at": format_time(row.changed_at) if row else None,
        "expires_at": format_time(row.expires_at) if row else None,
    }
