"""The example order from opening to refund, over real HTTP against the imitated Juspay."""

import asyncio
import base64
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from payment_engine.domain.wire import Exchange
from tests.world import JUSPAY, ORDER, World, running_world


async def exchanges(world: World, payment_id: str, least: int) -> list[Exchange]:
    """The payment's raw exchanges, once the log has written that many."""
    async with asyncio.timeout(10):
        while True:
            found = await world.engine.raw_log.exchanges(payment=payment_id)
            if len(found) >= least:
                return found
            await asyncio.sleep(0.05)


async def test_the_example_order_is_opened_with_its_lines_and_a_checkout(world: World) -> None:
    payment = (await world.post("/v1/payments", ORDER)).json()
    assert payment["status"] == "open"
    assert payment["amount_display"] == "₹1,164.00"
    assert [line["amount_display"] for line in payment["breakdown"]] == [
        "₹1,230.20",
        "−₹66.20",
        "₹0.00",
    ]
    assert payment["allowed_actions"] == ["attempt", "cancel"]
    fragment = payment["checkout"]["url"].partition("#")[2]
    assert fragment.startswith(payment["checkout"]["token"] + "&status=")


async def test_upi_intent_is_paid_and_confirmed_by_webhook(world: World) -> None:
    payment = await world.open_payment()
    token = payment["checkout"]["token"]
    answer = await world.post(
        f"/v1/payments/{payment['id']}/attempts",
        {"method": "upi_intent", "app": "gpay", "client": {"platform": "android"}},
        token,
    )
    attempt = answer.json()["attempt"]
    link = urlsplit(attempt["next_action"]["uri"])
    assert (answer.status_code, attempt["status"], link.scheme) == (201, "pending", "upi")
    assert parse_qs(link.query)["am"] == ["1164.00"]
    gpay = attempt["next_action"]["apps"][0]
    assert (gpay["app"], gpay["uri"]) == ("gpay", attempt["next_action"]["uri"])
    assert gpay["package"] == "com.google.android.apps.nbu.paisa.user"

    await world.customer_decides(attempt)
    paid = await world.wait_for_status(payment["id"], "paid")
    assert paid["amount_captured"] == 116400
    assert paid["attempts"][0]["rrn"]
    rows = await world.sql(
        "SELECT type, source FROM payment_event "
        "WHERE type IN ('attempt.unconfirmed', 'attempt.captured') ORDER BY id"
    )
    kinds = [(row["type"], row["source"]) for row in rows]
    assert kinds[0] == ("attempt.unconfirmed", "webhook")
    assert [kind for kind in kinds if kind[0] == "attempt.captured"] == [
        ("attempt.captured", "check")
    ]


async def test_a_qr_code_is_paid(world: World) -> None:
    payment = await world.open_payment()
    attempt = await world.start_attempt(
        payment["id"], method="upi_qr", client={"platform": "desktop"}
    )
    assert attempt["next_action"]["svg"].startswith("<svg")
    await world.customer_decides(attempt)
    await world.wait_for_status(payment["id"], "paid")


async def test_a_card_payment_goes_through_the_banks_page_and_back(world: World) -> None:
    payment = await world.open_payment()
    attempt = await world.start_attempt(
        payment["id"], method="card", card_token=await world.card_token()
    )
    action = attempt["next_action"]
    assert (action["kind"], action["method"]) == ("redirect", "GET")
    page = await world.mock.get(action["url"], follow_redirects=True)
    back = await world.mock.post(str(page.url), data={"action": "approve", "otp": "000000"})
    assert back.status_code == 303
    shop = await world.api.get(back.headers["location"])
    assert shop.status_code == 303
    assert shop.headers["location"] == (
        f"{ORDER['return_url']}?payment_id={payment['id']}&order_id={payment['order_id']}"
    )
    await world.wait_for_status(payment["id"], "paid")


async def test_gateways_never_get_the_names_of_medicines(world: World) -> None:
    medicine = [{"label": "Metformin 500 mg", "amount": ORDER["amount"]}]
    payment = await world.open_payment(breakdown=medicine, metadata={"note": "Metformin 500 mg"})
    attempt = await world.start_attempt(
        payment["id"], method="card", card_token=await world.card_token()
    )
    page = await world.mock.get(attempt["next_action"]["url"], follow_redirects=True)
    assert f"Order {payment['order_id']}" in page.text
    assert "Metformin" not in page.text


async def test_a_status_check_confirms_a_payment_without_a_webhook(world: World) -> None:
    await world.script_mock("drop_webhook", times=100)
    payment = await world.open_payment()
    await world.customer_decides(await world.start_attempt(payment["id"]))
    await world.run_worker()
    assert (await world.read_payment(payment["id"]))["status"] == "pending"
    await world.run_worker(seconds=91)
    assert (await world.read_payment(payment["id"]))["status"] == "paid"
    sources = await world.sql("SELECT source FROM payment_event WHERE type = 'attempt.captured'")
    assert [row["source"] for row in sources] == ["check"]


async def test_a_browser_return_only_triggers_a_status_check(world: World) -> None:
    await world.script_mock("drop_webhook", times=100)
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    ref = attempt["id"].removeprefix("att_")
    forged = {"order_id": ref, "status": "CHARGED", "status_id": "21", "signature": "x"}
    answer = await world.api.get("/v1/juspay/return", params=forged)
    await world.run_worker()
    assert answer.status_code == 303
    assert (await world.read_payment(payment["id"]))["status"] == "pending"
    await world.customer_decides(attempt)
    await world.api.post("/v1/juspay/return", data=forged)
    await world.run_worker()
    assert (await world.read_payment(payment["id"]))["status"] == "paid"


async def test_a_decline_is_an_answer_and_the_cart_stays_payable(world: World) -> None:
    payment = await world.open_payment()
    await world.customer_decides(await world.start_attempt(payment["id"]), "decline")
    current = await world.wait_for_status(payment["id"], "open")
    declined = current["attempts"][0]
    assert declined["status"] == "failed"
    assert declined["decline"]["money"] == "not_debited"
    assert declined["decline"]["message"]
    await world.customer_decides(await world.start_attempt(payment["id"]))
    paid = await world.wait_for_status(payment["id"], "paid")
    assert [a["status"] for a in paid["attempts"]] == ["failed", "captured"]


async def test_partial_refunds_never_exceed_the_captured_amount(world: World) -> None:
    paid = await world.paid_payment()
    path = f"/v1/payments/{paid['id']}/refunds"
    lines = [{"label": "Vitamin C", "amount": 16400}]
    part = await world.post(path, {"amount": 16400, "reason": "out_of_stock", "lines": lines})
    assert part.status_code == 201, part.text
    refund = part.json()["refund"]
    assert refund["status"] in ("pending", "succeeded")
    too_much = await world.post(path, {"amount": 100001, "reason": "cancelled"})
    assert (too_much.status_code, too_much.json()["available"]) == (422, 100000)
    rest = await world.post(path, {"amount": 100000, "reason": "cancelled"})
    assert rest.status_code == 201

    await world.wait_for_refunded(paid["id"], 116400, seconds=60)
    read = (await world.get(f"/v1/refunds/{refund['id']}")).json()
    assert (read["status"], read["lines"]) == ("succeeded", lines)
    row = (await world.ledger())[paid["attempts"][0]["id"].removeprefix("att_")]
    assert (row["charged"], row["refunded"]) == (116400, 116400)


async def test_the_order_service_gets_every_outcome_once_and_in_order(world: World) -> None:
    paid = await world.paid_payment()
    await world.post(f"/v1/payments/{paid['id']}/refunds", {"amount": 100, "reason": "test"})
    await world.run_worker(rounds=6)
    notifications = await world.notifications(paid["order_id"])
    kinds = [one["type"] for one in notifications]
    assert kinds[:2] == ["payment.pending", "payment.paid"]
    assert [one["sequence"] for one in notifications] == list(range(1, len(notifications) + 1))
    assert notifications[1]["data"]["payment"]["status"] == "paid"
    assert notifications[1]["data"]["payment"]["attempts"][0]["next_action"] is None


async def test_raw_exchanges_can_be_read_in_mongodb_without_secrets(
    database: str, tmp_path: Path, mongo_url: str
) -> None:
    async with running_world(database, tmp_path, mongo_url=mongo_url) as world:
        paid = await world.paid_payment()
        refund = {"amount": 5000, "reason": "out_of_stock"}
        await world.post(f"/v1/payments/{paid['id']}/refunds", refund)
        found = await exchanges(world, paid["id"], 3)
    operations = {one.operation for one in found}
    assert operations >= {"start_order", "refund"}
    assert all(one.context["payment"] == paid["id"] for one in found)
    text = str(found)
    encoded = base64.b64encode(f"{JUSPAY['api_key']}:".encode()).decode()
    customer = ORDER["customer"]
    for secret in (JUSPAY["api_key"], encoded, customer["phone"], customer["email"]):
        assert secret not in text


async def test_a_payment_that_nobody_pays_expires_and_is_reported(world: World) -> None:
    payment = await world.open_payment(expires_in=60)
    await world.run_worker(seconds=61)
    current = await world.read_payment(payment["id"])
    assert (current["status"], current["allowed_actions"]) == ("expired", [])
    await world.run_worker()
    assert [one["type"] for one in await world.notifications(payment["order_id"])] == [
        "payment.expired"
    ]


async def test_an_authorized_payment_is_never_captured_for_more(world: World) -> None:
    payment = await world.open_payment(capture="manual")
    token = await world.card_token()
    await world.customer_decides(
        await world.start_attempt(payment["id"], method="card", card_token=token)
    )
    authorized = await world.wait_for_status(payment["id"], "authorized")
    assert (authorized["amount_authorized"], authorized["amount_captured"]) == (116400, 0)
    more = await world.post(f"/v1/payments/{payment['id']}/capture", {"amount": 116401})
    assert (more.json()["code"], more.json()["available"]) == ("amount_too_high", 116400)
    taken = await world.post(f"/v1/payments/{payment['id']}/capture", {"amount": 116400})
    assert (taken.status_code, taken.json()["status"]) == (200, "paid")


async def test_an_authorized_payment_is_voided_on_request(world: World) -> None:
    payment = await world.open_payment(capture="manual")
    token = await world.card_token()
    await world.customer_decides(
        await world.start_attempt(payment["id"], method="card", card_token=token)
    )
    await world.wait_for_status(payment["id"], "authorized")
    released = await world.post(f"/v1/payments/{payment['id']}/void")
    assert released.status_code == 200
    assert released.json()["attempts"][0]["status"] == "voided"
