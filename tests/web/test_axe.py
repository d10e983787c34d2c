"""axe-core finds nothing serious or critical on any screen, in both schemes and both languages."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.web.conftest import Tab
from tests.web.test_brand import set_brand
from tests.web.test_checkout import ON_A_PHONE, fill_card, latest, shows_qr
from tests.web.test_checkout_methods import ON_AN_IPHONE
from tests.web.test_standing import open_in_shop, reopen
from tests.web.test_survival import refuse
from tests.world import World

AXE = Path(__file__).parent / "node" / "node_modules" / "axe-core" / "axe.min.js"
RUN = """async () => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"] });
  return violations.filter(({ impact }) => ["serious", "critical"].includes(impact))
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`);
}"""

Complaints = Callable[[], Awaitable[list[str]]]
pytestmark = pytest.mark.timeout(180)


@pytest_asyncio.fixture(loop_scope="session")
async def complaints(tab: Tab) -> Complaints:
    """What axe finds on the screen as it is."""
    if not AXE.exists():
        pytest.skip("npm ci --ignore-scripts --prefix tests/web/node")
    source = AXE.read_text()

    async def run() -> list[str]:
        if not await tab.page.evaluate("'axe' in window"):
            await tab.page.evaluate(source)
        return list(await tab.page.evaluate(RUN))

    return run


async def test_axe_finds_a_fault_where_there_is_one(
    opened: dict[str, str], tab: Tab, complaints: Complaints
) -> None:
    assert await complaints() == []
    await tab.page.evaluate(
        "document.querySelector('main').append(document.createElement('input'))"
    )
    [found] = await complaints()
    assert found.startswith("label: <input>")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("hindi", [False, True], ids=["en", "hi"])
async def test_every_step_to_a_receipt(
    world: World,
    opened: dict[str, str],
    tab: Tab,
    complaints: Complaints,
    scheme: Any,
    hindi: bool,  # noqa: FBT001
) -> None:
    await set_brand(world)
    await tab.page.emulate_media(color_scheme=scheme)
    await tab.page.reload()
    if hindi:
        await tab.press("हिन्दी")
        await expect(tab.page.locator("html")).to_have_attribute("lang", "hi-IN")
    found = {"summary": await complaints()}
    main = tab.page.locator("#stage button.main")
    await main.click()
    await expect(tab.page.locator(".methods")).to_be_visible()
    for folded in await tab.page.locator(".folded > summary").all():
        await folded.click()
    found["methods"] = await complaints()
    await tab.page.locator(
        ".choice", has=tab.page.locator("small")
    ).last.scroll_into_view_if_needed()
    await tab.page.locator("button.choice:not(:disabled)").nth(1).click()
    await expect(tab.page.locator("#card-number")).to_be_visible()
    await tab.page.locator("form button.main").click()
    await expect(tab.page.locator("#card-number")).to_have_attribute("aria-invalid", "true")
    found["card"] = await complaints()
    await tab.page.go_back()
    await expect(tab.page.locator(".methods")).to_be_visible()
    await tab.page.locator("button.choice:not(:disabled)").last.click()
    await expect(tab.page.locator("#bank-search")).to_be_visible()
    found["banks"] = await complaints()
    await tab.page.go_back()
    await tab.page.locator("button.choice:not(:disabled)").first.click()
    await expect(tab.page.locator(".qr svg")).to_be_visible()
    found["qr"] = await complaints()
    await tab.page.locator("button.quietly").click()
    await expect(tab.page.locator("#question-title")).to_be_visible()
    found["question"] = await complaints()
    await tab.page.locator("#question button.main").click()
    await world.customer_decides(await latest(world, opened["id"]))
    await expect(tab.page.locator(".receipt")).to_be_visible()
    found["receipt"] = await complaints()
    assert {screen: faults for screen, faults in found.items() if faults} == {}


@pytest.mark.parametrize("agent", [ON_A_PHONE, ON_AN_IPHONE], ids=["android", "iphone"])
async def test_upi_on_a_phone(
    world: World, opened: dict[str, str], tab: Tab, complaints: Complaints, agent: str
) -> None:
    await tab.page.add_init_script(agent)
    await tab.page.reload()
    await tab.press("PROCEED TO PAYMENT")
    await expect(tab.page.locator(".apps")).to_be_visible()
    found = {"apps": await complaints()}
    if agent == ON_AN_IPHONE:
        await tab.press("Pay by UPI ID")
        await tab.page.get_by_label("UPI ID", exact=True).fill("invalid.rao@okaxs")
        await tab.press("VERIFY & PAY")
        await expect(tab.page.get_by_text("Did you mean")).to_be_visible()
        found["upi id"] = await complaints()
        await tab.press("Use another method")
    await tab.press("BHIM")
    await expect(tab.page.get_by_role("link", name="Open BHIM")).to_be_visible()
    found["open the app"] = await complaints()
    await world.customer_decides(await latest(world, opened["id"]), "decline")
    await expect(tab.page.get_by_text("did not go through")).to_be_visible()
    found["declined"] = await complaints()
    assert {screen: faults for screen, faults in found.items() if faults} == {}


async def test_what_goes_wrong(
    world: World, opened: dict[str, str], tab: Tab, complaints: Complaints
) -> None:
    found = {}
    await refuse(tab, "method_not_available")
    await tab.choose("Scan a UPI QR code")
    await expect(tab.page.get_by_text("This method is not available")).to_be_visible()
    found["refused"] = await complaints()
    await world.start_attempt(opened["id"], method="upi_qr")
    await shows_qr(tab)
    found["the code"] = await complaints()
    await tab.press("Credit or debit card")
    await expect(tab.page.get_by_text("If you have already paid, go back")).to_be_visible()
    found["instead"] = await complaints()
    async with tab.offline():
        await expect(tab.page.locator("#line")).to_contain_text("offline")
        found["offline"] = await complaints()
    await world.run_worker(minutes=16)
    await expect(tab.page.get_by_role("heading", name="The time to pay is over")).to_be_visible()
    found["expired"] = await complaints()
    assert {screen: faults for screen, faults in found.items() if faults} == {}


async def test_what_leads_nowhere(world: World, tab: Tab, complaints: Complaints) -> None:
    payment = await open_in_shop(world)
    await tab.page.goto(payment["checkout"]["url"])
    await refuse(tab, "too_many_attempts")
    await tab.choose("Scan a UPI QR code")
    await expect(tab.page.get_by_text("There were too many attempts")).to_be_visible()
    found = {"dead end": await complaints()}
    await reopen(world, tab, payment, days=1)
    await expect(tab.page.locator(".end h2")).to_be_visible()
    found["over"] = await complaints()
    await tab.page.goto("about:blank")
    await tab.page.goto(f"{world.api.base_url}/checkout/pay_any")
    await expect(tab.page.get_by_role("heading", name="This link no longer")).to_be_visible()
    found["lost"] = await complaints()
    await tab.page.goto(f"{world.api.base_url}/v1/juspay/return")
    found["error page"] = await complaints()
    assert {screen: faults for screen, faults in found.items() if faults} == {}


async def test_the_bank_asks_and_the_page_waits(
    world: World, opened: dict[str, str], tab: Tab, complaints: Complaints
) -> None:
    await tab.choose("Credit or debit card")
    await fill_card(tab)
    await expect(tab.page.get_by_label("One-time password")).to_be_visible()
    await tab.page.go_back()
    await expect(tab.page.get_by_role("link", name="Continue to that page")).to_be_visible()
    assert await complaints() == []
