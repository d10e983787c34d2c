"""Capture and void of an authorised payment, named by its ``txn_uuid``."""

from collections.abc import Callable

from sanic import HTTPResponse, Request

from payment_engine.mock.juspay import errors
from payment_engine.mock.juspay.book import Juspay, juspay_of
from payment_engine.mock.juspay.model import Order, Txn
from payment_engine.mock.juspay.outcomes import take
from payment_engine.mock.juspay.webhooks import shown
from payment_engine.mock.juspay.wire import answer, fields_of
from payment_engine.mock.money import paise_of
from payment_engine.mock.script import Stage

_MAY_TRY = frozenset({"AUTHORIZED", "CAPTURE_FAILED", "VOID_FAILED"})


async def capture(request: Request, txn_uuid: str) -> HTTPResponse:
    """``POST /v2/txns/{txn_uuid}/capture``: all of it, or ``amount`` and the rest is released.

    CAPTURE_INITIATED first where the bank takes its time.
    """
    juspay, fields = juspay_of(request), fields_of(request)
    order, txn = _held(juspay, txn_uuid)
    amount = paise_of(fields["amount"]) if "amount" in fields else txn.amount
    if not amount or amount > txn.amount:
        raise errors.invalid("amount")
    fails = _fails(juspay, request, order, Stage.CAPTURE)

    def end() -> None:
        if fails:
            txn.status = "CAPTURE_FAILED"
        else:
            take(juspay, order, txn, amount)

    _in_time(juspay, txn, "CAPTURE_INITIATED", end)
    return answer(shown(juspay, order))


async def void(request: Request, txn_uuid: str) -> HTTPResponse:
    """``POST /v2/txns/{txn_uuid}/void``: the customer's money is released."""
    juspay = juspay_of(request)
    order, txn = _held(juspay, txn_uuid)
    fails = _fails(juspay, request, order, Stage.VOID)

    def end() -> None:
        txn.status = "VOID_FAILED" if fails else "VOIDED"

    _in_time(juspay, txn, "VOID_INITIATED", end)
    return answer(shown(juspay, order))


def _in_time(juspay: Juspay, txn: Txn, meanwhile: str, end: Callable[[], None]) -> None:
    """Do it at once, or after the time that the bank takes."""
    if not juspay.config.capture_after:
        end()
        return
    txn.status = meanwhile
    juspay.world.clock.later(juspay.config.capture_after, end)


def _held(juspay: Juspay, txn_uuid: str) -> tuple[Order, Txn]:
    if txn_uuid not in juspay.txns:
        raise errors.new("RESOURCE_NOT_FOUND", "Transaction not found.")
    order, txn = juspay.txns[txn_uuid]
    if txn.status not in _MAY_TRY:
        raise errors.not_now(f"Transaction is {txn.status}.")
    return order, txn


def _fails(juspay: Juspay, request: Request, order: Order, stage: Stage) -> bool:
    script = juspay.world.script
    path, order_id = request.path, order.order_id
    return script.take(stage, gateway="juspay", path=path, order_id=order_id) is not None
