"""A page that may no longer pay shows how the payment stands, and tells nobody to pay again."""

import asyncio
from typing import Any

import pytest
from playwright.async_api import expect

from tests.web.conftest import Tab
from tests.web.test_checkout import latest, shows_qr
from tests.world import World

CARD = {"method": "card", "hosted": True, "client": {"platform": "desktop"}}


def heading(tab: Tab, name: str) -> Any:
    """An expectation on the page's heading."""
    return expect(tab.page.get_by_role("heading", name=name))


async def nothing_is_offered(tab: Tab) -> None:
    """Nothing on the page pays, cancels or asks to try again."""
    await expect(tab.page.locator("#stage form, #stage .choice, #stage .quietly")).to_have_count(0)
    buttons = await tab.page.locator("#stage button").all_inner_texts()
    assert set(buttons) <= {"Copy", "Print"}
    assert "try again" not in (await tab.page.locator("main").inner_text()).lower()


async def reopen(world: World, tab: Tab, payment: dict[str, Any], **later: float) -> None:
    """Open the payment's link in a browser that does not know it, some time later."""
    world.clock.advance(**later)
    await tab.page.goto("about:blank")
    await tab.page.goto(payment["checkout"]["url"])


async def open_in_shop(world: World, **changes: Any) -> dict[str, Any]:
    """A payment whose customers return to the mock's shop."""
    return await world.open_payment(return_url=f"{world.mock.base_url}/shop/return", **changes)


async def test_a_payment_by_qr_shows_as_paid_after_its_checkout_token_has_expired(
    world: World, tab: Tab
) -> None:
    payment = await open_in_shop(world, expires_in=60)
    await tab.page.goto(payment["checkout"]["url"])
    await tab.choose("Scan a UPI QR code")
    await shows_qr(tab)
    await world.customer_decides(await latest(world, payment["id"]))
    await heading(tab, "Payment received").to_be_visible()
    world.clock.advance(minutes=17)
    await tab.page.reload()
    await heading(tab, "Payment received").to_be_visible()
    await expect(tab.page.get_by_text(f"for order {payment['order_id']}").last).to_be_visible()
    await nothing_is_offered(tab)
    await tab.page.get_by_role("link", name="Back to the shop").click()
    await expect(tab.page.get_by_text(payment["order_id"])).to_be_visible()


async def test_a_bank_page_approved_in_another_browser_leads_to_the_outcome(
    world: World, tab: Tab
) -> None:
    payment = await open_in_shop(world)
    token = {"card_token": await world.card_token()}
    attempt = await world.start_attempt(payment["id"], **CARD, **token)
    await tab.page.goto(attempt["next_action"]["url"])
    await tab.page.get_by_label("One-time password").fill("000000")
    await tab.page.locator("button[value=approve]").click()
    await tab.page.wait_for_url("**/checkout/**")
    await heading(tab, "Payment received").to_be_visible()
    await nothing_is_offered(tab)
    assert tab.errors == []


async def test_a_page_left_open_beyond_its_token_still_shows_a_late_success(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    await tab.choose("Scan a UPI QR code")
    await shows_qr(tab)
    world.clock.advance(minutes=45)
    await tab.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    await heading(tab, "Confirming your payment").to_be_visible()
    await expect(tab.page.get_by_text("Do not pay again").last).to_be_visible()
    await nothing_is_offered(tab)
    await world.customer_decides(await latest(world, opened["id"]))
    await heading(tab, "Payment received").to_be_visible()


async def test_the_address_shows_the_payment_again_after_days(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    await tab.choose("Scan a UPI QR code")
    await shows_qr(tab)
    await world.customer_decides(await latest(world, opened["id"]))
    await heading(tab, "Payment received").to_be_visible()
    address = tab.page.url
    await tab.page.evaluate("sessionStorage.clear()")
    world.clock.advance(days=20)
    await tab.page.goto("about:blank")
    await tab.page.goto(address)
    await heading(tab, "Payment received").to_be_visible()
    await tab.press("हिन्दी")
    await heading(tab, "भुगतान मिल गया").to_be_visible()


@pytest.mark.parametrize("days", [0, 3])
async def test_a_released_payment_offers_nothing(world: World, tab: Tab, days: int) -> None:
    payment = await open_in_shop(world, capture="manual")
    await world.customer_decides(await world.start_attempt(payment["id"]))
    await world.wait_for_status(payment["id"], "authorized")
    assert (await world.post(f"/v1/payments/{payment['id']}/void", {})).status_code == 200
    await world.wait_for_status(payment["id"], "voided")
    await reopen(world, tab, payment, days=days)
    await heading(tab, "Payment released").to_be_visible()
    await nothing_is_offered(tab)


async def pay(world: World, payment: dict[str, Any]) -> None:
    """Pay by a UPI app."""
    await world.customer_decides(await world.start_attempt(payment["id"]))
    await world.wait_for_status(payment["id"], "paid")


async def refund(world: World, payment: dict[str, Any], amount: int) -> None:
    """Refund it and wait until the gateway has done so."""
    path = f"/v1/payments/{payment['id']}"
    assert (await world.post(f"{path}/refunds", {"amount": amount, "reason": "x"})).is_success
    async with asyncio.timeout(10):
        while {each["status"] for each in (await world.read_payment(payment["id"]))["refunds"]} != {
            "succeeded"
        }:
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("days", [0, 3])
async def test_a_refunded_payment_says_so(world: World, tab: Tab, days: int) -> None:
    payment = await open_in_shop(world)
    await pay(world, payment)
    await refund(world, payment, 16_400)
    await reopen(world, tab, payment, days=days)
    await heading(tab, "Payment received").to_be_visible()
    await expect(tab.page.get_by_text("₹164.00 of it was refunded").last).to_be_visible()
    await refund(world, payment, 100_000)
    await reopen(world, tab, payment)
    await heading(tab, "Payment refunded").to_be_visible()
    await expect(tab.page.get_by_text("₹1,164.00 for order").last).to_be_visible()
    await nothing_is_offered(tab)


@pytest.mark.parametrize("days", [0, 3])
async def test_money_that_the_order_does_not_need_is_no_refund_of_it(
    world: World, tab: Tab, days: int
) -> None:
    payment = await open_in_shop(world)
    first = await world.start_attempt(payment["id"])
    second = await world.start_attempt(payment["id"], replaces=first["id"])
    await world.customer_decides(first)
    await world.wait_for_status(payment["id"], "paid")
    await world.customer_decides(second)
    async with asyncio.timeout(10):
        while not (await world.read_payment(payment["id"]))["refunds"]:
            await world.run_worker()
    await reopen(world, tab, payment, days=days)
    await heading(tab, "Payment received").to_be_visible()
    await expect(tab.page.get_by_text("Another payment arrived").last).to_be_visible()
    await expect(tab.page.get_by_text("of it was refunded")).to_have_count(0)


async def test_a_payment_that_nobody_made_is_paid_only_from_the_shop(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    address = tab.page.url
    await tab.page.evaluate("sessionStorage.clear()")
    await tab.page.goto("about:blank")
    await tab.page.goto(address)
    await heading(tab, "Not paid yet").to_be_visible()
    await nothing_is_offered(tab)
    await pay(world, opened)
    await heading(tab, "Payment received").to_be_visible()


async def test_a_link_without_its_tokens_asks_nobody_to_pay_again(world: World, tab: Tab) -> None:
    payment = await open_in_shop(world)
    page = payment["checkout"]["url"].partition("#")[0]
    for address in (page, f"{page}#not-a-token", f"{page}#not-a-token&status=neither"):
        await tab.page.goto("about:blank")
        await tab.page.goto(address)
        await heading(tab, "This link no longer shows the payment").to_be_visible()
        await expect(tab.page.get_by_text("do not pay again").last).to_be_visible()
        await nothing_is_offered(tab)


async def test_the_status_token_is_sent_to_nobody_but_as_the_authorization(
    world: World, tab: Tab
) -> None:
    payment = await open_in_shop(world)
    token = payment["checkout"]["url"].partition("status=")[2]
    await pay(world, payment)
    await reopen(world, tab, payment, days=3)
    await tab.page.get_by_role("link", name="Back to the shop").click()
    await expect(tab.page.get_by_text(payment["order_id"])).to_be_visible()
    assert token
    assert not [url for url, body in tab.sent if token in url.partition("#")[0] or token in body]
    assert token not in tab.page.url
