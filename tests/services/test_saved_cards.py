"""Saved cards: with consent, once paid, deleted at every gateway (RBI's card tokenisation)."""

from typing import Any

from tests.world import World

CONSENT = {"consent": True, "text_version": "2026-01"}


async def pay_by_card(world: World, **body: Any) -> dict[str, Any]:
    """A payment by a new card, approved by its customer."""
    payment = await world.open_payment()
    attempt = await world.start_attempt(
        payment["id"], method="card", card_token=await world.card_token(), **body
    )
    await world.customer_decides(attempt)
    return await world.wait_for_status(payment["id"], "paid")


async def cards(world: World, token: str) -> list[dict[str, Any]]:
    """The saved cards of a checkout token's customer."""
    return list((await world.get("/v1/cards", token)).json()["cards"])


async def saved(world: World) -> tuple[str, dict[str, Any]]:
    """A checkout token of a customer with one saved card, and the card."""
    await pay_by_card(world, save=CONSENT)
    await world.run_worker(seconds=15)
    token = (await world.open_payment())["checkout"]["token"]
    (card,) = await cards(world, token)
    return token, card


async def test_a_card_is_saved_only_after_its_attempt_was_paid(world: World) -> None:
    payment = await world.open_payment()
    token = payment["checkout"]["token"]
    attempt = await world.start_attempt(
        payment["id"], method="card", card_token=await world.card_token(), save=CONSENT
    )
    await world.run_worker(seconds=15)
    assert await cards(world, token) == []
    await world.customer_decides(attempt)
    await world.wait_for_status(payment["id"], "paid")
    await world.run_worker(seconds=60)
    (card,) = await cards(world, token)
    assert (card["network"], card["last4"], card["state"]) == ("visa", "4242", "active")
    consents = await world.sql("SELECT purpose, given, text_version, subject FROM consent")
    assert consents == [{"purpose": "save_card", "given": True, "text_version": "2026-01",
                         "subject": attempt["id"]}]  # fmt: skip


async def test_without_consent_nothing_is_saved(world: World) -> None:
    for save in ({}, {"save": {"consent": False, "text_version": "2026-01"}}):
        await pay_by_card(world, **save)
    await world.run_worker(seconds=60)
    assert await world.sql("SELECT id FROM saved_card") == []


async def test_a_declined_attempt_saves_no_card(world: World) -> None:
    payment = await world.open_payment()
    attempt = await world.start_attempt(
        payment["id"], method="card", card_token=await world.card_token(), save=CONSENT
    )
    await world.customer_decides(attempt, "decline")
    await world.wait_for_status(payment["id"], "open")
    await world.run_worker(seconds=60)
    assert await cards(world, payment["checkout"]["token"]) == []


async def test_a_saved_card_pays_without_its_number_or_cvv(world: World) -> None:
    _, card = await saved(world)
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"], method="card", instrument_id=card["id"])
    await world.customer_decides(attempt)
    assert (await world.wait_for_status(payment["id"], "paid"))["amount_captured"] == 116400


async def test_the_same_card_saved_twice_is_one_card(world: World) -> None:
    token, card = await saved(world)
    await pay_by_card(world, save=CONSENT)
    await world.run_worker(seconds=60)
    assert [each["id"] for each in await cards(world, token)] == [card["id"]]


async def test_a_deleted_card_disappears_at_once_and_at_every_gateway(world: World) -> None:
    token, card = await saved(world)
    path = f"/v1/cards/{card['id']}"
    assert (await world.api.delete(path, headers=world.headers(token))).status_code == 204
    assert await cards(world, token) == []
    await world.run_worker(seconds=1)
    rows = await world.sql("SELECT c.state, t.state AS token, t.sealed, c.fingerprint "
                           "FROM saved_card c JOIN card_token t ON t.card_id = c.id")  # fmt: skip
    assert rows == [{"state": "deleted", "token": "deleted", "sealed": None, "fingerprint": None}]
    assert (await world.api.delete(path, headers=world.headers(token))).status_code == 204


async def test_deletion_is_repeated_until_the_gateway_confirms(world: World) -> None:
    token, card = await saved(world)
    await world.script_mock("http_status", {"path": "/juspay/card/delete"}, status=500)
    await world.api.delete(f"/v1/cards/{card['id']}", headers=world.headers(token))
    await world.run_worker(rounds=1, seconds=1)
    assert [row["state"] for row in await world.sql("SELECT state FROM saved_card")] == [
        "delete_pending"
    ]
    await world.run_worker(seconds=601)
    assert [row["state"] for row in await world.sql("SELECT state FROM saved_card")] == ["deleted"]


async def test_another_customers_card_is_not_found(world: World) -> None:
    _, card = await saved(world)
    other = await world.open_payment(customer={"ref": "cust-9999", "phone": "9876543210"})
    token = other["checkout"]["token"]
    path = f"/v1/cards/{card['id']}"
    assert (await world.api.delete(path, headers=world.headers(token))).status_code == 404
    body = {"method": "card", "instrument_id": card["id"]}
    refused = await world.post(f"/v1/payments/{other['id']}/attempts", body, token)
    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
    assert (await world.read_payment(other["id"]))["attempts"] == []


async def test_a_deleted_card_cannot_pay(world: World) -> None:
    token, card = await saved(world)
    await world.api.delete(f"/v1/cards/{card['id']}", headers=world.headers(token))
    payment = await world.open_payment()
    body = {"method": "card", "instrument_id": card["id"]}
    refused = await world.post(f"/v1/payments/{payment['id']}/attempts", body)
    assert (refused.status_code, refused.json()["code"]) == (409, "instrument_not_usable")


async def test_only_allow_listed_columns_of_a_card_are_stored(world: World) -> None:
    rows = await world.sql(
        "SELECT column_name FROM information_schema.columns WHERE table_name = 'saved_card'"
    )
    assert {row["column_name"] for row in rows} == {
        *("id", "merchant_id", "customer_ref", "state", "network", "kind", "issuer", "last4"),
        *("last4_source", "fingerprint", "nickname", "source", "attempt_id", "consent_id"),
        *("created_at", "last_used_at", "ended_at", "cvv_less"),
    }
    rows = await world.sql(
        "SELECT column_name FROM information_schema.columns WHERE table_name = 'card_token'"
    )
    assert {row["column_name"] for row in rows} == {
        *("id", "card_id", "gateway", "state", "sealed", "expires_at", "created_at", "checked_at")
    }


async def test_bin_details_come_from_the_gateway_or_else_from_prefixes(
    world: World,
) -> None:
    details = (await world.get("/v1/cards/bin/607148")).json()
    await world.script_mock("http_status", {"path": "/juspay/cardbins/*"}, status=500)
    hinted = (await world.get("/v1/cards/bin/508500")).json()
    assert details["network"] == hinted["network"] == "rupay"
    assert (details["source"], hinted["source"]) == ("gateway", "prefix")


async def test_more_digits_than_a_bin_are_refused_by_name(world: World) -> None:
    for digits in ("60714", "6071489876", "60714x"):
        refused = await world.get(f"/v1/cards/bin/{digits}")
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/digits")


async def test_an_issuers_change_to_a_token_is_noticed_within_a_day(world: World) -> None:
    _, card = await saved(world)
    [row] = await world.sql("SELECT id, sealed FROM card_token")
    reference = world.engine.sealer.open(bytes(row["sealed"]), row["id"]).decode()
    for state in ("suspended", "active"):
        change = {"gateway": "juspay", "token": reference, "state": state}
        assert (await world.mock.post("/control/tokens", json=change)).status_code == 200
        await world.run_worker(days=1, minutes=5)
        fresh = (await world.open_payment(order_id=f"PO-{state}"))["checkout"]["token"]
        [listed] = await cards(world, fresh)
        assert (listed["id"], listed["state"]) == (card["id"], state)


async def test_a_card_saved_again_while_being_deleted_is_another_card(world: World) -> None:
    token, card = await saved(world)
    await world.script_mock("http_status", {"path": "/juspay/card/delete"}, status=500)
    await world.api.delete(f"/v1/cards/{card['id']}", headers=world.headers(token))
    await world.run_worker(rounds=1)
    await pay_by_card(world, save=CONSENT)
    await world.run_worker(seconds=60)
    await world.run_worker(seconds=601)
    (again,) = await cards(world, token)
    rows = await world.sql("SELECT card_id, state FROM card_token ORDER BY created_at")
    assert again["id"] != card["id"]
    assert [row["state"] for row in rows if row["card_id"] == card["id"]] == ["deleted"]
    payment = await world.open_payment()
    body = {"method": "card", "instrument_id": again["id"]}
    assert (await world.start_attempt(payment["id"], **body))["status"] == "pending"
