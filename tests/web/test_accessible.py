"""What people need who see little, listen, or use the keyboard: measured on every main screen."""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect

from tests.web.conftest import Tab
from tests.web.test_brand import set_brand
from tests.web.test_checkout import latest, shows_qr
from tests.world import World

FAULTS = Path(__file__).with_name("faults.js").read_text()
FOCUS = "getComputedStyle(document.activeElement).outline"


async def faults(tab: Tab) -> list[str]:
    """What is too faint, too small, unnamed or too wide on the screen."""
    return list(await tab.page.evaluate(FAULTS))


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_everything_can_be_read_pressed_and_named(
    world: World, opened: dict[str, str], tab: Tab, scheme: Any
) -> None:
    await set_brand(world)
    await tab.page.emulate_media(color_scheme=scheme)
    await tab.page.set_viewport_size({"width": 320, "height": 640})
    await tab.page.reload()
    await expect(tab.page.locator("#support")).to_contain_text("1800 123 4567")
    found = {"summary": await faults(tab)}
    await tab.press("PROCEED TO PAYMENT")
    await tab.page.get_by_text("Not available for this payment").click()
    found["methods"] = await faults(tab)
    await tab.press("Net banking")
    found["banks"] = await faults(tab)
    await tab.press("Use another method")
    await tab.press("Credit or debit card")
    await tab.press("MAKE PAYMENT")
    await expect(tab.page.get_by_label("Card number")).to_be_focused()
    found["card"] = await faults(tab)
    colour = {"light": "rgb(11, 87, 208)", "dark": "rgb(138, 180, 248)"}[scheme]
    assert await tab.page.evaluate(FOCUS) == f"{colour} solid 3px"
    await tab.press("Use another method")
    await tab.press("Scan a UPI QR code")
    await shows_qr(tab)
    found["qr"] = await faults(tab)
    await tab.press("Cancel this payment")
    found["question"] = await faults(tab)
    await tab.press("No, go on paying")
    await world.customer_decides(await latest(world, opened["id"]))
    await expect(tab.page.get_by_role("heading", name="Payment received")).to_be_visible()
    found["paid"] = await faults(tab)
    assert {screen: complaints for screen, complaints in found.items() if complaints} == {}


async def test_the_measure_finds_each_kind_of_fault(opened: dict[str, str], tab: Tab) -> None:
    await tab.press("PROCEED TO PAYMENT")
    await tab.press("Credit or debit card")
    assert await faults(tab) == []
    await tab.page.evaluate("""
      document.querySelector("h2").style.color = "#999";
      document.querySelector("label").style.cssText = "color: #888; background: #ddd";
      document.getElementById("card-cvv").style.borderColor = "#ccc";
      document.getElementById("stage").append(document.createElement("button"));
      const twin = Object.assign(document.createElement("i"), {id: "card-cvv"});
      document.getElementById("stage").append(twin);
      document.getElementById("title").style.width = "2000px";
    """)
    found = " ".join(await faults(tab))
    for fault in ("Order summary: 2.8", "Card number: ", "edge of card-cvv", "has no name"):
        assert fault in found
    assert "two of #card-cvv" in found
    assert "wider than the screen" in found


async def test_the_page_is_used_by_the_keyboard_alone(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    await tab.page.get_by_role("button", name="PROCEED TO PAYMENT").focus()
    await tab.page.keyboard.press("Enter")
    await expect(tab.page.get_by_role("heading", name="How would you like to pay?")).to_be_focused()
    await tab.page.keyboard.press("Tab")
    await expect(tab.page.get_by_role("button", name="Scan a UPI QR code")).to_be_focused()
    await tab.page.keyboard.press("Enter")
    await shows_qr(tab)
    await expect(tab.page.get_by_role("heading", name="Scan with any UPI app")).to_be_focused()
    await expect(tab.page.get_by_role("status").first).to_contain_text("do not pay again")


async def test_the_amount_is_read_when_the_summary_is_folded(
    opened: dict[str, str], tab: Tab
) -> None:
    await tab.press("PROCEED TO PAYMENT")
    summary = tab.page.get_by_label("Order summary")
    await expect(summary).to_match_aria_snapshot(
        '- group:\n  - heading "Order summary" [level=2]\n  - text: ₹1,164.00'
    )


async def test_in_hindi_every_name_is_hindi(opened: dict[str, str], tab: Tab) -> None:
    await tab.press("हिन्दी")
    await expect(tab.page.get_by_label("ऑर्डर का विवरण")).to_be_visible()
    await expect(tab.page.locator("html")).to_have_attribute("lang", "hi-IN")
    button = tab.page.get_by_role("button", name="English")
    await expect(button).to_have_attribute("lang", "en")
    await tab.page.get_by_role("button", name="भुगतान के लिए आगे बढ़ें").click()
    await expect(tab.page.get_by_role("heading", name="आप कैसे भुगतान")).to_be_visible()
    named = await tab.page.evaluate(
        "[...document.querySelectorAll('[aria-label]')].map((each) => each.ariaLabel)"
    )
    assert named
    assert not [each for each in named if each.isascii()]


async def test_the_shops_lines_are_read_in_the_language_they_are_written_in(
    world: World, tab: Tab
) -> None:
    hindi = {"label": "डिलीवरी शुल्क", "note": "मुफ़्त"}
    lines = [
        {"label": "Item total (MRP)", "amount": 116400},
        {"label": "Shipping fee", "amount": 0, "note": "FREE", "hi": hindi},
    ]
    payment = await world.open_payment(amount=116400, breakdown=lines)
    await tab.page.goto(payment["checkout"]["url"])
    row = tab.page.get_by_role("rowheader")
    await expect(row).to_have_text(["Item total (MRP)", "Shipping fee", "To be paid"])
    await tab.press("हिन्दी")
    await expect(row).to_have_text(["Item total (MRP)", "डिलीवरी शुल्क", "कुल देय राशि"])
    await expect(tab.page.get_by_role("cell", name="मुफ़्त")).to_be_visible()
    languages = [await each.get_attribute("lang") for each in await row.all()]
    assert languages == ["en", None, None]


async def test_sizes_follow_the_text_size_of_the_browser(opened: dict[str, str], tab: Tab) -> None:
    await tab.page.set_viewport_size({"width": 800, "height": 800})
    button = tab.page.get_by_role("button", name="PROCEED TO PAYMENT")
    before = await button.bounding_box()
    await tab.page.evaluate("document.documentElement.style.fontSize = '32px'")
    after = await button.bounding_box()
    assert before
    assert after
    assert after["height"] == pytest.approx(2 * before["height"], rel=0.1)
    assert await tab.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
