"""Shoppers who pay by several methods, and shops that open, capture, refund and cancel."""

import asyncio
import time
import uuid
from typing import Any

import aiohttp

from tests.chaos.calls import Answer, Caller, Shop
from tests.chaos.evidence import ATTEMPT, CANCEL, CAPTURE, OPEN, REFUND, Acknowledged
from tests.chaos.wallets import link_wallet

ANDROID, DESKTOP, IOS = ({"platform": each} for each in ("android", "desktop", "ios"))
METHODS: tuple[dict[str, Any], ...] = (
    {"method": "upi_intent", "client": ANDROID},
    {"method": "upi_qr", "client": DESKTOP},
    {"method": "upi_collect", "client": IOS, "vpa": "asha@okaxis"},
    {"method": "netbanking", "bank": "HDFC"},
    {"method": "wallet", "wallet": "mobikwik"},
    {"method": "wallet", "wallet": "amazonpay"},
    {"method": "card"},
)
_CARD = {
    "card_number": "4242424242424242",
    "card_exp_month": "12",
    "card_exp_year": "2030",
    "card_security_code": "123",
    "name_on_card": "Demo Customer",
}
_AMOUNTS = 20_000, 300_000
"""The least and the most paise of an order."""
_PATIENCE = 25.0
"""Seconds for which a customer waits for the outcome of a payment."""


class Client:
    """One customer after the other at one shop, until the run ends."""

    def __init__(self, caller: Caller, shop: Shop, mock: str, juspay_merchant: str) -> None:
        self._caller = caller
        self._shop = shop
        self._mock = mock
        self._card = {"merchant_id": juspay_merchant, **_CARD}
        self._chance = caller.chance

    async def work_until(self, stop: asyncio.Event, pause: float) -> None:
        """Serve customers with about ``pause`` seconds between two of them."""
        while not stop.is_set():
            await asyncio.sleep(self._chance.uniform(0.2, 2 * pause))
            if not stop.is_set():
                await self._customer()

    async def _customer(self) -> None:
        manual = self._likely(0.25)
        payment = await self._open("manual" if manual else "automatic")
        if payment is None:
            return
        outcome = payment
        for _ in range(self._chance.randint(1, 3)):
            outcome = await self._pay(payment, card=manual) or outcome
            if outcome["status"] in ("authorized", "paid"):
                break
        if outcome["status"] == "authorized":
            await self._capture(outcome)
        elif outcome["status"] == "paid" and self._likely(0.5):
            await self._refund(outcome)
        elif outcome["status"] in ("open", "pending") and self._likely(0.3):
            await self._post(CANCEL, outcome, f"/v1/payments/{outcome['id']}/cancel", None, 0)

    async def _open(self, capture: str) -> dict[str, Any] | None:
        number, amount = f"C{self._chance.getrandbits(64):016x}", self._chance.randrange(*_AMOUNTS)
        order = {
            "order_id": number,
            "amount": amount,
            "currency": "INR",
            "customer": {"ref": f"cust-{number}", "phone": "+919876543210"},
            "return_url": "https://shop.example/done",
            "capture": capture,
        }
        key = uuid.uuid4().hex
        answer = await self._caller.call(OPEN, "/v1/payments", order, self._shop, key=key)
        if answer is None or not answer.done:
            return None
        document: dict[str, Any] = answer.document
        self._record(OPEN, key, document["id"], answer, amount, number)
        return document

    async def _pay(self, payment: dict[str, Any], *, card: bool) -> dict[str, Any] | None:
        """Start an attempt, now and then replace it, decide, and wait for the outcome."""
        attempt = await self._attempt(payment, await self._method(payment, card=card))
        if attempt and self._likely(0.1):
            replaced = await self._method(payment, card=card) | {"replaces": attempt["id"]}
            if self._likely(0.3):
                await self._decide(attempt, "approve")
            attempt = await self._attempt(payment, replaced) or attempt
        attempt = attempt or await self._left_behind(payment)
        if attempt is None:
            return None
        if self._likely(0.93):
            await asyncio.sleep(self._chance.uniform(0.1, 1.5))
            await self._decide(attempt, "approve" if self._likely(0.75) else "decline")
        return await self._outcome(payment["id"], attempt["id"])

    async def _left_behind(self, payment: dict[str, Any]) -> Any:
        """The live attempt of a call that got no answer, which its customer may yet approve."""
        found = await self._caller.read(payment["id"], self._shop)
        attempts = found["attempts"] if found else []
        return next((each for each in attempts if each["status"] in ("created", "pending")), None)

    async def _attempt(self, payment: dict[str, Any], body: dict[str, Any]) -> Any:
        path = f"/v1/payments/{payment['id']}/attempts"
        answer = await self._post(ATTEMPT, payment, path, body, payment["amount"])
        if answer is None or not answer.done:
            return None
        attempt = answer.document["attempt"]
        self._caller.journal.answered_at[attempt["gateway"]] = time.monotonic()
        return attempt

    async def _post(
        self, kind: str, payment: dict[str, Any], path: str, body: Any, amount: int
    ) -> Answer | None:
        """A call under a key; some are double clicks, some are made again after their answer, and
        some customers walk away after the first try.
        """
        key, patience = uuid.uuid4().hex, 1_000
        if kind == ATTEMPT and self._likely(0.15):
            patience = 1
        clicks = 2 if self._likely(0.15) else 1

        async def call() -> Answer | None:
            return await self._caller.call(
                kind, path, body, self._shop, payment_id=payment["id"], key=key, patience=patience
            )

        answers = await asyncio.gather(*(call() for _ in range(clicks)))
        if answers[0] and answers[0].done and self._likely(0.2):
            answers.append(await call())
        for each in answers:
            if each and each.done:
                self._record(kind, key, payment["id"], each, amount)
        return next((each for each in answers if each), None)

    async def _method(self, payment: dict[str, Any], *, card: bool) -> dict[str, Any]:
        body = METHODS[-1] if card else self._chance.choice(METHODS)
        if body["method"] == "card":
            return body | {"card_token": await self._token()}
        if body.get("wallet") == "amazonpay":
            token = payment["checkout"]["token"]
            wallet = await link_wallet(self._caller.http, self._caller.api, token)
            return body | {"instrument_id": wallet} if wallet else METHODS[0]
        return body

    async def _token(self) -> str:
        """What the customer's browser gets from the gateway for a card."""
        async with self._caller.http.post(
            f"{self._mock}/juspay/card/tokenize", data=self._card
        ) as answer:
            return str((await answer.json(content_type=None)).get("token", "none"))

    async def _decide(self, attempt: dict[str, Any], decision: str) -> None:
        ref = attempt["id"].removeprefix("att_")
        url = f"{self._mock}/control/orders/{ref}/{decision}"
        try:
            async with self._caller.http.post(url, json={}) as answer:
                self._caller.journal.outcomes[decision, str(answer.status)] += 1
        except aiohttp.ClientError as error:
            self._caller.journal.outcomes[decision, type(error).__name__] += 1

    async def _outcome(self, payment_id: str, attempt_id: str) -> dict[str, Any] | None:
        """The payment once the attempt is decided, or when the customer's patience is over."""
        end, version, payment = time.monotonic() + _PATIENCE, 0, None
        while time.monotonic() < end:
            found = await self._caller.read(payment_id, self._shop, version)
            if found:
                payment, version = found, found["version"]
                attempts = {each["id"]: each["status"] for each in found["attempts"]}
                if attempts.get(attempt_id) not in ("created", "pending"):
                    break
            else:
                await asyncio.sleep(0.5)
        return payment

    async def _capture(self, payment: dict[str, Any]) -> None:
        path, amount = f"/v1/payments/{payment['id']}/capture", payment["amount"]
        await self._post(CAPTURE, payment, path, {"amount": amount}, amount)

    async def _refund(self, payment: dict[str, Any]) -> None:
        """One refund, or two at once of which there is room for one."""
        path, captured = f"/v1/payments/{payment['id']}/refunds", payment["amount_captured"]
        part = self._chance.randrange(captured // 2 + 1, captured)
        parts = [part, captured - part + 1] if self._likely(0.3) else [part]
        await asyncio.gather(
            *(
                self._post(REFUND, payment, path, {"amount": each, "reason": "test"}, each)
                for each in parts
            )
        )

    def _record(
        self,
        call: str,
        key: str,
        payment_id: str,
        answer: Answer,
        amount: int,
        order_id: str = "",
    ) -> None:
        self._caller.journal.acknowledged.append(
            Acknowledged(
                call=call,
                key=key,
                shop=self._shop.name,
                payment_id=payment_id,
                resource_id=_resource(call, answer, payment_id),
                amount=amount,
                order_id=order_id,
                body=answer.body,
            )
        )

    def _likely(self, probability: float) -> bool:
        return self._chance.random() < probability


def _resource(kind: str, answer: Answer, payment_id: str) -> str:
    """The id of what an answer is about."""
    document = answer.document
    if kind == ATTEMPT:
        return str(document["attempt"]["id"])
    if kind == REFUND:
        return str(document["refund"]["id"] if "refund" in document else document["id"])
    return payment_id
