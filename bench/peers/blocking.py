"""The old world: one asyncio process whose handlers block on the database driver.

The gateway is called asynchronously, as such services did: every statement stops all others.
"""

import json
import sys
from typing import Any

import aiohttp
import psycopg
from aiohttp import web
from psycopg.rows import dict_row

from bench.peers import shared

INSERT = """INSERT INTO payment (id, merchant_id, order_id, status, amount, currency, breakdown,
  customer, return_url, version, created_at, expires_at) VALUES (%(id)s, %(merchant_id)s,
  %(order_id)s, %(status)s, %(amount)s, %(currency)s, %(breakdown)s, %(customer)s, %(return_url)s,
  %(version)s, %(created_at)s, %(expires_at)s)"""
KEY = """INSERT INTO idempotency_key (merchant_id, key, fingerprint, status_code, response,
  created_at) VALUES (%s, %s, %s, %s, %s, %s)"""
EVENT = "INSERT INTO payment_event (payment_id, type, at) VALUES (%s, %s, %s)"
JOB = "INSERT INTO job (kind, subject, run_at) VALUES (%s, %s, %s)"


def answer(status: int, body: Any) -> web.Response:
    return web.Response(text=json.dumps(body), status=status, content_type="application/json")


class Service:
    """Three routes over one connection."""

    def __init__(self) -> None:
        self.db = psycopg.connect(shared.DATABASE, row_factory=dict_row, autocommit=True)

    async def open(self, _: web.Application) -> Any:
        self.http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        yield
        await self.http.close()

    async def init(self, request: web.Request) -> web.Response:
        if not shared.authorized(request.headers.get("authorization")):
            return answer(401, {})
        body = await request.read()
        row = shared.payment_row(shared.Init.model_validate_json(body))
        document = shared.opened(row)
        key = request.headers["idempotency-key"]
        stored = (shared.MERCHANT, key, shared.fingerprint(body), 201, json.dumps(document))
        packed = {name: json.dumps(row[name]) for name in ("breakdown", "customer")}
        try:
            with self.db.transaction():
                self.db.execute(INSERT, {**row, **packed})
                self.db.execute(KEY, (*stored, row["created_at"]))
                self.db.execute(JOB, ("expire", row["id"], row["expires_at"]))
                self.db.execute(EVENT, (row["id"], "opened", row["created_at"]))
        except psycopg.errors.UniqueViolation:
            return answer(409, {})
        return answer(201, document)

    async def read(self, request: web.Request) -> web.Response:
        if not shared.authorized(request.headers.get("authorization")):
            return answer(401, {})
        payment_id = request.match_info["payment_id"]
        row = self.db.execute("SELECT * FROM payment WHERE id = %s", (payment_id,)).fetchone()
        if row is None:
            return answer(404, {})
        rows = self.db.execute("SELECT * FROM attempt WHERE payment_id = %s", (payment_id,))
        attempts = [shared.attempt_document(one) for one in rows]
        return answer(200, shared.document(row, attempts))

    async def attempt(self, request: web.Request) -> web.Response:
        if not shared.authorized(request.headers.get("authorization")):
            return answer(401, {})
        body = await request.read()
        payment_id = request.match_info["payment_id"]
        row = shared.attempt_row(payment_id, shared.Start.model_validate_json(body))
        key = request.headers["idempotency-key"]
        payment = self._intend(row, key, shared.fingerprint(body))
        if payment is None:
            return answer(409, {})
        charge = shared.charge_body(row, payment["amount"])
        async with self.http.post(shared.GATEWAY, json=charge) as response:
            reply = await response.json()
        row |= {"status": "pending", "gateway_ref": reply["txn_id"], "next_url": reply["url"]}
        attempt = shared.attempt_document(row)
        document = {"attempt": attempt, "payment": shared.document(payment, [attempt])}
        self._finish(row, key, json.dumps(document))
        return answer(201, document)

    def _intend(self, row: dict[str, Any], key: str, print_: str) -> dict[str, Any] | None:
        at = row["created_at"]
        with self.db.transaction():
            payment = self.db.execute(
                "UPDATE payment SET status = 'pending', version = version + 1 "
                "WHERE id = %s AND status = 'open' RETURNING *",
                (row["payment_id"],),
            ).fetchone()
            if payment is None:
                return None
            self.db.execute(KEY, (shared.MERCHANT, key, print_, None, None, at))
            self.db.execute(
                "INSERT INTO attempt (id, payment_id, method, status, created_at) "
                "VALUES (%(id)s, %(payment_id)s, %(method)s, %(status)s, %(created_at)s)",
                row,
            )
            self.db.execute(JOB, ("check", row["id"], at))
            self.db.execute(EVENT, (row["payment_id"], "attempt", at))
        return payment

    def _finish(self, row: dict[str, Any], key: str, document: str) -> None:
        with self.db.transaction():
            self.db.execute(
                "UPDATE attempt SET status = %(status)s, gateway_ref = %(gateway_ref)s, "
                "next_url = %(next_url)s WHERE id = %(id)s",
                row,
            )
            self.db.execute(EVENT, (row["payment_id"], "pending", shared.now()))
            self.db.execute(
                "UPDATE idempotency_key SET status_code = 201, response = %s "
                "WHERE merchant_id = %s AND key = %s",
                (document, shared.MERCHANT, key),
            )


def create_app() -> web.Application:
    service, app = Service(), web.Application()
    app.cleanup_ctx.append(service.open)
    app.router.add_post("/v1/payments", service.init)
    app.router.add_get("/v1/payments/{payment_id}", service.read)
    app.router.add_post("/v1/payments/{payment_id}/attempts", service.attempt)
    return app


if __name__ == "__main__":
    web.run_app(create_app(), host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=None)
