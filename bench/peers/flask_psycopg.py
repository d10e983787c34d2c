"""Flask under gunicorn's threads, with a psycopg pool and requests to the gateway by httpx.

gunicorn --worker-class gthread --threads 32 bench.peers.flask_psycopg:app
"""

import json

import httpx
import psycopg
from flask import Flask, Response, request
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool

from bench.peers import shared
from bench.peers.blocking import EVENT, INSERT, JOB, KEY

app = Flask(__name__)
pool = ConnectionPool(
    shared.DATABASE, min_size=4, max_size=16, kwargs={"row_factory": dict_row}, open=True
)
gateway = httpx.Client(
    trust_env=False,
    timeout=30,
    limits=httpx.Limits(max_connections=64, max_keepalive_connections=64),
)


def answer(status: int, body: object) -> Response:
    return Response(json.dumps(body), status, content_type="application/json")


def authorized() -> bool:
    return shared.authorized(request.headers.get("authorization"))


@app.post("/v1/payments")
def init() -> Response:
    if not authorized():
        return answer(401, {})
    body = request.get_data()
    row = shared.payment_row(shared.Init.model_validate_json(body))
    document = shared.opened(row)
    packed = {name: json.dumps(row[name]) for name in ("breakdown", "customer")}
    stored = (shared.fingerprint(body), 201, json.dumps(document), row["created_at"])
    try:
        with pool.connection() as db:
            db.execute(INSERT, {**row, **packed})
            db.execute(KEY, (shared.MERCHANT, request.headers["idempotency-key"], *stored))
            db.execute(JOB, ("expire", row["id"], row["expires_at"]))
            db.execute(EVENT, (row["id"], "opened", row["created_at"]))
    except psycopg.errors.UniqueViolation:
        return answer(409, {})
    return answer(201, document)


@app.get("/v1/payments/<payment_id>")
def read(payment_id: str) -> Response:
    if not authorized():
        return answer(401, {})
    with pool.connection() as db:
        row = db.execute("SELECT * FROM payment WHERE id = %s", (payment_id,)).fetchone()
        rows = db.execute("SELECT * FROM attempt WHERE payment_id = %s", (payment_id,)).fetchall()
    if row is None:
        return answer(404, {})
    return answer(200, shared.document(row, [shared.attempt_document(one) for one in rows]))


@app.post("/v1/payments/<payment_id>/attempts")
def attempt(payment_id: str) -> Response:
    if not authorized():
        return answer(401, {})
    body = request.get_data()
    row = shared.attempt_row(payment_id, shared.Start.model_validate_json(body))
    key = request.headers["idempotency-key"]
    with pool.connection() as db:
        payment = db.execute(
            "UPDATE payment SET status = 'pending', version = version + 1 "
            "WHERE id = %s AND status = 'open' RETURNING *",
            (payment_id,),
        ).fetchone()
        if payment is None:
            return answer(409, {})
        claimed = (shared.MERCHANT, key, shared.fingerprint(body), None, None)
        db.execute(KEY, (*claimed, row["created_at"]))
        db.execute(
            "INSERT INTO attempt (id, payment_id, method, status, created_at) "
            "VALUES (%(id)s, %(payment_id)s, %(method)s, %(status)s, %(created_at)s)",
            row,
        )
        db.execute(JOB, ("check", row["id"], row["created_at"]))
        db.execute(EVENT, (payment_id, "attempt", row["created_at"]))
    reply = gateway.post(shared.GATEWAY, json=shared.charge_body(row, payment["amount"])).json()
    row |= {"status": "pending", "gateway_ref": reply["txn_id"], "next_url": reply["url"]}
    rendered = shared.attempt_document(row)
    document = {"attempt": rendered, "payment": shared.document(payment, [rendered])}
    with pool.connection() as db:
        db.execute(
            "UPDATE attempt SET status = %(status)s, gateway_ref = %(gateway_ref)s, "
            "next_url = %(next_url)s WHERE id = %(id)s",
            row,
        )
        db.execute(EVENT, (payment_id, "pending", shared.now()))
        db.execute(
            "UPDATE idempotency_key SET status_code = 201, response = %s "
            "WHERE merchant_id = %s AND key = %s",
            (json.dumps(document), shared.MERCHANT, key),
        )
    return answer(201, document)
