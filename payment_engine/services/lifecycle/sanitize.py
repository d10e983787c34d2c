"""Gateways' texts as our columns can store them: no verdict is lost to a long or odd one."""

import hashlib
from dataclasses import replace
from typing import Any, TypeVar

import structlog
from tortoise.fields import CharField
from tortoise.models import Model

from payment_engine.db.models import Attempt, Refund
from payment_engine.domain.gateway import BankReference, ChargeState, RefundState

S = TypeVar("S", ChargeState, RefundState)

_LONGEST = 500
"""Characters stored of a text whose column has no bound."""

_LONGEST_CURRENCY = 8

_log = structlog.get_logger()


def printable(text: str, longest: int) -> str:
    """The text as PostgreSQL can store it, ``longest`` characters at most."""
    return text.encode(errors="replace").decode().replace("\x00", "?")[:longest]


def fit_charge(state: ChargeState) -> ChargeState:
    """The state with texts that fit an attempt's columns; amounts and statuses are left alone."""
    return _with_texts(
        state,
        gateway_status=_cut(Attempt, "gateway_status", state.gateway_status) or "",
        gateway_code=_cut(Attempt, "gateway_code", state.gateway_code),
        gateway_message=_cut(Attempt, "gateway_message", state.gateway_message),
        decline_code=_cut(Attempt, "decline_code", state.decline_code),
        gateway_payment_id=_whole(Attempt, "gateway_payment_id", state.gateway_payment_id),
        rrn=_whole(Attempt, "rrn", state.rrn),
        currency=None if state.currency is None else printable(state.currency, _LONGEST_CURRENCY),
        refunds=tuple(fit_refund(refund) for refund in state.refunds),
    )


def fit_bank_reference(reference: BankReference) -> dict[str, str]:
    """Those of a bank's numbers that fit an attempt's columns, by column."""
    columns = {"rrn": reference.rrn, "arn": reference.arn}
    fitted = {name: _whole(Attempt, name, number) for name, number in columns.items()}
    return {name: number for name, number in fitted.items() if number}


def fit_refund(state: RefundState) -> RefundState:
    """The state with texts that fit a refund's columns; amounts and statuses are left alone."""
    return _with_texts(
        state,
        ref=_whole(Refund, "foreign_ref", state.ref) or _digest(state.ref),
        gateway_status=_cut(Refund, "gateway_status", state.gateway_status) or "",
        gateway_code=_cut(Refund, "gateway_code", state.gateway_code),
        gateway_refund_id=_whole(Refund, "gateway_refund_id", state.gateway_refund_id),
        arn=_whole(Refund, "arn", state.arn),
        rrn=_whole(Refund, "rrn", state.rrn),
    )


def _cut(table: type[Model], column: str, text: str | None) -> str | None:
    """A text that is only read by people: cut if it is too long."""
    return None if text is None else printable(text, _room(table, column))


def _whole(table: type[Model], column: str, text: str | None) -> str | None:
    """A text that identifies something: whole or not at all, since a cut one is another id."""
    return text if _cut(table, column, text) == text else None


def _digest(text: str) -> str:
    """What stands for a reference that is too long or too odd to be stored."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def _room(table: type[Model], column: str) -> int:
    field = table._meta.fields_map[column]
    return field.max_length if isinstance(field, CharField) else _LONGEST


def _with_texts(state: S, **fitted: Any) -> S:
    """The state with these texts; those that had to be changed are logged by name."""
    changed = {name: text for name, text in fitted.items() if text != getattr(state, name)}
    if not changed:
        return state
    _log.warning("gateway_texts_do_not_fit", names=sorted(changed))
    return replace(state, **changed)
