"""The imitated Paytm is bounded: the oldest orders and wallets are forgotten."""

from tests.mock.paytm.paytm_merchant import code


async def paid(merchant, order_id, customer="CUST_001"):
    await merchant.initiate(order_id, userInfo={"custId": customer})
    await merchant.link_wallet(f"99999{len(customer):05}", order_id=order_id)
    return await merchant.process("BALANCE", order_id)


async def test_the_oldest_settled_order_is_forgotten_first(start_paytm):
    merchant = await start_paytm(max_orders=2)
    await merchant.initiate("WAITING")
    await paid(merchant, "PAID")
    await merchant.initiate("NEW")
    order_ids = [each["order_id"] for each in (await merchant.control("/orders"))["orders"]]
    assert order_ids == ["NEW", "WAITING"]
    assert code(await merchant.status("PAID")) == ("NO_RECORD_FOUND", "331")


async def test_without_a_settled_order_the_oldest_is_forgotten(start_paytm):
    merchant = await start_paytm(max_orders=1)
    for order_id in ("OLD", "NEW"):
        await merchant.initiate(order_id)
        await merchant.process("UPI_INTENT", order_id)
    assert code(await merchant.status("OLD")) == ("NO_RECORD_FOUND", "331")
    assert "OLD" not in (await merchant.client.get("/")).text


async def test_wallets_are_forgotten_too(start_paytm):
    merchant = await start_paytm({"wallet_balance": 150_00}, max_orders=1)
    await paid(merchant, "A", "C")
    assert code(await paid(merchant, "B", "C")) == ("F", "235")
    await paid(merchant, "C", "CC")
    assert code(await paid(merchant, "D", "C")) == ("S", "0000")
