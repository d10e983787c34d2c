"""What a customer has typed stays, whatever happens meanwhile."""

from playwright.async_api import expect

from tests.web.conftest import Tab
from tests.web.test_checkout import CARD, latest, shows_qr
from tests.world import World


async def type_card(tab: Tab) -> None:
    """Type a part of a card."""
    await tab.page.get_by_label("Card number").press_sequentially(CARD.replace(" ", ""))
    await tab.page.get_by_label("Name on card").fill("Asha O'Brien-रेड्डी")
    await tab.page.get_by_role("checkbox").check()


async def still_typed(tab: Tab, number: str = "Card number", name: str = "Name on card") -> None:
    """What was typed is there."""
    await expect(tab.page.get_by_label(number)).to_have_value(CARD)
    await expect(tab.page.get_by_label(name)).to_have_value("Asha O'Brien-रेड्डी")
    await expect(tab.page.get_by_role("checkbox")).to_be_checked()


async def test_a_late_decline_of_another_attempt_is_told_above_the_form(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    await tab.choose("Scan a UPI QR code")
    await shows_qr(tab)
    await tab.press("Credit or debit card")
    await type_card(tab)
    await world.customer_decides(await latest(world, opened["id"]), "decline")
    await expect(tab.page.get_by_role("status").first).to_contain_text("You cancelled the payment")
    await still_typed(tab)


async def test_an_attempt_in_another_tab_is_told_above_the_form(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    await tab.choose("Credit or debit card")
    await type_card(tab)
    await world.start_attempt(opened["id"], method="upi_qr", client={})
    await expect(tab.page.get_by_text("Another attempt is in progress")).to_be_visible()
    await still_typed(tab)
    await tab.press("Use another method instead")
    await still_typed(tab)
    await tab.page.get_by_label("Valid through").fill("09/31")
    await tab.page.get_by_label("CVV").fill("123")
    await tab.press("MAKE PAYMENT")
    await expect(tab.page.get_by_label("One-time password")).to_be_visible()
    attempts = (await world.read_payment(opened["id"]))["attempts"]
    assert [attempt["method"] for attempt in attempts] == ["upi_qr", "card"]


async def test_another_language_leaves_the_form_as_it_is(opened: dict[str, str], tab: Tab) -> None:
    await tab.choose("Credit or debit card")
    await type_card(tab)
    await tab.press("हिन्दी")
    await expect(tab.page.get_by_role("heading", name="कार्ड से भुगतान")).to_be_visible()
    await still_typed(tab, "कार्ड नंबर", "कार्ड पर नाम")


async def test_a_lost_connection_is_told_at_once_and_the_form_stays(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    await tab.choose("Credit or debit card")
    await type_card(tab)
    async with tab.offline():
        await expect(tab.page.locator("#line")).to_contain_text("You seem to be offline")
        await still_typed(tab)
    await expect(tab.page.locator("#line")).to_be_empty()
    await still_typed(tab)


async def test_a_question_about_cancelling_leaves_the_form_as_it_is(
    opened: dict[str, str], tab: Tab
) -> None:
    await tab.choose("Scan a UPI QR code")
    await shows_qr(tab)
    await tab.press("Credit or debit card")
    await type_card(tab)
    await tab.page.get_by_role("button", name="Use another method").is_visible()
    await still_typed(tab)


async def test_a_refused_card_stays_until_an_attempt_has_started(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    await tab.choose("Credit or debit card")
    await type_card(tab)
    await tab.page.get_by_label("Valid through").fill("09/31")
    await tab.page.get_by_label("CVV").fill("123")
    refusal = {"status": "error"}
    await tab.page.route(
        "**/tokenize", lambda route: route.fulfill(status=400, json=refusal), times=1
    )
    await tab.press("MAKE PAYMENT")
    await expect(tab.page.get_by_text("This card was not accepted")).to_be_visible()
    await still_typed(tab)
    await tab.press("MAKE PAYMENT")
    await expect(tab.page.get_by_label("One-time password")).to_be_visible()
