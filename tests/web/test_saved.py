"""What a customer saved: first on the list, deletable beside it, and what is promised is true."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from playwright.async_api import expect

from tests.customers import call_as_customer
from tests.web.conftest import Tab
from tests.web.test_checkout import ON_A_PHONE
from tests.web.test_order_of_methods import visible_methods
from tests.world import World, running_world

CONSENT = {"consent": True, "text_version": "vpa-1"}


@pytest_asyncio.fixture(loop_scope="session")
async def world(database: str, tmp_path: Path) -> AsyncIterator[World]:
    """The service with a wallet that is linked by an OTP."""
    settings = {"other_gateways": ("paytm",), "qr_at_once": False}
    async with running_world(database, tmp_path / "spool", **settings) as world:
        yield world


async def save_and_link(world: World, token: str) -> None:
    """Save a UPI ID and link a wallet."""
    for path, body, status in (
        ("/v1/upi/vpas", {"vpa": "asha.rao@okaxis", "save": CONSENT}, 201),
        ("/v1/paytm/wallet/otp", {"phone": "7777777777"}, 202),
        ("/v1/paytm/wallet/link", {"otp": "489871"}, 200),
    ):
        answer = await call_as_customer(world, "POST", path, token, body)
        assert answer.status_code == status


async def delete(tab: Tab, name: str, promise: str) -> None:
    """Delete something saved, after reading what that means."""
    await tab.page.get_by_role("button", name=f"Delete {name}").click()
    await expect(tab.page.get_by_text(promise)).to_be_visible()
    await tab.press("Yes, delete it")
    await expect(tab.page.get_by_role("status").first).to_contain_text("was deleted")
    await expect(tab.page.get_by_role("button", name=f"Delete {name}")).to_have_count(0)


async def test_on_a_phone_saved_ways_come_first_and_are_deleted(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    await save_and_link(world, opened["token"])
    methods = await visible_methods(tab, ON_A_PHONE)
    assert set(methods[:2]) == {"Google Pay (as***@okaxis)", "Paytm"}
    assert methods[2] == "Google Pay"
    await delete(tab, "Google Pay (as***@okaxis)", "It is deleted here and offered no more")
    assert await world.sql("SELECT id FROM saved_vpa") == []
    await delete(tab, "Paytm", "The shop can pay from this wallet no more")
    assert await world.sql("SELECT state FROM linked_wallet") == [{"state": "delinked"}]
    assert (await tab.page.locator(".choice:visible").first.inner_text()).startswith("GP")


async def test_what_cannot_pay_here_is_folded_and_deleted_all_the_same(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    await save_and_link(world, opened["token"])
    assert (await visible_methods(tab))[0] == "Paytm"
    await tab.page.get_by_text("Not available for this payment").click()
    saved = tab.page.get_by_role("button", name="as***@okaxis")
    await expect(saved.first).to_be_disabled()
    await delete(tab, "Google Pay (as***@okaxis)", "It is deleted here and offered no more")


async def test_a_deletion_that_is_not_answered_says_that_it_is_still_saved(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    await save_and_link(world, opened["token"])
    await visible_methods(tab)
    await tab.page.route("**/v1/paytm/wallet", lambda route: route.abort())
    await tab.page.get_by_role("button", name="Delete Paytm").click()
    await tab.press("Yes, delete it")
    await expect(tab.page.get_by_role("status").first).to_contain_text("It is still saved")
    await expect(tab.page.get_by_role("button", name="Delete Paytm")).to_be_visible()
