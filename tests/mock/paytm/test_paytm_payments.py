"""Orders and payments at the imitated Paytm."""

from tests.mock.paytm.paytm_merchant import MID, code, form_signed_by_paytm, signed_by_paytm


async def test_an_order_is_opened_with_a_token_in_a_signed_answer(merchant):
    answer = await merchant.initiate()
    assert code(answer) == ("S", "0000")
    assert len(answer["txnToken"]) == 45
    assert signed_by_paytm(merchant.answer.text)


async def test_a_paid_upi_intent_is_in_status_and_webhook(merchant, webhooks):
    txn_id = await merchant.paid()
    payment = await merchant.status()
    assert signed_by_paytm(merchant.answer.text)
    assert code(payment) == ("TXN_SUCCESS", "01")
    assert (payment["txnAmount"], payment["paymentMode"], payment["mid"]) == ("100.00", "UPI", MID)
    form = (await webhooks.next()).form
    assert form_signed_by_paytm(form)
    assert (form["STATUS"], form["TXNID"], form["TXNDATE"]) == (
        "TXN_SUCCESS",
        txn_id,
        form["TXNDATETIME"][:10],
    )
