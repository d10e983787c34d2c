"""A demo under test: a process of its own, in a folder and on ports of its own."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from payment_engine.demo.ports import free_port
from payment_engine.demo.process import wait_until

LAUNCH = Path(__file__).with_name("launch.py")
ROOT = str(Path(__file__).parents[2])
PORTS = ("PE_API_PORT", "PE_MOCK_PORT", "PE_WORKER_PORT", "PE_POSTGRES_PORT", "PE_MONGO_PORT")


D = TypeVar("D", bound="Demo")


@dataclass
class Demo:
    command: ClassVar[tuple[str, ...]] = (sys.executable, str(LAUNCH))
    up: ClassVar[str] = "worker is up"
    patience: ClassVar[float] = 40
    """Seconds in which it must be there."""

    run_dir: Path
    environ: dict[str, str]
    process: subprocess.Popen[str] | None = None
    pids: dict[str, int] = field(default_factory=dict)

    def launch(self, **more: str) -> "Demo":
        environ = {k: v for k, v in os.environ.items() if not k.startswith("PE_")}
        with self.output_path.open("w") as output:
            self.process = subprocess.Popen(  # noqa: S603
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
                env={**environ, "PYTHONPATH": ROOT, **self.environ, **more},
                start_new_session=True,
                preexec_fn=_default_hangup,
            )
        return self

    def ready(self, **more: str) -> dict[str, Any]:
        """Launch, wait until its summary is written, and return that."""
        process = self.launch(**more).process
        assert process is not None
        path = self.run_dir / "demo.json"
        wait_until(lambda: path.exists() or process.poll() is not None, self.patience)
        assert path.exists(), self.end()
        summary: dict[str, Any] = json.loads(path.read_text())
        self.pids = summary["pids"]
        wait_until(lambda: self.up in (self.run_dir / "logs/worker.log").read_text(), 30)
        return summary

    def end(self, number: signal.Signals = signal.SIGTERM) -> str:
        """Signal it and return its output."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.wait()

    def kill(self, name: str, number: signal.Signals) -> None:
        """Kill one of its programs."""
        os.kill(self.pids[name], number)

    def wait(self) -> str:
        """Wait until it ends by itself and return its output."""
        assert self.process is not None
        self.process.wait(timeout=50)
        return self.output()

    @property
    def output_path(self) -> Path:
        return self.run_dir.with_name(f"{self.run_dir.name}.output")

    def output(self) -> str:
        """All that it has printed so far."""
        return self.output_path.read_text()

    def outcome(self, **more: str) -> tuple[int, str]:
        """Launch and wait for the end: exit code and output."""
        output = self.launch(**more).wait()
        assert self.exit_code is not None
        return self.exit_code, output

    @property
    def exit_code(self) -> int | None:
        assert self.process is not None
        return self.process.returncode

    def notes(self) -> list[str]:
        """What the stand-in programs have written down."""
        return (self.run_dir / "notes").read_text().splitlines()

    def alive(self) -> list[str]:
        return [name for name, pid in self.pids.items() if runs(pid)]


def _default_hangup() -> None:
    """Restore SIGHUP, which whatever runs the tests may ignore; a child would inherit that."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not (status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z")


def new_demo(kind: type[D]) -> D:
    run_dir = Path(tempfile.mkdtemp(prefix="pe-demo-"))
    run_dir.chmod(0o755)
    return kind(run_dir, {"PE_RUN_DIR": str(run_dir), **{name: str(free_port()) for name in PORTS}})


@contextmanager
def demo_over(made_data: str) -> Iterator[Demo]:
    """A demo not launched yet, over a copy of this data; it is ended with the block."""
    made = new_demo(Demo)
    made.environ["MADE_DATA"] = made_data
    yield made
    if made.process and made.process.poll() is None:
        made.end()
    wait_until(lambda: made.alive() == [], 20)
    shutil.rmtree(made.run_dir, ignore_errors=True)
