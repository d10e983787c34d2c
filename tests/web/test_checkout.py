"""The hosted checkout, as a customer uses it."""

from playwright.async_api import expect

from tests.web.conftest import Tab
from tests.webhooks import deliver_webhook
from tests.world import World

CARD = "4111 1111 1111 1111"
ON_A_PHONE = (
    "Object.defineProperty(navigator, 'userAgent', {get: () => 'Mozilla/5.0 (Linux; Android 14)'})"
)


async def fill_card(tab: Tab, number: str = CARD) -> None:
    """Fill in and submit the card form."""
    await type_card(tab, number)
    await tab.press("MAKE PAYMENT")


async def type_card(tab: Tab, number: str = CARD) -> None:
    """Fill in the card form."""
    await tab.page.get_by_label("Card number").fill(number)
    await tab.page.get_by_label("Valid through").fill("09/31")
    await tab.page.get_by_label("CVV").fill("123")
    await tab.page.get_by_label("Name on card").fill("Demo Customer")


async def latest(world: World, payment_id: str) -> dict[str, str]:
    """The payment's last attempt."""
    return dict((await world.read_payment(payment_id))["attempts"][-1])


async def shows_qr(tab: Tab) -> None:
    """Wait until the QR code is visible."""
    await expect(tab.page.get_by_role("img", name="UPI QR code")).to_be_visible()


async def test_the_summary_shows_the_orders_lines(opened: dict[str, str], tab: Tab) -> None:
    summary = tab.page.get_by_label("Order summary")
    for text in ("₹1,230.20", "−₹66.20", "FREE for members", "₹1,164.00"):
        await expect(summary).to_contain_text(text)
    await expect(tab.page.get_by_role("button", name="PROCEED TO PAYMENT")).to_be_visible()
    assert tab.errors == []


async def test_the_token_leaves_the_address_and_a_reload_still_works(
    opened: dict[str, str], tab: Tab
) -> None:
    await expect(tab.page.get_by_text("To be paid")).to_be_visible()
    page, _, fragment = tab.page.url.partition("#")
    assert page.endswith(f"/checkout/{opened['id']}")
    assert fragment.startswith("status=")
    assert opened["token"] not in fragment
    await tab.page.reload()
    await expect(tab.page.get_by_text("To be paid")).to_be_visible()
    assert not [url for url, _ in tab.sent if opened["token"] in url.partition("#")[0]]


async def test_a_customer_pays_by_qr(world: World, opened: dict[str, str], tab: Tab) -> None:
    await tab.choose("Scan a UPI QR code")
    await shows_qr(tab)
    await expect(tab.page.get_by_role("timer")).to_contain_text("Valid for")
    await expect(tab.page.get_by_role("status")).to_contain_text("do not pay again")
    await world.customer_decides(await latest(world, opened["id"]))
    await expect(tab.page.get_by_role("status")).to_contain_text("Payment received")
    await tab.page.get_by_role("link", name="Back to the shop").click()
    await expect(tab.page.get_by_text(opened["order_id"])).to_be_visible()
    assert tab.errors == []


async def test_a_customer_pays_by_card_and_the_number_goes_only_to_the_gateway(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    await tab.choose("Credit or debit card")
    await fill_card(tab)
    await tab.page.get_by_label("One-time password").fill("000000")
    await tab.page.locator("button[value=approve]").click()
    await tab.page.wait_for_url("**/shop/return**")
    await world.wait_for_status(opened["id"], "paid")
    number = CARD.replace(" ", "")
    recipients = {url for url, body in tab.sent if number in url or number in body}
    assert recipients == {f"{world.mock.base_url}/juspay/card/tokenize"}
    assert tab.errors == []


async def test_the_browser_stores_nothing_of_a_card(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    await tab.choose("Credit or debit card")
    await fill_card(tab)
    await expect(tab.page.get_by_label("One-time password")).to_be_visible()
    await tab.page.go_back()
    await expect(tab.page.get_by_role("link", name="Continue to that page")).to_be_visible()
    stored = await tab.page.evaluate(
        "JSON.stringify([{...sessionStorage}, {...localStorage}, document.cookie])"
        " + document.documentElement.outerHTML"
    )
    assert opened["token"] in stored
    assert "ctkn_" not in stored
    assert CARD not in stored
    assert CARD.replace(" ", "") not in stored


async def test_a_wrong_card_number_shows_an_error_at_its_field(
    opened: dict[str, str], tab: Tab
) -> None:
    await tab.choose("Credit or debit card")
    await fill_card(tab, "4111 1111 1111 1112")
    field = tab.page.get_by_label("Card number")
    await expect(field).to_have_attribute("aria-invalid", "true")
    await expect(field).to_have_accessible_description(
        "This is not a valid card number. Check the digits."
    )
    await expect(field).to_be_focused()
    assert not [url for url, _ in tab.sent if "tokenize" in url]


async def test_a_card_can_be_entered_again_after_the_gateway_failed(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    await world.script_mock("http_status", {"path": "*/tokenize"}, status=503)
    await tab.choose("Credit or debit card")
    await fill_card(tab)
    await expect(tab.page.get_by_text("Nothing was charged; press the button")).to_be_visible()
    await tab.press("MAKE PAYMENT")
    await expect(tab.page.get_by_label("One-time password")).to_be_visible()
    assert len((await world.read_payment(opened["id"]))["attempts"]) == 1


async def test_a_declined_customer_tries_again(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    await tab.choose("Scan a UPI QR code")
    await shows_qr(tab)
    await world.customer_decides(await latest(world, opened["id"]), "decline")
    await expect(tab.page.get_by_role("heading", name="How would you like to pay?")).to_be_visible()
    await expect(tab.page.get_by_text("UPI QR did not go through. Nothing was")).to_be_visible()
    await tab.press("Scan a UPI QR code")
    await shows_qr(tab)
    await world.customer_decides(await latest(world, opened["id"]))
    await expect(tab.page.get_by_role("status")).to_contain_text("Payment received")


async def test_a_declined_method_is_no_longer_the_first_choice(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    await world.script_mock("decline", {}, reason="insufficient_funds")
    await tab.choose("Scan a UPI QR code")
    await expect(tab.page.get_by_role("status")).to_contain_text("Not enough balance")
    choices = tab.page.locator(".choice")
    await expect(choices.first).to_contain_text("Credit or debit card")
    await expect(choices.filter(has_text="Scan a UPI QR code")).to_contain_text(
        "Did not go through"
    )


async def test_after_a_reload_the_customer_can_still_change_the_method(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    await tab.choose("Scan a UPI QR code")
    await shows_qr(tab)
    await tab.page.reload()
    await shows_qr(tab)
    await tab.press("Credit or debit card")
    await fill_card(tab)
    await expect(tab.page.get_by_label("One-time password")).to_be_visible()
    payment = await world.read_payment(opened["id"])
    assert [attempt["method"] for attempt in payment["attempts"]] == ["upi_qr", "card"]


async def test_a_customer_can_go_back_to_waiting_without_a_new_attempt(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    await tab.choose("Credit or debit card")
    await fill_card(tab)
    await expect(tab.page.get_by_label("One-time password")).to_be_visible()
    await tab.page.go_back()
    await tab.press("Use another method")
    await tab.press("Go back and wait")
    await expect(tab.page.get_by_role("link", name="Continue to that page")).to_be_visible()
    assert len((await world.read_payment(opened["id"]))["attempts"]) == 1


async def test_a_phone_is_offered_its_upi_apps(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    await tab.page.add_init_script(ON_A_PHONE)
    await tab.page.reload()
    await tab.choose("Google Pay")
    app = tab.page.get_by_role("link", name="Open Google Pay")
    any_app = tab.page.get_by_role("link", name="Choose an app on this phone")
    await expect(app).to_be_visible()
    await expect(tab.page.get_by_role("link", name="PhonePe")).to_be_hidden()
    await tab.page.get_by_text("Another app").click()
    link = str(await any_app.get_attribute("href"))
    assert link.startswith("upi://pay?")
    package = "com.google.android.apps.nbu.paisa.user"
    opens = f"intent://{link.removeprefix('upi://')}#Intent;scheme=upi;package={package};end"
    assert await app.get_attribute("href") == opens


async def test_cancelling_is_confirmed_apart_and_ends_the_payment(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    await tab.page.get_by_role("button", name="Cancel this payment").dblclick()
    await expect(tab.page.get_by_role("heading", name="Cancel this payment?")).to_be_visible()
    assert (await world.read_payment(opened["id"]))["status"] == "open"
    await tab.press("Yes, cancel this payment")
    await expect(tab.page.get_by_role("heading", name="Payment cancelled")).to_be_visible()
    await expect(tab.page.get_by_role("link", name="Back to the shop")).to_be_visible()
    assert (await world.read_payment(opened["id"]))["status"] == "cancelled"


async def test_an_expired_payment_says_so(world: World, opened: dict[str, str], tab: Tab) -> None:
    await tab.choose("Scan a UPI QR code")
    await shows_qr(tab)
    await world.run_worker(minutes=16)
    await expect(tab.page.get_by_role("heading", name="The time to pay is over")).to_be_visible()
    await expect(tab.page.get_by_role("img", name="UPI QR code")).to_have_count(0)


async def test_a_late_success_appears_on_the_open_page(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    await tab.choose("Scan a UPI QR code")
    await shows_qr(tab)
    await world.run_worker(minutes=16)
    await expect(tab.page.get_by_role("heading", name="The time to pay is over")).to_be_visible()
    await world.customer_decides(await latest(world, opened["id"]))
    await expect(tab.page.get_by_role("heading", name="Payment received")).to_be_visible()


async def test_a_customer_of_too_many_declined_cards_reads_when_the_next_may_be_tried(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    update = {"card_declines_per_payment": "1/hour"}
    world.engine.settings = world.engine.settings.model_copy(update=update)
    token = await world.card_token()
    attempt = await world.start_attempt(opened["id"], method="card", card_token=token)
    failed = {"status": "AUTHORIZATION_FAILED", "resp_code": "05"}
    await deliver_webhook(world, attempt, **failed)
    await expect(tab.page.get_by_role("heading", name="How would you like to pay?")).to_be_visible()
    await tab.press("Credit or debit card")
    await fill_card(tab)
    status = tab.page.locator("#status")
    await expect(status).to_contain_text("Too many cards were declined. Nothing was charged.")
    await expect(status).to_contain_text("Wait 60 min before you try another card")
    assert any('"bin":"411111"' in body for url, body in tab.sent if url.endswith("/attempts"))


async def test_a_customer_who_has_paid_is_taken_back_to_the_shop_unless_they_stay(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    await tab.page.clock.install()
    await tab.page.reload()
    await tab.choose("Scan a UPI QR code")
    await shows_qr(tab)
    await world.customer_decides(await latest(world, opened["id"]))
    hint = tab.page.get_by_text("You go back to the shop in 10 s.")
    await expect(hint).to_be_visible()
    await tab.press("Copy")
    await expect(hint).to_have_count(0)
    await tab.page.clock.run_for(20_000)
    await expect(tab.page.get_by_role("heading", name="Payment received")).to_be_visible()


async def test_a_customer_who_does_nothing_is_back_in_the_shop_after_ten_seconds(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    await tab.page.clock.install()
    await tab.page.reload()
    await tab.choose("Scan a UPI QR code")
    await shows_qr(tab)
    await world.customer_decides(await latest(world, opened["id"]))
    await expect(tab.page.get_by_text("You go back to the shop in 10 s.")).to_be_visible()
    await tab.page.clock.run_for(11_000)
    await tab.page.wait_for_url("**/shop/return**")
