"""Starts the command line: python -m payment_engine demo | api | worker | mock | migrate | ..."""

import sys
from importlib import import_module

from payment_engine import collector

_SERVING = (["api"], ["worker"])
_INTERRUPTED = 130
"""The status of a program that Ctrl-C ended, as shells have it."""


def cli() -> None:
    """Run one command. Those that serve load nothing of the command line, which takes 3 MB."""
    collector.begin()
    _import_without("rich", "click")
    if sys.argv[1:] in _SERVING:
        _serve(sys.argv[1])
        return
    from payment_engine.command_line import cli as commands

    commands()


def _serve(name: str) -> None:
    from payment_engine import processes

    try:
        getattr(processes, name)()
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)


def _import_without(*names: str) -> None:
    """Import structlog and httpx as if these packages were not installed.

    Both load them for terminals if they can: 4 MB of each process, and a twentieth of the time of
    a short command. The help of commands finds them afterwards.
    """
    hidden = [name for name in names if name not in sys.modules]
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment]  # so that it is not found
    for name in ("structlog", "httpx"):
        import_module(name)
    for name in hidden:
        del sys.modules[name]


if __name__ == "__main__":
    cli()
