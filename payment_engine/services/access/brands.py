"""A merchant's brand: read by its checkouts, set by people on call and by the command line."""

from typing import Any

from payment_engine.db.models import Merchant, Payment
from payment_engine.domain.errors import NotFound
from payment_engine.domain.requests.brand import Brand
from payment_engine.engine import Engine


async def read_merchant(merchant_id: str) -> Merchant:
    """The merchant of a token or key; raises NotFound."""
    row = await Merchant.get_or_none(id=merchant_id)
    if row is None:
        raise NotFound
    return row


async def store_brand(engine: Engine, merchant_id: str, brand: Brand) -> None:
    """Replace the whole brand of a merchant."""
    await _update(engine, merchant_id, brand.model_dump(include=set(Brand.model_fields)))


async def change_brand(engine: Engine, merchant_id: str, brand: Brand) -> None:
    """Change what is given of a merchant's brand; the rest stays as it is."""
    await _update(engine, merchant_id, brand.model_dump(exclude_none=True))


async def may_embed(payment_id: str, origin: str) -> bool:
    """Whether the pages of this origin are the payment's merchant's, as registered."""
    found = await Payment.filter(id=payment_id).values("merchant__embed_origins")
    return any(origin in (row["merchant__embed_origins"] or "").split() for row in found)


async def _update(engine: Engine, merchant_id: str, values: dict[str, Any]) -> None:
    if values.get("embed_origins") is not None:
        values["embed_origins"] = " ".join(values["embed_origins"])
    await Merchant.filter(id=merchant_id).using_db(engine.db.connection).update(**values)
