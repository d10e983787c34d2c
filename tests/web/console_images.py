"""The images of the console in docs/images: python -m tests.web.console_images."""

import asyncio
import shutil
import subprocess
import tempfile
from pathlib import Path

from playwright.async_api import Page, async_playwright

from tests.databases import create_database
from tests.people import key_of
from tests.servers import Servers, server_url
from tests.web.conftest import CHROMIUM, devtools_address
from tests.world import World, running_world

FOLDER = Path(__file__).parents[2] / "docs" / "images"
_DESK, _PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}

_SPREAD = """
UPDATE attempt a SET created_at = a.created_at - s.n * interval '13 min',
  settled_at = a.created_at - s.n * interval '13 min' + (4 + s.n % 4 * 3) * interval '1 s'
FROM (SELECT id, row_number() OVER (ORDER BY created_at DESC) AS n FROM attempt
  WHERE settled_at IS NOT NULL) s WHERE a.id = s.id RETURNING a.id
"""
"""What has ended, over the last two hours, so that the charts have something to draw."""


async def traffic(world: World) -> str:
    """Payments in every state that a list shows; the id of one that has a conflict."""
    for _ in range(6):
        await world.paid_payment()
    for decision in ("decline", "decline"):
        payment = await world.open_payment()
        await world.customer_decides(await world.start_attempt(payment["id"]), decision)
        await world.wait_for_status(payment["id"], "open")
    await world.script_mock("hold", times=4)
    for _ in range(3):
        await world.start_attempt((await world.open_payment())["id"])
    await world.script_mock("refund_hold", times=2)
    paid = await world.paid_payment()
    body = {"amount": 5000, "reason": "out_of_stock"}
    await world.post(f"/v1/payments/{paid['id']}/refunds", body)
    payment = await world.open_payment()
    late = await world.start_attempt(payment["id"])
    await world.post(f"/v1/payments/{payment['id']}/cancel")
    await world.customer_decides(late)
    async with asyncio.timeout(20):
        while not (await world.read_payment(payment["id"]))["refunds"]:
            await world.run_worker(rounds=1)
    await world.sql(_SPREAD)
    return str(payment["id"])


async def images(world: World, page: Page) -> None:
    """One image of each kind of page, those of a person who may act and of one who only reads."""
    payment_id = await traffic(world)
    roles = ("read", "operate", "refund", "config", "platform")
    await show(world, page, "health", await key_of(world, "asha@pharmacy.example", *roles))
    await image(page, "1-overview")
    for name, at in {"2-attempts": "attempts?state=unsettled", "3-conflicts": "conflicts"}.items():
        await go(page, at)
        await image(page, name)
    await go(page, payment_id)
    await image(page, "4-payment")
    await go(page, "routes")
    await page.get_by_role("button", name="Set", exact=True).first.click()
    await page.get_by_label("Reason").fill("success rate of the bank dropped, incident 4711")
    await page.get_by_label("Weight").fill("10")
    await page.get_by_label("For so many seconds").fill("3600")
    await page.get_by_role("button", name="Preview").click()
    await page.get_by_text("This is what it would do").wait_for()
    await image(page, "5-action", whole=False)
    await page.get_by_role("button", name="Close").click()
    await set_banner(world)
    await go(page, "banners")
    await image(page, "7-banners", whole=False)
    await page.get_by_role("button", name="Log out").click()
    await page.set_viewport_size(_PHONE)
    await show(world, page, "health", await key_of(world, "kiran@pharmacy.example", "read"))
    await image(page, "6-phone", whole=False)


async def set_banner(world: World) -> None:
    """Tell the customers something, as the list of banners shows it."""
    body = {
        "en": "UPI is slow at the moment. Cards work.",
        "hi": "UPI अभी धीमा है। कार्ड चल रहे हैं।",
        "expires_in": 3600,
        "reason": "NPCI incident",
    }
    token = world.headers(world.keys.admin_key)
    answer = await world.api.put("/v1/admin/banners/own", json=body, headers=token)
    answer.raise_for_status()


async def show(world: World, page: Page, at: str, key: str) -> None:
    """Sign in on a page of the console."""
    await page.goto(f"{world.api.base_url}/console#{at}")
    await page.get_by_label("Admin key").fill(key)
    await page.get_by_role("button", name="Sign in").click()
    await page.locator("#view section").first.wait_for()


async def go(page: Page, at: str) -> None:
    """Follow a link within the console."""
    await page.evaluate(
        "(at) => { document.getElementById('view').textContent = ''; location.hash = at; }", at
    )
    await page.locator("#view section").first.wait_for()


async def image(page: Page, name: str, *, whole: bool = True) -> None:
    """Write one image."""
    path = FOLDER / f"console-{name}.png"
    await page.screenshot(path=path, full_page=whole)
    width = await page.evaluate("document.documentElement.scrollWidth")
    print(path.name, width)  # noqa: T201 - a command


async def main() -> None:
    """Start the service and a browser, and write the images."""
    program = shutil.which("chromium")
    if program is None:
        raise SystemExit("apt-get install chromium")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        home = Path(folder) / "chromium"
        command = [
            program,
            *CHROMIUM,
            "--hide-scrollbars",
            f"--user-data-dir={home}",
            "about:blank",
        ]
        silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        with subprocess.Popen(command, **silent) as browser:  # noqa: S603, ASYNC220
            try:
                port, path = devtools_address(home / "DevToolsActivePort")
                database = await create_database(server_url("postgres"))
                async with (
                    running_world(
                        database, Path(folder) / "spool", mongo_url=server_url("mongo")
                    ) as world,
                    async_playwright() as playwright,
                ):
                    address = f"ws://127.0.0.1:{port}{path}"
                    connected = await playwright.chromium.connect_over_cdp(address)
                    context = await connected.new_context(viewport=_DESK)
                    await images(world, await context.new_page())
            finally:
                browser.terminate()


if __name__ == "__main__":
    servers = Servers()
    servers.open()
    try:
        asyncio.run(main())
    finally:
        servers.close()
