"""The on-call console, in a browser."""

import asyncio
import re

from playwright.async_api import expect

from tests.web.conftest import Tab
from tests.world import World


async def search(world: World, tab: Tab, text: str) -> None:
    """Search for an id in the console."""
    await tab.page.set_viewport_size({"width": 1280, "height": 900})
    await tab.page.goto(f"{world.api.base_url}/console")
    await tab.page.get_by_label("Admin key").fill(world.keys.admin_key)
    await tab.page.get_by_label("Order, payment").fill(text)
    await tab.press("Find")


async def test_the_console_shows_what_happened_and_no_secret(world: World, tab: Tab) -> None:
    paid = await world.paid_payment()
    await search(world, tab, paid["order_id"])
    await expect(tab.page.get_by_role("heading", name=f"Order {paid['order_id']}")).to_be_visible()
    lines = tab.page.get_by_role("listitem")
    for what in ("juspay start_order", "juspay notice:ORDER_SUCCEEDED", "payment.paid"):
        await expect(lines.filter(has_text=what).first).to_be_visible()
    await expect(lines.filter(has_text="attempt.captured")).to_contain_text("check")
    assert "9876543210" not in await tab.page.content()
    assert tab.errors == []


async def test_a_raw_exchange_can_be_opened_in_the_timeline(world: World, tab: Tab) -> None:
    paid = await world.paid_payment()
    await search(world, tab, paid["id"])
    detail = tab.page.get_by_text('"call": "POST /juspay/txns"')
    await expect(detail).to_be_hidden()
    await tab.press("Detail of juspay start_order")
    await expect(detail).to_be_visible()


async def test_refunds_are_shown_with_their_attempts(world: World, tab: Tab) -> None:
    paid = await world.paid_payment()
    path = f"/v1/payments/{paid['id']}/refunds"
    refund = (await world.post(path, {"amount": 5000, "reason": "out_of_stock"})).json()["refund"]
    await search(world, tab, refund["id"])
    part = tab.page.get_by_label("Attempt 1", exact=True)
    await expect(part.get_by_role("heading", name="Refund of ₹50.00")).to_be_visible()
    await expect(part.get_by_text(f"{refund['id']}, from merchant")).to_be_visible()


async def test_an_id_in_the_address_is_searched_at_once(world: World, tab: Tab) -> None:
    payment = await world.open_payment()
    await search(world, tab, payment["id"])
    await expect(tab.page.get_by_role("heading", name="The payment itself")).to_be_visible()
    assert tab.page.url.endswith(f"#{payment['id']}")
    await tab.page.reload()
    await expect(tab.page.get_by_role("heading", name="The payment itself")).to_be_visible()


async def test_an_unknown_key_shows_an_error(world: World, tab: Tab) -> None:
    await tab.page.goto(f"{world.api.base_url}/console")
    await tab.page.get_by_label("Admin key").fill("ak_wrong")
    await tab.page.get_by_label("Order, payment").fill("PO1")
    await tab.press("Find")
    await expect(tab.page.get_by_role("status")).to_contain_text("This key is not valid")


async def test_a_link_of_an_alert_shows_its_list(world: World, tab: Tab) -> None:
    payment = await world.open_payment()
    await world.script_mock("hold")
    attempt = await world.start_attempt(payment["id"])
    await search(world, tab, "attempts?state=unsettled&gateway=juspay")
    row = tab.page.get_by_role("row").filter(has_text=attempt["id"])
    await expect(row).to_contain_text(payment["order_id"])
    await tab.page.reload()
    await tab.press(attempt["id"])
    await expect(
        tab.page.get_by_role("heading", name=f"Order {payment['order_id']}")
    ).to_be_visible()


async def test_the_routes_of_one_gateway_are_listed(world: World, tab: Tab) -> None:
    await search(world, tab, "routes?gateway=juspay")
    row = tab.page.get_by_role("row").filter(has_text="upi_intent")
    await expect(row).to_contain_text("closed")
    await search(world, tab, "routes?gateway=other")
    await expect(tab.page.get_by_role("heading", name="Routes: 0")).to_be_visible()


async def test_the_health_of_every_route_is_a_table(world: World, tab: Tab) -> None:
    await world.paid_payment()
    await search(world, tab, "health")
    row = tab.page.get_by_role("row").filter(has_text="upi_intent")
    await expect(row).to_contain_text("100.0 %")


async def test_the_verdict_is_on_top_and_all_of_it_is_copied_as_text(
    world: World, tab: Tab
) -> None:
    await tab.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    payment = await world.open_payment()
    await world.script_mock("hold")
    attempt = await world.start_attempt(payment["id"])
    await search(world, tab, payment["id"])
    verdict = tab.page.get_by_label("Verdict")
    await expect(verdict).to_contain_text("The customer may be paying now")
    await expect(verdict).to_contain_text("The customer: The customer approves it until")
    await tab.press("Copy the timeline as text")
    await expect(verdict).to_contain_text("Copied.")
    text = await tab.page.evaluate("navigator.clipboard.readText()")
    assert f"Attempt 1 {attempt['id']} pending: ₹1,164.00 by upi_intent through juspay" in text
    assert "event attempt.created by" in text
    assert "+05:30 (" in text


async def test_what_cannot_be_copied_is_shown_to_be_copied_by_hand(world: World, tab: Tab) -> None:
    await tab.page.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: null})")
    payment = await world.open_payment()
    await search(world, tab, payment["id"])
    await tab.press("Copy the timeline as text")
    area = tab.page.get_by_label("The timeline as text")
    await expect(area).to_have_value(re.compile(f"Order {payment['order_id']}, payment"))


async def test_money_that_goes_back_is_loud(world: World, tab: Tab) -> None:
    payment = await world.open_payment()
    first = await world.start_attempt(payment["id"])
    second = await world.start_attempt(payment["id"], replaces=first["id"])
    await world.customer_decides(first)
    await world.wait_for_status(payment["id"], "paid")
    await world.script_mock("refund_hold")
    await world.customer_decides(second)
    await expect_conflict(world, payment["id"])
    await search(world, tab, payment["id"])
    await expect(tab.page.get_by_label("Verdict")).to_contain_text("cannot pay the order")
    loud = tab.page.locator("section.loud")
    await expect(loud).to_contain_text("second_success")
    await expect(loud.locator("li.urgent").first).to_contain_text("conflict")


async def expect_conflict(world: World, payment_id: str) -> None:
    async with asyncio.timeout(15):
        while not (await world.read_payment(payment_id))["refunds"]:
            await asyncio.sleep(0.05)
