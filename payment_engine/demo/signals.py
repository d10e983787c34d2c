"""Ctrl-C, SIGTERM and a closed terminal all stop the demo in the same way."""

import signal
from types import FrameType
from typing import NoReturn

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """The user or the system wants us to stop."""


def stop_on_signals() -> None:
    """From now on the first such signal raises Stopped; under nohup, SIGHUP stays ignored."""
    for number in _STOP_SIGNALS:
        if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _stop)


def ignore_signals() -> None:
    """We are stopping already: a second Ctrl-C must not leave programs running."""
    for number in _STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    ignore_signals()
    raise Stopped
