"""The checkout inside a shop's page: who may show it, what it tells, how it leaves for a bank."""

import asyncio
import base64
import hashlib
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import FrameLocator, Route, expect

from payment_engine.page_check import all_differences, script_differences
from tests.web.conftest import Tab
from tests.web.test_brand import set_brand
from tests.web.test_checkout import fill_card, latest
from tests.web.test_checkout_methods import approve
from tests.web.test_pages import policy
from tests.world import World

EXAMPLE = Path("clients/typescript/example/checkout.html").read_text()
SHIPPED = Path("docs/embedding.md").read_text()
STATE = "#state"
REFUSED = "(url) => { try { PaymentEngine.open({url}); } catch (error) { return error.message } }"


def origin_of(world: World) -> str:
    """Where the tests' shop is."""
    return str(world.mock.base_url).rstrip("/")


async def register_origins(world: World, *origins: str) -> None:
    """Let pages of these origins show the checkout."""
    assert await set_brand(world, embed_origins=origins) == 200


@pytest_asyncio.fixture(loop_scope="session")
async def shop(world: World, tab: Tab) -> dict[str, str]:
    """The example page on the shop's origin, with a payment for its button."""
    await register_origins(world, origin_of(world))
    return await example_page(world, tab)


async def example_page(world: World, tab: Tab) -> dict[str, str]:
    """Open the example, which loads checkout.js from the service of the test."""
    payment = await world.open_payment(return_url=f"{origin_of(world)}/shop/return")
    page = EXAMPLE.replace("https://pay.example", str(world.api.base_url).rstrip("/"))
    order = {"checkout_url": payment["checkout"]["url"]}

    async def serve(route: Route) -> None:
        await route.fulfill(body=page, content_type="text/html")

    await tab.page.route("**/cart", serve)
    await tab.page.route("**/orders", lambda route: route.fulfill(json=order))
    await tab.page.goto(f"{origin_of(world)}/cart")
    return {"id": payment["id"], "url": payment["checkout"]["url"]}


def frame_of(tab: Tab) -> FrameLocator:
    """The checkout within the page."""
    return tab.page.frame_locator("iframe[title=Payment]")


async def test_an_order_is_paid_without_leaving_the_shop(
    world: World, shop: dict[str, str], tab: Tab
) -> None:
    await tab.press("Pay here")
    frame = frame_of(tab)
    await expect(tab.page.locator(STATE)).to_have_text("Open.")
    await frame.get_by_role("button", name="PROCEED TO PAYMENT").click()
    await frame.get_by_role("button", name="Scan a UPI QR code").click()
    await expect(frame.get_by_role("img", name="UPI QR code")).to_be_visible()
    await world.customer_decides(await latest(world, shop["id"]))
    await expect(frame.get_by_role("heading", name="Payment received")).to_be_visible()
    await expect(tab.page.locator(STATE)).to_have_text("The checkout shows: paid.")
    await frame.get_by_role("link", name="Back to the shop").click()
    await expect(tab.page.locator(STATE)).to_have_text("Closed: paid.")
    await expect(tab.page.locator("iframe")).to_have_count(0)
    await expect(tab.page.get_by_role("button", name="Pay here")).to_be_focused()
    assert tab.page.url == f"{origin_of(world)}/cart"
    assert tab.errors == []


async def test_the_banks_page_takes_the_whole_window(
    world: World, shop: dict[str, str], tab: Tab
) -> None:
    await tab.press("Pay here")
    frame = frame_of(tab)
    await frame.get_by_role("button", name="PROCEED TO PAYMENT").click()
    await frame.get_by_role("button", name="Net banking").click()
    await frame.get_by_label("Axis Bank").check()
    await frame.get_by_role("button", name="MAKE PAYMENT").click()
    await tab.page.wait_for_url("**/customer/juspay/**")
    await tab.page.locator("button[value=approve]").click()
    await tab.page.wait_for_url("**/shop/return**")
    await world.wait_for_status(shop["id"], "paid")
    assert len((await world.read_payment(shop["id"]))["attempts"]) == 1


async def test_a_card_is_paid_from_inside_a_shop(
    world: World, shop: dict[str, str], tab: Tab
) -> None:
    await tab.press("Pay here")
    frame = frame_of(tab)
    await frame.get_by_role("button", name="PROCEED TO PAYMENT").click()
    await frame.get_by_role("button", name="Credit or debit card").click()
    for label, value in {
        "Card number": "4111 1111 1111 1111",
        "Valid through": "09/31",
        "CVV": "123",
        "Name on card": "Demo Customer",
    }.items():
        await frame.get_by_label(label).fill(value)
    await frame.get_by_role("button", name="MAKE PAYMENT").click()
    await approve(tab)
    await tab.page.wait_for_url("**/shop/return**")
    await world.wait_for_status(shop["id"], "paid")


async def test_going_there_is_the_other_way_to_open_it(
    world: World, shop: dict[str, str], tab: Tab
) -> None:
    await tab.press("Pay on a page of its own")
    await tab.page.wait_for_url(f"{world.api.base_url}/checkout/{shop['id']}*")
    await tab.choose("Credit or debit card")
    await fill_card(tab)
    await expect(tab.page.get_by_label("One-time password")).to_be_visible()


@pytest.mark.parametrize("leave", ["Escape", "Close"])
async def test_closing_ends_nothing_and_the_shop_can_open_it_again(
    world: World, shop: dict[str, str], tab: Tab, leave: str
) -> None:
    await tab.press("Pay here")
    await expect(tab.page.locator(STATE)).to_have_text("Open.")
    if leave == "Close":
        await tab.press("Close")
    else:
        await tab.page.get_by_role("button", name="Close").focus()
        await tab.page.keyboard.press("Escape")
    await expect(tab.page.locator(STATE)).to_have_text("Closed: nothing was paid.")
    assert (await world.read_payment(shop["id"]))["status"] == "open"
    await tab.press("Pay here")
    proceed = frame_of(tab).get_by_role("button", name="PROCEED TO PAYMENT")
    await expect(proceed).to_be_visible()


async def test_only_the_merchants_own_origins_may_show_the_checkout(world: World) -> None:
    payment = await world.open_payment()
    mine, path = "https://shop.example", f"/checkout/{payment['id']}"
    await register_origins(world, mine, "https://m.shop.example:8443")
    cases = [
        (f"{path}", "'none'"),
        (f"{path}?embed={mine}", mine),
        (f"{path}?embed=https://m.shop.example:8443", "https://m.shop.example:8443"),
        (f"{path}?embed=https://evil.example", "'none'"),
        (f"{path}?embed=https://shop.example.evil.example", "'none'"),
        (f"{path}?embed={mine}%20https://evil.example", "'none'"),
        (f"/checkout/pay_of_nobody?embed={mine}", "'none'"),
    ]
    for address, frames in cases:
        header = (await world.api.get(address)).headers["content-security-policy"]
        assert policy(header)["frame-ancestors"] == frames, address


async def test_an_origin_that_is_none_is_refused(world: World) -> None:
    for wrong in ("http://shop.example", "https://shop.example/", "*", "https://*.example", "null"):
        assert await set_brand(world, embed_origins=[wrong]) == 422, wrong


async def test_a_page_of_somebody_else_goes_to_the_checkout_instead(world: World, tab: Tab) -> None:
    await tab.page.clock.install()
    await example_page(world, tab)
    await tab.press("Pay here")
    await expect(tab.page.locator("iframe")).to_have_count(1)
    await tab.page.clock.run_for(16_000)
    await expect(tab.page.get_by_role("button", name="PROCEED TO PAYMENT")).to_be_visible()
    assert tab.page.url.startswith(f"{world.api.base_url}/checkout/")


async def test_messages_of_others_are_no_events(shop: dict[str, str], tab: Tab) -> None:
    await tab.press("Pay here")
    await expect(tab.page.locator(STATE)).to_have_text("Open.")
    await tab.page.evaluate(
        "postMessage({from: 'payment-engine', type: 'ended', status: 'paid'}, '*')"
    )
    await tab.page.evaluate("new Promise((done) => setTimeout(done, 200))")
    await expect(tab.page.locator(STATE)).to_have_text("Open.")


async def test_an_address_of_another_service_is_refused(shop: dict[str, str], tab: Tab) -> None:
    for url in ("https://evil.example/checkout/pay_1#t", shop["url"].partition("#")[0]):
        message = await tab.page.evaluate(REFUSED, url)
        assert "must be the checkout.url of a payment" in message


async def test_the_script_can_be_pinned_and_is_compared_with_the_release(world: World) -> None:
    answer = await world.api.get("/checkout.js")
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["access-control-allow-origin"] == "*"
    digest = base64.b64encode(hashlib.sha384(answer.content).digest()).decode()
    assert f"sha384-{digest}" in SHIPPED
    assert list(script_differences(answer.content)) == []
    [found] = script_differences(answer.content + b"//")
    assert found.startswith("checkout.js differs: from byte")


async def test_the_check_of_the_page_looks_at_both(world: World) -> None:
    found = await asyncio.to_thread(all_differences, str(world.api.base_url), [origin_of(world)])
    assert found == []
