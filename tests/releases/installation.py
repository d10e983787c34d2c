"""An installation of processes of several releases over one database and one mock."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from payment_engine.demo.ports import free_port
from tests.processes import answering
from tests.releases.checkout import CURRENT, Release
from tests.world import JUSPAY, ORDER

_SECRET = "a-root-secret-for-tests-only-0123456789"


@dataclass
class Installation:
    """Starts processes, and pays through the APIs that it is given."""

    database: str
    folder: Path
    client: httpx.AsyncClient
    mock: str = field(default_factory=lambda: f"http://127.0.0.1:{free_port()}")
    service_key: str = ""
    public_url: str = field(default_factory=lambda: f"http://127.0.0.1:{free_port()}")
    settings: dict[str, str] = field(default_factory=dict)
    """Of every process, beside those that each has."""
    order: dict[str, Any] = field(default_factory=lambda: ORDER)
    """What is paid, without anything that a release does not know."""
    opened: int = 0

    def environ(self, **more: str) -> dict[str, str]:
        """Settings that every release knows."""
        return {
            "PATH": os.defpath,
            "PE_DATABASE_URL": self.database,
            "PE_SECRET": _SECRET,
            "PE_SPOOL_DIR": str(self.folder / "spool"),
            "PE_PUBLIC_URL": self.public_url,
            "PE_GATEWAYS__JUSPAY__BASE_URL": f"{self.mock}/juspay",
            **{f"PE_GATEWAYS__JUSPAY__{key.upper()}": value for key, value in JUSPAY.items()},
            "PE_CHECK_SCHEDULE": "[3, 6, 12, 30, 60, 300]",
            "PE_WORKER_PORT": str(free_port()),
            **self.settings,
            **more,
        }

    async def run(self, release: Release, *command: str) -> str:
        """The output of a command that must succeed."""
        made = await self._spawn(release, *command, stdout=asyncio.subprocess.PIPE)
        output, _ = await made.communicate()
        assert made.returncode == 0, f"{command[0]} of the {release.name} release failed"
        return output.decode()

    async def create_merchant(self, release: Release) -> None:
        """Create the merchant whose order service the mock plays."""
        url = f"{self.mock}/shop/notifications"
        output = await self.run(release, "merchant", "Demo Pharmacy", "--notify-url", url)
        self.service_key = json.loads(output.splitlines()[-1])["service_key"]

    @asynccontextmanager
    async def process(self, release: Release, name: str, **more: str) -> AsyncIterator[None]:
        """A process that runs while the body does."""
        made = await self._spawn(release, name, **more)
        try:
            yield
            assert made.returncode is None, f"{name} of the {release.name} release has ended"
        finally:
            if made.returncode is None:
                made.terminate()
            await made.wait()

    @asynccontextmanager
    async def api(self, release: Release, url: str = "") -> AsyncIterator[str]:
        """An API, and its URL, once it answers."""
        url = url or f"http://127.0.0.1:{free_port()}"
        async with self.process(release, "api", PE_API_PORT=url.rpartition(":")[2]):
            await answering(url)
            yield url

    @asynccontextmanager
    async def gateway(self) -> AsyncIterator[None]:
        """The mock, whose webhooks go to the public address."""
        async with self.process(CURRENT, "mock", PE_MOCK_PORT=self.mock.rpartition(":")[2]):
            await answering(self.mock)
            yield

    async def _spawn(
        self,
        release: Release,
        *command: str,
        stdout: int | None = None,
        stderr: int | None = None,
        **more: str,
    ) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *(release.python, "-m", "payment_engine", *command),
            cwd=release.folder,
            env=self.environ(**more),
            stdout=stdout,
            stderr=stderr,
        )

    def _headers(self, token: str = "") -> dict[str, str]:
        self.opened += 1
        return {
            "authorization": f"Bearer {token or self.service_key}",
            "idempotency-key": f"key-{self.opened}",
        }

    async def open(self, api: str, order_id: str = "") -> str:
        """The id of a payment opened at an API, for a new order unless one is named."""
        self.opened += 1
        order_id = order_id or f"PO{self.opened}"
        order = {**self.order, "order_id": order_id, "return_url": f"{self.mock}/shop/return"}
        answer = await self.client.post(f"{api}/v1/payments", json=order, headers=self._headers())
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def attempt(self, api: str, payment_id: str) -> None:
        """Start an attempt at an API; the customer approves."""
        await self.approve(await self.start(api, payment_id))

    async def start(self, api: str, payment_id: str, **body: Any) -> str:
        """The reference of an attempt that is started at an API; by UPI unless ``body`` says so."""
        answer = await self.client.post(
            f"{api}/v1/payments/{payment_id}/attempts",
            json={"method": "upi_intent", "client": {"platform": "android"}, **body},
            headers=self._headers(),
        )
        assert answer.status_code == 201, answer.text
        return str(answer.json()["attempt"]["id"].removeprefix("att_"))

    async def approve(self, reference: str) -> None:
        """The customer approves an attempt."""
        approved = await self.client.post(f"{self.mock}/control/orders/{reference}/approve")
        assert approved.is_success, approved.text

    async def refund(self, api: str, payment_id: str, amount: int) -> None:
        """Ask an API for a refund."""
        answer = await self.client.post(
            f"{api}/v1/payments/{payment_id}/refunds",
            json={"amount": amount, "reason": "item_missing"},
            headers=self._headers(),
        )
        assert answer.is_success, answer.text

    async def until(self, api: str, payment_id: str, **members: Any) -> None:
        """Wait until an API shows these members of a payment."""
        found: dict[str, Any] = {}
        async with asyncio.timeout(60):
            while found.items() & members.items() != members.items():
                answer = await self.client.get(
                    f"{api}/v1/payments/{payment_id}", headers=self._headers()
                )
                found = {k: v for k, v in answer.json().items() if k in members}
                await asyncio.sleep(0.1)

    async def until_notified(self, payment_id: str, kind: str) -> None:
        """Wait until the shop has received this message of a payment."""
        async with asyncio.timeout(60):
            while True:
                answer = await self.client.get(f"{self.mock}/shop/notifications")
                contents = [each["content"] for each in answer.json()["notifications"]]
                found = [each for each in contents if each["type"] == kind]
                if payment_id in {_payment_of(each) for each in found}:
                    return
                await asyncio.sleep(0.2)

    async def events(self, api: str, query: dict[str, str]) -> "Page":
        """A page of the messages that an order service reads at an API."""
        answer = await self.client.get(f"{api}/v1/events", params=query, headers=self._headers())
        assert answer.status_code == 200, answer.text
        body = answer.json()
        paid = [_payment_of(each) for each in body["events"] if each["type"] == "payment.paid"]
        return Page(paid, body["cursor"], body["more"])

    async def until_counted(self, api: str, kind: str, number: int) -> None:
        """Wait until monitoring shows so many unmatched reports."""
        line = f'unmatched_reports{{gateway="juspay",kind="{kind}"}} {number:.1f}'
        async with asyncio.timeout(60):
            while line not in (await self.client.get(f"{api}/metrics")).text:
                await asyncio.sleep(0.5)

    async def breaches(self, release: Release) -> str:
        """What the books of all payments lack, by the command that checks them."""
        made = await self._spawn(release, "invariants", stderr=asyncio.subprocess.PIPE)
        _, report = await made.communicate()
        return report.decode()


@dataclass(frozen=True)
class Page:
    """Messages from a cursor to the next: the payments that were paid."""

    paid: list[str]
    cursor: str | None
    more: bool


def _payment_of(content: dict[str, Any]) -> str:
    data = content["data"]
    return str((data.get("payment") or data)["id"])
