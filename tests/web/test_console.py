"""The on-call console, in a browser."""

import asyncio
import re
from datetime import timedelta
from typing import Any

import pytest
from playwright.async_api import expect

from payment_engine.domain.payment_methods import Method
from tests.api.oncall_actions import refund_that_waits
from tests.packaging.test_alerts import ALERTS
from tests.people import key_of
from tests.web.conftest import Tab
from tests.web.test_accessible import FAULTS
from tests.webhooks import send_unproven_webhook
from tests.world import World

DAY = timedelta(days=1)


async def search(world: World, tab: Tab, text: str) -> None:
    """Sign in, and search for an id."""
    await sign_in(world, tab, "")
    await tab.page.get_by_label("Order, payment").fill(text)
    await tab.press("Find")


async def sign_in(world: World, tab: Tab, page: str, key: str | None = None) -> None:
    """Open a page of the console, with the key of the merchant or another."""
    await tab.page.set_viewport_size({"width": 1280, "height": 900})
    await tab.page.goto(f"{world.api.base_url}/console#{page}")
    await tab.page.get_by_label("Admin key").fill(key or world.keys.admin_key)
    await tab.press("Sign in")
    await expect(tab.page.get_by_role("navigation")).to_be_visible()


async def test_the_console_shows_what_happened_and_no_secret(world: World, tab: Tab) -> None:
    paid = await world.paid_payment()
    await search(world, tab, paid["order_id"])
    await expect(tab.page.get_by_role("heading", name=f"Order {paid['order_id']}")).to_be_visible()
    lines = tab.page.get_by_role("listitem")
    for what in ("juspay start_order", "juspay notice:ORDER_SUCCEEDED", "payment.paid"):
        await expect(lines.filter(has_text=what).first).to_be_visible()
    await expect(lines.filter(has_text="attempt.captured")).to_contain_text("check")
    assert "9876543210" not in await tab.page.content()
    assert tab.errors == []


async def test_a_raw_exchange_can_be_opened_in_the_timeline(world: World, tab: Tab) -> None:
    paid = await world.paid_payment()
    await search(world, tab, paid["id"])
    detail = tab.page.get_by_text('"call": "POST /juspay/txns"')
    await expect(detail).to_be_hidden()
    await tab.press("show detail of juspay start_order")
    await expect(detail).to_be_visible()


async def test_refunds_are_shown_with_their_attempts(world: World, tab: Tab) -> None:
    paid = await world.paid_payment()
    path = f"/v1/payments/{paid['id']}/refunds"
    refund = (await world.post(path, {"amount": 5000, "reason": "out_of_stock"})).json()["refund"]
    await search(world, tab, refund["id"])
    part = tab.page.get_by_label("Attempt 1", exact=True)
    await expect(part.get_by_role("heading", name="Refund of ₹50.00")).to_be_visible()
    await expect(part.get_by_text(f"{refund['id']}, from merchant")).to_be_visible()


async def test_an_id_in_the_address_is_opened_once_somebody_signs_in(
    world: World, tab: Tab
) -> None:
    payment = await world.open_payment()
    await search(world, tab, payment["order_id"])
    await expect(tab.page.get_by_role("heading", name="The payment itself")).to_be_visible()
    assert tab.page.url.endswith(f"#{payment['id']}")
    await tab.page.reload()
    await expect(tab.page.get_by_role("heading", name="The payment itself")).to_have_count(0)
    await sign_in(world, tab, payment["id"])
    await expect(tab.page.get_by_role("heading", name="The payment itself")).to_be_visible()


async def test_an_unknown_key_shows_an_error(world: World, tab: Tab) -> None:
    await tab.page.goto(f"{world.api.base_url}/console")
    await tab.page.get_by_label("Admin key").fill("ak_wrong")
    await tab.press("Sign in")
    await expect(tab.page.get_by_role("status")).to_contain_text("This key is not valid")
    await expect(tab.page.get_by_role("navigation")).to_be_hidden()


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
async def test_the_link_of_every_alert_shows_its_list(
    world: World, tab: Tab, alert: dict[str, Any]
) -> None:
    page = alert["annotations"]["console"].partition("#")[2]
    for label, value in {"gateway": "juspay", "method": "card", "subject": "refund"}.items():
        page = page.replace(f"{{{{ $labels.{label} }}}}", value)
    await sign_in(world, tab, page)
    current = tab.page.locator("#lists a[aria-current=page]")
    await expect(current).to_have_attribute("href", f"#{page.partition('?')[0]}")
    await expect(tab.page.locator("#view section").first).to_be_visible()
    assert await tab.page.get_by_role("status").first.inner_text() == ""
    assert tab.errors == []


async def test_a_row_of_a_list_leads_to_its_payment(world: World, tab: Tab) -> None:
    payment = await world.open_payment()
    await world.script_mock("hold")
    attempt = await world.start_attempt(payment["id"])
    await sign_in(world, tab, "attempts?state=unsettled&gateway=juspay")
    row = tab.page.get_by_role("row").filter(has_text=attempt["id"])
    await expect(row).to_contain_text(payment["order_id"])
    await row.get_by_role("link", name=attempt["id"]).click()
    heading = tab.page.get_by_role("heading", name=f"Order {payment['order_id']}")
    await expect(heading).to_be_visible()
    await tab.page.go_back()
    await expect(row).to_be_visible()


async def test_a_list_is_filtered_and_read_on(world: World, tab: Tab) -> None:
    for _ in range(51):
        await world.open_payment()
    await sign_in(world, tab, "payments")
    heading = tab.page.get_by_role("heading", name="Payments: ")
    await expect(heading).to_have_text("Payments: 50, and more")
    await tab.press("Show more")
    await expect(heading).to_have_text("Payments: 51")
    await tab.page.get_by_label("Status").select_option("paid")
    await tab.page.get_by_role("button", name="Show", exact=True).click()
    await expect(heading).to_have_text("Payments: 0")
    assert tab.page.url.endswith("#payments?status=paid")


async def test_a_payment_is_found_by_phone_or_amount_and_neither_is_in_the_address(
    world: World, tab: Tab
) -> None:
    payment = await world.open_payment()
    await search(world, tab, "98765 43210")
    heading = tab.page.get_by_role("heading", name=f"Order {payment['order_id']}")
    await expect(heading).to_be_visible()
    await tab.page.get_by_role("link", name="Payments").click()
    await tab.page.get_by_text("By amount and time").click()
    await tab.page.get_by_label("Amount in").fill("₹1,164.00")
    day = world.clock.now()
    await tab.page.get_by_label("From (IST)").fill((day - DAY).strftime("%Y-%m-%dT%H:%M"))
    await tab.page.get_by_label("Until (IST)").fill((day + DAY).strftime("%Y-%m-%dT%H:%M"))
    await tab.press("Find")
    await expect(heading).to_be_visible()
    assert "98765" not in tab.page.url
    assert "1164" not in tab.page.url


async def test_the_first_page_shows_what_waits_and_how_it_goes(world: World, tab: Tab) -> None:
    await world.paid_payment()
    await world.script_mock("hold")
    await world.start_attempt((await world.open_payment())["id"])
    await sign_in(world, tab, "")
    row = tab.page.get_by_label("Routes").get_by_role("row").filter(has_text="upi_intent")
    await expect(row).to_contain_text("100.0 %")
    await expect(tab.page.get_by_role("img", name="Success rate")).to_be_visible()
    await expect(tab.page.get_by_role("img", name="Time to success")).to_be_visible()
    banks = tab.page.get_by_label("Banks, apps and wallets")
    await expect(banks).to_contain_text("Nothing.")
    await expect(tab.page.get_by_label("Gateways")).to_contain_text("juspay")
    await expect(tab.page.get_by_label("What runs")).to_contain_text("postgresql")
    await (
        tab.page.get_by_label("What waits")
        .get_by_role("link", name="Attempts without")
        .first.click()
    )
    await expect(tab.page.get_by_role("heading", name="Attempts: ")).to_be_visible()


async def test_a_bank_that_is_down_is_on_the_first_page(world: World, tab: Tab) -> None:
    provider = (Method.NETBANKING, "HDFC")
    assert await world.engine.work.begin_downtime(provider, world.engine.now())
    await sign_in(world, tab, "")
    row = tab.page.get_by_label("Banks, apps and wallets").get_by_role("row")
    await expect(row.filter(has_text="HDFC")).to_contain_text(f"{world.clock.now():%Y}-")


async def test_an_action_is_previewed_before_it_is_done(world: World, tab: Tab) -> None:
    payment = await world.open_payment()
    await world.script_mock("drop_webhook", times=10)
    attempt = await world.start_attempt(payment["id"])
    await world.customer_decides(attempt)
    world.clock.advance(seconds=91)
    await sign_in(world, tab, payment["id"])
    await tab.press("Sync")
    dialog = tab.page.get_by_role("dialog", name="Sync att_")
    await expect(dialog.get_by_label("Reason")).to_be_focused()
    await expect(dialog.get_by_role("button", name="Do it")).to_be_disabled()
    await tab.page.keyboard.type("a customer called")
    await tab.page.keyboard.press("Enter")
    await expect(dialog).to_contain_text("This is what it would do")
    assert (await world.read_payment(payment["id"]))["status"] == "pending"
    await expect(dialog.get_by_role("button", name="Do it")).to_be_focused()
    await tab.page.keyboard.press("Enter")
    await expect(dialog).to_contain_text("Done")
    assert (await world.read_payment(payment["id"]))["status"] == "paid"
    await tab.page.keyboard.press("Escape")
    await expect(
        tab.page.get_by_role("heading", name=f"Order {payment['order_id']}")
    ).to_contain_text("paid")
    done = await world.sql(
        "SELECT dry_run FROM admin_action WHERE action = 'attempt.sync' ORDER BY id"
    )
    assert [row["dry_run"] for row in done] == [True, False]


async def test_a_reason_that_is_too_short_is_refused_in_the_dialog(world: World, tab: Tab) -> None:
    await sign_in(world, tab, "routes")
    await (
        tab.page.get_by_role("row")
        .filter(has_text="card")
        .get_by_role("button", name="Set")
        .click()
    )
    dialog = tab.page.get_by_role("dialog")
    await dialog.get_by_label("Reason").fill("a bank is down")
    await dialog.get_by_role("button", name="Preview").click()
    await expect(dialog).to_contain_text("send enabled, weight or both")
    await dialog.get_by_label("Charges").select_option("false")
    await dialog.get_by_label("For so many seconds").fill("600")
    await dialog.get_by_role("button", name="Preview").click()
    await dialog.get_by_role("button", name="Do it").click()
    await expect(dialog).to_contain_text("Done")
    await dialog.get_by_role("button", name="Close").click()
    row = tab.page.get_by_role("row").filter(has_text="card")
    await expect(row).to_contain_text("off")
    await expect(row).to_contain_text("a bank is down")


async def test_a_second_person_approves_a_refund_of_the_list(world: World, tab: Tab) -> None:
    refund = await refund_that_waits(world, (await world.paid_payment())["id"], 5000)
    await sign_in(world, tab, "refunds?state=needs_approval")
    row = tab.page.get_by_role("row").filter(has_text=refund["id"])
    await expect(row).to_contain_text("requested by key_")
    await expect(row.get_by_role("button", name="Reject")).to_be_enabled()
    await row.get_by_role("button", name="Approve").click()
    dialog = tab.page.get_by_role("dialog")
    await dialog.get_by_label("Reason").fill("the goods came back")
    await dialog.get_by_role("button", name="Preview").click()
    await expect(dialog).to_contain_text("requested by")
    await dialog.get_by_role("button", name="Do it").click()
    await expect(dialog).to_contain_text("Done")
    await dialog.get_by_role("button", name="Close").click()
    await expect(row).to_have_count(0)
    assert tab.errors == []


async def test_a_gateway_is_weighed_apart_for_one_bank_and_as_before(
    world: World, tab: Tab
) -> None:
    await sign_in(world, tab, "routes")
    row = tab.page.get_by_role("row").filter(has_text="juspay").filter(has_text="netbanking")
    for weight in ("10", ""):
        await row.get_by_role("button", name="Weigh apart").click()
        dialog = tab.page.get_by_role("dialog")
        await dialog.get_by_label("Reason").fill("HDFC is slow there")
        await dialog.get_by_label("Bank, app").fill("HDFC")
        await dialog.get_by_label("Weight").fill(weight)
        await dialog.get_by_role("button", name="Preview").click()
        await expect(dialog).to_contain_text("shares after")
        await dialog.get_by_role("button", name="Do it").click()
        await expect(dialog).to_contain_text("Done")
        await dialog.get_by_role("button", name="Close").click()
        if weight:
            await expect(row).to_contain_text("HDFC 10")
    await expect(row).not_to_contain_text("HDFC")
    assert tab.errors == []


async def test_charges_that_we_do_not_know_are_a_list(world: World, tab: Tab) -> None:
    await send_unproven_webhook(world, {"id": "att_01m8cn5bkbc522jyhvz5"}, status="CHARGED")
    await sign_in(world, tab, "unmatched?state=open")
    row = tab.page.get_by_role("row").filter(has_text="01m8cn5bkbc522jyhvz5")
    await expect(row).to_contain_text("₹1,164.00")
    await expect(row).to_contain_text("captured")


async def test_a_kind_of_jobs_is_paused(world: World, tab: Tab) -> None:
    await sign_in(world, tab, "job-kinds")
    row = tab.page.get_by_role("row").filter(has_text="check_charge")
    await row.get_by_role("button", name="Pause").click()
    dialog = tab.page.get_by_role("dialog")
    await dialog.get_by_label("Reason").fill("the gateway asks us to wait")
    await dialog.get_by_role("button", name="Preview").click()
    await dialog.get_by_role("button", name="Do it").click()
    await expect(dialog).to_contain_text("Done")
    await dialog.get_by_role("button", name="Close").click()
    await expect(row).to_contain_text("the gateway asks us to wait")


async def test_all_rows_of_a_list_are_done_at_once(world: World, tab: Tab) -> None:
    await world.script_mock("hold")
    await world.start_attempt((await world.open_payment())["id"])
    await sign_in(world, tab, "attempts?state=pending")
    await tab.press("Sync all of these")
    dialog = tab.page.get_by_role("dialog")
    await dialog.get_by_label("Reason").fill("the outage is over")
    await dialog.get_by_role("button", name="Preview").click()
    await expect(dialog).to_contain_text("total")
    await dialog.get_by_role("button", name="Do it").click()
    await expect(dialog).to_contain_text("blk_")
    await dialog.get_by_role("button", name="Close").click()
    await tab.page.get_by_role("link", name="Bulk actions").click()
    await expect(tab.page.get_by_role("row").filter(has_text="blk_")).to_contain_text("running")


async def test_who_may_only_read_sees_their_roles_and_can_press_nothing(
    world: World, tab: Tab
) -> None:
    await world.paid_payment()
    key = await key_of(world, "kiran@pharmacy.example", "read")
    await sign_in(world, tab, "attempts?state=any", key)
    await expect(
        tab.page.get_by_text("kiran@pharmacy.example · Demo Pharmacy · read")
    ).to_be_visible()
    button = tab.page.get_by_role("button", name="Sync", exact=True)
    await expect(button).to_be_disabled()
    await expect(button).to_have_attribute("title", "needs the role operate")
    await expect(tab.page.get_by_role("link", name="Webhooks in quarantine")).to_have_count(0)


async def test_nothing_is_left_after_the_log_out_or_fifteen_idle_minutes(
    world: World, tab: Tab
) -> None:
    payment = await world.open_payment()
    await tab.page.clock.install()
    for leave in (tab.press("Log out"), tab.page.clock.fast_forward("15:01")):
        await sign_in(world, tab, payment["id"])
        heading = tab.page.get_by_role("heading", name=f"Order {payment['order_id']}")
        await expect(heading).to_be_visible()
        await leave
        await expect(tab.page.get_by_role("status").first).to_contain_text("signed out")
        await expect(heading).to_have_count(0)
        await expect(tab.page.get_by_label("Admin key")).to_have_value("")
        stored = await tab.page.evaluate("[sessionStorage.length, localStorage.length]")
        assert stored == [0, 0]


@pytest.mark.parametrize(
    "page", ["health", "attempts?state=any", "routes", "messages", "bulk-actions", "payment"]
)
async def test_every_page_can_be_read_and_pressed_on_a_phone(
    world: World, tab: Tab, page: str
) -> None:
    paid = await world.paid_payment()
    await sign_in(world, tab, paid["id"] if page == "payment" else page)
    await tab.page.set_viewport_size({"width": 360, "height": 740})
    await expect(tab.page.locator("#view section").first).to_be_visible()
    assert await tab.page.evaluate(FAULTS) == []


async def test_the_verdict_is_on_top_and_all_of_it_is_copied_as_text(
    world: World, tab: Tab
) -> None:
    await tab.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    payment = await world.open_payment()
    await world.script_mock("hold")
    attempt = await world.start_attempt(payment["id"])
    await search(world, tab, payment["id"])
    verdict = tab.page.get_by_label("Verdict")
    await expect(verdict).to_contain_text("The customer may be paying now")
    await expect(verdict).to_contain_text("The customer: The customer approves it until")
    await tab.press("Copy the timeline as text")
    await expect(verdict).to_contain_text("Copied.")
    text = await tab.page.evaluate("navigator.clipboard.readText()")
    assert f"Attempt 1 {attempt['id']} pending: ₹1,164.00 by upi_intent through juspay" in text
    assert "event attempt.created by" in text
    assert "+05:30 (" in text


async def test_what_cannot_be_copied_is_shown_to_be_copied_by_hand(world: World, tab: Tab) -> None:
    await tab.page.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: null})")
    payment = await world.open_payment()
    await search(world, tab, payment["id"])
    await tab.press("Copy the timeline as text")
    area = tab.page.get_by_label("The timeline as text")
    await expect(area).to_have_value(re.compile(f"Order {payment['order_id']}, payment"))


async def test_money_that_goes_back_is_loud(world: World, tab: Tab) -> None:
    payment = await world.open_payment()
    first = await world.start_attempt(payment["id"])
    second = await world.start_attempt(payment["id"], replaces=first["id"])
    await world.customer_decides(first)
    await world.wait_for_status(payment["id"], "paid")
    await world.script_mock("refund_hold")
    await world.customer_decides(second)
    await expect_conflict(world, payment["id"])
    await search(world, tab, payment["id"])
    await expect(tab.page.get_by_label("Verdict")).to_contain_text("cannot pay the order")
    loud = tab.page.locator("section.loud")
    await expect(loud).to_contain_text("second_success")
    await expect(loud.locator("li.urgent").first).to_contain_text("conflict")


async def expect_conflict(world: World, payment_id: str) -> None:
    async with asyncio.timeout(15):
        while not (await world.read_payment(payment_id))["refunds"]:
            await asyncio.sleep(0.05)
