"""VERIFY & PAY: a UPI ID is looked up before a request is sent to it."""

import pytest_asyncio
from playwright.async_api import Locator, expect

from tests.web.conftest import Tab
from tests.web.test_checkout_methods import ON_AN_IPHONE
from tests.world import World

PAY = "VERIFY & PAY ₹1,164.00"


@pytest_asyncio.fixture(loop_scope="session")
async def vpa(opened: dict[str, str], tab: Tab) -> Locator:
    """The field for a UPI ID, on an iPhone."""
    await tab.page.add_init_script(ON_AN_IPHONE)
    await tab.page.reload()
    await tab.choose("Pay by UPI ID")
    return tab.page.get_by_label("UPI ID", exact=True)


async def attempts(world: World, payment: dict[str, str]) -> int:
    """How many attempts the payment has."""
    return len((await world.read_payment(payment["id"]))["attempts"])


async def test_the_name_at_the_bank_is_shown_once_the_request_is_sent(
    opened: dict[str, str], tab: Tab, vpa: Locator
) -> None:
    verdict = {"vpa": "as***@okaxis", "status": "valid", "name_at_bank": "ASHA RAO"}
    await tab.page.route("**/upi/validate", lambda route: route.fulfill(json=verdict))
    await expect(tab.page.get_by_text("Looks like name@bank")).to_be_visible()
    await vpa.fill("asha.rao@okaxis")
    await tab.press(PAY)
    await expect(tab.page.get_by_role("heading", name="Approve the request")).to_be_visible()
    await expect(tab.page.get_by_text("Name at the bank: ASHA RAO")).to_be_visible()


async def test_an_id_that_no_bank_knows_leads_to_no_request(
    world: World, opened: dict[str, str], tab: Tab, vpa: Locator
) -> None:
    await vpa.fill("invalid.rao@okaxis")
    await tab.press(PAY)
    await expect(tab.page.get_by_text("No bank knows this UPI ID")).to_be_visible()
    await expect(vpa).to_be_focused()
    await expect(vpa).to_have_value("invalid.rao@okaxis")
    assert await attempts(world, opened) == 0


async def test_a_mistyped_handle_is_corrected_by_one_press(
    world: World, opened: dict[str, str], tab: Tab, vpa: Locator
) -> None:
    await vpa.fill("invalid.rao@okaxs")
    await tab.press(PAY)
    await expect(tab.page.get_by_text("Did you mean invalid.rao@okaxis?")).to_be_visible()
    await tab.page.wait_for_timeout(500)
    await tab.press("Use invalid.rao@okaxis")
    await expect(vpa).to_have_value("invalid.rao@okaxis")
    assert await attempts(world, opened) == 0


async def test_an_ending_is_chosen_from_those_of_the_known_apps(tab: Tab, vpa: Locator) -> None:
    await vpa.fill("9876543210")
    await tab.press("@ybl")
    await expect(vpa).to_have_value("9876543210@ybl")


async def test_too_many_ids_are_told_and_the_other_methods_remain(
    world: World, opened: dict[str, str], tab: Tab, vpa: Locator
) -> None:
    limited = {"code": "too_many_requests", "retry_after": 300}
    await tab.page.route("**/upi/validate", lambda route: route.fulfill(status=429, json=limited))
    await vpa.fill("asha.rao@okaxis")
    await tab.press(PAY)
    await expect(tab.page.get_by_text("Too many UPI IDs were checked")).to_be_visible()
    assert await attempts(world, opened) == 0


async def test_a_check_that_nobody_answers_does_not_stop_the_payment(
    world: World, opened: dict[str, str], tab: Tab, vpa: Locator
) -> None:
    await world.script_mock("http_status", {"path": "*/verify-vpa"}, status=503, times=4)
    await vpa.fill("asha.rao@okaxis")
    await tab.press(PAY)
    await expect(tab.page.get_by_role("heading", name="Approve the request")).to_be_visible()
