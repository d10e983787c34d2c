"""The children the demo started: which one has ended, and stopping them in the right order."""

from collections.abc import Iterator

from payment_engine.demo.process import Child

_STOP_ORDER = (("api", "worker"), ("mock",), ("mongod", "postgres"))
"""Those that use others first: work in flight is finished while everything it needs runs."""

_GRACE = 30.0


class Stack:
    """The children started so far, by name."""

    def __init__(self) -> None:
        self._children: dict[str, Child] = {}

    def __iter__(self) -> Iterator[Child]:
        return iter(self._children.values())

    def add(self, child: Child) -> None:
        """Stop this child with the others."""
        self._children[child.name] = child

    def ended(self) -> Child | None:
        """A child that has ended by itself."""
        return next((child for child in self if child.ended()), None)

    def stop(self) -> None:
        """Stop them all: those of one group together, the next group when they have ended."""
        for group in _STOP_ORDER:
            children = [child for name, child in self._children.items() if name in group]
            for child in children:
                child.request_stop()
            for child in children:
                child.finish(_GRACE)
        self._children.clear()
