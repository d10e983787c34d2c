"""Every change of a payment: load, decide, commit; and decide again if another change was faster.

A decision is a plain function of what was loaded. Nothing is locked and no transaction is open
while it runs: the payment's revision guards the commit.
"""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import NamedTuple

from payment_engine.domain.commit import (
    Commit,
    CommitResult,
    ConsentRecord,
    KeyRow,
    LimitGuard,
    LinkGuard,
    WebhookReceipt,
)
from payment_engine.domain.decision import Decided, Situation
from payment_engine.domain.errors import InstrumentNotUsable, NotFound, Unavailable
from payment_engine.domain.events import Source
from payment_engine.domain.ids import DrawnIds
from payment_engine.domain.lifecycle import PaymentChange
from payment_engine.domain.payment import Snapshot
from payment_engine.domain.rows import with_columns
from payment_engine.domain.store import BatchRefused, Load, Loaded
from payment_engine.engine import Engine
from payment_engine.services.access.idempotency import (
    Answer,
    IdempotentCall,
    answered_key,
)
from payment_engine.services.lifecycle.publish import messages, published
from payment_engine.services.lifecycle.write import load_patiently, was_written, write

_SHORTEST_WAIT, _LONGEST_WAIT = 0.002, 0.020
"""Seconds before a decision is made again that a faster change overtook."""
_MOST_TRIES = 100
_MOST_REFUSALS_OF_INTENT = 3
"""Of those that others caused; each may have taken as long as the database lets one wait."""


class EventTaken(Exception):
    """The webhook's event was received before; nothing was written."""


@dataclass(frozen=True, kw_only=True)
class Reply:
    """The answer to an idempotent call, rendered from the payment as the commit leaves it."""

    call: IdempotentCall
    resource_id: str
    render: Callable[[Snapshot], Answer]


@dataclass(frozen=True, kw_only=True)
class Beside:
    """What is written together with the payment, all of it or nothing."""

    claim: KeyRow | None = None
    reply: Reply | None = None
    repointed: KeyRow | None = None
    """A claimed key that stands for another resource from now on."""
    webhook: WebhookReceipt | None = None
    limits: LimitGuard | None = None
    link: LinkGuard | None = None
    consent: ConsentRecord | None = None


NOTHING_BESIDE = Beside()

Decide = Callable[[PaymentChange, Loaded], Beside]
"""Changes the payment as it should be, or raises to leave it as it is."""


class Changed(NamedTuple):
    """The payment after a change, and the answer that was stored with it, if there was one."""

    snapshot: Snapshot
    answer: Answer | None = None


async def change_payment(
    engine: Engine,
    load: Load,
    decide: Decide,
    source: Source,
    *,
    intent: bool = False,
    known: Loaded | None = None,
) -> Changed:
    """Load a payment, let ``decide`` change it, and commit.

    ``intent``: a caller's request, which is shed if the database cannot keep up; what a gateway
    reported is decided again until it is written. ``known`` is the payment as this process last
    loaded or wrote it, in place of the first load. Raises NotFound, EventTaken, Unavailable,
    InstrumentNotUsable for a wallet link that is over, and what ``decide`` raises.
    """
    decisions, refusals = _Decisions(engine, decide, source), _Refusals(intent=intent)
    lost: _Made | None = None
    for _ in range(_MOST_TRIES):
        loaded = known or await load_patiently(engine, load, intent=intent)
        if loaded is None:
            raise NotFound
        if lost and await _written_after_all(engine, lost.commit, loaded, intent=intent):
            return _changed(engine, lost)
        made = decisions.make(loaded)
        if made is None:
            return Changed(loaded.snapshot)
        try:
            result = await write(engine, made.commit, intent=intent)
        except BatchRefused as error:
            result = refusals.decide_again(error)
        if result is CommitResult.WRITTEN:
            return _changed(engine, made)
        _raise_if_final(result)
        lost = made if result is CommitResult.LOST else lost
        known = None
        await asyncio.sleep(random.uniform(_SHORTEST_WAIT, _LONGEST_WAIT))  # noqa: S311
    raise Unavailable("this payment is changing at the moment", retry_after=1)


async def _written_after_all(engine: Engine, lost: Commit, loaded: Loaded, *, intent: bool) -> bool:
    """Whether a change whose answer was lost is what moved the payment since."""
    moved = loaded.snapshot.payment.revision != lost.expected
    return moved and await was_written(engine, lost, intent=intent)


def _raise_if_final(result: CommitResult) -> None:
    if result is CommitResult.EVENT_TAKEN:
        raise EventTaken
    if result is CommitResult.LINK_ENDED:
        raise InstrumentNotUsable("link this wallet again")


class _Made(NamedTuple):
    """A decision: its commit, and the answer that is stored with it, if there is one."""

    commit: Commit
    answer: Answer | None


def _changed(engine: Engine, made: _Made) -> Changed:
    """The payment after a change that is written."""
    published(engine, made.commit)
    return Changed(made.commit.snapshot, made.answer)


class _Refusals:
    """The database's refusals of one request: each may be the last, or call for a new decision."""

    def __init__(self, *, intent: bool) -> None:
        self._most = _MOST_REFUSALS_OF_INTENT if intent else _MOST_TRIES
        self._caused_by_others = 0
        self._broken = False

    def decide_again(self, error: BatchRefused) -> CommitResult:
        """As if somebody else was faster: once for a broken rule, since another change may have
        caused it. Raises the error, or Unavailable for an intent that others hold up."""
        if error.passing:
            self._caused_by_others += 1
            if self._caused_by_others >= self._most:
                raise Unavailable("others hold up this change", retry_after=1) from error
        elif self._broken:
            raise error
        else:
            self._broken = True
        return CommitResult.FASTER


class _Decisions:
    """The decisions of one request: time, ids and the change's own id are those of the first."""

    def __init__(self, engine: Engine, decide: Decide, source: Source) -> None:
        self._engine = engine
        self._decide = decide
        self._situation = situation(engine, source)
        self._change_id = new_change_id(engine)

    def make(self, loaded: Loaded) -> _Made | None:
        """Decide on what was loaded; None if nothing is to be written."""
        situation = self._situation
        situation.ids.restart()
        if loaded.superseded:
            situation = replace(situation, superseded=True)
        change = PaymentChange(loaded.snapshot, situation)
        beside = self._decide(change, loaded)
        decided = change.finish_in_any_case() if beside != NOTHING_BESIDE else change.finish()
        if decided is None:
            return None
        reply = beside.reply
        answer = reply.render(decided.after) if reply else None
        commit = commit_of(
            self._engine,
            decided,
            self._change_id,
            beside,
            expected=loaded.snapshot.payment.revision,
            answer=answer,
        )
        return _Made(commit, answer)


def situation(engine: Engine, source: Source) -> Situation:
    """What a decision of this moment may use."""
    return Situation(
        now=engine.now(),
        source=source,
        ids=DrawnIds(engine.now, engine.randbits),
        seal=engine.sealer.seal,
        fulfilment_window=timedelta(seconds=engine.settings.fulfilment_window),
    )


def new_change_id(engine: Engine) -> str:
    """The id by which a change is found if the database's answer to its commit is lost."""
    return engine.new_id("chg")


def commit_of(
    engine: Engine,
    decided: Decided,
    change_id: str,
    beside: Beside,
    *,
    expected: int | None,
    answer: Answer | None = None,
) -> Commit:
    """The commit of a finished change, with its messages; ``expected`` is None for a new payment.

    A key that is taken and answered at once is written once.
    """
    first, *others = decided.events
    answered = _answered(engine, beside.reply, answer)
    return Commit(
        id=change_id,
        expected=expected,
        snapshot=decided.after,
        attempts=decided.attempts,
        refunds=decided.refunds,
        events=(with_columns(first, change_id=change_id), *others),
        messages=messages(engine, decided),
        jobs=decided.jobs,
        withdrawn=decided.withdrawn,
        claim=answered if beside.claim and answered else beside.claim,
        answer=None if beside.claim else answered or beside.repointed,
        webhook=beside.webhook,
        limits=beside.limits,
        link=beside.link,
        consent=beside.consent,
        used_instruments=decided.used_instruments,
    )


def _answered(engine: Engine, reply: Reply | None, answer: Answer | None) -> KeyRow | None:
    if reply is None or answer is None:
        return None
    return answered_key(engine, reply.call, reply.resource_id, answer)
