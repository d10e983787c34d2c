"""The real pages in a real browser."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import (
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    async_playwright,
    expect,
)

from tests.databases import emptied_database
from tests.world import World, running_world

CHROMIUM = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--in-process-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--remote-debugging-port=0",
    "--renderer-process-limit=1",  # the pages of a context share a process: its start is dear
    # A page that a test serves has no address, and a process in reserve is never used.
    "--disable-features=LocalNetworkAccessChecks,SpareRendererForSitePerProcess",
)


_HERE = Path(__file__).parent
_PATIENCE = 30_000
"""Milliseconds for what a page does next, on a machine that does much else."""
expect.set_options(timeout=_PATIENCE)
_UNLIMITED = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}


@dataclass
class Tab:
    """One browser page, with its console errors and everything it requested."""

    page: Page
    errors: list[str] = field(default_factory=list)
    sent: list[tuple[str, str]] = field(default_factory=list)

    def on_console(self, message: ConsoleMessage) -> None:
        """Record an error, such as a violation of the content security policy."""
        if message.type == "error":
            self.errors.append(message.text)

    def on_request(self, request: Request) -> None:
        """Record a request's URL and body."""
        self.sent.append((request.url, request.post_data or ""))

    async def press(self, name: str) -> None:
        """Press a button by its label."""
        await self.page.get_by_role("button", name=name).click()

    async def choose(self, name: str) -> None:
        """Proceed from the summary and pick a method."""
        await self.press("PROCEED TO PAYMENT")
        await self.press(name)

    @asynccontextmanager
    async def offline(self) -> AsyncIterator[None]:
        """Without a network. For the page alone: of those that share a process, a page would be
        told that it is online when another one is, and look before it can be."""
        devtools = await self.page.context.new_cdp_session(self.page)
        await devtools.send("Network.enable")
        await devtools.send("Network.emulateNetworkConditions", {**_UNLIMITED, "offline": True})
        yield
        await devtools.send("Network.emulateNetworkConditions", {**_UNLIMITED, "offline": False})


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of pages run on the event loop that Playwright's driver is bound to."""
    for item in items:
        if pytest_asyncio.is_async_test(item) and item.path.parent == _HERE:
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The debugging URL of a headless Chromium, one for each worker.

    The shell without a window's parts is the same engine for half the processor time.
    """
    program = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if program is None:
        pytest.skip("apt-get install chromium-headless-shell")
    home = tmp_path_factory.mktemp("chromium")
    command = [program, *CHROMIUM, f"--user-data-dir={home}", "about:blank"]
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(  # noqa: S603 - the system's own browser
        command, start_new_session=True, **silent
    ) as process:
        try:
            port, path = devtools_address(home / "DevToolsActivePort")
            yield f"ws://127.0.0.1:{port}{path}"
        finally:
            os.killpg(process.pid, signal.SIGTERM)  # Debian's command is a script that runs it


def devtools_address(port_file: Path) -> list[str]:
    """The port of the browser that writes this file, and the path of its address."""
    for _ in range(1200):
        if port_file.exists() and len(lines := port_file.read_text().split()) == 2:
            return lines
        time.sleep(0.05)
    raise TimeoutError("Chromium did not start")


@asynccontextmanager
async def open_profile(browser: str) -> AsyncIterator[BrowserContext]:
    """Where phone-sized tabs are opened, with a page that keeps their process alive."""
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.connect_over_cdp(browser)
        context = await chromium.new_context(viewport={"width": 390, "height": 844})
        await context.new_page()
        yield context
        await context.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def profile(browser: str) -> AsyncIterator[BrowserContext]:
    """One for each worker: the driver starts in a second, and a page's process is dear too."""
    async with open_profile(browser) as profile:
        yield profile


@asynccontextmanager
async def open_tab(profile: BrowserContext) -> AsyncIterator[Tab]:
    """A tab that leaves nothing to the next one."""
    others = set(profile.pages)
    tab = Tab(await profile.new_page())
    tab.page.set_default_timeout(_PATIENCE)
    tab.page.on("console", tab.on_console)
    tab.page.on("pageerror", lambda error: tab.errors.append(str(error)))
    tab.page.on("request", tab.on_request)
    try:
        yield tab
    finally:
        for page in set(profile.pages) - others:
            await page.close()
        await forget(profile)


async def forget(profile: BrowserContext) -> None:
    """Undo all that a tab can leave in its profile."""
    await profile.unroute_all()
    await profile.set_offline(False)
    await profile.clear_permissions()
    devtools = await profile.new_cdp_session(profile.pages[0])
    await devtools.send("Storage.clearDataForOrigin", {"origin": "*", "storageTypes": "all"})
    await devtools.send("Network.clearBrowserCache")
    await devtools.detach()


@pytest_asyncio.fixture(loop_scope="session")
async def tab(profile: BrowserContext) -> AsyncIterator[Tab]:
    """A tab for one test."""
    async with open_tab(profile) as tab:
        yield tab


@pytest_asyncio.fixture(loop_scope="session")
async def database(postgres_url: str, request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """As everywhere, on the event loop of the browser."""
    async with emptied_database(postgres_url, request) as url:
        yield url


@pytest_asyncio.fixture(loop_scope="session")
async def world(database: str, tmp_path: Path) -> AsyncIterator[World]:
    """On the event loop of the browser; a test presses for all that its checkout starts."""
    async with running_world(database, tmp_path / "spool", qr_at_once=False) as world:
        yield world


@pytest_asyncio.fixture(loop_scope="session")
async def opened(world: World, tab: Tab) -> dict[str, str]:
    """A payment whose checkout is open in the tab."""
    payment = await world.open_payment(return_url=f"{world.mock.base_url}/shop/return")
    await tab.page.goto(payment["checkout"]["url"])
    return {
        "id": payment["id"],
        "order_id": payment["order_id"],
        "token": payment["checkout"]["token"],
    }
