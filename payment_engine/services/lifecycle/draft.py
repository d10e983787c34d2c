"""What one change to a payment writes: rows, history and messages, in one transaction."""

from datetime import datetime
from typing import Any

from payment_engine.db.connection import Connection
from payment_engine.db.models import Attempt, OutboxMessage, Payment, PaymentEvent, Refund
from payment_engine.db.snapshot import Snapshot
from payment_engine.domain.ids import Prefix, new_id
from payment_engine.engine import Engine
from payment_engine.services.documents import payment_document

_UNSEEN = frozenset(
    {
        *("gateway_status", "gateway_payment_id", "gateway_code", "gateway_message"),
        *("amount_to_capture", "payer", "payer_hash", "choice", "revision"),
    }
)


class Draft:
    """A locked payment, and what is to be written of it."""

    def __init__(self, engine: Engine, tx: Connection, snapshot: Snapshot, source: str) -> None:
        self.engine = engine
        self.tx = tx
        self.snapshot = snapshot
        self.payment = snapshot.payment
        self.source = source
        self.now: datetime = engine.now()
        self._events: list[PaymentEvent] = []
        self._told: list[str] = []
        self._new: list[Attempt | Refund] = []
        self._before = {id(row): _columns(row) for row in self._rows()}

    def new_id(self, prefix: Prefix) -> str:
        """An identifier of this moment."""
        return new_id(prefix, int(self.now.timestamp() * 1000))

    def note(self, kind: str, row: Attempt | Refund | None = None, **data: Any) -> None:
        """Add a line to the payment's history."""
        self._events.append(
            PaymentEvent(
                payment_id=self.payment.id,
                version=self.payment.version,
                attempt_id=row.id if isinstance(row, Attempt) else getattr(row, "attempt_id", None),
                refund_id=row.id if isinstance(row, Refund) else None,
                type=kind,
                source=self.source,
                data=data,
                at=self.now,
            )
        )

    def tell(self, kind: str) -> None:
        """Let the order service hear of this change."""
        self._told.append(kind)

    def add(self, row: Attempt | Refund) -> None:
        """Write a new row with the change."""
        if isinstance(row, Attempt):
            self.snapshot.attempts.append(row)
        else:
            self.snapshot.refunds.append(row)
        self._new.append(row)

    async def write(self) -> None:
        """Write what changed; nothing where nothing did."""
        if self._shows():
            self.payment.version += 1
        for event in self._events:
            event.version = self.payment.version
        messages = [self._message(kind) for kind in self._told]
        if self._events or self._differs():
            self.payment.revision += 1
        for row in self._rows():
            if id(row) in self._before:
                await _update(row, self._before[id(row)], self.tx)
        for new in self._new:
            await new.save(using_db=self.tx, force_create=True)
        await PaymentEvent.bulk_create(self._events, using_db=self.tx)
        await OutboxMessage.bulk_create(messages, using_db=self.tx)

    def _differs(self) -> bool:
        return any(self._before.get(id(row)) != _columns(row) for row in self._rows())

    def _shows(self) -> bool:
        """Whether anything changed that a reader of the payment can see."""
        return any(
            before is None or any(now[name] != before[name] for name in now.keys() - _UNSEEN)
            for before, now in ((self._before.get(id(row)), _columns(row)) for row in self._rows())
        )

    def _message(self, kind: str) -> OutboxMessage:
        self.payment.sequence += 1
        document = payment_document(self.engine, self.snapshot, actions=False)
        return OutboxMessage(
            id=self.new_id("msg"),
            merchant_id=self.payment.merchant_id,
            payment_id=self.payment.id,
            sequence=self.payment.sequence,
            type=kind,
            body={"type": kind, "sequence": self.payment.sequence, "data": {"payment": document}},
            run_at=self.now,
            created_at=self.now,
        )

    def _rows(self) -> list[Payment | Attempt | Refund]:
        return [self.payment, *self.snapshot.attempts, *self.snapshot.refunds]


def _columns(row: Payment | Attempt | Refund) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row._meta.db_fields}


async def _update(row: Payment | Attempt | Refund, before: dict[str, Any], tx: Connection) -> None:
    changed = {name: value for name, value in _columns(row).items() if value != before[name]}
    if changed:
        await type(row).filter(id=row.id).using_db(tx).update(**changed)
