"""The children the demo started: which has fallen, and stopping them in the right order."""

from collections.abc import Iterator

from payment_engine.demo.process import Child

_STOPPING = (("api", "worker"), ("mock",), ("mongod", "postgres"))
"""Who works for whom: what is in flight is finished while everything it needs still runs."""

_GRACE = 30.0


class Stack:
    """What was started so far, by name."""

    def __init__(self) -> None:
        self._children: dict[str, Child] = {}

    def __iter__(self) -> Iterator[Child]:
        return iter(self._children.values())

    def add(self, child: Child) -> None:
        """Take charge of a child."""
        self._children[child.name] = child

    def fallen(self) -> Child | None:
        """A child that has ended although nobody asked it to."""
        return next((child for child in self if child.ended()), None)

    def stop(self) -> None:
        """Stop them all: those of one rank together, the next rank when they have gone."""
        for rank in _STOPPING:
            present = [child for name, child in self._children.items() if name in rank]
            for child in present:
                child.ask_to_stop()
            for child in present:
                child.finish(_GRACE)
        self._children.clear()
