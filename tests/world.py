"""The service and its mock gateways, running for one test."""

import asyncio
import json
from collections.abc import AsyncIterator, Collection
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource
from tortoise import connections

from payment_engine.engine import Engine, open_engine, utc_now
from payment_engine.mock.config import MockConfig
from payment_engine.mock.juspay.config import JuspayConfig
from payment_engine.services.access.merchants import NewKeys, register
from payment_engine.settings import Settings
from payment_engine.worker import job_streams, outbox_stream
from tests.apps import served_api, served_mock
from tests.invariants import served
from tests.serving import bound_socket, http_client

ORDER = json.loads(
    (Path(__file__).parent.parent / "payment_engine" / "demo" / "order.json").read_text()
)
JUSPAY = {
    "merchant_id": "acme",
    "api_key": "sk_test_juspay_api_key",
    "webhook_username": "juspay-hook",
    "webhook_password": "hook-password-71",
    "response_key": "response-key-93",
}


@dataclass
class Clock:
    """The service's clock: real time, which a test can advance."""

    ahead: timedelta = timedelta()

    def now(self) -> datetime:
        return utc_now() + self.ahead

    def advance(self, **by: float) -> None:
        self.ahead += timedelta(**by)


@dataclass
class World:
    """What a test drives: the API, the mock's customers, and the worker one round at a time."""

    engine: Engine
    api: httpx.AsyncClient
    mock: httpx.AsyncClient
    keys: NewKeys
    clock: Clock
    counter: list[int] = field(default_factory=lambda: [0])

    def headers(self, token: str | None = None, key: str | None = None) -> dict[str, str]:
        """Credentials and a fresh idempotency key, unless one is given."""
        self.counter[0] += 1
        return {
            "authorization": f"Bearer {token or self.keys.service_key}",
            "idempotency-key": key or f"key-{self.counter[0]}",
        }

    async def post(
        self, path: str, body: Any = None, token: str | None = None, key: str | None = None
    ) -> httpx.Response:
        """One POST as the order service, or as a checkout with a token."""
        return await self.api.post(path, json=body, headers=self.headers(token, key))

    async def get(self, path: str, token: str | None = None, **headers: str) -> httpx.Response:
        """One GET as the order service, or as a checkout with a token."""
        return await self.api.get(path, headers={**self.headers(token), **headers})

    async def open_payment(self, **changes: Any) -> dict[str, Any]:
        """A payment for a fresh copy of the example order."""
        self.counter[0] += 1
        order = {**ORDER, "order_id": f"PO{24068 + self.counter[0]}", **changes}
        answer = await self.post("/v1/payments", order)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def start_attempt(self, payment_id: str, **body: Any) -> dict[str, Any]:
        """A started attempt; by UPI intent unless ``body`` changes the method."""
        request = {"method": "upi_intent", "client": {"platform": "android"}, **body}
        answer = await self.post(f"/v1/payments/{payment_id}/attempts", request)
        assert answer.status_code == 201, answer.text
        return dict(answer.json()["attempt"])

    async def card_token(self, number: str = "4242424242424242") -> str:
        """What a browser gets from the gateway for a card number."""
        card = {
            "merchant_id": JUSPAY["merchant_id"],
            "card_number": number,
            "card_exp_month": "12",
            "card_exp_year": "2030",
            "card_security_code": "123",
            "name_on_card": "Demo Customer",
        }
        answer = await self.mock.post("/juspay/card/tokenize", data=card)
        return str(answer.json()["token"])

    async def customer_decides(self, attempt: dict[str, Any], decision: str = "approve") -> None:
        """The customer approves or declines the attempt."""
        path = f"/control/orders/{attempt['id'].removeprefix('att_')}/{decision}"
        answer = await self.mock.post(path, json={})
        assert answer.status_code == 200, answer.text

    async def script_mock(
        self, kind: str, match: dict[str, str] | None = None, *, times: int = 1, **more: Any
    ) -> None:
        """Make the mock behave differently, ``times`` times."""
        body = {"match": match or {}, "times": times, "behaviour": {"kind": kind, **more}}
        answer = await self.mock.post("/control/scripts", json=body)
        assert answer.status_code in (200, 201), answer.text

    async def read_payment(self, payment_id: str) -> dict[str, Any]:
        """The payment now."""
        return dict((await self.get(f"/v1/payments/{payment_id}")).json())

    async def wait_for_status(
        self, payment_id: str, status: str, seconds: float = 30
    ) -> dict[str, Any]:
        """The payment once it has reached a status."""
        payment = await self.read_payment(payment_id)
        async with asyncio.timeout(seconds):
            while payment["status"] != status:
                tag = f'"{payment["version"]}"'
                path = f"/v1/payments/{payment_id}?wait=5"
                answer = await self.get(path, **{"if-none-match": tag})
                payment = answer.json() if answer.status_code == 200 else payment
        return payment

    async def paid_payment(self, **changes: Any) -> dict[str, Any]:
        """A payment that a customer paid by UPI intent."""
        payment = await self.open_payment(**changes)
        await self.customer_decides(await self.start_attempt(payment["id"]))
        return await self.wait_for_status(payment["id"], "paid")

    async def wait_for_refunded(self, payment_id: str, amount: int, **later: float) -> None:
        """Wait until ``amount`` paise of the payment went back.

        Until then the worker runs with the clock ``later`` each time, if that is given; otherwise
        after some seconds, since a webhook leaves it the job that another one is just doing.
        """
        patience = 0 if later else 60
        async with asyncio.timeout(50):
            while (await self.read_payment(payment_id))["amount_refunded"] != amount:
                patience -= 1
                if patience < 0:
                    await self.run_worker(**later)
                await asyncio.sleep(0.05)

    async def run_worker(self, rounds: int = 3, **later: float) -> None:
        """Run the worker, after advancing the clock by ``later``."""
        self.clock.advance(**later)
        for _ in range(rounds):
            await asyncio.gather(*(each.round() for each in job_streams(self.engine)))
            await outbox_stream(self.engine).round()

    async def sql(self, statement: str, *values: Any) -> list[dict[str, Any]]:
        """Rows, straight from the database."""
        return list(await connections.get("default").execute_query_dict(statement, list(values)))

    async def notifications(self, order_id: str) -> list[dict[str, Any]]:
        """The notifications that the order service received about an order, oldest first."""
        answer = await self.mock.get("/shop/notifications", params={"order_id": order_id})
        return [one["content"] for one in answer.json()["notifications"]]

    async def ledger(self) -> dict[str, dict[str, int]]:
        """What the gateways really charged and refunded, by gateway order."""
        gateways = (await self.mock.get("/control/ledger")).json()["gateways"]
        return {ref: row for orders in gateways.values() for ref, row in orders.items()}


class _Settings(Settings):
    """As a test gives them: nothing is looked for in the environment, which takes its time."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        **_: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


@asynccontextmanager
async def running_world(
    database: str,
    spool: Path,
    *,
    mongo_url: str | None = None,
    other_gateways: Collection[str] = (),
    **changes: Any,
) -> AsyncIterator[World]:
    """Mock, API and a shop, each on its own loopback port, each knowing the others.

    Juspay is always there; ``other_gateways`` are set up as the contract suite does.
    """
    clock = Clock()
    mock_changes = changes.pop("mock", {})
    async with AsyncExitStack() as stack:
        api_socket, mock_socket = (stack.enter_context(bound_socket()) for _ in range(2))
        api_url = f"http://127.0.0.1:{api_socket.getsockname()[1]}"
        mock_url = f"http://127.0.0.1:{mock_socket.getsockname()[1]}"
        cases = {name: import_module(f"tests.contract.{name}") for name in other_gateways}
        others = {name: case.config(mock_url) for name, case in cases.items()}
        mock_changes["gateways"] = {
            **{name: case.mock(f"{api_url}/v1/{name}/webhook") for name, case in cases.items()},
            **mock_changes.get("gateways", {}),
        }
        settings = _settings(database, spool, mongo_url, api_url, mock_url, others, changes)
        stored = timedelta(days=settings.keep_messages_days)
        served[database] = lambda: clock.now() - stored
        engine = await stack.enter_async_context(open_engine(settings, now=clock.now))
        notify_url = f"{mock_url}/shop/notifications"
        keys = await register(engine, "Demo Pharmacy", notify_url, platform=True)
        config = _mock_config(api_url, mock_url, keys, mock_changes)
        await stack.enter_async_context(served_mock(config, mock_socket))
        await stack.enter_async_context(served_api(settings, engine, api_socket))
        api = await stack.enter_async_context(http_client(api_url, timeout=40))
        mock = await stack.enter_async_context(http_client(mock_url, timeout=40))
        yield World(engine, api, mock, keys, clock)


def _settings(
    database: str,
    spool: Path,
    mongo_url: str | None,
    api_url: str,
    mock_url: str,
    other_gateways: dict[str, dict[str, str]],
    changes: dict[str, Any],
) -> Settings:
    defaults: dict[str, Any] = {
        "database_url": database,
        "database_pool": 8,
        "mongo_url": mongo_url,
        "spool_dir": spool,
        "secret": "a-root-secret-for-tests-only-0123456789",
        "public_url": api_url,
        "card_fields_saq_a_ep": True,
        "gateways": {"juspay": {"base_url": f"{mock_url}/juspay", **JUSPAY}, **other_gateways},
    }
    return _Settings(**{**defaults, **changes})


def _mock_config(api_url: str, mock_url: str, keys: NewKeys, changes: dict[str, Any]) -> MockConfig:
    defaults: dict[str, Any] = {
        "public_url": mock_url,
        "shop_notify_secret": keys.notify_secret,
        "shop_service_key": keys.service_key,
        "service_url": api_url,
        "refund_after": 0.05,
        "same_refund_window": 0.0,
    }
    juspay = {"webhook_url": f"{api_url}/v1/juspay/webhook", **JUSPAY, **changes.pop("juspay", {})}
    gateways = {"juspay": JuspayConfig(**juspay), **changes.pop("gateways")}
    return MockConfig(gateways=gateways, **{**defaults, **changes})
