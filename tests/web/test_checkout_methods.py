"""Every payment method of the hosted checkout, from the methods document to the outcome."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from playwright.async_api import expect

from tests.web.conftest import Tab
from tests.web.test_checkout import fill_card, latest, shows_qr
from tests.world import World, running_world

RECEIVED = "Payment received"
ON_AN_IPHONE = "Object.defineProperty(navigator, 'userAgent', {get: () => 'Mozilla/5.0 (iPhone)'})"


@pytest_asyncio.fixture(loop_scope="session")
async def world(database: str, tmp_path: Path) -> AsyncIterator[World]:
    """The service with all three gateways."""
    async with running_world(
        database, tmp_path / "spool", other_gateways=("paytm", "amazonpay"), qr_at_once=False
    ) as world:
        yield world


async def enter(world: World, tab: Tab, **changes: object) -> dict[str, str]:
    """Open another payment of the same customer and proceed to its methods."""
    payment = await world.open_payment(return_url=f"{world.mock.base_url}/shop/return", **changes)
    await tab.page.goto(payment["checkout"]["url"])
    await tab.press("PROCEED TO PAYMENT")
    await expect(tab.page.get_by_role("heading", name="How would you like to pay?")).to_be_visible()
    return {"id": payment["id"], "order_id": payment["order_id"]}


async def approve(tab: Tab) -> None:
    """Approve on the bank's page."""
    await tab.page.get_by_label("One-time password").fill("000000")
    await tab.page.locator("button[value=approve]").click()


async def test_a_card_saved_by_ticking_the_box_is_offered_next_time(world: World, tab: Tab) -> None:
    first = await enter(world, tab)
    await tab.press("Credit or debit card")
    box = tab.page.get_by_role("checkbox", name="Save this card")
    await expect(box).not_to_be_checked()
    await box.check()
    await fill_card(tab)
    await approve(tab)
    await tab.page.wait_for_url("**/shop/return**")
    await world.wait_for_status(first["id"], "paid")
    await world.run_worker(rounds=4, minutes=2)
    await enter(world, tab, order_id="PO-again")
    await expect(tab.page.locator(".choice").first).to_contain_text("•••• 1111")
    [consent] = await world.sql("SELECT purpose, given, text_version FROM consent")
    assert consent == {"purpose": "save_card", "given": True, "text_version": "card-1"}
    await tab.page.get_by_role("button", name="Delete", exact=False).first.click()
    await tab.press("Leave it saved")
    await tab.page.get_by_role("button", name="Delete", exact=False).first.click()
    await tab.press("Yes, delete it")
    await expect(tab.page.get_by_role("status").first).to_contain_text("was deleted")
    await expect(tab.page.get_by_text("•••• 1111")).to_have_count(1)
    assert await world.sql("SELECT id FROM saved_card WHERE state = 'active'") == []


async def test_a_card_is_not_saved_without_consent(world: World, tab: Tab) -> None:
    first = await enter(world, tab)
    await tab.press("Credit or debit card")
    await fill_card(tab)
    await approve(tab)
    await world.wait_for_status(first["id"], "paid")
    await world.run_worker(rounds=4, minutes=2)
    assert await world.sql("SELECT id FROM saved_card") == []


async def test_a_decline_at_the_bank_returns_to_the_checkout_with_its_reason(
    world: World, tab: Tab
) -> None:
    await enter(world, tab)
    await tab.press("Credit or debit card")
    await fill_card(tab)
    await tab.page.locator("button[value=decline]").click()
    await tab.page.wait_for_url("**/checkout/**")
    await expect(tab.page.get_by_role("heading", name="How would you like to pay?")).to_be_visible()
    await expect(tab.page.get_by_text("Card did not go through.")).to_be_visible()
    await tab.press("Scan a UPI QR code")
    await shows_qr(tab)


async def test_a_paytm_wallet_is_linked_by_otp_and_pays(world: World, tab: Tab) -> None:
    await enter(world, tab)
    await tab.page.locator("summary", has_text="Wallets").click()
    await tab.press("Paytm")
    await tab.page.get_by_label("Mobile number").fill("12345")
    await tab.press("Send OTP")
    await expect(tab.page.get_by_text("10 digits, such as")).to_be_visible()
    await tab.page.get_by_label("Mobile number").fill("+91 77777 77777")
    await tab.press("Send OTP")
    await tab.page.get_by_label("OTP").fill("000001")
    await tab.press("Verify OTP")
    await expect(tab.page.get_by_text("Tries left: 2")).to_be_visible()
    await tab.page.get_by_label("OTP").fill("489871")
    await tab.press("Verify OTP")
    await expect(tab.page.get_by_role("heading", name="Paytm is linked")).to_be_visible()
    await expect(tab.page.get_by_text("₹10,000.00")).to_be_visible()
    await tab.press("MAKE PAYMENT")
    await expect(tab.page.get_by_role("status")).to_contain_text(RECEIVED)


async def test_a_balance_that_is_too_low_is_shown_before_paying(world: World, tab: Tab) -> None:
    await enter(world, tab, amount=2_000_000, breakdown=[])
    await tab.page.locator("summary", has_text="Wallets").click()
    await tab.press("Paytm")
    await tab.page.get_by_label("Mobile number").fill("7777777777")
    await tab.press("Send OTP")
    await tab.page.get_by_label("OTP").fill("489871")
    await tab.press("Verify OTP")
    await expect(tab.page.get_by_text("The balance does not cover ₹20,000.00")).to_be_visible()
    await tab.press("Use another method")
    await expect(tab.page.get_by_role("heading", name="How would you like to pay?")).to_be_visible()


async def test_an_amazon_wallet_is_linked_by_consent_and_pays(world: World, tab: Tab) -> None:
    await enter(world, tab, amount=50_000, breakdown=[])
    await tab.page.locator("summary", has_text="Wallets").click()
    await tab.press("Amazon Pay")
    await tab.page.get_by_role("button", name="Allow", exact=True).click()
    await expect(tab.page.get_by_role("heading", name="Amazon Pay is linked")).to_be_visible()
    assert "code=" not in tab.page.url
    await tab.press("MAKE PAYMENT")
    await expect(tab.page.get_by_role("status")).to_contain_text(RECEIVED)


async def test_without_consent_the_other_methods_remain(world: World, tab: Tab) -> None:
    await enter(world, tab)
    await tab.page.locator("summary", has_text="Wallets").click()
    await tab.press("Amazon Pay")
    await tab.press("Do not allow")
    await expect(tab.page.get_by_role("status")).to_contain_text("Amazon Pay was not linked")
    await expect(tab.page.get_by_role("button", name="Scan a UPI QR code").first).to_be_visible()


async def test_a_bank_is_found_in_the_list(world: World, tab: Tab) -> None:
    payment = await enter(world, tab)
    await tab.press("Net banking")
    await tab.press("MAKE PAYMENT")
    await expect(tab.page.get_by_text("Choose your bank from the list")).to_be_visible()
    await tab.page.get_by_label("Search your bank").press_sequentially("yes")
    await tab.page.keyboard.press("Enter")
    await tab.page.get_by_label("Yes Bank").press("Space")
    await tab.page.get_by_label("Yes Bank").press("ArrowDown")
    assert (await world.read_payment(payment["id"]))["attempts"] == []
    await tab.page.get_by_label("Yes Bank").check()
    await tab.press("MAKE PAYMENT")
    await tab.page.locator("button[value=approve]").click()
    await tab.page.wait_for_url("**/shop/return**")
    await world.wait_for_status(payment["id"], "paid")


async def test_an_invalid_upi_id_shows_its_reason_and_a_valid_one_pays(
    world: World, tab: Tab
) -> None:
    await tab.page.add_init_script(ON_AN_IPHONE)
    payment = await enter(world, tab)
    await tab.press("Pay by UPI ID")
    field = tab.page.get_by_label("UPI ID", exact=True)
    await field.fill("9876543210")
    await tab.press("VERIFY & PAY")
    await expect(field).to_have_accessible_description(
        re.compile("^This is a phone number: add the ending your UPI app shows, such as @ybl.")
    )
    await field.fill("asha.rao@okaxis")
    await tab.press("VERIFY & PAY")
    await expect(tab.page.get_by_role("heading", name="Approve the request")).to_be_visible()
    await world.customer_decides(await latest(world, payment["id"]))
    await expect(tab.page.get_by_role("status")).to_contain_text(RECEIVED)


async def test_a_method_that_cannot_be_used_shows_the_reason(world: World, tab: Tab) -> None:
    await enter(world, tab)
    intent = tab.page.get_by_role("button", name="Pay in a UPI app")
    await expect(intent).to_be_hidden()
    await tab.page.get_by_text("Not available for this payment").click()
    await expect(intent).to_be_disabled()
    await expect(intent).to_contain_text("there are no UPI apps on a computer")


async def test_the_page_switches_to_hindi_and_saves_the_choice(world: World, tab: Tab) -> None:
    await enter(world, tab)
    await tab.press("हिन्दी")
    await expect(tab.page.get_by_role("heading", name="आप कैसे भुगतान")).to_be_visible()
    await expect(tab.page.locator("html")).to_have_attribute("lang", "hi-IN")
    await expect(tab.page.get_by_text("कंप्यूटर पर UPI ऐप नहीं होते")).to_have_count(1)
    await world.script_mock("decline", {}, reason="insufficient_funds")
    await tab.press("UPI QR कोड स्कैन करें")
    await expect(tab.page.get_by_role("status")).to_contain_text("खाते में")
    [config] = await world.sql("SELECT preferences::text AS preferences FROM customer_config")
    assert '"hi"' in config["preferences"]
