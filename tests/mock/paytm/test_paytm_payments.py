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


async def test_the_arn_of_a_paid_card_is_reported_without_a_status(start_paytm, webhooks):
    merchant = await start_paytm({"payment_arn_after": 0.01})
    txn_id = await merchant.paid("CREDIT_CARD", cardInfo="|4111111111111111|123|122035")
    await webhooks.next()
    arn = await webhooks.next()
    assert form_signed_by_paytm(arn.form)
    assert (arn.form["ORDERID"], arn.form["TXNID"]) == ("ORDER_0001", txn_id)
    assert (len(arn.form["ARN"]), "STATUS" in arn.form) == (23, False)


async def test_the_arn_of_a_payment_is_reported_again_on_request_and_upi_has_none(
    start_paytm, webhooks
):
    merchant = await start_paytm({"payment_arn_after": None})
    await merchant.paid("CREDIT_CARD", cardInfo="|4111111111111111|123|122035")
    await webhooks.next()
    for _ in range(2):
        await merchant.control("/orders/ORDER_0001/arn", {})
    first, again = await webhooks.next(), await webhooks.next()
    assert first.form["ARN"] == again.form["ARN"]
    await merchant.initiate("ORDER_0002")
    await merchant.process("UPI_INTENT", "ORDER_0002")
    await merchant.control("/orders/ORDER_0002/approve", {})
    refused = await merchant.client.post("/control/orders/ORDER_0002/arn", json={})
    assert refused.status_code == 400
