"""A real browser over the real pages."""

import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from playwright.async_api import Page, async_playwright

from tests.world import World


@dataclass
class Tab:
    """One page of the browser, and everything it complained of or sent."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    sent: list[tuple[str, str]] = field(default_factory=list)


@pytest.fixture
async def tab() -> AsyncIterator[Tab]:
    """A phone-sized tab of headless Chromium."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("apt-get install chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        page = await browser.new_page(viewport={"width": 390, "height": 844})
        page.set_default_timeout(15_000)
        made = Tab(page)
        page.on("console", lambda said: _complain(made, said.type, said.text))
        page.on("pageerror", lambda error: made.complaints.append(str(error)))
        page.on("request", lambda asked: made.sent.append((asked.url, asked.post_data or "")))
        yield made
        await browser.close()


def _complain(tab: Tab, kind: str, text: str) -> None:
    if kind == "error" and "favicon" not in text:
        tab.complaints.append(text)


@pytest.fixture
async def opened(world: World, tab: Tab) -> dict[str, str]:
    """A payment whose checkout is open in the tab."""
    payment = await world.opened(return_url=f"{world.mock.base_url}/shop/return")
    await tab.page.goto(payment["checkout"]["url"])
    return {"id": payment["id"], "order_id": payment["order_id"]}
