"""The suite's PostgreSQL and MongoDB: started when a test first asks, stopped with the run.

The process that controls the run starts them, in one thread, whichever worker asks: so all
workers share them, and they end with the run however it ends (the kernel stops them when
the thread that started them is gone). What a start needs is imported when it is needed.
"""

import asyncio
import os
import secrets
import shutil
import tempfile
import threading
from collections.abc import Callable
from functools import cache
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Listener
from pathlib import Path

TEMPLATE = "engine_template"
_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of one's own is made in it
_ROOM = 4 * 1024**3
"""Bytes that must be free in memory for the data of the servers to be put there."""
_ADDRESS = "PE_TEST_SERVERS"
_SETTINGS = {"plan_cache_mode": "force_generic_plan"}
"""Most tests run a statement once or twice, and planning it takes longer than running it: each is
planned once per connection, not the first five times that it runs."""


class ServerUnavailable(Exception):
    """A server cannot run here; the message says why."""


class Servers:
    """Starts servers on request, each at most once."""

    def __init__(self) -> None:
        self._key = secrets.token_hex(16)
        self._listener = Listener(("127.0.0.1", 0), authkey=self._key.encode())
        self._started: dict[str, tuple[bool, str]] = {}
        self._stops: list[Callable[[], None]] = []
        self._folder: Path | None = None
        self._thread = threading.Thread(target=self._serve, name="test servers", daemon=True)

    def open(self) -> None:
        """Take requests from now on; this process and its children find us by the environment."""
        host, port = self._listener.address
        os.environ[_ADDRESS] = f"{host} {port} {self._key}"
        self._thread.start()

    def close(self) -> None:
        """Stop what was started and remove its data."""
        _request("stop")
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        name = ""
        while name != "stop":
            try:
                with self._listener.accept() as connection:
                    name = connection.recv()
                    connection.send(self._answer(name))
            except (AuthenticationError, EOFError, ConnectionError):
                continue  # not one of ours, or a worker that was killed while it waited

    def _answer(self, name: str) -> tuple[bool, str]:
        """Whether the server runs, and its URL or why it does not."""
        if name == "stop":
            self._stop()
            return True, ""
        if name not in self._started:
            try:
                self._started[name] = True, getattr(self, f"_start_{name}")()
            except Exception as error:  # noqa: BLE001 - reported to whoever asked
                self._started[name] = False, str(error) or repr(error)
        return self._started[name]

    def _start_postgres(self) -> str:
        from payment_engine.db.migrate import migrate
        from payment_engine.demo import postgres

        server = postgres.start(self._data() / "postgres", durable=False, settings=_SETTINGS)
        self._stops.append(server.stop)
        asyncio.run(migrate(server.database(TEMPLATE)))
        return server.url

    def _start_mongo(self) -> str:
        from payment_engine.demo import mongo

        server = mongo.start(self._data() / "mongo")
        self._stops.append(server.stop)
        return server.url

    def _data(self) -> Path:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="engine-tests-", dir=_memory()))
            self._folder.chmod(0o755)  # as root, PostgreSQL runs as nobody and must get in
        return self._folder

    def _stop(self) -> None:
        for stop in self._stops:
            stop()
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)


@cache
def server_url(name: str) -> str:
    """The URL of ``postgres`` or ``mongo``, started if need be. Raises ServerUnavailable."""
    running, answer = _request(name)
    if not running:
        raise ServerUnavailable(f"{name}: {answer}")
    return answer


def _request(name: str) -> tuple[bool, str]:
    host, port, key = os.environ[_ADDRESS].split()
    with Client((host, int(port)), authkey=key.encode()) as connection:
        connection.send(name)
        running, answer = connection.recv()
        return running, answer


def _memory() -> Path | None:
    """Where data is in memory, if it has room: databases of tests survive nothing, and their
    creation is an order of magnitude faster than on a busy disk. None for the usual place."""
    if not os.access(_SHARED_MEMORY, os.W_OK):
        return None
    return _SHARED_MEMORY if shutil.disk_usage(_SHARED_MEMORY).free > _ROOM else None
