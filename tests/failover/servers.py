"""A primary that waits for its standby with each commit, and that standby."""

import os
import signal
from dataclasses import dataclass, field
from pathlib import Path

from payment_engine.demo import postgres, process
from payment_engine.demo.ports import free_port
from payment_engine.demo.postgres import Postgres
from payment_engine.demo.postgres_binaries import ENVIRON, find_binaries


@dataclass
class Pair:
    """Two servers, each with a port of its own from the start."""

    folder: Path
    ports: tuple[int, int] = field(default_factory=lambda: (free_port(), free_port()))
    running: list[Postgres] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The address of a database on whichever of them is the primary."""
        servers = ",".join(f"127.0.0.1:{port}" for port in self.ports)
        return f"postgres://postgres@{servers}/engine?target_session_attrs=read-write"

    def start(self) -> None:
        """Both, the standby streaming."""
        primary = self._start("primary", self.ports[0], {"wal_level": "replica"})
        data = self.folder / "standby"
        data.mkdir(mode=0o700)
        account = postgres.account_for(self.folder / "primary")
        if account:
            os.chown(data, account.uid, account.gid)
        command = [find_binaries(account) / "pg_basebackup", "--dbname", primary.url]
        options = ["--pgdata", data, "--write-recovery-conf", "--checkpoint=fast"]
        code, output = process.run([*command, *options], environ=ENVIRON, account=account)
        assert code == 0, output
        upstream = f"host=127.0.0.1 port={self.ports[0]} user=postgres application_name=standby"
        self._start("standby", self.ports[1], {"primary_conninfo": upstream})

    def kill_primary(self) -> None:
        """The primary ends at once, as by a loss of power, with all that belongs to it."""
        primary = self.running.pop(0)
        os.killpg(primary.child.pid, signal.SIGKILL)
        primary.child.finish(10)

    def stop(self) -> None:
        """Stop what still runs."""
        for server in reversed(self.running):
            server.stop()

    def _start(self, name: str, port: int, settings: dict[str, str]) -> Postgres:
        server = postgres.start(self.folder / name, port, settings=settings)
        self.running.append(server)
        return server
