"""The services of the compose file as processes of this machine: same code, environment, secrets
and health checks, other addresses."""

import asyncio
import json
import os
import re
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from payment_engine.demo.ports import accepts, free_port
from tests.packaging.files import check, text

_LISTEN = {
    "api:8000": "api",
    "127.0.0.1:8000": "api",
    "mock:8090": "mock",
    "127.0.0.1:8090": "mock",
}
"""The addresses between the containers and on the host, and who listens there."""
_IMAGE_TEST = re.compile(r"HEALTHCHECK.*?CMD (\[.*?\])\n", re.DOTALL)


class Containers:
    """What compose would start, and where it is here; ``image`` has the code, laid out."""

    def __init__(self, folder: Path, image: Path, postgres: str, mongo: str | None) -> None:
        self.folder = folder
        self.image = image
        self.secrets = folder / "secrets"
        check("sh", "deploy/secrets.sh", str(self.secrets))
        resolved = check("docker-compose", "config", "--format", "json", SECRETS=str(self.secrets))
        self.services: dict[str, Any] = json.loads(resolved.stdout)["services"]
        self.files: dict[str, Any] = json.loads(resolved.stdout)["secrets"]
        self.ports = {name: free_port() for name in ("api", "worker", "mock")}
        self.addresses = {"postgres:5432/payment_engine": postgres}
        if mongo:
            self.addresses["mongo:27017/?authSource=admin"] = mongo

    def secret(self, name: str) -> str:
        """What was drawn."""
        return (self.secrets / name).read_text()

    def url(self, name: str) -> str:
        """Where a service listens."""
        return f"http://127.0.0.1:{self.ports[name]}"

    @asynccontextmanager
    async def running(self, *names: str) -> AsyncIterator[None]:
        """Services that run while the body does, each once its health check passes."""
        async with AsyncExitStack() as stack:
            processes = {name: await self._start(name) for name in names}
            for process in processes.values():
                stack.push_async_callback(_end, process)
            await asyncio.gather(*(self._healthy(*each) for each in processes.items()))
            yield

    async def finished(self, name: str) -> int | None:
        """The exit code of a service that ends by itself."""
        process = await self._start(name)
        await process.wait()
        return process.returncode

    async def _start(self, name: str) -> asyncio.subprocess.Process:
        target = self.services[name]["build"]["target"]
        code = self.image / ("app" if target == "mock" else target)
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "payment_engine", *self.services[name]["command"]),
            cwd=code,
            env={"PATH": os.defpath, **self._environment(name)},
            stdout=asyncio.subprocess.DEVNULL,
        )

    def _environment(self, name: str) -> dict[str, str]:
        given: Mapping[str, str] = self.services[name]["environment"]
        ports = {f"PE_{each.upper()}_PORT": str(port) for each, port in self.ports.items()}
        return {
            **{key: self._here(name, value) for key, value in given.items()},
            **ports,
            "PE_DRAIN_SECONDS": "0",
            "PE_SECRETS_DIR": self._mounted(name),
            "PE_SPOOL_DIR": str(self.folder / "spool"),
        }

    def _mounted(self, name: str) -> str:
        """A folder like the service's /run/secrets, with the addresses of this machine."""
        mounted = tempfile.mkdtemp(dir=self.folder)
        for each in self.services[name]["secrets"]:
            source = Path(self.files[each["source"]]["file"])
            target = Path(mounted, Path(each["target"]).name)
            content = self._here(name, source.read_text())
            if not (target.name == "pe_mongo_url" and "mongo:27017" in content):
                target.write_text(content)
        return mounted

    def _here(self, name: str, value: str) -> str:
        """A value with the addresses of this machine."""
        local = {host: f"127.0.0.1:{self.ports[each]}" for host, each in _LISTEN.items()}
        if name == "worker":
            local["127.0.0.1:8000"] = f"127.0.0.1:{self.ports[name]}"
        for there, here in {**self.addresses, **local}.items():
            value = value.replace(there, here)
        return value

    async def _healthy(self, name: str, process: asyncio.subprocess.Process) -> None:
        """Wait until the service's own health check, or the image's, passes."""
        test = self.services[name].get("healthcheck", {}).get("test") or _image_test()
        command = [sys.executable, *(self._here(name, part) for part in test[2:])]
        environ = {"PATH": os.defpath, "PE_API_PORT": str(self.ports["api"])}
        async with asyncio.timeout(120):
            while True:
                assert process.returncode is None, f"{name} has ended"
                if not accepts(self.ports[name]):  # a probe is a process: one that fails is waste
                    await asyncio.sleep(0.05)
                    continue
                probe = await asyncio.create_subprocess_exec(
                    *command, env=environ, stderr=asyncio.subprocess.DEVNULL
                )
                if await probe.wait() == 0:
                    return


def _image_test() -> list[str]:
    found = _IMAGE_TEST.search(text("Dockerfile"))
    assert found
    return ["CMD", *json.loads(found[1])]


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
    await process.wait()
