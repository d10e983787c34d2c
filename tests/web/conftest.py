"""A real browser over the real pages."""

import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.async_api import ConsoleMessage, Page, Request, async_playwright

from tests.world import World

CHROMIUM = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--remote-debugging-port=0",
)


@dataclass
class Tab:
    """One page of the browser, and everything it complained of or sent."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    sent: list[tuple[str, str]] = field(default_factory=list)

    def hear(self, said: ConsoleMessage) -> None:
        """Remember an error or a violation of the content security policy."""
        if said.type == "error":
            self.complaints.append(said.text)

    def note(self, asked: Request) -> None:
        """Remember where something was sent, and what."""
        self.sent.append((asked.url, asked.post_data or ""))

    async def press(self, name: str) -> None:
        """Press a button by its words."""
        await self.page.get_by_role("button", name=name).click()

    async def choose(self, name: str) -> None:
        """From the summary to one way to pay."""
        await self.press("PROCEED TO PAYMENT")
        await self.press(name)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Headless Chromium, once for all tests of a module; where it listens."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("apt-get install chromium")
    home = tmp_path_factory.mktemp("chromium")
    command = [program, *CHROMIUM, f"--user-data-dir={home}", "about:blank"]
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, **silent) as process:  # noqa: S603 - the system's own browser
        try:
            port, path = _listening(home / "DevToolsActivePort")
            yield f"ws://127.0.0.1:{port}{path}"
        finally:
            process.terminate()


def _listening(told: Path) -> list[str]:
    for _ in range(300):
        if told.exists() and len(lines := told.read_text().split()) == 2:
            return lines
        time.sleep(0.05)
    raise TimeoutError("Chromium did not start")


@pytest.fixture
async def tab(browser: str) -> AsyncIterator[Tab]:
    """A phone-sized tab of its own, with no memory of others."""
    async with async_playwright() as playwright:
        connected = await playwright.chromium.connect_over_cdp(browser)
        context = await connected.new_context(viewport={"width": 390, "height": 844})
        tab = Tab(await context.new_page())
        tab.page.set_default_timeout(15_000)
        tab.page.on("console", tab.hear)
        tab.page.on("pageerror", lambda error: tab.complaints.append(str(error)))
        tab.page.on("request", tab.note)
        yield tab
        await context.close()


@pytest.fixture
async def opened(world: World, tab: Tab) -> dict[str, str]:
    """A payment whose checkout is open in the tab."""
    payment = await world.open_payment(return_url=f"{world.mock.base_url}/shop/return")
    await tab.page.goto(payment["checkout"]["url"])
    return {
        "id": payment["id"],
        "order_id": payment["order_id"],
        "token": payment["checkout"]["token"],
    }
