"""FastAPI tuned by hand: raw asyncpg, and everything that is written together in one statement."""

import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import asyncpg
import uvicorn
from fastapi import FastAPI, Request, Response

from bench.peers import shared

INIT = """
WITH p AS (INSERT INTO payment (id, merchant_id, order_id, status, amount, currency, breakdown,
    customer, return_url, version, created_at, expires_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)),
k AS (INSERT INTO idempotency_key (merchant_id, key, fingerprint, status_code, response, created_at)
  VALUES ($2, $13, $14, 201, $15, $11)),
j AS (INSERT INTO job (kind, subject, run_at) VALUES ('expire', $1, $12))
INSERT INTO payment_event (payment_id, type, at) VALUES ($1, 'opened', $11)
"""
READ = """
SELECT p.*,
  (SELECT coalesce(json_agg(a), '[]') FROM attempt a WHERE a.payment_id = p.id) AS attempts
FROM payment p WHERE p.id = $1
"""
INTEND = """
WITH p AS (UPDATE payment SET status = 'pending', version = version + 1
  WHERE id = $2 AND status = 'open' RETURNING *),
k AS (INSERT INTO idempotency_key (merchant_id, key, fingerprint, created_at)
  SELECT merchant_id, $5, $6, $4 FROM p),
a AS (INSERT INTO attempt (id, payment_id, method, status, created_at)
  SELECT $1, id, $3, 'created', $4 FROM p),
j AS (INSERT INTO job (kind, subject, run_at) SELECT 'check', $1, $4 FROM p),
e AS (INSERT INTO payment_event (payment_id, type, at) SELECT id, 'attempt', $4 FROM p)
SELECT * FROM p
"""
OUTCOME = """
WITH a AS (UPDATE attempt SET status = 'pending', gateway_ref = $2, next_url = $3 WHERE id = $1),
e AS (INSERT INTO payment_event (payment_id, type, at) VALUES ($4, 'pending', now()))
UPDATE idempotency_key SET status_code = 201, response = $7 WHERE merchant_id = $5 AND key = $6
"""


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async def codecs(connection: asyncpg.Connection) -> None:
        for kind in ("json", "jsonb"):
            await connection.set_type_codec(
                kind, encoder=json.dumps, decoder=json.loads, schema="pg_catalog"
            )

    app.state.pool = await asyncpg.create_pool(
        shared.DATABASE, min_size=1, max_size=16, init=codecs
    )
    app.state.http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
    yield
    await app.state.http.close()
    await app.state.pool.close()


app = FastAPI(lifespan=lifespan)


def answer(status: int, body: Any) -> Response:
    return Response(json.dumps(body), status, media_type="application/json")


@app.post("/v1/payments")
async def init(request: Request) -> Response:
    if not shared.authorized(request.headers.get("authorization")):
        return answer(401, {})
    body = await request.body()
    row = shared.payment_row(shared.Init.model_validate_json(body))
    document = shared.opened(row)
    key, print_ = request.headers["idempotency-key"], shared.fingerprint(body)
    try:
        await app.state.pool.execute(INIT, *row.values(), key, print_, json.dumps(document))
    except asyncpg.UniqueViolationError:
        return answer(409, {})
    return answer(201, document)


@app.get("/v1/payments/{payment_id}")
async def read(payment_id: str, request: Request) -> Response:
    if not shared.authorized(request.headers.get("authorization")):
        return answer(401, {})
    row = await app.state.pool.fetchrow(READ, payment_id)
    return answer(200, shared.document(dict(row), row["attempts"])) if row else answer(404, {})


@app.post("/v1/payments/{payment_id}/attempts")
async def attempt(payment_id: str, request: Request) -> Response:
    if not shared.authorized(request.headers.get("authorization")):
        return answer(401, {})
    body = await request.body()
    row = shared.attempt_row(payment_id, shared.Start.model_validate_json(body))
    key, print_ = request.headers["idempotency-key"], shared.fingerprint(body)
    values = (row["id"], payment_id, row["method"], row["created_at"], key, print_)
    payment = await app.state.pool.fetchrow(INTEND, *values)
    if payment is None:
        return answer(409, {})
    charge = shared.charge_body(row, payment["amount"])
    async with app.state.http.post(shared.GATEWAY, json=charge) as response:
        reply = await response.json()
    row |= {"status": "pending", "gateway_ref": reply["txn_id"], "next_url": reply["url"]}
    attempt = shared.attempt_document(row)
    document = {"attempt": attempt, "payment": shared.document(dict(payment), [attempt])}
    await app.state.pool.execute(
        OUTCOME, row["id"], row["gateway_ref"], row["next_url"], payment_id,
        shared.MERCHANT, key, json.dumps(document),
    )  # fmt: skip
    return answer(201, document)


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="error", access_log=False)
