"""The checkout on bad networks, in old browsers and after refusals: neither blank nor stuck."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Route, expect

from tests.web.conftest import Tab
from tests.web.test_checkout import shows_qr
from tests.world import World

OLD_BROWSER = """
for (const name of ["replaceChildren"]) delete Element.prototype[name];
for (const name of ["at", "findLast", "findLastIndex"]) delete Array.prototype[name];
delete String.prototype.replaceAll;
delete Crypto.prototype.randomUUID;
delete window.structuredClone;
"""


async def test_the_first_paint_takes_one_document_and_three_answers_at_once(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    await expect(tab.page.get_by_role("button", name="PROCEED TO PAYMENT")).to_be_visible()
    paths = [urlsplit(url).path for url, _ in tab.sent if "wait=" not in url]
    page = f"/checkout/{opened['id']}"
    assert paths[0] == page
    assert sorted(paths[1:]) == ["/v1/merchant", f"/v1/payments/{opened['id']}", "/v1/user-config"]


async def test_a_script_that_cannot_run_leaves_a_text_instead_of_a_blank_page(
    world: World, tab: Tab
) -> None:
    async def broken(route: Route) -> None:
        response = await route.fetch()
        body = (await response.text()).replace('"use strict";', "/* changed on its way */")
        await route.fulfill(response=response, body=body)

    payment = await world.open_payment()
    await tab.page.route("**/checkout/pay_*", broken)
    await tab.page.goto(payment["checkout"]["url"])
    text = tab.page.get_by_text("If you have paid, do not pay again")
    await expect(text).to_be_hidden()
    await tab.page.evaluate("document.getAnimations().forEach((each) => each.currentTime = 9000)")
    await expect(text).to_be_visible()
    await expect(tab.page.get_by_text("दोबारा न करें")).to_be_visible()
    assert [error for error in tab.errors if "Content Security Policy" in error]


async def test_a_phone_of_some_years_ago_pays(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    await tab.page.add_init_script(OLD_BROWSER)
    await tab.page.reload()
    await tab.choose("Scan a UPI QR code")
    await shows_qr(tab)
    assert tab.errors == []


async def test_a_service_that_does_not_answer_ends_in_a_text_and_a_button(
    world: World, tab: Tab
) -> None:
    payment = await world.open_payment()
    await tab.page.clock.install()
    await tab.page.route("**/v1/payments/**", lambda route: route.abort())
    await tab.page.goto(payment["checkout"]["url"])
    await expect(tab.page.locator("#line")).to_contain_text("do not pay again")
    title = tab.page.get_by_role("heading", name="We cannot reach the payment service")
    for _ in range(40):
        if await title.is_visible():
            break
        await tab.page.clock.run_for(3100)
    await expect(title).to_be_visible()
    await tab.page.unroute("**/v1/payments/**")
    await tab.press("Check again")
    await expect(tab.page.get_by_text("To be paid")).to_be_visible()


@pytest.mark.parametrize(
    ("code", "text", "more"),
    [
        ("too_many_attempts", "There were too many attempts", {}),
        ("limit_exceeded", "has reached what it may pay online in a day", {"limit": "per_day"}),
    ],
)
async def test_a_refusal_of_every_method_leads_back_to_the_shop(
    opened: dict[str, str], tab: Tab, code: str, text: str, more: dict[str, str]
) -> None:
    await refuse(tab, code, **more)
    await tab.choose("Scan a UPI QR code")
    await expect(tab.page.get_by_text(text)).to_be_visible()
    await expect(tab.page.get_by_role("link", name="Back to the shop")).to_be_visible()


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("method_not_available", "This method is not available for this payment now"),
        ("instrument_not_usable", "What you saved cannot pay at the moment"),
        ("too_many_requests", "Wait 2 min, or choose another method"),
        ("never_seen_before", "We could not start this payment. Nothing was charged"),
    ],
)
async def test_a_refusal_of_one_method_leads_to_the_others(
    opened: dict[str, str], tab: Tab, code: str, text: str
) -> None:
    await refuse(tab, code, retry_after=90)
    await tab.choose("Scan a UPI QR code")
    await expect(tab.page.get_by_role("status").first).to_contain_text(text)
    await expect(tab.page.get_by_role("button", name="Credit or debit card")).to_be_enabled()


async def refuse(tab: Tab, code: str, **more: object) -> None:
    """Let the next attempt be refused."""
    body = {"code": code, **more}
    at = re.compile(r"/attempts$")
    await tab.page.route(at, lambda route: route.fulfill(status=422, json=body), times=1)
