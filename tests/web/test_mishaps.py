"""The hosted checkout when something goes wrong."""

from playwright.async_api import Route, expect

from tests.web.conftest import Tab
from tests.web.test_checkout import fill_card, latest, shows_qr
from tests.world import World


async def test_a_lost_response_still_leads_to_one_attempt(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    keys: list[str] = []

    async def lose_the_first(route: Route) -> None:
        keys.append(route.request.headers["idempotency-key"])
        if len(keys) == 1:
            await route.fetch()
            await route.abort()
        else:
            await route.continue_()

    await tab.page.route("**/attempts", lose_the_first)
    await tab.choose("Scan a UPI QR code")
    await shows_qr(tab)
    await expect(tab.page.locator("#line")).to_be_empty()
    assert keys[0] == keys[1]
    assert len((await world.read_payment(opened["id"]))["attempts"]) == 1


async def test_the_customer_can_wait_for_another_attempt(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    await tab.page.route("**?wait=25", lambda route: route.fulfill(status=304))
    await tab.page.reload()
    await tab.press("PROCEED TO PAYMENT")
    await world.start_attempt(opened["id"], method="upi_qr", client={})
    await tab.press("Scan a UPI QR code")
    await expect(tab.page.get_by_role("status")).to_contain_text("Another attempt is in progress")
    await tab.press("Wait for the payment by UPI QR")
    await shows_qr(tab)


async def test_the_customer_can_replace_another_attempt(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    await tab.page.route("**?wait=25", lambda route: route.fulfill(status=304))
    await tab.page.reload()
    await tab.press("PROCEED TO PAYMENT")
    await world.start_attempt(opened["id"], method="upi_qr", client={})
    await tab.press("Scan a UPI QR code")
    await tab.press("Use another method instead")
    await tab.press("Credit or debit card")
    await fill_card(tab)
    await expect(tab.page.get_by_label("One-time password")).to_be_visible()
    assert (await latest(world, opened["id"]))["method"] == "card"


async def test_an_attempt_started_elsewhere_shows_here_too(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    await expect(tab.page.get_by_role("button", name="PROCEED TO PAYMENT")).to_be_visible()
    await world.start_attempt(opened["id"], method="upi_qr", client={})
    await shows_qr(tab)


async def test_a_redirect_by_post_submits_the_form(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    async def as_a_form(route: Route) -> None:
        response = await route.fetch()
        content = await response.json()
        for one in (content["attempt"], content["payment"]["attempts"][-1]):
            fields = {"action": "approve", "otp": "000000"}
            at = one["next_action"]["url"].rpartition("/")[2]
            url = f"{world.mock.base_url}/customer/juspay/{at}"
            one["next_action"] |= {"method": "POST", "url": url, "fields": fields}
        await route.fulfill(response=response, json=content)

    await tab.page.route("**/attempts", as_a_form)
    await tab.choose("Credit or debit card")
    await fill_card(tab)
    await tab.page.wait_for_url("**/shop/return**")
    await world.wait_for_status(opened["id"], "paid")
    assert tab.errors == []


async def test_an_unknown_outcome_is_shown_as_pending_not_failed(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    await world.script_mock("http_status", {"path": "*/txns"}, status=503, when="after")
    await tab.choose("Scan a UPI QR code")
    await expect(tab.page.get_by_role("heading", name="Confirming your payment")).to_be_visible()
    await expect(tab.page.get_by_role("status")).to_contain_text("Do not pay again")
    await world.customer_decides(await latest(world, opened["id"]))
    await expect(tab.page.get_by_role("heading", name="Payment received")).to_be_visible()


async def test_the_page_shows_a_lost_connection_and_recovers(
    world: World, opened: dict[str, str], tab: Tab
) -> None:
    await tab.choose("Scan a UPI QR code")
    await shows_qr(tab)
    await tab.page.route("**/v1/payments/**", lambda route: route.abort())
    await tab.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    await expect(tab.page.locator("#line")).to_contain_text("You seem to be offline")
    await world.customer_decides(await latest(world, opened["id"]))
    await tab.page.unroute("**/v1/payments/**")
    await expect(tab.page.get_by_role("heading", name="Payment received")).to_be_visible()
    await expect(tab.page.locator("#line")).to_be_empty()
