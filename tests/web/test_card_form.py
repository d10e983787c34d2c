"""The checkout's own card form: what it makes of a number, a date and a name as they are typed."""

import asyncio

import pytest
import pytest_asyncio
from playwright.async_api import Route, expect

from tests.web.conftest import Tab
from tests.web.test_checkout import fill_card
from tests.world import World


@pytest_asyncio.fixture(loop_scope="session")
async def form(opened: dict[str, str], tab: Tab) -> Tab:
    """The open form."""
    await tab.choose("Credit or debit card")
    await expect(tab.page.get_by_label("Card number")).to_be_focused()
    return tab


@pytest.mark.parametrize(
    ("typed", "network", "grouped"),
    [
        ("6521500000000000", "RuPay", "6521 5000 0000 0000"),
        ("5085000000000000", "RuPay", "5085 0000 0000 0000"),
        ("8172900000000000", "RuPay", "8172 9000 0000 0000"),
        ("5111111111111118", "Mastercard", "5111 1111 1111 1118"),
        ("4111-1111-1111-1111", "Visa", "4111 1111 1111 1111"),
        ("378282246310005", "American Express", "3782 822463 10005"),
        ("४१११११११११११११११", "Visa", "4111 1111 1111 1111"),
        ("9999", "", "9999"),
    ],
)
async def test_the_network_and_the_groups_follow_the_number(
    form: Tab, typed: str, network: str, grouped: str
) -> None:
    field = form.page.get_by_label("Card number")
    await field.press_sequentially(typed)
    await expect(field).to_have_value(grouped)
    await expect(form.page.locator("#card-network")).to_have_text(network)


async def test_an_american_express_has_a_code_of_four_digits(form: Tab) -> None:
    await fill_card(form, "378282246310005")
    code = form.page.get_by_label("CVV")
    await expect(code).to_have_accessible_description("The 4 digits on the front of the card.")


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ("0920", "This card has expired. Use another card."),
        ("13/30", "Month and year as on the card, such as 09/29."),
    ],
)
async def test_a_date_that_cannot_pay_says_why(form: Tab, typed: str, error: str) -> None:
    date = form.page.get_by_label("Valid through")
    await date.press_sequentially(typed)
    await form.press("MAKE PAYMENT")
    await expect(date).to_have_accessible_description(error)


@pytest.mark.parametrize("name", ["R. D'Souza-Khan", "आशा राव", "MD. A. RAHMAN JR", "Zoë"])
async def test_a_name_is_taken_as_people_write_it(form: Tab, name: str) -> None:
    await form.page.get_by_label("Name on card").fill(name)
    await form.press("MAKE PAYMENT")
    await expect(form.page.get_by_label("Card number")).to_have_attribute("aria-invalid", "true")
    await expect(form.page.get_by_label("Name on card")).not_to_have_attribute(
        "aria-invalid", "true"
    )


async def test_saving_is_offered_unticked_and_says_what_is_stored(form: Tab) -> None:
    box = form.page.get_by_role("checkbox")
    await expect(box).not_to_be_checked()
    await expect(box).to_have_accessible_name(
        "Save this card for next time, as the network's token. Its number and security code are not"
        " kept. You can delete it whenever you like."
    )


async def test_the_button_shows_progress_until_there_is_an_answer(world: World, form: Tab) -> None:
    answer = asyncio.Event()

    async def later(route: Route) -> None:
        await answer.wait()
        await route.continue_()

    await form.page.route("**/card/tokenize", later)
    await fill_card(form)
    button = form.page.locator("form button.main")
    await expect(button).to_be_disabled()
    await expect(button).to_have_text("Starting the payment …")
    await expect(button).to_have_class("main busy")
    answer.set()
    await expect(form.page.get_by_label("One-time password")).to_be_visible()
    rows = await world.sql("SELECT id FROM attempt")
    assert len(rows) == 1
