"""Gateways' words as our columns can hold them: no verdict is lost to a long or odd one."""

from dataclasses import replace
from typing import Any, TypeVar

import structlog
from tortoise.fields import CharField

from payment_engine.db.models import Attempt, Refund
from payment_engine.domain.gateway import ChargeState, RefundState

S = TypeVar("S", ChargeState, RefundState)

_WORDS = ("gateway_status", "gateway_code", "gateway_message", "decline_code")
"""Read by people: cut where they are too long."""
_NUMBERS = ("gateway_payment_id", "gateway_refund_id", "rrn", "arn")
"""They name something: one that does not fit is left out, since a cut one names something else."""
_LONGEST = 500

_log = structlog.get_logger()


def legible(text: str, longest: int) -> str:
    """The text as PostgreSQL can store it, ``longest`` characters at most."""
    return text.encode(errors="replace").decode().replace("\x00", "?")[:longest]


def fitted(state: S, row: Attempt | Refund) -> S:
    """The state in words that fit the columns of ``row``; what money hangs on is left alone."""
    changes: dict[str, Any] = {}
    for name in (*_WORDS, *_NUMBERS):
        said = getattr(state, name, None)
        if said is not None and said != (fits := legible(said, _room(row, name))):
            changes[name] = None if name in _NUMBERS else fits
    if changes:
        _log.warning("gateway_words_do_not_fit", names=sorted(changes))
    return replace(state, **changes) if changes else state


def _room(row: Attempt | Refund, name: str) -> int:
    column = row._meta.fields_map[name]
    return column.max_length if isinstance(column, CharField) else _LONGEST
