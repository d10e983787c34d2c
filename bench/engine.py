"""Starts the engine, from this source or another, on a database of a PostgreSQL for benches."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from payment_engine.demo import postgres
from payment_engine.demo.ports import accepts, free_port
from payment_engine.demo.process import wait_until

ROOT = Path(__file__).parent.parent
WEBHOOK = ("u", "p")
"""The user and password of webhooks."""
_ERROR = 2000
"""Characters shown of what a server that does not listen wrote last."""
_GATEWAY = {
    "MERCHANT_ID": "acme",
    "API_KEY": "k",
    "WEBHOOK_USERNAME": WEBHOOK[0],
    "WEBHOOK_PASSWORD": WEBHOOK[1],
}


@dataclass(frozen=True)
class Server:
    """A server under test: its address, the key it takes, and the root of its process tree."""

    url: str
    key: str
    pid: int


@dataclass
class Stage:
    """A PostgreSQL, a folder, and the processes that run on them."""

    postgres: postgres.Postgres
    folder: Path
    children: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(
        self, command: list[str], environ: Mapping[str, str], root: Path = ROOT
    ) -> subprocess.Popen[bytes]:
        """Start a process in a source tree; it ends with the stage."""
        with self._errors(len(self.children)).open("wb") as errors:
            child = subprocess.Popen(
                command,
                env={**os.environ, "PYTHONPATH": str(root), **environ},
                cwd=root,
                stdout=subprocess.DEVNULL,
                stderr=errors,
            )
        self.children.append(child)
        return child

    def serve(
        self, command: list[str], environ: Mapping[str, str], port: int, root: Path = ROOT
    ) -> subprocess.Popen[bytes]:
        """The same for a server, once it listens; ends the bench with its error if it does not."""
        child = self.start(command, environ, root)
        wait_until(lambda: accepts(port) or child.poll() is not None, 60)
        if not accepts(port):
            error = self._errors(self.children.index(child)).read_text()[-_ERROR:]
            sys.exit(f"{' '.join(command)} does not listen:\n{error}")
        return child

    def _errors(self, number: int) -> Path:
        return self.folder / f"errors-{number}"


@contextmanager
def stage() -> Iterator[Stage]:
    """A new PostgreSQL with synchronous commits; all is stopped and removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="engine-bench-"))
    folder.chmod(0o755)
    server = postgres.start(folder / "postgres", settings={"shared_buffers": "512MB"})
    made = Stage(server, folder)
    try:
        yield made
    finally:
        for child in made.children:
            child.terminate()
        for child in made.children:
            child.wait()
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True)
class Engine:
    """The engine on one database: what its processes are started with."""

    stage: Stage
    environ: Mapping[str, str]
    root: Path
    key: str

    def serve(self, command: list[str] | None = None) -> Server:
        """Start an API, or ``command`` in its place."""
        port = free_port()
        api = command or [sys.executable, "-m", "payment_engine", "api"]
        environ = {**self.environ, "PE_API_PORT": str(port)}
        child = self.stage.serve(api, environ, port, self.root)
        return Server(f"http://127.0.0.1:{port}", self.key, child.pid)

    def merchant(self, name: str, *options: str) -> None:
        """Create one more merchant."""
        _run(["merchant", name, *options], self.environ, self.root)

    def work(self) -> int:
        """Start a worker; its process id."""
        command = [sys.executable, "-m", "payment_engine", "worker"]
        environ = {**self.environ, "PE_WORKER_PORT": str(free_port())}
        return self.stage.start(command, environ, self.root).pid


def gateway(made: Stage, root: Path = ROOT, *options: str) -> int:
    """Start the gateway of a source tree; its port. ``options`` are those of its command."""
    port = free_port()
    made.serve([sys.executable, "-m", "bench.gateway", str(port), *options], {}, port, root)
    return port


def prepare(made: Stage, database: str, gateway_port: int, root: Path = ROOT) -> Engine:
    """A migrated database with a merchant."""
    environ = {
        "PE_DATABASE_URL": made.postgres.database(database),
        "PE_SECRET": "s" * 40,
        "PE_SPOOL_DIR": str(made.folder / f"spool-{database}"),
        "PE_GATEWAYS__JUSPAY__BASE_URL": f"http://127.0.0.1:{gateway_port}/juspay",
        **{f"PE_GATEWAYS__JUSPAY__{name}": value for name, value in _GATEWAY.items()},
    }
    _run(["migrate"], environ, root)
    key = json.loads(_run(["merchant", "Bench"], environ, root))["service_key"]
    return Engine(made, environ, root, key)


def _run(arguments: list[str], environ: Mapping[str, str], root: Path) -> bytes:
    command = [sys.executable, "-m", "payment_engine", *arguments]
    env = {**os.environ, "PYTHONPATH": str(root), **environ}
    done = subprocess.run(command, env=env, cwd=root, capture_output=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(arguments)} failed in {root}:\n{done.stderr.decode()}")
    return done.stdout
