"""What methods documents need of payments and their customers, read in one statement."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

import asyncpg
import orjson
from typing_extensions import TypedDict

from payment_engine.db.batches import Batches
from payment_engine.db.connection import Connections
from payment_engine.domain.preferences import DEFAULTS, Preferences

METHODS_CONTEXT = """
SELECT w.n::int AS n, p.merchant_id, p.customer_ref, p.status, p.amount, p.capture,
  m.mcc, m.upi_verified,
  (SELECT c.preferences FROM customer_config c
    WHERE c.merchant_id = p.merchant_id AND c.customer_ref = p.customer_ref) AS preferences,
  (SELECT jsonb_agg(jsonb_build_object('id', s.id, 'network', s.network, 'kind', s.kind,
        'issuer', s.issuer, 'last4', s.last4, 'nickname', s.nickname,
        'cvv_less', s.cvv_less, 'gateways',
        (SELECT coalesce(jsonb_agg(t.gateway), '[]') FROM card_token t
          WHERE t.card_id = s.id AND t.state = 'active'))
      ORDER BY coalesce(s.last_used_at, s.created_at) DESC)
    FROM saved_card s WHERE s.merchant_id = p.merchant_id AND s.customer_ref = p.customer_ref
      AND s.state = 'active') AS cards,
  (SELECT jsonb_agg(jsonb_build_object('id', v.id, 'masked', v.masked, 'app', v.app)
      ORDER BY coalesce(v.last_used_at, v.created_at) DESC)
    FROM saved_vpa v WHERE v.merchant_id = p.merchant_id AND v.customer_ref = p.customer_ref)
    AS vpas,
  (SELECT jsonb_agg(jsonb_build_object('id', w.id, 'gateway', w.gateway, 'wallet', w.wallet,
        'balance', w.balance, 'balance_at', w.balance_at) ORDER BY w.linked_at)
    FROM linked_wallet w WHERE w.merchant_id = p.merchant_id AND w.customer_ref = p.customer_ref
      AND w.state = 'linked' AND coalesce(w.payment_id, p.id) = p.id) AS wallets,
  (SELECT jsonb_agg(to_jsonb(u)) FROM (
    SELECT a.method, a.choice, a.instrument_id, count(*) AS times, max(a.created_at) AS last
    FROM (SELECT l.id FROM payment l
      WHERE l.merchant_id = p.merchant_id AND l.customer_ref = p.customer_ref
        AND l.created_at > $2 ORDER BY l.created_at DESC LIMIT 100) q
    CROSS JOIN LATERAL (SELECT * FROM attempt a WHERE a.payment_id = q.id AND a.elected OFFSET 0) a
    GROUP BY a.method, a.choice, a.instrument_id ORDER BY last DESC LIMIT 20) u) AS used,
  (SELECT a.method FROM attempt a WHERE a.payment_id = p.id AND a.status = 'failed'
    ORDER BY a.number DESC LIMIT 1) AS failed,
  (SELECT jsonb_agg(jsonb_build_object('en', b.en, 'hi', b.hi) ORDER BY b.audience = p.merchant_id)
    FROM banner b WHERE b.audience IN (p.merchant_id, 'everyone') AND b.expires_at > $3) AS banners
FROM unnest($1::text[]) WITH ORDINALITY AS w(id, n)
CROSS JOIN LATERAL (SELECT * FROM payment p WHERE p.id = w.id OFFSET 0) p
JOIN merchant m ON m.id = p.merchant_id
"""
_HISTORY = timedelta(days=180)
"""How far back past payments count as what a customer likes to pay with."""


class CardChoice(TypedDict):
    """A saved card, with the gateways that have an active token of it."""

    id: str
    network: str
    kind: str | None
    issuer: str | None
    cvv_less: bool | None
    last4: str
    nickname: str | None
    gateways: list[str]


class VpaChoice(TypedDict):
    """A saved UPI ID, and the app that its handle belongs to."""

    id: str
    masked: str
    app: str | None


class WalletChoice(TypedDict):
    """A linked wallet; ``balance`` in paise as of ``balance_at``, an ISO 8601 time."""

    id: str
    gateway: str
    wallet: str
    balance: int | None
    balance_at: str | None


class BannerText(TypedDict):
    """A sentence for customers, in each language."""

    en: str
    hi: str


class PastUse(TypedDict):
    """What earlier payments were paid with, and how many ``times``."""

    method: str
    choice: str | None
    instrument_id: str | None
    times: int
    last: str


@dataclass(frozen=True, kw_only=True)
class MethodsContext:
    """A payment's merchant and amount (paise), its customer's instruments, and how they paid.

    ``used``: what recent payments were paid with, the latest first, from a hundred payments at
    most (a shop may give all its guests one reference). ``failed``: the method of the payment's
    last failed attempt. ``banners``: what its customers are told now.
    """

    merchant_id: str
    customer_ref: str
    status: str
    amount: int
    capture: str
    mcc: str
    upi_verified: bool
    preferences: Preferences
    cards: list[CardChoice]
    vpas: list[VpaChoice]
    wallets: list[WalletChoice]
    used: list[PastUse]
    failed: str | None
    banners: list[BannerText]


class MethodsContexts:
    """Reads contexts: those that are wanted at once, in one statement."""

    def __init__(self, connections: Connections, now: Callable[[], datetime]) -> None:
        self._connections = connections
        self._now = now
        self._reads: Batches[str, MethodsContext | None] = Batches(self._read)

    async def of(self, payment_id: str) -> MethodsContext | None:
        """The context of a payment; None if there is none of this id."""
        return await self._reads.do(payment_id)

    async def _read(self, payment_ids: Sequence[str]) -> list[MethodsContext | None]:
        now = self._now()
        rows = await self._connections.fetch(
            METHODS_CONTEXT, list(payment_ids), now - _HISTORY, now
        )
        found = {row["n"]: _context(row) for row in rows}
        return [found.get(number) for number in range(1, len(payment_ids) + 1)]


def _context(row: asyncpg.Record) -> MethodsContext:
    columns = dict(row)
    del columns["n"]
    lists = ("cards", "vpas", "wallets", "used", "banners")
    found = {name: orjson.loads(columns.pop(name) or "[]") for name in lists}
    stored = orjson.loads(columns.pop("preferences") or "{}")
    preferences = cast(Preferences, {**DEFAULTS, **stored})
    return MethodsContext(**columns, **found, preferences=preferences)
