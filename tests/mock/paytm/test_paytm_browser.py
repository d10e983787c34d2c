"""The shop's page, Paytm's page and the way back, in a real browser."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.mock.paytm.paytm_merchant import MID, code
from tests.web.conftest import Tab, browser, open_profile, open_tab

__all__ = ["browser"]


@pytest_asyncio.fixture
async def tab(browser: str) -> AsyncIterator[Tab]:
    """A tab on the event loop of the mock that it shows."""
    async with open_profile(browser) as profile, open_tab(profile) as tab:
        yield tab


@pytest.mark.parametrize(
    ("pressed", "expected"),
    [("Success", "TXN_SUCCESS"), ("Fail", "TXN_FAILURE"), ("Cancel", "TXN_FAILURE")],
)
async def test_the_checkout_script_leads_through_paytm_and_back(merchant, tab, pressed, expected):
    home = str(merchant.client.base_url).rstrip("/")
    await merchant.initiate(callbackUrl=f"{home}/shop/return")
    await tab.page.goto(home)
    await tab.page.add_script_tag(url=f"{home}/paytm/merchantpgpui/checkoutjs/merchants/{MID}.js")
    data = {"orderId": "ORDER_0001", "token": merchant.token, "tokenType": "TXN_TOKEN"}
    await tab.page.evaluate(
        "given => Paytm.CheckoutJS.init({ data: given }).then(Paytm.CheckoutJS.invoke)", data
    )
    await tab.press(pressed)
    await tab.page.get_by_text("back in the shop").wait_for()
    assert tab.page.url == f"{home}/shop/return"
    assert code(await merchant.status())[0] == expected
    assert not tab.errors


async def test_a_card_is_confirmed_with_its_otp(merchant, tab):
    home = str(merchant.client.base_url).rstrip("/")
    await merchant.initiate(callbackUrl=f"{home}/shop/return")
    query = f"mid={MID}&orderId=ORDER_0001&txnToken={merchant.token}"
    await tab.page.goto(f"{home}/paytm/theia/api/v1/showPaymentPage?{query}")
    await tab.page.get_by_label("Pay with").select_option("CREDIT_CARD")
    await tab.press("Go on to the bank or app")
    await tab.page.get_by_label("One-time password").fill("000000")
    await tab.press("Approve")
    await tab.page.get_by_text("back in the shop").wait_for()
    assert code(await merchant.status()) == ("TXN_SUCCESS", "01")
