"""What a customer sees first: what they used, then what fits their device."""

import pytest
from playwright.async_api import expect

from tests.web.conftest import Tab
from tests.web.test_checkout import ON_A_PHONE, latest, shows_qr
from tests.web.test_checkout_methods import ON_AN_IPHONE
from tests.web.test_standing import open_in_shop
from tests.world import World

IN_INSTAGRAM = (
    "Object.defineProperty(navigator, 'userAgent',"
    " {get: () => 'Mozilla/5.0 (Linux; Android 14; wv) Instagram 300'})"
)
APPS = ["Google Pay", "PhonePe", "Paytm", "BHIM", "CRED", "Amazon Pay"]


async def visible_methods(tab: Tab, agent: str = "") -> list[str]:
    """The labels of the methods that are not folded, on a device of this agent."""
    if agent:
        await tab.page.add_init_script(agent)
        await tab.page.reload()
    await tab.press("PROCEED TO PAYMENT")
    await expect(tab.page.get_by_role("heading", name="How would you like to pay?")).to_be_visible()
    choices = await tab.page.locator(".choice:visible > span:last-of-type").all_inner_texts()
    return [label.partition("\n")[0] for label in choices]


async def test_a_computer_shows_the_qr_code_first(opened: dict[str, str], tab: Tab) -> None:
    methods = await visible_methods(tab)
    assert methods == ["Scan a UPI QR code", "Credit or debit card", "Wallets", "Net banking"]


@pytest.mark.parametrize(("agent", "more"), [(ON_A_PHONE, []), (ON_AN_IPHONE, ["Pay by UPI ID"])])
async def test_a_phone_shows_its_upi_apps_first_and_no_qr_code_of_its_own(
    opened: dict[str, str], tab: Tab, agent: str, more: list[str]
) -> None:
    methods = await visible_methods(tab, agent)
    others = ["Another UPI app", *more, "Credit or debit card", "Wallets", "Net banking"]
    assert methods == [*APPS, *others]


async def test_an_iphone_opens_each_app_by_a_link_of_its_own(
    opened: dict[str, str], tab: Tab
) -> None:
    await visible_methods(tab, ON_AN_IPHONE)
    await tab.press("PhonePe")
    link = tab.page.get_by_role("link", name="Open PhonePe")
    assert str(await link.get_attribute("href")).startswith("phonepe://pay?")


async def test_a_browser_inside_another_app_is_told_how_to_open_a_upi_app(
    opened: dict[str, str], tab: Tab
) -> None:
    await visible_methods(tab, IN_INSTAGRAM)
    await tab.press("PhonePe")
    await expect(tab.page.get_by_text("You are inside another app").first).to_be_visible()


async def test_help_follows_an_app_that_did_not_open(opened: dict[str, str], tab: Tab) -> None:
    await visible_methods(tab, ON_A_PHONE)
    await tab.press("Another UPI app")
    await tab.page.get_by_role("link", name="BHIM").click()
    await expect(tab.page.get_by_text("Nothing opened?")).to_be_visible()


async def test_what_was_used_last_comes_first_next_time(world: World, tab: Tab) -> None:
    for order in ("PO-1", "PO-2"):
        payment = await open_in_shop(world, order_id=order)
        await tab.page.goto("about:blank")
        await tab.page.goto(payment["checkout"]["url"])
        methods = await visible_methods(tab)
        if order == "PO-1":
            await tab.press("Net banking")
            await tab.page.get_by_label("Axis Bank").check()
            await tab.press("MAKE PAYMENT")
            await tab.page.locator("button[value=approve]").click()
            await tab.page.wait_for_url("**/shop/return**")
    assert methods[:2] == ["Axis Bank", "Scan a UPI QR code"]
    await tab.press("Scan a UPI QR code")
    await shows_qr(tab)
    assert (await latest(world, payment["id"]))["method"] == "upi_qr"


async def test_a_small_phone_shows_every_upi_app_without_scrolling(
    opened: dict[str, str], tab: Tab
) -> None:
    await tab.page.set_viewport_size({"width": 360, "height": 640})
    await visible_methods(tab, ON_A_PHONE)
    assert await tab.page.evaluate("scrollY") == 0
    for app in APPS:
        button = tab.page.get_by_role("button", name=app, exact=True)
        await expect(button).to_be_in_viewport(ratio=1)


async def test_what_cannot_be_used_is_folded_at_the_end(opened: dict[str, str], tab: Tab) -> None:
    methods = await visible_methods(tab)
    await tab.page.get_by_text("Not available for this payment").click()
    everything = await tab.page.locator(".choice:visible").all()
    assert len(everything) > len(methods)
    usable = [await each.is_enabled() for each in everything]
    assert usable == sorted(usable, reverse=True)


async def test_a_declined_phone_is_advised_only_what_it_is_offered(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    offered = await visible_methods(tab, ON_A_PHONE)
    await tab.press("Google Pay")
    await expect(tab.page.get_by_role("link", name="Open Google Pay")).to_be_visible()
    await world.customer_decides(await latest(world, opened["id"]), "decline")
    await expect(tab.page.get_by_role("heading", name="How would you like to pay?")).to_be_visible()
    [attempt] = (await world.read_payment(opened["id"]))["attempts"]
    advised = attempt["decline"]["suggested_methods"]
    assert advised
    assert "upi_collect" not in advised
    usable = tab.page.locator(".choice:not(:disabled)")
    labels = [label.split("\n") for label in await usable.all_inner_texts()]
    assert {each for label in labels for each in label} >= {*offered}
    collect = tab.page.get_by_role("button", name="Pay by UPI ID", include_hidden=True)
    await expect(collect).to_be_disabled()


async def test_a_customer_whose_app_did_not_open_takes_another_method(
    opened: dict[str, str], tab: Tab
) -> None:
    await visible_methods(tab, ON_A_PHONE)
    await tab.press("PhonePe")
    await expect(tab.page.get_by_role("link", name="Open PhonePe")).to_be_visible()
    # Chromium without a screen takes no input once it was asked to open an app.
    await tab.page.get_by_role("button", name="Use another method").dispatch_event("click")
    await expect(tab.page.get_by_text("If you have already paid, go back and wait")).to_be_visible()
    await expect(tab.page.get_by_role("button", name="Credit or debit card")).to_be_enabled()


async def test_wallets_and_banks_are_one_row_each(opened: dict[str, str], tab: Tab) -> None:
    await visible_methods(tab)
    more = tab.page.locator("div", has=tab.page.get_by_role("heading", name="Cards, wallets and"))
    rows = more.last.locator("button.choice:visible, summary.choice")
    texts = [text.partition("\n")[0] for text in await rows.all_inner_texts()]
    assert texts == ["Credit or debit card", "Wallets", "Net banking"]
    mobikwik = tab.page.get_by_role("button", name="MobiKwik")
    await expect(mobikwik).to_be_hidden()
    await tab.page.locator("summary", has_text="Wallets").click()
    await expect(mobikwik).to_be_visible()
