"""Sanic and Tortoise as their guides show them, over the engine's own tables: only the init."""

import json
import secrets
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from sanic import HTTPResponse, Request, Sanic
from sanic.response import json as as_json
from tortoise import Tortoise
from tortoise.transactions import in_transaction

from bench.peers import shared
from payment_engine.db.models import IdempotencyKey, Job, Merchant, Payment, PaymentEvent, config
from payment_engine.domain.ids import new_id
from payment_engine.domain.requests.payments import PaymentIn


def create_app() -> Sanic[Any, Any]:
    app: Sanic[Any, Any] = Sanic("plain-orm", configure_logging=False)
    app.config.update(ACCESS_LOG=False, AUTO_EXTEND=False)

    @app.before_server_start
    async def _open(_: Sanic[Any, Any]) -> None:
        url = f"{shared.DATABASE}?minsize=1&maxsize=16"
        await Tortoise.init(config=config(url), _enable_global_fallback=True)
        app.ctx.merchant_id = (await Merchant.first()).id

    @app.post("/v1/payments")
    async def init(request: Request) -> HTTPResponse:
        payment = PaymentIn.model_validate_json(request.body)
        key = request.headers["idempotency-key"]
        merchant_id = app.ctx.merchant_id
        if await IdempotencyKey.get_or_none(merchant_id=merchant_id, key=key):
            return as_json({}, 409)
        if await Payment.filter(merchant_id=merchant_id, order_id=payment.order_id).exists():
            return as_json({}, 409)
        return as_json(await _write(payment, merchant_id, key), 201)

    return app


async def _write(request: PaymentIn, merchant_id: str, key: str) -> dict[str, Any]:
    now = datetime.now(UTC)
    async with in_transaction():
        payment = await Payment.create(
            id=new_id("pay", int(time.time() * 1000)),
            merchant_id=merchant_id,
            order_id=request.order_id,
            status="open",
            amount=request.amount,
            currency="INR",
            breakdown=[line.model_dump() for line in request.breakdown],
            metadata=request.metadata,
            customer_ref=request.customer.ref,
            customer=secrets.token_bytes(120),
            return_url=request.return_url,
            capture=request.capture,
            created_at=now,
            expires_at=now + timedelta(seconds=request.expires_in),
        )
        await PaymentEvent.create(
            payment_id=payment.id,
            version=1,
            type="payment.opened",
            source="caller",
            data={},
            at=now,
        )
        await Job.create(
            kind="expire_payment", subject=payment.id, run_at=payment.expires_at, created_at=now
        )
        answer = {"id": payment.id, "order_id": payment.order_id, "amount": payment.amount}
        await IdempotencyKey.create(
            merchant_id=merchant_id,
            key=key,
            fingerprint=b"",
            resource_id=payment.id,
            status_code=201,
            response=json.dumps(answer).encode(),
            created_at=now,
        )
    return answer


if __name__ == "__main__":
    create_app().run(host="127.0.0.1", port=int(sys.argv[1]), single_process=True, motd=False)
