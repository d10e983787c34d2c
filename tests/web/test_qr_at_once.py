"""On a computer the UPI QR code is there at once, beside the list of methods; once a payment."""

import asyncio
import re

import pytest
from playwright.async_api import Route, expect

from tests.web.conftest import Tab
from tests.web.test_checkout import ON_A_PHONE, fill_card, latest, shows_qr, type_card
from tests.web.test_no_accidents import attempts, shows
from tests.web.test_standing import open_in_shop
from tests.world import World

HIDDEN = "Object.defineProperty(document, 'hidden', {configurable: true, get: () => true})"
VISIBLE = "delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))"
START = re.compile(r"/attempts$")
METHODS = "How would you like to pay?"


@pytest.fixture
def world(world: World) -> World:
    """The service as it is set up by itself."""
    world.engine.settings.qr_at_once = True
    return world


async def proceed(tab: Tab) -> None:
    """Go to the methods and wait until the code is there."""
    await tab.press("PROCEED TO PAYMENT")
    await shows_qr(tab)
    await shows(tab, METHODS)


async def visible_choices(tab: Tab) -> list[str]:
    """The labels of the methods that are not folded."""
    await shows(tab, METHODS)
    choices = await tab.page.locator(".choice:visible > span:last-of-type").all_inner_texts()
    return [label.partition("\n")[0] for label in choices]


async def pay_by_card(tab: Tab) -> None:
    """Enter a card in the open form, and approve at the bank."""
    await fill_card(tab)
    await tab.page.get_by_label("One-time password").fill("000000")
    await tab.page.locator("button[value=approve]").click()
    await tab.page.wait_for_url("**/shop/return**")


async def test_the_code_is_there_beside_the_other_methods(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    await proceed(tab)
    assert await visible_choices(tab) == ["Credit or debit card", "Wallets", "Net banking"]
    await expect(tab.page.get_by_role("heading", name=METHODS)).to_be_focused()
    status = tab.page.get_by_role("status").first
    await expect(status).to_contain_text("A UPI QR code for ₹1,164.00 is on this page")
    await expect(tab.page.get_by_role("timer")).to_contain_text("Valid for")
    assert await attempts(world, opened) == ["upi_qr"]
    assert tab.errors == []


async def test_the_history_tells_that_nobody_chose_it(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    await proceed(tab)
    [event] = await world.sql("SELECT data FROM payment_event WHERE type = 'attempt.created'")
    assert '"at_once":true' in str(event["data"]).replace(" ", "").replace("'", '"').lower()


async def test_the_customer_pays_by_it(world: World, opened: dict[str, str], tab: Tab) -> None:
    await proceed(tab)
    await world.customer_decides(await latest(world, opened["id"]))
    await expect(tab.page.get_by_role("status")).to_contain_text("Payment received")
    assert await attempts(world, opened) == ["upi_qr"]


async def test_a_reload_and_a_second_tab_start_no_second_attempt(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    url = f"{tab.page.url.partition('#')[0]}#{opened['token']}"
    other = Tab(await tab.page.context.new_page())
    await other.page.goto(url)
    proceeds = [each.page.get_by_role("button", name="PROCEED TO PAYMENT") for each in (tab, other)]
    for button in proceeds:
        await expect(button).to_be_visible()
    await tab.page.evaluate("document.querySelector('#stage button.main').click()")
    await other.page.evaluate("document.querySelector('#stage button.main')?.click()")
    for each in (tab, other):
        await shows_qr(each)
    await tab.page.reload()
    await shows_qr(tab)
    assert await visible_choices(tab) == ["Credit or debit card", "Wallets", "Net banking"]
    await tab.page.go_back()
    await tab.page.go_forward()
    await shows_qr(tab)
    assert await attempts(world, opened) == ["upi_qr"]


async def test_all_tabs_start_it_under_one_key(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    keys, both = [], asyncio.Event()

    async def wait_for_both(route: Route) -> None:
        keys.append(route.request.headers["idempotency-key"])
        if len(keys) == 2:
            both.set()
        await both.wait()
        await route.continue_()

    await tab.page.context.route(START, wait_for_both)
    url = f"{tab.page.url.partition('#')[0]}#{opened['token']}"
    other = Tab(await tab.page.context.new_page())
    await other.page.goto(url)
    for each in (tab, other):
        await each.press("PROCEED TO PAYMENT")
        await expect(each.page.get_by_text("Making the code")).to_be_visible()
    for each in (tab, other):
        await shows_qr(each)
    assert keys[0] == keys[1]
    assert await attempts(world, opened) == ["upi_qr"]


async def test_a_card_instead_is_not_delayed_by_it(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    await proceed(tab)
    await tab.press("Credit or debit card")
    await expect(tab.page.get_by_text("If you have already paid, go back")).to_be_visible()
    await pay_by_card(tab)
    await world.wait_for_status(opened["id"], "paid")
    assert await attempts(world, opened) == ["upi_qr", "card"]
    assert tab.errors == []


async def test_a_card_is_paid_while_the_code_is_still_being_made(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    async def answer_late(route: Route) -> None:
        answer = await route.fetch()
        if "upi_qr" in str(route.request.post_data):
            await paid.wait()
        await route.fulfill(response=answer)

    async def hide_the_code(route: Route) -> None:
        has_card = "card" in await attempts(world, opened)
        await (route.continue_() if has_card else route.fulfill(status=304))

    paid = asyncio.Event()
    await tab.page.route(START, answer_late)
    await tab.page.route("**?wait=25", hide_the_code)
    await tab.page.reload()
    await tab.press("PROCEED TO PAYMENT")
    await expect(tab.page.get_by_text("Making the code")).to_be_visible()
    await tab.press("Credit or debit card")
    await pay_by_card(tab)
    paid.set()
    await world.wait_for_status(opened["id"], "paid")
    assert await attempts(world, opened) == ["upi_qr", "card"]


async def test_a_code_that_is_paid_while_a_card_is_typed_ends_the_payment(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    await proceed(tab)
    await tab.press("Credit or debit card")
    await type_card(tab)
    await world.customer_decides(await latest(world, opened["id"]))
    await shows(tab, "Payment received")
    assert await attempts(world, opened) == ["upi_qr"]


async def test_a_code_that_was_paid_unnoticed_is_not_paid_again_by_card(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    await tab.page.route("**?wait=25", lambda route: route.fulfill(status=304))
    await tab.page.reload()
    await proceed(tab)
    await tab.press("Credit or debit card")
    await type_card(tab)
    await world.customer_decides(await latest(world, opened["id"]))
    await world.wait_for_status(opened["id"], "paid")
    await tab.press("MAKE PAYMENT")
    await shows(tab, "Payment received")
    assert await attempts(world, opened) == ["upi_qr"]


async def test_a_declined_card_leads_back_to_the_list_though_the_code_is_undecided(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    await proceed(tab)
    await tab.press("Credit or debit card")
    await fill_card(tab)
    await tab.page.locator("button[value=decline]").click()
    await tab.page.wait_for_url("**/checkout/**")
    await shows(tab, METHODS)
    await expect(tab.page.get_by_text("Card did not go through.")).to_be_visible()
    await expect(tab.page.get_by_text("If you have already paid, go back")).to_be_visible()
    await tab.press("Go back and wait")
    await shows(tab, "Confirming your payment")
    await tab.press("Use another method")
    await tab.press("Credit or debit card")
    await pay_by_card(tab)
    await world.wait_for_status(opened["id"], "paid")
    assert await attempts(world, opened) == ["upi_qr", "card", "card"]


async def test_a_form_leads_back_to_the_same_code(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    await proceed(tab)
    await tab.press("Net banking")
    await tab.press("Use another method")
    await shows_qr(tab)
    await tab.press("Credit or debit card")
    await shows(tab, "Pay by card")
    await tab.page.go_back()
    await shows_qr(tab)
    await expect(tab.page.get_by_text("If you have already paid")).to_have_count(0)
    assert await attempts(world, opened) == ["upi_qr"]


async def test_a_code_that_runs_out_offers_a_new_one_and_makes_none_by_itself(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    await tab.page.clock.install()
    await tab.page.reload()
    await proceed(tab)
    await tab.page.clock.run_for(8 * 60_000)
    await shows(tab, "Time is up")
    await expect(tab.page.get_by_text("If you have paid, do not pay again")).to_be_visible()
    await expect(tab.page.get_by_role("img", name="UPI QR code")).to_have_count(0)
    await tab.page.clock.run_for(60_000)
    assert await attempts(world, opened) == ["upi_qr"]
    await tab.page.get_by_role("button", name="Show a new code").press("Enter")
    await shows_qr(tab)
    assert await attempts(world, opened) == ["upi_qr", "upi_qr"]


async def test_a_code_whose_time_was_up_is_undecided_after_a_reload_too(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    await proceed(tab)
    world.clock.advance(minutes=9)
    await tab.page.reload()
    await shows(tab, "Time is up")
    await expect(tab.page.get_by_text("If you have paid, do not pay again")).to_be_visible()
    await expect(tab.page.get_by_role("button", name="Show a new code")).to_be_visible()
    await world.customer_decides(await latest(world, opened["id"]))
    await shows(tab, "Payment received")
    assert await attempts(world, opened) == ["upi_qr"]


async def test_a_code_that_nobody_paid_is_said_to_have_expired(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    await proceed(tab)
    ref = (await latest(world, opened["id"]))["id"].removeprefix("att_")
    await world.mock.post(f"/control/orders/{ref}/decline", json={"reason": "expired"})
    await shows(tab, "This code has expired")
    await expect(tab.page.get_by_text("did not go through")).to_have_count(0)
    await tab.page.reload()
    await shows(tab, "This code has expired")
    assert await attempts(world, opened) == ["upi_qr"]
    await tab.page.get_by_role("button", name="Show a new code").press("Enter")
    await shows_qr(tab)
    await world.customer_decides(await latest(world, opened["id"]))
    await expect(tab.page.get_by_role("status")).to_contain_text("Payment received")


async def test_a_code_that_the_bank_declined_says_why(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    await proceed(tab)
    await world.customer_decides(await latest(world, opened["id"]), "decline")
    await expect(tab.page.get_by_role("status").first).to_contain_text("You cancelled the payment")
    assert "Scan a UPI QR code" in await visible_choices(tab)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (503, "unavailable"),
        (422, "limit_exceeded"),
        (422, "method_not_available"),
        (429, "too_many"),
    ],
)
async def test_a_refused_start_leaves_the_list_with_the_code_as_a_choice(
    opened: dict[str, str], tab: Tab, status: int, code: str
) -> None:
    sent = []

    async def refuse(route: Route) -> None:
        sent.append(route.request.url)
        await route.fulfill(status=status, json={"code": code})

    await tab.page.route(START, refuse)
    await tab.press("PROCEED TO PAYMENT")
    await expect(tab.page.get_by_role("button", name="Scan a UPI QR code")).to_be_visible()
    first = ["Scan a UPI QR code", "Credit or debit card", "Wallets", "Net banking"]
    assert await visible_choices(tab) == first
    assert len(sent) == 1
    await expect(tab.page.locator("#status, #line").first).to_be_empty()
    await expect(tab.page.get_by_role("heading", name=METHODS)).to_be_focused()
    await tab.page.unroute(START)
    await tab.page.get_by_role("button", name="Scan a UPI QR code").press("Enter")
    await shows_qr(tab)


async def test_a_gateway_that_cannot_be_reached_is_no_decline_of_the_customers(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    await world.script_mock("http_status", {"path": "*/txns"}, status=400)
    await tab.press("PROCEED TO PAYMENT")
    await expect(tab.page.get_by_role("button", name="Scan a UPI QR code")).to_be_visible()
    await expect(tab.page.get_by_text("did not go through")).to_have_count(0)


async def test_an_unknown_outcome_of_a_start_stops_nobody(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    await world.script_mock("http_status", {"path": "*/txns"}, status=503, when="after")
    await tab.press("PROCEED TO PAYMENT")
    await expect(tab.page.get_by_role("button", name="Scan a UPI QR code")).to_be_visible()
    await tab.page.get_by_role("button", name="Credit or debit card").press("Enter")
    await pay_by_card(tab)
    await world.wait_for_status(opened["id"], "paid")
    assert await attempts(world, opened) == ["upi_qr", "card"]


async def test_a_hidden_tab_starts_nothing_until_it_is_looked_at(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    await tab.page.evaluate(HIDDEN)
    await tab.press("PROCEED TO PAYMENT")
    await expect(tab.page.get_by_role("button", name="Scan a UPI QR code")).to_be_visible()
    assert await attempts(world, opened) == []
    await tab.page.evaluate(VISIBLE)
    await shows_qr(tab)
    assert await attempts(world, opened) == ["upi_qr"]


async def test_what_was_used_last_comes_first_and_nothing_is_started(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    first = await world.start_attempt(opened["id"], method="netbanking", bank="HDFC")
    await world.customer_decides(first)
    await world.wait_for_status(opened["id"], "paid")
    payment = await open_in_shop(world, order_id="PO-again")
    await tab.page.goto("about:blank")
    await tab.page.goto(payment["checkout"]["url"])
    await tab.press("PROCEED TO PAYMENT")
    assert (await visible_choices(tab))[:2] == ["HDFC Bank", "Scan a UPI QR code"]
    assert await attempts(world, payment) == []


@pytest.mark.parametrize("changes", [{"amount": 1_00_000_01, "breakdown": []}])
async def test_an_amount_above_upis_limit_starts_nothing(
    world: World, tab: Tab, changes: dict[str, object]
) -> None:
    payment = await open_in_shop(world, **changes)
    await tab.page.goto(payment["checkout"]["url"])
    await tab.press("PROCEED TO PAYMENT")
    assert (await visible_choices(tab))[0] == "Credit or debit card"
    assert await attempts(world, payment) == []


async def test_a_phone_starts_nothing(world: World, opened: dict[str, str], tab: Tab) -> None:
    await tab.page.add_init_script(ON_A_PHONE)
    await tab.page.reload()
    await tab.press("PROCEED TO PAYMENT")
    assert "Google Pay" in await visible_choices(tab)
    assert await attempts(world, opened) == []


async def test_another_language_leaves_the_code_as_it_is(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    await proceed(tab)
    await tab.press("हिन्दी")
    await shows(tab, "किसी भी UPI ऐप से स्कैन करें")
    await expect(tab.page.get_by_role("img", name="UPI QR कोड")).to_be_visible()
    assert await attempts(world, opened) == ["upi_qr"]


async def test_a_wide_window_has_the_code_beside_the_list(opened: dict[str, str], tab: Tab) -> None:
    await tab.page.set_viewport_size({"width": 1280, "height": 800})
    await proceed(tab)
    code = await tab.page.get_by_role("img", name="UPI QR code").bounding_box()
    card = await tab.page.get_by_role("button", name="Credit or debit card").bounding_box()
    assert code
    assert card
    assert code["x"] + code["width"] < card["x"]
    assert card["y"] < code["y"] + code["height"]
