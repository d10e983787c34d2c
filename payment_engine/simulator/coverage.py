"""What many histories have visited: faults by the state they met, and where processes died."""

import ast
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from payment_engine.simulator.loop import Owner
from payment_engine.simulator.plan import CALL_FAULTS, CALLS, GATEWAYS

_ROOT = Path(__file__).parents[1]
_SIMULATOR = str(Path(__file__).parent)

STATES: Mapping[str, tuple[str, ...]] = {
    "charge": ("created",),
    "fetch_charge": ("created", "pending", "authorized", "captured", "failed"),
    "refund": ("captured",),
    "fetch_refund": ("captured",),
    "capture": ("authorized",),
    "void": ("authorized",),
}
"""The statuses of an attempt in which each call is made: a charge starts one, only authorized money
is captured or voided, only captured money is refunded. One that is captured is looked up where it
is under review or its refund failed."""

SCOPE = (
    *("services/attempts/start", "services/attempts/charge", "services/attempts/intent"),
    *("services/attempts/capture", "services/attempts/follow_up", "services/attempts/orphans"),
    *("services/attempts/refusals", "services/refunds/issue", "services/refunds/rules"),
    "services/refunds/approval",
    *("services/lifecycle/change", "services/lifecycle/once", "services/lifecycle/outcomes"),
    *("services/lifecycle/read", "services/lifecycle/write", "services/payments"),
    *("services/webhooks/apply", "services/webhooks/inbox", "services/webhooks/receive"),
    *("services/webhooks/quarantine", "services/webhooks/returns", "services/incoming"),
    *("services/job_handlers", "services/queue/runner", "services/queue/delivery"),
    *("services/queue/stream", "services/routing/breakers", "services/routing/choice"),
    *("db/batches", "db/committer", "heartbeat", "critical"),
)
"""The modules whose awaits the simulator reaches."""

UNREACHED: Mapping[str, str] = {
    "db.batches.Batches.drain": "a process stops in order, which no kill is",
    "db.committer.Committer.drain": "a process stops in order, which no kill is",
    "critical.Critical.drain": "a process stops in order, which no kill is",
    "heartbeat.Heartbeat.stop": "a process stops in order, which no kill is",
    "heartbeat.Heartbeat._beat": "inside another await of the heartbeat, in which processes die",
    "heartbeat.Heartbeat.start": "a process dies once it is there",
    "services.attempts.start._context": "it waits for saved instruments only, which nobody has",
    "services.queue.stream.Stream.round": "only the slow part, in which nobody is killed, uses it",
    "services.lifecycle.read.visible_payment": "a single read writes nothing",
    "services.payments.read_payment": "a single read writes nothing",
    "services.refunds.issue.read_refund": "a single read writes nothing",
    "services.webhooks.inbox.payment_named_by": "for people on call only",
    "services.webhooks.inbox.read_again": "it waits for nothing: simulated webhooks name no key",
}
"""Functions that await and in which no process dies, and why."""

SELDOM: Mapping[str, str] = {
    "services.attempts.capture._conclude": "a capture whose refusal is written",
    "services.attempts.capture._request.<locals>.resume": "a second death during the repair",
    "services.attempts.charge.choose_gateway": "one charge that probes",
    "services.attempts.follow_up.give_up": "72 hours without a verdict",
    "services.attempts.follow_up.review_attempt": "a review that is being written",
    "services.attempts.refusals.confirmed_charge": "a refusal that is looked up",
    "services.job_handlers._look_late": "a refund that failed, days later",
    "services.job_handlers.handle_capture": "a capture that was not answered",
    "services.webhooks.inbox.handle_webhook": "a webhook about several payments",
    "services.payments._payments_of_order": "an order opened again",
    "services.payments.cancel.<locals>.start": "a cancellation",
    "services.refunds.issue._confirmed": "a refused refund that is looked up",
    "services.refunds.rules.returned_charge": "a refund of money that may have gone back",
    "services.job_handlers._next_look": "a look that waits for the next check that is allowed",
    "services.lifecycle.change._written_after_all": "a lost commit that was carried out late",
    "services.lifecycle.once._given_back": "a second death during the repair",
    "services.payments._answer_existing": "an order opened again",
    "services.payments.cancel.<locals>.resume": "a second death during the repair",
    "services.refunds.issue._answer": "a refund whose outcome did not store the answer",
    "services.refunds.issue._check_money_is_there": "a refund of money in conflict",
    "services.refunds.issue.create_refund.<locals>.resume": "a second death, as above",
    "services.refunds.approval.approve": "a refund that a second person approves",
    "services.refunds.approval.reject": "a refund that a second person rejects",
    "services.refunds.rules.check_not_returned": "a refund of money in conflict",
    "services.routing.breakers._close": "a breaker that moves",
    "services.routing.breakers._move": "a breaker that moves",
    "services.routing.breakers._open": "a breaker that moves",
    "services.routing.breakers.give_back_probe": "a probe that is not made",
    "services.routing.breakers.record_outcome": "a breaker that moves",
    "services.routing.breakers.take_probe": "one charge that probes",
    "services.routing.choice.choose": "one charge that probes",
    "services.routing.choice.probe_given_back": "a probe that is not made",
    "services.webhooks.inbox.store_webhook": "a webhook about several payments, or none",
    "services.webhooks.quarantine.quarantine_not_understood": "a webhook that cannot be read",
    "services.webhooks.receive._run_job": "a webhook about several payments",
    "services.webhooks.receive._store_then_apply": "a webhook about several payments",
}
"""Functions in which a process dies so seldom that thousands of histories may miss them: what must
happen for it."""


@dataclass
class Coverage:
    """Counts over all histories."""

    faults: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """By site, kind, and status of what the call was about."""
    kills: Counter[str] = field(default_factory=Counter)
    """By the function that awaited when its process died."""

    def killed(self, owner: Owner) -> None:
        """A process died: note where each of its tasks waits."""
        for task in owner.tasks:
            if not task.done():
                for site in _sites(task.get_coro()):
                    self.kills[site] += 1

    def add(self, other: "Coverage") -> None:
        """Count what another run has visited."""
        self.faults += other.faults
        self.kills += other.kills

    def missing_faults(self) -> list[tuple[str, str, str]]:
        """The faults that met no call in a status in which that call is made."""
        return [cell for cell in _cells() if not self.faults[cell]]

    def missing_kills(self) -> list[str]:
        """The functions in which no process died although one could."""
        return sorted(awaiting() - set(self.kills) - set(UNREACHED))

    def lines(self) -> Iterator[str]:
        """What was visited, and what was not."""
        cells, functions = list(_cells()), awaiting() - set(UNREACHED)
        missing, alive = self.missing_faults(), self.missing_kills()
        yield f"faults x states: {len(cells) - len(missing)} of {len(cells)} visited"
        for cell in missing:
            yield f"  not visited: {' '.join(cell)}"
        yield (
            f"kills: in {len(functions) - len(alive)} of {len(functions)} functions that await; "
            f"{len(UNREACHED)} others are left out, each with its reason"
        )
        for name in alive:
            yield f"  not visited: {name} ({SELDOM.get(name, 'unexplained')})"

    def document(self) -> dict[str, Any]:
        """The counts as JSON."""
        return {
            "faults": {" ".join(cell): count for cell, count in sorted(self.faults.items())},
            "kills": dict(sorted(self.kills.items())),
        }


def _cells() -> Iterator[tuple[str, str, str]]:
    for gateway in GATEWAYS:
        for call in CALLS:
            for kind in CALL_FAULTS["read" if call.startswith("fetch") else "write"]:
                yield from ((f"{gateway}.{call}", kind, state) for state in STATES[call])


@cache
def awaiting() -> frozenset[str]:
    """The functions in scope that await, by module and name."""
    found: set[str] = set()
    for name in SCOPE:
        tree = ast.parse((_ROOT / f"{name}.py").read_text())
        found |= set(_functions(tree, name.replace("/", ".")))
    return frozenset(found)


def _functions(node: ast.AST, path: str) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef):
            yield from _functions(child, f"{path}.{child.name}")
        elif isinstance(child, ast.AsyncFunctionDef | ast.FunctionDef):
            if isinstance(child, ast.AsyncFunctionDef) and _awaits(child):
                yield f"{path}.{child.name}"
            yield from _functions(child, f"{path}.{child.name}.<locals>")


def _awaits(function: ast.AST) -> bool:
    """Whether it awaits itself, and not only a function inside it."""
    for child in ast.iter_child_nodes(function):
        if isinstance(child, ast.Await | ast.AsyncWith):
            return True
        inner = isinstance(child, ast.AsyncFunctionDef | ast.FunctionDef | ast.Lambda)
        if not inner and _awaits(child):
            return True
    return False


def _sites(work: Any) -> list[str]:
    """The functions of the service in which a coroutine waits, the outermost first."""
    found = []
    while work is not None:
        frame = getattr(work, "cr_frame", None)
        if frame is not None:
            path = frame.f_code.co_filename
            if path.startswith(str(_ROOT)) and not path.startswith(_SIMULATOR):
                module = path[len(str(_ROOT)) + 1 : -3].replace("/", ".")
                found.append(f"{module}.{frame.f_code.co_qualname}")
        work = getattr(work, "cr_await", None)
    return found
