"""Nothing is paid, started twice or cancelled by accident."""

from playwright.async_api import expect

from tests.web.conftest import Tab
from tests.web.test_checkout import fill_card, shows_qr
from tests.world import World


async def attempts(world: World, payment: dict[str, str]) -> list[str]:
    """The methods of the payment's attempts."""
    found = (await world.read_payment(payment["id"]))["attempts"]
    return [attempt["method"] for attempt in found]


async def shows(tab: Tab, heading: str) -> None:
    """Wait until the page has this heading."""
    await expect(tab.page.get_by_role("heading", name=heading)).to_be_visible()


async def test_a_double_press_starts_one_attempt_and_presses_nothing_behind_it(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    await tab.page.get_by_role("button", name="PROCEED TO PAYMENT").dblclick()
    await shows(tab, "How would you like to pay?")
    await tab.page.get_by_role("button", name="Scan a UPI QR code").dblclick()
    await shows_qr(tab)
    assert await attempts(world, opened) == ["upi_qr"]
    await tab.page.get_by_role("button", name="Credit or debit card").dblclick()
    await shows(tab, "Pay by card")
    assert await attempts(world, opened) == ["upi_qr"]


async def test_a_held_enter_key_presses_one_button(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    await tab.page.get_by_role("button", name="PROCEED TO PAYMENT").focus()
    for _ in range(5):
        await tab.page.keyboard.down("Enter")
    await tab.page.keyboard.up("Enter")
    await shows(tab, "How would you like to pay?")
    assert await attempts(world, opened) == []


async def test_back_and_forward_start_and_end_nothing(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    await tab.choose("Credit or debit card")
    await shows(tab, "Pay by card")
    await tab.page.go_back()
    await shows(tab, "How would you like to pay?")
    await tab.page.go_back()
    await expect(tab.page.get_by_role("button", name="PROCEED TO PAYMENT")).to_be_visible()
    await tab.page.go_forward()
    await shows(tab, "How would you like to pay?")
    assert await attempts(world, opened) == []
    await tab.press("Scan a UPI QR code")
    await shows_qr(tab)
    await tab.page.go_back()
    await shows_qr(tab)
    await tab.page.go_forward()
    await shows_qr(tab)
    assert await attempts(world, opened) == ["upi_qr"]


async def test_back_from_the_shop_shows_the_payment_as_it_stands(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    await tab.choose("Credit or debit card")
    await fill_card(tab)
    await tab.page.get_by_label("One-time password").fill("000000")
    await tab.page.locator("button[value=approve]").click()
    await tab.page.wait_for_url("**/shop/return**")
    await tab.page.go_back()
    await shows(tab, "Payment received")
    assert await attempts(world, opened) == ["card"]


async def test_two_tabs_start_one_attempt(world: World, opened: dict[str, str], tab: Tab) -> None:
    url = f"{tab.page.url.partition('#')[0]}#{opened['token']}"
    other = Tab(await tab.page.context.new_page())
    await other.page.goto(url)
    for each in (tab, other):
        await each.press("PROCEED TO PAYMENT")
        await shows(each, "How would you like to pay?")
    await tab.page.get_by_role("button", name="Scan a UPI QR code").click()
    await shows_qr(tab)
    await shows_qr(other)
    assert await attempts(world, opened) == ["upi_qr"]


async def test_a_question_before_cancelling_can_be_left(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    await tab.choose("Scan a UPI QR code")
    await shows_qr(tab)
    await tab.press("Cancel this payment")
    await expect(tab.page.get_by_text("If you have already approved it")).to_be_visible()
    await expect(tab.page.get_by_role("img", name="UPI QR code")).to_be_hidden()
    await tab.press("No, go on paying")
    await shows_qr(tab)
    await expect(tab.page.get_by_role("button", name="Cancel this payment")).to_be_focused()
    assert (await world.read_payment(opened["id"]))["status"] == "pending"


async def test_an_error_that_appears_does_not_move_a_button_from_under_the_finger(
    opened: dict[str, str], tab: Tab
) -> None:
    await tab.choose("Credit or debit card")
    number = tab.page.get_by_label("Card number")
    await number.press_sequentially("4111111111111112")
    await tab.press("Use another method")
    await shows(tab, "How would you like to pay?")
    await tab.press("Credit or debit card")
    await number.press_sequentially("4111111111111112")
    await tab.page.get_by_label("Name on card").focus()
    await expect(tab.page.get_by_text("This is not a valid card number")).to_be_visible()
