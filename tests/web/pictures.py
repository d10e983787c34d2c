"""Takes the pictures of the checkout, in the README and docs/payment-page.md, from a running demo.

``make run`` in one terminal, ``python -m tests.web.pictures`` in another; ``PE_RUN_DIR`` as there.
"""

import asyncio
import json
import os
import secrets
import shutil
from pathlib import Path
from typing import Any

import httpx
from playwright.async_api import Page, async_playwright, expect

from payment_engine.demo.shop import example_order

FOLDER = Path("docs/images")
SIZE = {"width": 390, "height": 790}
COMPUTER = {"width": 1180, "height": 680}
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1"
)
FACTS = {
    "Card number": "6521 5252 5252 5251",
    "Valid through": "09/31",
    "Name on card": "Asha Rao",
}


async def main() -> None:
    """Save the six pictures of a phone, and the one of a computer."""
    program = shutil.which("chromium")
    demo = json.loads((Path(os.environ.get("PE_RUN_DIR", ".run")) / "demo.json").read_text())
    async with async_playwright() as playwright:
        options = ["--no-sandbox", "--hide-scrollbars"]
        browser = await playwright.chromium.launch(executable_path=program, args=options)
        context = await browser.new_context(viewport=SIZE, user_agent=IPHONE, device_scale_factor=1)
        payment = await open_payment(demo)
        page = await context.new_page()
        page.set_default_timeout(30_000)
        await page.goto(payment["checkout"]["url"])
        await take_all(page, demo, payment)
        context = await browser.new_context(viewport=COMPUTER, device_scale_factor=1)
        await take_computer(await context.new_page(), await open_payment(demo))
        await browser.close()


async def open_payment(demo: dict[str, Any]) -> dict[str, Any]:
    """A payment for another copy of the example order."""
    order = example_order() | {
        "order_id": f"PO{secrets.randbelow(90_000) + 10_000}",
        "return_url": f"{demo['mock']}/shop/return",
        "customer": {"ref": f"cust-{secrets.token_hex(4)}", "phone": "9876543210"},
    }
    headers = {
        "authorization": f"Bearer {demo['service_key']}",
        "idempotency-key": order["order_id"],
    }
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.post(f"{demo['api']}/v1/payments", json=order, headers=headers)
    return dict(answer.raise_for_status().json())


async def take_all(page: Page, demo: dict[str, Any], payment: dict[str, Any]) -> None:
    """Walk from the summary to the receipt."""
    await page.get_by_role("button", name="PROCEED TO PAYMENT").wait_for()
    await expect(page.get_by_role("heading", name="Demo Pharmacy")).to_be_visible()
    await take(page, "1-summary")
    await page.get_by_role("button", name="PROCEED TO PAYMENT").click()
    await page.get_by_role("button", name="PhonePe").wait_for()
    await take(page, "2-methods")
    await page.get_by_role("button", name="Credit or debit card").click()
    for label, value in FACTS.items():
        await page.get_by_label(label).fill(value)
    await page.get_by_label("CVV").focus()
    await take(page, "3-card")
    await page.go_back()
    await page.get_by_role("button", name="Pay by UPI ID").click()
    await page.get_by_label("UPI ID", exact=True).fill("invalid.rao@okaxs")
    await page.get_by_role("button", name="VERIFY & PAY").click()
    await page.get_by_text("Did you mean").wait_for()
    await take(page, "4-upi")
    await page.get_by_label("UPI ID", exact=True).fill("asha.rao@okaxis")
    await page.get_by_role("button", name="VERIFY & PAY").click()
    await page.get_by_role("heading", name="Approve the request").wait_for()
    await take(page, "5-approve")
    await approve(demo, payment)
    await page.get_by_role("heading", name="Payment received").wait_for()
    await take(page, "6-receipt")


async def take_computer(page: Page, payment: dict[str, Any]) -> None:
    """The code beside the list."""
    await page.goto(payment["checkout"]["url"])
    await page.get_by_role("button", name="PROCEED TO PAYMENT").click()
    await page.get_by_role("img", name="UPI QR code").wait_for()
    await take(page, "7-computer")


async def approve(demo: dict[str, Any], payment: dict[str, Any]) -> None:
    """The customer enters their PIN."""
    headers = {"authorization": f"Bearer {demo['service_key']}"}
    async with httpx.AsyncClient(trust_env=False) as client:
        read = await client.get(f"{demo['api']}/v1/payments/{payment['id']}", headers=headers)
        [attempt] = read.raise_for_status().json()["attempts"]
        ref = attempt["id"].removeprefix("att_")
        decided = await client.post(f"{demo['mock']}/control/orders/{ref}/approve", json={})
        decided.raise_for_status()


async def take(page: Page, name: str) -> None:
    """Save the visible part of the page."""
    await page.mouse.move(0, 0)
    await page.wait_for_timeout(300)
    await page.screenshot(path=FOLDER / f"checkout-{name}.png")


if __name__ == "__main__":
    asyncio.run(main())
