"""axe-core finds nothing serious or critical on any page of the console."""

import pytest
from playwright.async_api import expect

from tests.web.conftest import Tab
from tests.web.test_axe import Complaints
from tests.web.test_axe import complaints as complaints
from tests.web.test_console import sign_in
from tests.world import World

pytestmark = pytest.mark.timeout(180)


async def test_every_page_of_the_console_and_its_dialog(
    world: World, tab: Tab, complaints: Complaints
) -> None:
    await tab.page.goto(f"{world.api.base_url}/console")
    found = {"signing in": await complaints()}
    paid = await world.paid_payment()
    await sign_in(world, tab, "")
    await expect(tab.page.get_by_label("Charts")).to_be_visible()
    found["overview"] = await complaints()
    pages = await tab.page.locator("#lists a").evaluate_all("(all) => all.map((a) => a.hash)")
    for page in [*pages[1:], f"#{paid['id']}"]:
        await tab.page.evaluate("(page) => { location.hash = page; }", page)
        await expect(tab.page.get_by_label("Charts")).to_have_count(0)
        await expect(tab.page.locator("#view section").first).to_be_visible()
        found[page] = await complaints()
    await expect(tab.page.get_by_label("show detail of attempt.created")).to_be_visible()
    found["timeline"] = await complaints()
    await tab.press("Sync")
    await expect(tab.page.get_by_role("dialog")).to_be_visible()
    found["dialog"] = await complaints()
    assert len(found) > 12
    assert {page: faults for page, faults in found.items() if faults} == {}
