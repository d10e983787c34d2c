"""A child process that writes to a log, can be stopped politely, and never outlives us."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Account:
    """The system account a child runs as."""

    uid: int
    gid: int


@dataclass
class Child:
    """A running child; on ``stop_signal`` it finishes its work and ends."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    stop_signal: signal.Signals

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    def ended(self) -> bool:
        """Whether it has ended, by itself or stopped by us."""
        return self.process.poll() is not None

    @property
    def exit_code(self) -> int | None:
        """What it ended with, negative for a signal; None while it runs."""
        return self.process.poll()

    def request_stop(self) -> None:
        """Send its stop signal, once: a second one would interrupt its work."""
        if not self.ended():
            self.process.send_signal(self.stop_signal)

    def finish(self, grace: float) -> None:
        """Wait until it has ended; after ``grace`` seconds kill it and what it started."""
        try:
            self.process.wait(grace)
        except subprocess.TimeoutExpired:
            os.killpg(self.pid, signal.SIGKILL)
            self.process.wait()

    def stop(self, grace: float = 20) -> None:
        """Send its stop signal and wait at most ``grace`` seconds before ending it."""
        self.request_stop()
        self.finish(grace)

    def wait_ready(self, ready: Callable[[], bool], seconds: float = 60) -> bool:
        """Whether it got ready in time; if not, it is stopped."""
        try:
            wait_until(lambda: self.ended() or ready(), seconds)
            if not self.ended() and ready():
                return True
        except BaseException:
            self.stop()
            raise
        self.stop()
        return False

    def last_lines(self, count: int = 12) -> str:
        """The end of its log."""
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-count:])


def start(
    name: str,
    command: Sequence[str | Path],
    *,
    log: Path,
    environ: Mapping[str, str],
    stop_signal: signal.Signals = signal.SIGTERM,
    account: Account | None = None,
) -> Child:
    """Start a child in a session of its own, so that a terminal's Ctrl-C reaches us alone.

    Call it from a thread that lives as long as the program: on Linux the child gets its stop
    signal when that thread ends, however it ends. Raises OSError if it cannot be started.
    """
    with log.open("ab") as output:
        process = _spawn(command, output, environ, account, stop_signal)
    return Child(name, process, log, stop_signal)


def run(
    command: Sequence[str | Path],
    *,
    environ: Mapping[str, str],
    account: Account | None = None,
    seconds: float = 60,
) -> tuple[int, str]:
    """Run a command to its end: its exit code and output. Raises OSError, TimeoutExpired."""
    process = _spawn(command, subprocess.PIPE, environ, account, signal.SIGKILL)
    try:
        output, _ = process.communicate(timeout=seconds)
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise
    return process.returncode, output.decode(errors="replace")


def command_line(pid: int) -> str:
    """The command line of a process; empty if there is no such process."""
    if not Path("/proc/self").exists():
        return run(["ps", "-o", "args=", "-p", str(pid)], environ={"PATH": os.defpath})[1]
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""


def wait_until(condition: Callable[[], bool], seconds: float, every: float = 0.03) -> bool:
    """Whether the condition became true within ``seconds``."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(every)
    return True


def _spawn(
    command: Sequence[str | Path],
    output: IO[bytes] | int,
    environ: Mapping[str, str],
    account: Account | None,
    stop_signal: signal.Signals,
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - our own commands, no shell
        list(command),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        env=dict(environ),
        start_new_session=True,
        preexec_fn=_stop_with_parent(stop_signal),
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        cwd="/" if account else None,
    )


def _stop_with_parent(stop_signal: signal.Signals) -> Callable[[], None] | None:
    """Run in a Linux child before it starts: the kernel shall signal it when we die."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)
    parent = os.getpid()

    def set_signal() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, int(stop_signal))
        if os.getppid() != parent:
            os._exit(1)

    return set_signal
