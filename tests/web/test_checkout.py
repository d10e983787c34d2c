"""The hosted checkout, as a customer uses it."""

from playwright.async_api import expect

from tests.web.conftest import Tab
from tests.world import World

CARD = "4111 1111 1111 1111"


async def fill_card(tab: Tab, number: str = CARD) -> None:
    """The card form, filled in and sent."""
    await tab.page.get_by_label("Card number").fill(number)
    await tab.page.get_by_label("Valid through").fill("09/31")
    await tab.page.get_by_label("CVV").fill("123")
    await tab.page.get_by_label("Name on card").fill("Demo Customer")
    await tab.page.get_by_role("button", name="MAKE PAYMENT").click()


async def latest(world: World, payment_id: str) -> dict[str, str]:
    """The payment's last attempt."""
    return dict((await world.read(payment_id))["attempts"][-1])


async def test_the_summary_shows_the_orders_lines(opened: dict[str, str], tab: Tab) -> None:
    summary = tab.page.get_by_label("Order summary")
    for text in ("₹1,230.20", "−₹66.20", "FREE for members", "₹1,164.00"):
        await expect(summary).to_contain_text(text)
    assert tab.complaints == []


async def test_a_customer_pays_by_qr(world: World, opened: dict[str, str], tab: Tab) -> None:
    await tab.page.get_by_role("button", name="Scan a UPI QR code").click()
    await expect(tab.page.get_by_role("img", name="UPI QR code")).to_be_visible()
    await expect(tab.page.get_by_text("Valid for")).to_be_visible()
    await world.decide(await latest(world, opened["id"]))
    await expect(tab.page.get_by_role("status")).to_contain_text("Payment received")
    await tab.page.get_by_role("link", name="Back to the shop").click()
    await expect(tab.page.get_by_text(opened["order_id"])).to_be_visible()
    assert tab.complaints == []


async def test_a_customer_pays_by_card_and_the_number_goes_to_the_gateway_alone(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    await tab.page.get_by_role("button", name="Credit or debit card").click()
    await fill_card(tab)
    await tab.page.get_by_role("link", name="Continue to your bank").click()
    await tab.page.get_by_label("One-time password").fill("000000")
    await tab.page.locator("button[value=approve]").click()
    await tab.page.wait_for_url("**/shop/return**")
    await world.until(opened["id"], "paid")
    number = CARD.replace(" ", "")
    to = {url for url, body in tab.sent if number in url or number in body}
    assert to == {f"{world.mock.base_url}/juspay/card/tokenize"}
    assert tab.complaints == []


async def test_a_wrong_card_number_is_told_at_its_field(opened: dict[str, str], tab: Tab) -> None:
    await tab.page.get_by_role("button", name="Credit or debit card").click()
    await fill_card(tab, "4111 1111 1111 1112")
    await expect(tab.page.get_by_role("alert").first).to_contain_text("not a card number")
    assert not [url for url, _ in tab.sent if "tokenize" in url]


async def test_a_declined_customer_tries_again(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    await tab.page.get_by_role("button", name="Scan a UPI QR code").click()
    await expect(tab.page.get_by_role("img", name="UPI QR code")).to_be_visible()
    await world.decide(await latest(world, opened["id"]), "decline")
    await expect(tab.page.get_by_role("heading", name="How would you like to pay?")).to_be_visible()
    await tab.page.get_by_role("button", name="Scan a UPI QR code").click()
    await expect(tab.page.get_by_role("img", name="UPI QR code")).to_be_visible()
    await world.decide(await latest(world, opened["id"]))
    await expect(tab.page.get_by_role("status")).to_contain_text("Payment received")


async def test_a_reload_in_the_middle_loses_nothing_and_the_method_may_be_changed(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    await tab.page.get_by_role("button", name="Scan a UPI QR code").click()
    await expect(tab.page.get_by_role("img", name="UPI QR code")).to_be_visible()
    await tab.page.reload()
    await expect(tab.page.get_by_role("img", name="UPI QR code")).to_be_visible()
    await tab.page.get_by_role("button", name="Use another method").click()
    await tab.page.get_by_role("button", name="Credit or debit card").click()
    await fill_card(tab)
    await expect(tab.page.get_by_role("link", name="Continue to your bank")).to_be_visible()
    seen = await world.read(opened["id"])
    assert [attempt["method"] for attempt in seen["attempts"]] == ["upi_qr", "card"]


async def test_a_link_that_is_over_says_so(world: World, tab: Tab) -> None:
    payment = await world.opened()
    await tab.page.goto(f"{world.api.base_url}/checkout/{payment['id']}#not-a-token")
    await expect(tab.page.get_by_role("status")).to_contain_text("not valid any more")


async def test_the_console_shows_what_happened_and_no_secret(world: World, tab: Tab) -> None:
    paid = await world.paid()
    await tab.page.set_viewport_size({"width": 1280, "height": 900})
    await tab.page.goto(f"{world.api.base_url}/console")
    await tab.page.get_by_label("Admin key").fill(world.keys.admin_key)
    await tab.page.get_by_label("Order, payment").fill(paid["order_id"])
    await tab.page.get_by_role("button", name="Find").click()
    await expect(tab.page.get_by_role("heading", name=f"Order {paid['order_id']}")).to_be_visible()
    for text in ("attempt.captured", "juspay create_order", "payment.paid", "webhook"):
        await expect(tab.page.get_by_label("What happened").get_by_text(text).first).to_be_visible()
    assert "9876543210" not in await tab.page.content()
    assert tab.complaints == []
