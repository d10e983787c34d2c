"""The command that looks an installation over: payment-engine doctor."""

import sys

from payment_engine import logs
from payment_engine.commands import checked_settings
from payment_engine.environment import BadSettings

_WIDTH = 22


async def doctor() -> None:
    """Look the installation over: settings, databases, clock, keys, addresses, disk.

    Prints a line for each; exits with 1 if anything is to be done. Changes nothing, and calls each
    gateway once, to look for a charge that does not exist.
    """
    from payment_engine.engine import open_engine
    from payment_engine.services.oncall.doctor import Finding, examine

    try:
        settings = checked_settings()
    except BadSettings as error:
        for line in str(error).splitlines():
            _show("settings", line)
        sys.exit(1)
    logs.configure("error", stream=sys.stderr)
    _show("settings", None)
    wrong: list[Finding] = []
    async with open_engine(settings) as engine:
        async for finding in examine(engine):
            _show(finding.subject, finding.advice)
            wrong += [finding] if finding.advice else []
    sys.exit(1 if wrong else 0)


def _show(subject: str, advice: str | None) -> None:
    text = f"{'FAIL' if advice else 'ok':<5} {subject:<{_WIDTH}}{advice or ''}"
    sys.stdout.write(text.rstrip() + "\n")
    sys.stdout.flush()
