"""What all peers share, so that they differ only in framework and database access.

The same request model, credentials, token, document and tables: an init writes payment, key,
event and job at once; an attempt writes its intent, calls the gateway, and writes the outcome.
"""

import base64
import hashlib
import hmac
import json
import os
import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import BaseModel, Field

KEY = os.environ.get("KEY", "")
GATEWAY = os.environ.get("GATEWAY", "")
DATABASE = os.environ.get("DATABASE", "")
MERCHANT = "mer_bench"
SECRET = b"s" * 32

SCHEMA = """
CREATE TABLE payment (id text PRIMARY KEY, merchant_id text NOT NULL, order_id text NOT NULL,
  status text NOT NULL, amount bigint NOT NULL, currency text NOT NULL, breakdown jsonb NOT NULL,
  customer jsonb NOT NULL, return_url text NOT NULL, version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL, expires_at timestamptz NOT NULL);
CREATE UNIQUE INDEX payment_one_per_order ON payment (merchant_id, order_id)
  WHERE status NOT IN ('cancelled', 'expired');
CREATE TABLE attempt (id text PRIMARY KEY, payment_id text NOT NULL REFERENCES payment,
  method text NOT NULL, status text NOT NULL, gateway_ref text, next_url text,
  created_at timestamptz NOT NULL);
CREATE INDEX attempt_by_payment ON attempt (payment_id);
CREATE TABLE idempotency_key (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  merchant_id text NOT NULL, key text NOT NULL, fingerprint text NOT NULL, status_code int,
  response text, created_at timestamptz NOT NULL, UNIQUE (merchant_id, key));
CREATE TABLE payment_event (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  payment_id text NOT NULL REFERENCES payment, type text NOT NULL, at timestamptz NOT NULL);
CREATE INDEX event_by_payment ON payment_event (payment_id, id);
CREATE TABLE job (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, kind text NOT NULL,
  subject text NOT NULL, run_at timestamptz NOT NULL, UNIQUE (kind, subject));
"""


class Line(BaseModel):
    label: str = Field(max_length=80)
    amount: int


class Customer(BaseModel):
    ref: str = Field(pattern=r"^[A-Za-z0-9_.@:-]{1,64}$")
    phone: str | None = Field(None, pattern=r"^[0-9+]{10,15}$")
    email: str | None = None


class Init(BaseModel):
    order_id: str = Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")
    amount: int = Field(ge=100)
    currency: str = Field(pattern="^INR$")
    breakdown: list[Line] = []
    customer: Customer
    return_url: str = Field(pattern="^https?://")


class Start(BaseModel):
    method: str
    app: str | None = None


def authorized(header: str | None) -> bool:
    return hmac.compare_digest(header or "", f"Bearer {KEY}")


def fingerprint(body: bytes) -> str:
    return hmac.new(SECRET, json.dumps(json.loads(body), sort_keys=True).encode(),
                    hashlib.sha256).hexdigest()  # fmt: skip


def new_id(prefix: str) -> str:
    return f"{prefix}_{uuid.uuid4().hex[:20]}"


def now() -> datetime:
    return datetime.now(UTC)


def payment_row(init: Init) -> dict[str, Any]:
    at = now()
    return {
        "id": new_id("pay"),
        "merchant_id": MERCHANT,
        "order_id": init.order_id,
        "status": "open",
        "amount": init.amount,
        "currency": init.currency,
        "breakdown": [line.model_dump() for line in init.breakdown],
        "customer": init.customer.model_dump(),
        "return_url": init.return_url,
        "version": 1,
        "created_at": at,
        "expires_at": at + timedelta(minutes=15),
    }


def document(row: dict[str, Any], attempts: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": row["id"],
        "order_id": row["order_id"],
        "status": row["status"],
        "amount": row["amount"],
        "amount_display": f"\u20b9{row['amount'] / 100:,.2f}",
        "currency": row["currency"],
        "breakdown": row["breakdown"],
        "customer": {"ref": row["customer"]["ref"]},
        "return_url": row["return_url"],
        "attempts": attempts,
        "refunds": [],
        "version": row["version"],
        "created_at": row["created_at"].isoformat(),
        "expires_at": row["expires_at"].isoformat(),
        "server_time": now().isoformat(),
    }


def opened(row: dict[str, Any]) -> dict[str, Any]:
    return {**document(row, []), "checkout": {"token": token(row["id"])}}


def token(payment_id: str) -> str:
    """An HS256 token for one payment."""
    parts = ({"alg": "HS256", "typ": "JWT"},
             {"sub": payment_id, "exp": int(time.time()) + 900})  # fmt: skip
    signed = b".".join(base64.urlsafe_b64encode(json.dumps(p).encode()).rstrip(b"=") for p in parts)
    mac = hmac.new(SECRET, signed, hashlib.sha256).digest()
    return (signed + b"." + base64.urlsafe_b64encode(mac).rstrip(b"=")).decode()


def attempt_row(payment_id: str, start: Start) -> dict[str, Any]:
    return {
        "id": new_id("att"),
        "payment_id": payment_id,
        "method": start.method,
        "status": "created",
        "gateway_ref": None,
        "next_url": None,
        "created_at": now(),
    }


def attempt_document(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "created_at": row["created_at"].isoformat()}


def charge_body(row: dict[str, Any], amount: int) -> dict[str, Any]:
    return {"order_id": row["id"], "amount": amount, "method": row["method"]}
