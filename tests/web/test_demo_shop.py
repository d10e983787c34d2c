"""The demo's shop: its Buy button makes new orders, and it shows what it was told of them."""

from playwright.async_api import expect

from tests.web.conftest import Tab
from tests.web.test_checkout import latest, shows_qr
from tests.web.test_embedded import frame_of, origin_of, register_origins
from tests.world import World


async def test_a_customer_buys_and_the_shop_shows_what_it_was_told(world: World, tab: Tab) -> None:
    shop = f"{world.mock.base_url}/shop/"
    for _ in range(2):
        await tab.page.goto(shop)
        await tab.press("Buy on a page of its own")
        await expect(tab.page.get_by_text("You save ₹66.20 on this order")).to_be_visible()
    await tab.choose("Scan a UPI QR code")
    await shows_qr(tab)
    payment = tab.page.url.partition("#")[0].rpartition("/")[2]
    await world.customer_decides(await latest(world, payment))
    await tab.page.get_by_role("link", name="Back to the shop").click()
    await expect(tab.page.get_by_text("not paid")).to_be_visible()
    await world.wait_for_status(payment, "paid")
    await world.run_worker()
    await tab.page.get_by_role("link", name="Look again").click()
    await expect(tab.page.get_by_text("paid", exact=True)).to_be_visible()
    await expect(tab.page.get_by_text("payment.paid")).to_be_visible()
    await tab.page.get_by_role("link", name="Back to the shop").click()
    await expect(tab.page.get_by_role("heading", name="Your orders")).to_be_visible()
    assert len(await world.sql("SELECT DISTINCT order_id FROM payment")) == 2


async def test_a_customer_buys_without_leaving_the_shop(world: World, tab: Tab) -> None:
    await register_origins(world, origin_of(world))
    await tab.page.goto(f"{world.mock.base_url}/shop/")
    await tab.page.get_by_role("button", name="Buy", exact=True).click()
    frame = frame_of(tab)
    await frame.get_by_role("button", name="PROCEED TO PAYMENT").click()
    await frame.get_by_role("button", name="Scan a UPI QR code").click()
    await expect(frame.get_by_role("img", name="UPI QR code")).to_be_visible()
    [row] = await world.sql("SELECT id FROM payment")
    await world.customer_decides(await latest(world, row["id"]))
    await world.wait_for_status(row["id"], "paid")
    await world.run_worker()
    await frame.get_by_role("link", name="Back to the shop").click()
    await expect(tab.page.get_by_text("paid", exact=True)).to_be_visible()
    await expect(tab.page.get_by_text("payment.paid")).to_be_visible()
    assert tab.errors == []


async def test_a_shop_without_a_key_or_a_service_says_so(world: World, tab: Tab) -> None:
    await tab.page.goto(f"{world.mock.base_url}/shop/")
    world.engine.settings.public_url = "nowhere"
    await world.sql("UPDATE api_key SET revoked_at = now() WHERE roles = 'service'")
    await tab.page.get_by_role("button", name="Buy", exact=True).click()
    await expect(tab.page.get_by_role("alert")).to_contain_text("answered 401")
