"""How a server is told to stop."""

import asyncio
import os
import signal

import pytest
import uvloop

from payment_engine.serve import on_signal


@pytest.fixture
def as_before():
    """The signal means afterwards what it did."""
    before = signal.getsignal(signal.SIGUSR1)
    yield
    signal.signal(signal.SIGUSR1, before)


@pytest.mark.usefixtures("as_before")
def test_a_signal_is_heard_whether_the_loop_runs_or_is_between_two_runs():
    recorded = []
    loop = uvloop.new_event_loop()

    async def listen():
        on_signal(signal.SIGUSR1, lambda: recorded.append(loop.is_running()))
        os.kill(os.getpid(), signal.SIGUSR1)
        await asyncio.sleep(0.01)

    loop.run_until_complete(listen())
    os.kill(os.getpid(), signal.SIGUSR1)
    loop.run_until_complete(asyncio.sleep(0.01))
    loop.close()
    assert recorded == [True, True]


@pytest.mark.usefixtures("as_before")
def test_a_signal_to_a_process_that_has_stopped_serving_is_no_error():
    loop = uvloop.new_event_loop()

    async def listen():
        on_signal(signal.SIGUSR1, pytest.fail)

    loop.run_until_complete(listen())
    loop.close()
    os.kill(os.getpid(), signal.SIGUSR1)
