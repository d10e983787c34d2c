"""Declines as customers see them: our text, advice and the other methods."""

import pytest

from tests.webhooks import deliver_webhook
from tests.world import World

BANK_DECLINES = {
    "declined": "declined_by_issuer",
    "insufficient_funds": "insufficient_funds",
    "expired_card": "expired_instrument",
    "limit_exceeded": "limit_exceeded",
    "wrong_otp": "incorrect_otp",
    "customer_cancelled": "cancelled_by_customer",
    "bank_down": "issuer_down",
    "expired": "timed_out",
    "risk": "risk_declined",
}
"""Why the mock's bank declines a card, and our code for it."""
ISSUER_CODES = {
    "57": "card_not_enabled_online",
    "N7": "incorrect_cvv",
    "OTP_EXPIRED": "otp_expired",
}


async def test_a_decline_has_our_text_and_never_the_banks(world: World) -> None:
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    path = f"/control/orders/{attempt['id'].removeprefix('att_')}/decline"
    await world.mock.post(path, json={"reason": "insufficient_funds"})
    current = await world.wait_for_status(payment["id"], "open")
    decline = current["attempts"][0]["decline"]
    assert (decline["code"], decline["message_key"]) == (
        "insufficient_funds",
        "decline.insufficient_funds",
    )
    assert (decline["retry"], decline["money"]) == ("other", "not_debited")
    assert {"card", "netbanking"} < set(decline["suggested_methods"])
    assert "upi_intent" not in decline["suggested_methods"]
    assert set(decline["messages"]) == {"en", "hi"}
    stored = await world.sql("SELECT gateway_code, gateway_message FROM attempt")
    assert stored == [{"gateway_code": "Z9", "gateway_message": "Insufficient funds in account"}]
    assert not {"Z9", "Insufficient funds in account"} & set(str(current).split("'"))


@pytest.mark.parametrize(("reason", "code"), BANK_DECLINES.items())
async def test_each_bank_decline_of_a_card_has_its_own_code(
    world: World, reason: str, code: str
) -> None:
    payment = await world.open_payment()
    token = await world.card_token()
    attempt = await world.start_attempt(payment["id"], method="card", card_token=token)
    path = f"/control/orders/{attempt['id'].removeprefix('att_')}/decline"
    await world.mock.post(path, json={"reason": reason})
    current = await world.wait_for_status(payment["id"], "open")
    assert current["attempts"][0]["decline"]["code"] == code


async def test_each_issuer_code_of_a_card_has_its_own_code(world: World) -> None:
    for theirs, ours in ISSUER_CODES.items():
        payment = await world.open_payment()
        token = await world.card_token()
        attempt = await world.start_attempt(payment["id"], method="card", card_token=token)
        bank = {"resp_code": theirs}
        await deliver_webhook(
            world, attempt, status="AUTHORIZATION_FAILED", payment_gateway_response=bank
        )
        current = await world.read_payment(payment["id"])
        assert current["attempts"][0]["decline"]["code"] == ours
