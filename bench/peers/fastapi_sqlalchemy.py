"""FastAPI as its guides show it: SQLAlchemy's async ORM over asyncpg, and httpx to the gateway."""

import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI, Request, Response
from sqlalchemy import BigInteger, DateTime, ForeignKey, Identity, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from bench.peers import shared

Time = DateTime(timezone=True)


class Base(DeclarativeBase):
    pass


class Payment(Base):
    __tablename__ = "payment"
    id: Mapped[str] = mapped_column(primary_key=True)
    merchant_id: Mapped[str]
    order_id: Mapped[str]
    status: Mapped[str]
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    breakdown: Mapped[Any] = mapped_column(JSONB)
    customer: Mapped[Any] = mapped_column(JSONB)
    return_url: Mapped[str]
    version: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(Time)
    expires_at: Mapped[datetime] = mapped_column(Time)


class Attempt(Base):
    __tablename__ = "attempt"
    id: Mapped[str] = mapped_column(primary_key=True)
    payment_id: Mapped[str] = mapped_column(ForeignKey("payment.id"))
    method: Mapped[str]
    status: Mapped[str]
    gateway_ref: Mapped[str | None]
    next_url: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(Time)


class Key(Base):
    __tablename__ = "idempotency_key"
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    merchant_id: Mapped[str]
    key: Mapped[str]
    fingerprint: Mapped[str]
    status_code: Mapped[int | None]
    response: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(Time)


class Event(Base):
    __tablename__ = "payment_event"
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    payment_id: Mapped[str] = mapped_column(ForeignKey("payment.id"))
    type: Mapped[str]
    at: Mapped[datetime] = mapped_column(Time)


class Job(Base):
    __tablename__ = "job"
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    kind: Mapped[str]
    subject: Mapped[str]
    run_at: Mapped[datetime] = mapped_column(Time)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    address = shared.DATABASE.replace("postgres://", "postgresql+asyncpg://")
    engine = create_async_engine(address, pool_size=16, max_overflow=0)
    app.state.session = async_sessionmaker(engine, expire_on_commit=False)
    app.state.http = httpx.AsyncClient(trust_env=False, timeout=30)
    yield
    await app.state.http.aclose()
    await engine.dispose()


app = FastAPI(lifespan=lifespan)


def columns(row: Base) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in row.__mapper__.column_attrs}


def answer(status: int, body: Any) -> Response:
    return Response(json.dumps(body), status, media_type="application/json")


@app.post("/v1/payments")
async def init(body: shared.Init, request: Request) -> Response:
    if not shared.authorized(request.headers.get("authorization")):
        return answer(401, {})
    key, print_ = request.headers["idempotency-key"], shared.fingerprint(await request.body())
    row = shared.payment_row(body)
    document, at = shared.opened(row), row["created_at"]
    async with app.state.session() as session:
        known = select(Key).where(Key.merchant_id == shared.MERCHANT, Key.key == key)
        if (await session.execute(known)).scalar_one_or_none():
            return answer(409, {})
        session.add(Payment(**row))
        await session.flush()
        session.add(Event(payment_id=row["id"], type="opened", at=at))
        session.add(Job(kind="expire", subject=row["id"], run_at=row["expires_at"]))
        session.add(
            Key(
                merchant_id=shared.MERCHANT,
                key=key,
                fingerprint=print_,
                status_code=201,
                response=json.dumps(document),
                created_at=at,
            )
        )
        try:
            await session.commit()
        except IntegrityError:
            return answer(409, {})
    return answer(201, document)


@app.get("/v1/payments/{payment_id}")
async def read(payment_id: str, request: Request) -> Response:
    if not shared.authorized(request.headers.get("authorization")):
        return answer(401, {})
    async with app.state.session() as session:
        payment = await session.get(Payment, payment_id)
        if payment is None:
            return answer(404, {})
        found = await session.execute(select(Attempt).where(Attempt.payment_id == payment_id))
        attempts = [shared.attempt_document(columns(row)) for row in found.scalars()]
        return answer(200, shared.document(columns(payment), attempts))


@app.post("/v1/payments/{payment_id}/attempts")
async def attempt(payment_id: str, body: shared.Start, request: Request) -> Response:
    if not shared.authorized(request.headers.get("authorization")):
        return answer(401, {})
    key, print_ = request.headers["idempotency-key"], shared.fingerprint(await request.body())
    row = shared.attempt_row(payment_id, body)
    at = row["created_at"]
    async with app.state.session() as session:
        locked = select(Payment).where(Payment.id == payment_id).with_for_update()
        payment = (await session.execute(locked)).scalar_one_or_none()
        if payment is None or payment.status != "open":
            return answer(409, {})
        payment.status, payment.version = "pending", payment.version + 1
        session.add(Key(merchant_id=shared.MERCHANT, key=key, fingerprint=print_, created_at=at))
        session.add(Attempt(**row))
        session.add(Job(kind="check", subject=row["id"], run_at=at))
        session.add(Event(payment_id=payment_id, type="attempt", at=at))
        await session.commit()
    charge = shared.charge_body(row, payment.amount)
    reply = (await app.state.http.post(shared.GATEWAY, json=charge)).json()
    row |= {"status": "pending", "gateway_ref": reply["txn_id"], "next_url": reply["url"]}
    rendered = shared.attempt_document(row)
    document = {"attempt": rendered, "payment": shared.document(columns(payment), [rendered])}
    async with app.state.session() as session:
        stored = await session.get(Attempt, row["id"])
        stored.status, stored.gateway_ref, stored.next_url = (
            "pending", row["gateway_ref"], row["next_url"],
        )  # fmt: skip
        known = select(Key).where(Key.merchant_id == shared.MERCHANT, Key.key == key)
        claimed = (await session.execute(known)).scalar_one()
        claimed.status_code, claimed.response = 201, json.dumps(document)
        session.add(Event(payment_id=payment_id, type="pending", at=shared.now()))
        await session.commit()
    return answer(201, document)


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="error", access_log=False)
