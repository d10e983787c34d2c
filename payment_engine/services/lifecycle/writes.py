"""What one change of a payment writes: rows, history, messages and jobs, in one transaction."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from payment_engine.db.connection import Connection
from payment_engine.db.fields import is_internal
from payment_engine.db.models import Attempt, OutboxMessage, Payment, PaymentEvent, Refund
from payment_engine.db.snapshot import Snapshot

Row = Payment | Attempt | Refund
Values = dict[str, Any]
Effect = Callable[[Connection], Awaitable[None]]
"""A statement to run with the change, such as enqueueing a job."""


class Writes:
    """Collects what a change writes, and knows what the rows were before."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.events: list[PaymentEvent] = []
        self.effects: list[Effect] = []
        self._snapshot = snapshot
        self._before = {id(row): _values(row) for row in self._rows()}

    def visible(self) -> bool:
        """Whether anything changed that a reader of the payment can see."""
        return any(self._shows(row) for row in self._rows())

    def empty(self) -> bool:
        """Whether nothing is to be written."""
        return not (self.events or any(self._differs(row) for row in self._rows()))

    async def write(self, tx: Connection, messages: Iterable[OutboxMessage]) -> None:
        """Write everything; nothing if nothing changed."""
        for row in self._rows():
            await self._write_row(tx, row)
        await PaymentEvent.bulk_create(self.events, using_db=tx)
        await OutboxMessage.bulk_create(messages, using_db=tx)
        for effect in self.effects:
            await effect(tx)

    def _rows(self) -> list[Row]:
        snapshot = self._snapshot
        return [snapshot.payment, *snapshot.attempts, *snapshot.refunds]

    def _differs(self, row: Row) -> bool:
        return id(row) not in self._before or bool(self._changes(row))

    def _changes(self, row: Row) -> Values:
        before = self._before[id(row)]
        return {name: value for name, value in _values(row).items() if value != before[name]}

    def _shows(self, row: Row) -> bool:
        if id(row) not in self._before:
            return True
        return not all(is_internal(type(row), name) for name in self._changes(row))

    async def _write_row(self, tx: Connection, row: Row) -> None:
        if id(row) not in self._before:
            await row.save(using_db=tx, force_create=True)
        elif changes := self._changes(row):
            await type(row).filter(id=row.id).using_db(tx).update(**changes)


def _values(row: Row) -> Values:
    return {name: getattr(row, name) for name in row._meta.fields_db_projection}
