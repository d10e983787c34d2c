"""Faults in the service itself, each planted into one of its processes to see that a run finds it.

``python -m tests.chaos.planted NAME api`` starts a process that has one.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from itertools import count

from payment_engine import engine as engine_module
from payment_engine.command_line import cli
from payment_engine.db import load_statement
from payment_engine.demo.shop import Command
from payment_engine.services.queue.signatures import SignedMessage
from payment_engine.services.queue.sinks import Failed, ShopSink
from tests.simulator.planted import AnswersEarly

APIS, WORKERS = ("api-1", "api-2"), ("worker-1", "worker-2")


def _drops_messages() -> None:
    """A worker marks every tenth message as delivered without sending it."""
    send, number = ShopSink.send, count(1)

    async def sends_most(sink: ShopSink, message: SignedMessage) -> Failed | None:
        return await send(sink, message) if next(number) % 10 else None

    ShopSink.send = sends_most  # type: ignore[method-assign, assignment]


def _answers_early() -> None:
    """An API answers idempotent calls before its commit."""
    engine_module.Committer = AnswersEarly  # type: ignore[attr-defined]


def _takes_over_from_the_living() -> None:
    """An API takes over the calls of every other process, also of one that lives."""
    lasts = "interval '10 seconds'"
    assert lasts in load_statement._BASE
    load_statement._BASE = load_statement._BASE.replace(lasts, "interval '-10 seconds'")


PLANTED: Mapping[str, tuple[Sequence[str], Callable[[], None]]] = {
    "a worker drops messages": (WORKERS, _drops_messages),
    "calls of a process that lives are taken over": (APIS, _takes_over_from_the_living),
    "an idempotent call is answered before its commit": (APIS, _answers_early),
}
"""The processes that have each fault, and what plants it."""


def commands(name: str | None) -> dict[str, Command]:
    """How the processes are started that have the fault."""
    processes = PLANTED[name][0] if name else ()

    def command(*args: str) -> Sequence[str]:
        return [sys.executable, "-m", "tests.chaos.planted", str(name), *args]

    return dict.fromkeys(processes, command)


if __name__ == "__main__":
    PLANTED[sys.argv[1]][1]()
    cli(sys.argv[2:])
