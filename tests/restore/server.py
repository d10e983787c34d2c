"""A PostgreSQL that archives its WAL, its base backups, and servers restored from them."""

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from payment_engine.demo import postgres, process
from payment_engine.demo.postgres import Postgres
from payment_engine.demo.postgres_binaries import ENVIRON, find_binaries


@dataclass
class Backups:
    """The folders of a server, its archive and its base backup."""

    folder: Path
    servers: list[Postgres] = field(default_factory=list)

    @property
    def wal(self) -> Path:
        """Where complete WAL files are copied to."""
        return self.folder / "wal"

    def start(self) -> Postgres:
        """A server that archives."""
        self._owned(self.wal)
        settings = {
            "wal_level": "replica",
            "archive_mode": "on",
            "archive_command": f"test ! -f {self.wal}/%f && cp %p {self.wal}/%f",
        }
        return self._start(self.folder / "primary", settings)

    def back_up(self, server: Postgres) -> None:
        """A base backup, verified."""
        base = self._owned(self.folder / "base")
        self._run("pg_basebackup", "--dbname", server.url, "--pgdata", base, "--checkpoint=fast")
        self._run("pg_verifybackup", base)

    def restore(self, moment: str) -> Postgres:
        """A new server with what there was at the moment."""
        restored = self._owned(self.folder / "restored")
        shutil.copytree(self.folder / "base", restored, dirs_exist_ok=True)
        (restored / "recovery.signal").touch()
        for path in (restored, *restored.rglob("*")):
            self._own(path)
        settings = {
            "restore_command": f"cp {self.wal}/%f %p",
            "recovery_target_time": moment,
            "recovery_target_action": "promote",
        }
        return self._start(restored, settings)

    def stop(self) -> None:
        """Stop what still runs."""
        for server in self.servers:
            server.stop()

    def _start(self, data: Path, settings: dict[str, str]) -> Postgres:
        self.servers.append(postgres.start(data, settings=settings))
        return self.servers[-1]

    def _owned(self, folder: Path) -> Path:
        folder.mkdir(mode=0o700)
        self._own(folder)
        return folder

    def _own(self, path: Path) -> None:
        account = postgres.account_for(self.folder / "primary")
        if account:
            os.chown(path, account.uid, account.gid)

    def _run(self, program: str, *arguments: str | Path) -> None:
        account = postgres.account_for(self.folder / "primary")
        command = [find_binaries(account) / program, *arguments]
        code, output = process.run(command, environ=ENVIRON, account=account)
        assert code == 0, output
