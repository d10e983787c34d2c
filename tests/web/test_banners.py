"""What people on call tell customers, from the console to the checkout."""

from playwright.async_api import expect

from tests.web.conftest import Tab
from tests.web.test_console import sign_in
from tests.world import World

ENGLISH_TEXT = "UPI is slow at the moment <b>& cards</b> work."
HINDI_TEXT = "UPI अभी धीमा है।"


async def enter_banner(tab: Tab, **texts: str) -> None:
    """Set the banner of the own customers in the console, as an action with its preview."""
    row = tab.page.get_by_role("row").filter(has_text="our own customers")
    await row.get_by_role("button", name="Set").click()
    dialog = tab.page.get_by_role("dialog")
    await dialog.get_by_label("Reason").fill("the bank called")
    for language, text in texts.items():
        await dialog.get_by_label(f"Text in {language}").fill(text)
    await dialog.get_by_role("button", name="Preview").click()
    await dialog.get_by_role("button", name="Do it").click()
    await expect(dialog).to_contain_text("Done")
    await dialog.get_by_role("button", name="Close").click()


async def test_a_banner_of_the_console_is_on_the_checkout_in_its_language(
    world: World, tab: Tab
) -> None:
    await sign_in(world, tab, "banners")
    await enter_banner(tab, English=ENGLISH_TEXT, Hindi=HINDI_TEXT)
    await expect(tab.page.get_by_role("row").filter(has_text=ENGLISH_TEXT)).to_be_visible()

    payment = await world.open_payment()
    await tab.page.goto(payment["checkout"]["url"])
    await tab.press("PROCEED TO PAYMENT")
    await expect(tab.page.get_by_text(ENGLISH_TEXT)).to_be_visible()
    await tab.press("हिन्दी")
    await expect(tab.page.get_by_text(HINDI_TEXT)).to_be_visible()
    await expect(tab.page.get_by_text(ENGLISH_TEXT)).to_be_hidden()
    assert tab.errors == []


async def test_a_banner_without_a_text_is_gone(world: World, tab: Tab) -> None:
    await sign_in(world, tab, "banners")
    await enter_banner(tab, English=ENGLISH_TEXT)
    await enter_banner(tab)
    await expect(tab.page.get_by_text(ENGLISH_TEXT)).to_have_count(0)
    payment = await world.open_payment()
    await tab.page.goto(payment["checkout"]["url"])
    await tab.press("PROCEED TO PAYMENT")
    await expect(tab.page.get_by_role("heading", name="How would you like to pay?")).to_be_visible()
    await expect(tab.page.get_by_text(ENGLISH_TEXT)).to_have_count(0)
