"""UPI ids at Juspay: what a verify call asks, what its answers mean, and what is written down."""

import pytest
from pydantic import SecretStr

from payment_engine.domain.gateway import Refused, Unknown, VpaFacts

PATH = "POST /v2/upi/verify-vpa"
VPA = SecretStr("rahul.sharma@okicici")
VALID = {"vpa": VPA.get_secret_value(), "status": "VALID", "customer_name": "RAHUL SHARMA"}


async def test_a_upi_id_that_exists_comes_with_the_name_at_the_bank(juspay, script):
    script.on(PATH, VALID)

    facts = await juspay.verify_vpa(VPA, "cust-8812")

    assert facts == VpaFacts(valid=True, name="RAHUL SHARMA")
    assert script.form(0) == {"vpa": "rahul.sharma@okicici", "merchant_id": "acme"}


@pytest.mark.parametrize("written", ["verified", "Verified", "", None, "NA", "  "])
async def test_a_word_that_is_no_name_is_not_shown_as_one(juspay, script, written):
    script.on(PATH, {**VALID, "customer_name": written})

    assert await juspay.verify_vpa(VPA, "cust-8812") == VpaFacts(valid=True)


async def test_a_upi_id_that_does_not_exist_is_an_answer_and_has_no_name(juspay, script):
    script.on(PATH, {**VALID, "status": "INVALID"})

    assert await juspay.verify_vpa(VPA, "cust-8812") == VpaFacts(valid=False)


async def test_a_upi_id_that_juspay_calls_malformed_is_not_valid_there(juspay, script):
    body = {"status": "Bad Request", "error_code": "INVALID_REQUEST", "error_message": "vpa"}
    script.on(PATH, body, status=400)

    assert await juspay.verify_vpa(VPA, "cust-8812") == VpaFacts(valid=False)


async def test_another_refusal_is_no_word_about_the_upi_id(juspay, script):
    script.on(PATH, {"status": "error", "error_code": "access_denied"}, status=401)

    with pytest.raises(Refused, match="access_denied"):
        await juspay.verify_vpa(VPA, "cust-8812")


@pytest.mark.parametrize("status", ["PENDING", None])
async def test_neither_yes_nor_no_is_unknown(juspay, script, status):
    script.on(PATH, {**VALID, "status": status})

    with pytest.raises(Unknown):
        await juspay.verify_vpa(VPA, "cust-8812")


async def test_neither_the_upi_id_nor_the_name_is_written_down(juspay, script, recorded):
    script.on(PATH, VALID)

    await juspay.verify_vpa(VPA, "cust-8812")

    assert recorded[0].operation == "verify_vpa"
    assert "rahul" not in repr(recorded).lower()


async def test_a_check_is_routed_as_all_calls_of_its_customer(juspay, script):
    script.on(PATH, VALID)

    await juspay.verify_vpa(VPA, "cust-8812")

    assert script.requests[0].headers["x-routing-id"] == "cust-8812"


async def test_a_check_for_a_guest_has_no_empty_header(juspay, script):
    script.on(PATH, VALID)

    await juspay.verify_vpa(VPA, "")

    assert "x-routing-id" not in script.requests[0].headers
