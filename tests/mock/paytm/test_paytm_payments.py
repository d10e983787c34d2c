"""Orders and payments at the imitated Paytm."""

from paytm_merchant import MID, code, form_signed_by_paytm, signed_by_paytm


async def test_an_order_is_opened_with_a_token_in_a_signed_answer(merchant):
    answer = await merchant.initiate()
    assert code(answer) == ("S", "0000")
    assert len(answer["txnToken"]) == 45
    assert signed_by_paytm(merchant.answer.text)


async def test_a_upi_intent_is_paid_and_told_by_status_and_webhook(merchant, ear):
    txn_id = await merchant.paid()
    told = await merchant.status()
    assert signed_by_paytm(merchant.answer.text)
    assert code(told) == ("TXN_SUCCESS", "01")
    assert (told["txnAmount"], told["paymentMode"], told["mid"]) == ("100.00", "UPI", MID)
    heard = (await ear.next()).form
    assert form_signed_by_paytm(heard)
    assert (heard["STATUS"], heard["TXNID"], heard["TXNDATE"]) == (
        "TXN_SUCCESS",
        txn_id,
        heard["TXNDATETIME"][:10],
    )
