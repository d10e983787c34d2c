"""A complete small imitation that is no part of the mock: as somebody else's package has it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import json

from payment_engine.mock.discovery import Imitation
from payment_engine.mock.imitation import AttemptSummary, Impossible
from payment_engine.mock.ledger import Movement
from payment_engine.mock.middleware import Dialect, add_middleware
from payment_engine.mock.money import signed_rupees
from payment_engine.mock.rotation import rotated
from payment_engine.mock.settlement.layout import Line, SettlementLayout
from payment_engine.mock.settlement.rows import Row
from payment_engine.mock.state import mock_of
from payment_engine.mock.world import World


@dataclass(frozen=True, kw_only=True)
class AcmeConfig:
    merchant_id: str
    key: str
    webhook_url: str | None = None


@dataclass
class AcmeAccount:
    world: World
    config: AcmeConfig
    name: str = "acme"
    orders: dict[str, dict[str, Any]] = field(default_factory=dict)

    def attempts(self) -> Iterator[AttemptSummary]:
        for order in self.orders.values():
            yield AttemptSummary(
                gateway=self.name,
                order_id=order["order_id"],
                reference=order["order_id"],
                paise=order["amount"],
                title=order["order_id"],
                method="Acme account",
                status=order["status"],
                waiting=order["status"] == "open",
                succeeded=order["status"] == "paid",
                url=f"/customer/acme/{order['order_id']}",
            )

    def order_documents(self) -> Iterator[dict[str, Any]]:
        return iter(self.orders.values())

    def order_document(self, order_id: str) -> dict[str, Any] | None:
        return self.orders.get(order_id)

    def act(self, order_id: str, action: str, body: dict[str, Any]) -> None:
        if action != "approve":
            raise Impossible("Acme's customers only approve")
        order = self.orders[order_id]
        order["status"] = "paid"
        self.world.ledger.move(
            Movement(
                gateway=self.name,
                order_id=order_id,
                ref=order_id,
                kind="charge",
                paise=order["amount"],
                at=self.world.clock.now(),
                instrument="WALLET",
            )
        )

    def end_refund(self, ref: str, action: str) -> str | None:
        return None

    def rotate(self, changes: dict[str, Any]) -> None:
        self.config = rotated(self.config, changes)

    def suspend(self, token: str, state: str) -> None:
        raise Impossible("Acme saves nothing")


def routes() -> list[Blueprint]:
    api = Blueprint("acme", url_prefix="/acme")
    add_middleware(api, Dialect(gateway="acme", request_facts=request_facts, error_body=b"{}"))
    api.add_route(charge, "/charges", methods=["POST"])
    return [api]


def request_facts(request: Request) -> tuple[str | None, dict[str, str]]:
    return request.json["order_id"], {}


async def charge(request: Request) -> HTTPResponse:
    account = mock_of(request).gateways["acme"]
    assert isinstance(account, AcmeAccount)
    if request.token != account.config.key:
        return json({}, status=401)
    order = {"gateway": "acme", "status": "open", "txns": [], **request.json}
    account.orders[order["order_id"]] = order
    return json(order)


def line(merchant_id: str, row: Row) -> Line:
    return {"Merchant": merchant_id, "Order": row.order_id, "Net": signed_rupees(row.net)}


IMITATION = Imitation(
    name="acme",
    config=AcmeConfig,
    open_account=AcmeAccount,
    routes=routes,
    settlement=SettlementLayout(columns=["Merchant", "Order", "Net"], line=line),
    test_account={"merchant_id": "acmetest", "key": "acme-test-key"},
    hosts=frozenset({"api.acme.example"}),
)
