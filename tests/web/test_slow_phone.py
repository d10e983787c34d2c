"""The checkout on a cheap phone with a slow network: everything arrives late, and nothing twice."""

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.web.conftest import Tab
from tests.web.test_checkout import ON_A_PHONE, latest, type_card
from tests.web.test_checkout_methods import ON_AN_IPHONE
from tests.world import World

SLOW_3G = {
    "offline": False,
    "latency": 400,  # milliseconds
    "downloadThroughput": 50_000,  # bytes a second
    "uploadThroughput": 50_000,
}
SLOWDOWN = 4
"""Times as slow as this machine's processor."""
AGENTS = {"desktop": "", "android": ON_A_PHONE, "iphone": ON_AN_IPHONE}


@pytest_asyncio.fixture(params=AGENTS, loop_scope="session")
async def slow(request: pytest.FixtureRequest, tab: Tab) -> Tab:
    """A tab that is slow from its first request on."""
    devtools = await tab.page.context.new_cdp_session(tab.page)
    await devtools.send("Network.enable")
    await devtools.send("Network.emulateNetworkConditions", SLOW_3G)
    await devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})
    if AGENTS[request.param]:
        await tab.page.add_init_script(AGENTS[request.param])
    return tab


async def test_a_double_press_while_a_slow_answer_is_awaited_starts_one_attempt(
    world: World, slow: Tab, opened: dict[str, str]
) -> None:
    await slow.choose("Credit or debit card")
    await type_card(slow)
    await slow.page.get_by_role("button", name="MAKE PAYMENT").dblclick()
    await slow.page.get_by_label("One-time password").fill("000000")
    await slow.page.locator("button[value=approve]").click()
    await slow.page.wait_for_url("**/shop/return**")
    await world.wait_for_status(opened["id"], "paid")
    attempts = (await world.read_payment(opened["id"]))["attempts"]
    assert [attempt["method"] for attempt in attempts] == ["card"]
    assert slow.errors == []


async def test_a_wait_for_the_customers_app_ends_with_the_receipt(
    world: World, slow: Tab, opened: dict[str, str]
) -> None:
    await slow.press("PROCEED TO PAYMENT")
    folded = slow.page.get_by_text("Pay from another device")
    code = slow.page.get_by_role("button", name="Scan a UPI QR code")
    by_id = slow.page.get_by_role("button", name="Pay by UPI ID")
    await expect(folded.or_(code).or_(by_id).first).to_be_visible()
    if await by_id.is_visible():
        await by_id.click()
        await slow.page.get_by_label("UPI ID", exact=True).fill("asha.rao@okaxis")
        await slow.press("VERIFY & PAY")
    else:
        if await folded.is_visible():
            await folded.click()
        await code.click()
    await expect(slow.page.get_by_role("timer")).to_contain_text("Valid for")
    await world.customer_decides(await latest(world, opened["id"]))
    await expect(slow.page.get_by_role("status")).to_contain_text("Payment received")
    assert slow.errors == []
