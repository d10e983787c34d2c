"""The checkout shows whose it is: name, logo, colour, support contact, and whether it is a test."""

import base64
from pathlib import Path

import pytest
from playwright.async_api import expect

from payment_engine.brand_file import BadBrand, brand_of
from payment_engine.services.access.brands import store_brand
from tests.web.conftest import Tab
from tests.web.test_standing import open_in_shop, reopen
from tests.world import World

LOGO = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path d="M0 0h8v8H0z"/></svg>'
CONTACT = {"email": "help@pharmacy.example", "phone": "1800 123 4567", "url": None}
BRAND = {
    "colour": "#ffd400",
    "logo": f"data:image/svg+xml;base64,{base64.b64encode(LOGO).decode()}",
    "support_email": CONTACT["email"],
    "support_phone": CONTACT["phone"],
    "reason": "the new brand",
}


async def set_brand(world: World, **changes: object) -> int:
    """Set the brand as somebody on call; the status of the answer."""
    headers = {"authorization": f"Bearer {world.keys.admin_key}"}
    body = {**BRAND, **changes}
    return (await world.api.put("/v1/admin/brand", json=body, headers=headers)).status_code


async def test_a_checkout_shows_its_merchant_in_every_state(world: World, tab: Tab) -> None:
    assert await set_brand(world) == 200
    world.engine.settings.test_mode = True
    payment = await open_in_shop(world)
    await tab.page.goto(payment["checkout"]["url"])
    await expect(tab.page.get_by_role("heading", name="Demo Pharmacy")).to_be_visible()
    await expect(tab.page).to_have_title("Payment · Demo Pharmacy")
    await expect(tab.page.locator("#brand img")).to_have_js_property("complete", value=True)
    assert await tab.page.evaluate("document.querySelector('#brand img').naturalWidth") > 0
    await expect(tab.page.get_by_text("Test mode: no real money")).to_be_visible()
    phone = tab.page.get_by_role("link", name="1800 123 4567")
    await expect(phone).to_have_attribute("href", "tel:18001234567")
    proceed = tab.page.get_by_role("button", name="PROCEED TO PAYMENT")
    await expect(proceed).to_have_css("background-color", "rgb(255, 212, 0)")
    await expect(proceed).to_have_css("color", "rgb(16, 22, 28)")
    assert tab.errors == []
    await reopen(world, tab, payment, days=1)
    await expect(tab.page.get_by_role("heading", name="Demo Pharmacy")).to_be_visible()
    await expect(tab.page.get_by_role("link", name="help@pharmacy.example")).to_be_visible()


async def test_a_checkout_without_a_brand_shows_the_name(world: World, tab: Tab) -> None:
    await set_brand(world)
    assert await set_brand(world, colour=None, logo=None, support_email=None) == 200
    payment = await open_in_shop(world)
    await tab.page.goto(payment["checkout"]["url"])
    await expect(tab.page.get_by_role("heading", name="Demo Pharmacy")).to_be_visible()
    await expect(tab.page.locator("#brand img, #mode:not(:empty)")).to_have_count(0)
    await expect(tab.page.locator("#support")).to_contain_text("1800 123 4567")


async def test_a_dry_run_changes_no_brand(world: World) -> None:
    assert await set_brand(world, dry_run=True) == 200
    rows = await world.sql("SELECT colour, logo FROM merchant")
    assert {(row["colour"], row["logo"]) for row in rows} == {(None, None)}
    actions = await world.sql("SELECT action, dry_run FROM admin_action")
    assert actions == [{"action": "brand.set", "dry_run": True}]


async def test_the_command_line_reads_the_logo_from_a_file(world: World, tmp_path: Path) -> None:
    logo = tmp_path / "logo.svg"
    logo.write_bytes(LOGO)
    brand = brand_of(logo, "#FFD400", CONTACT)
    assert brand
    await store_brand(world.engine, world.keys.merchant_id, brand)
    [row] = await world.sql("SELECT logo, colour, support_phone FROM merchant")
    assert row == {name: BRAND[name] for name in ("logo", "colour", "support_phone")}
    assert brand_of(None, None, {}) is None


def test_a_brand_that_cannot_be_shown_says_why(tmp_path: Path) -> None:
    large = tmp_path / "large.png"
    large.write_bytes(b"x" * 40_000)
    for logo, colour, complaint in (
        (tmp_path / "logo.gif", None, "logo.gif is none of"),
        (tmp_path / "missing.png", None, "missing.png: No such file"),
        (large, None, "logo: String should have at most"),
        (None, "green", "colour: String should match"),
    ):
        with pytest.raises(BadBrand, match=complaint):
            brand_of(logo, colour, {})
