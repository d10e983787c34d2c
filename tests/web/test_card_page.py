"""By default a card is entered on the gateway's own page: ours has no field for it (SAQ A)."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from playwright.async_api import expect

from payment_engine.page_check import differences
from tests.web.conftest import Tab
from tests.web.test_checkout import latest
from tests.web.test_checkout_methods import approve
from tests.web.test_page_check import served
from tests.web.test_pages import policy
from tests.world import World, running_world

NUMBER = "4111111111111111"


@pytest_asyncio.fixture(loop_scope="session")
async def world(database: str, tmp_path: Path) -> AsyncIterator[World]:
    """The service as it is set up unless somebody asks for fields of its own."""
    settings = {"card_fields_saq_a_ep": False, "qr_at_once": False}
    async with running_world(database, tmp_path / "spool", **settings) as world:
        yield world


async def to_card_page(tab: Tab, *, save: bool = False) -> None:
    """From the summary to the gateway's page."""
    await tab.choose("Credit or debit card")
    await expect(tab.page.get_by_text("on the payment network's own page")).to_be_visible()
    box = tab.page.get_by_role("checkbox", name="Offer me this card here next time")
    await expect(box).not_to_be_checked()
    await box.set_checked(save)
    await tab.press("CONTINUE TO PAY ₹1,164.00")
    await tab.page.wait_for_url("**/customer/juspay/order/**")


async def enter_card(tab: Tab, *, save: bool = False) -> None:
    """Fill in the gateway's page."""
    fields = {"Number": NUMBER, "Valid until: month": "12", "Valid until: year": "2035"}
    for label, value in {**fields, "Security code": "123", "Name on it": "Demo"}.items():
        await tab.page.get_by_label(label, exact=True).fill(value)
    await tab.page.get_by_label("Save this card").set_checked(save)
    await tab.press("Pay by card")


async def test_a_card_is_entered_at_the_gateway_and_nowhere_else(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    assert await tab.page.locator("input[autocomplete^=cc]").count() == 0
    await to_card_page(tab)
    assert (await latest(world, opened["id"]))["status"] == "pending"
    assert await tab.page.get_by_role("heading", level=2).all_inner_texts() == ["Card"]
    await enter_card(tab)
    await approve(tab)
    await tab.page.wait_for_url("**/shop/return**")
    await world.wait_for_status(opened["id"], "paid")
    sent = [url for url, body in tab.sent if NUMBER in body]
    assert sent
    assert all(url.startswith(f"{world.mock.base_url}/customer/juspay/order/") for url in sent)
    assert tab.errors == []


async def test_a_card_that_is_declined_there_leads_back_with_the_reason(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    await to_card_page(tab)
    await enter_card(tab)
    await tab.press("Let it expire")
    await expect(tab.page.get_by_role("heading", name="How would you like to pay?")).to_be_visible()
    await expect(tab.page.get_by_text("Card did not go through.")).to_be_visible()


async def test_whoever_comes_back_without_a_card_can_pay_by_it_or_otherwise(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    await to_card_page(tab)
    await tab.page.go_back()
    await expect(tab.page.get_by_role("link", name="Continue to that page")).to_be_visible()
    await tab.press("Use another method")
    await tab.press("Scan a UPI QR code")
    await expect(tab.page.get_by_role("img", name="UPI QR code")).to_be_visible()
    statuses = [each["method"] for each in (await world.read_payment(opened["id"]))["attempts"]]
    assert statuses == ["card", "upi_qr"]


async def test_a_card_that_is_saved_there_by_consent_here_is_offered_next_time(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    await to_card_page(tab, save=True)
    await enter_card(tab, save=True)
    await approve(tab)
    await tab.page.wait_for_url("**/shop/return**")
    await world.wait_for_status(opened["id"], "paid")
    await world.run_worker(rounds=4, minutes=2)
    payment = await world.open_payment(order_id="PO-again")
    await tab.page.goto(payment["checkout"]["url"])
    await tab.press("PROCEED TO PAYMENT")
    await expect(tab.page.locator(".choice").first).to_contain_text("•••• 1111")
    consents = await world.sql("SELECT purpose, text_version FROM consent")
    assert consents == [{"purpose": "save_card", "text_version": "card-page-1"}]


async def test_the_page_may_connect_to_nobody_but_the_service(world: World) -> None:
    gateway = str(world.mock.base_url).rstrip("/")
    headers, body = await served(world)
    directives = policy(headers["content-security-policy"])
    assert directives["connect-src"] == "'self'"
    found = [each for each in differences(headers, body) if "form-action" not in each]
    assert found == []
    [named] = [each for each in differences(headers, body, [gateway]) if "connect-src" in each]
    assert gateway in named


async def test_a_card_token_of_a_shops_own_page_pays_in_either_mode(world: World) -> None:
    payment = await world.open_payment()
    token = await world.card_token()
    attempt = await world.start_attempt(payment["id"], method="card", card_token=token)
    assert "/v2/pay/start/" in attempt["next_action"]["url"]


async def test_a_card_page_that_nobody_uses_is_over_after_twenty_minutes(world: World) -> None:
    payment = await world.open_payment(expires_in=86_400)
    attempt = await world.start_attempt(payment["id"], method="card")
    assert "/merchant/pay/" in attempt["next_action"]["url"]
    await world.run_worker(minutes=19)
    assert (await latest(world, payment["id"]))["status"] == "pending"
    await world.run_worker(minutes=2)
    decline = (await world.read_payment(payment["id"]))["attempts"][0]["decline"]
    assert decline["code"] == "never_started"
