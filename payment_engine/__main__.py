"""Starts the command line: python -m payment_engine demo | api | worker | mock | migrate | ..."""

import sys
from importlib import import_module

from payment_engine import collector


def cli() -> None:
    """Run one command."""
    collector.begin()
    _import_without_rich()
    from payment_engine.command_line import cli as commands

    commands()


def _import_without_rich() -> None:
    """These two load it, if it is there, for colours that nothing of ours has: 3 MB of each process
    and a twentieth of the time of a short command. It is there for the help of commands."""
    if "rich" in sys.modules:
        return
    sys.modules["rich"] = None  # type: ignore[assignment]  # so that it is not found
    for name in ("structlog", "httpx"):
        import_module(name)
    del sys.modules["rich"]


if __name__ == "__main__":
    cli()
