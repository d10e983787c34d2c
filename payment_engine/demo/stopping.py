"""Being asked to stop: Ctrl-C, SIGTERM and a closed terminal all mean the same here."""

import signal
from types import FrameType
from typing import NoReturn

_ASKING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """The person or the system asked us to stop."""


def stop_on_signals() -> None:
    """From now on the first such signal raises Stopped; under nohup a closed terminal does not."""
    for number in _ASKING:
        if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _stop)


def ignore_signals() -> None:
    """We are stopping already: a second Ctrl-C must not leave half of it running."""
    for number in _ASKING:
        signal.signal(number, signal.SIG_IGN)


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    ignore_signals()
    raise Stopped
