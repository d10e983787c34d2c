"""Starts the command line: python -m payment_engine demo | api | worker | mock | migrate | ..."""

from payment_engine import collector


def cli() -> None:
    """Run one command."""
    collector.begin()
    from payment_engine.command_line import cli as commands

    commands()


if __name__ == "__main__":
    cli()
