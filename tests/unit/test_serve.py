"""How a server is told to stop."""

import asyncio
import os
import signal

import uvloop

from payment_engine.serve import on_signal


def test_a_signal_is_heard_whether_the_loop_runs_or_is_between_two_runs():
    recorded = []
    before = signal.getsignal(signal.SIGUSR1)
    loop = uvloop.new_event_loop()

    async def listen():
        on_signal(signal.SIGUSR1, lambda: recorded.append(loop.is_running()))
        os.kill(os.getpid(), signal.SIGUSR1)
        await asyncio.sleep(0.01)

    try:
        loop.run_until_complete(listen())
        os.kill(os.getpid(), signal.SIGUSR1)
        loop.run_until_complete(asyncio.sleep(0.01))
    finally:
        signal.signal(signal.SIGUSR1, before)
        loop.close()
    assert recorded == [True, True]
