"""Watches who works on what: within its lease, a job or message is one process's alone."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from payment_engine.db.job_queues import Queue
from payment_engine.db.jobs import ClaimedJob, JobEnd
from payment_engine.db.outbox import ClaimedMessage, MessageEnd
from payment_engine.domain.jobs import JobKind
from payment_engine.simulator.memory_work import MemoryWorkStore

if TYPE_CHECKING:
    from payment_engine.simulator.process import Process
    from payment_engine.simulator.world import World

LEAST_LEASE = 50.0
"""Seconds: a lease is 60, by clocks that may differ by four."""


class Leases:
    """The work store of one process, which notes what that process has claimed and ended."""

    def __init__(self, world: "World", work: MemoryWorkStore, process: "Process") -> None:
        self._world = world
        self._work = work
        self._process = process

    def __getattr__(self, name: str) -> Any:
        return getattr(self._work, name)

    async def claim_jobs(
        self, now: datetime, lease: timedelta, limit: int, queue: Queue
    ) -> list[ClaimedJob]:
        """Claim, and note it."""
        claimed = await self._work.claim_jobs(now, lease, limit, queue)
        for job in claimed:
            self._world.trace(f"process {self._process.index} claims {job.kind} {job.subject}")
            self._begin((job.kind, job.subject))
        return claimed

    async def enqueue(
        self, kind: JobKind, subject: str, run_at: datetime, gateway: str | None = None
    ) -> None:
        """Request a job, and note it."""
        self._world.checks.requests[kind, subject] = self._world.loop.time(), run_at
        await self._work.enqueue(kind, subject, run_at, gateway)

    async def claim_messages(
        self,
        now: datetime,
        lease: timedelta,
        limit: int,
        *,
        per_shop: int,
        busy: Mapping[str, int],
    ) -> list[ClaimedMessage]:
        """Claim, and note it."""
        claimed = await self._work.claim_messages(now, lease, limit, per_shop=per_shop, busy=busy)
        for message in claimed:
            self._begin(("message", message.id))
        return claimed

    async def end_jobs(self, ends: Sequence[JobEnd]) -> Sequence[None]:
        """End what was claimed."""
        began = {each.job.id: self._end((each.job.kind, each.job.subject)) for each in ends}
        ended = await self._work.end_jobs(ends)
        for end in ends:
            if (at := began[end.job.id]) is not None:
                self._world.checks.job_ended(end.job.kind, end.job.subject, at)
        return ended

    async def end_messages(self, ends: Sequence[MessageEnd]) -> Sequence[None]:
        """End what was claimed."""
        for end in ends:
            self._end(("message", end.message.id))
        return await self._work.end_messages(ends)

    def _begin(self, what: tuple[str, str]) -> None:
        world, now = self._world, self._world.loop.time()
        known = world.checks.claims.get(what)
        if known and not known[0].dead and now - known[1] < LEAST_LEASE:
            world.broken(f"{what[0]} {what[1]} was claimed while another process works on it")
        world.checks.claims[what] = (self._process, now)

    def _end(self, what: tuple[str, str]) -> float | None:
        """When this process began it; None if it is another's by now."""
        known = self._world.checks.claims.get(what)
        if known is None or known[0] is not self._process:
            return None
        del self._world.checks.claims[what]
        return known[1]
