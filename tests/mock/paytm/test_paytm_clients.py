"""Paytm's published SDKs, unmodified, pay and refund against the mock through its TLS proxy."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from payment_engine.mock.paytm.signing import sign, verify
from payment_engine.mock.tls_proxy import open_tls_proxy
from tests.mock.paytm.paytm_merchant import KEY, MID
from tests.mock.published import client, javascript, python

PROGRAMS = {
    "python": lambda: python("paytm_pg_client.py"),
    "node": lambda: javascript("paytm_pg_client.js"),
}


@asynccontextmanager
async def sdk(language, merchant, folder, stage="STAGE", key=KEY) -> AsyncIterator:
    command = PROGRAMS[language]()
    async with open_tls_proxy(merchant.client.base_url.port, folder) as proxy:
        options = {"environment": proxy.environment, "folder": folder}
        async with client(*command, stage, MID, key, **options) as program:
            yield program


def result_of(answer):
    return answer["status"], answer["code"]


@pytest.mark.parametrize("stage", ["STAGE", "PROD"])
@pytest.mark.parametrize("language", PROGRAMS)
async def test_an_sdk_pays_and_refunds(language, stage, merchant, tmp_path):
    async with sdk(language, merchant, tmp_path, stage) as paytm:
        opened = await paytm.ask("initiate", "ORDER_0001", "100.00")
        assert result_of(opened) == ("S", "0000")
        merchant.token = opened["body"]["txnToken"]
        await merchant.process("UPI_INTENT")
        await merchant.control("/orders/ORDER_0001/approve", {})
        paid = await paytm.ask("status", "ORDER_0001")
        assert result_of(paid) == ("TXN_SUCCESS", "01")
        refund = await paytm.ask("refund", "ORDER_0001", "REF_1", paid["body"]["txnId"], "30.00")
        assert result_of(refund) == ("PENDING", "601")
        await merchant.refunded("REF_1")
        assert result_of(await paytm.ask("refund_status", "ORDER_0001", "REF_1")) == (
            "TXN_SUCCESS",
            "10",
        )


@pytest.mark.parametrize("language", PROGRAMS)
async def test_an_sdk_with_another_key_is_refused(language, merchant, tmp_path):
    async with sdk(language, merchant, tmp_path, key="another-key-0016") as paytm:
        opened = await paytm.ask("initiate", "ORDER_0001", "100.00")
        assert result_of(opened) == ("F", "2005")


@pytest.mark.parametrize("language", PROGRAMS)
async def test_an_sdk_rejects_a_wrong_signature(language, merchant, tmp_path):
    await merchant.script("forge")
    async with sdk(language, merchant, tmp_path) as paytm:
        opened = await paytm.ask("initiate", "ORDER_0001", "100.00")
        assert opened["status"] == "failure"


@pytest.mark.parametrize("language", PROGRAMS)
async def test_an_sdk_accepts_an_altered_answer_that_is_signed(language, merchant, tmp_path):
    await merchant.paid()
    await merchant.script("wrong_amount", {"path": "*status"}, amount="1.00")
    async with sdk(language, merchant, tmp_path) as paytm:
        payment = await paytm.ask("status", "ORDER_0001")
        assert (payment["status"], payment["body"]["txnAmount"]) == ("TXN_SUCCESS", "1.00")


@asynccontextmanager
async def checksum(folder) -> AsyncIterator:
    async with client(*javascript("paytm_checksum.js"), environment={}, folder=folder) as program:
        yield program


async def test_the_node_checksum_and_ours_accept_each_other(tmp_path):
    text = '{"mid":"M","note":"आशा ₹ 5 | \\" /"}'
    async with checksum(tmp_path) as node:
        assert verify(text, KEY, await node.ask("sign", text, KEY))
        assert await node.ask("verify", text, KEY, sign(text, KEY, "a+/9"))
        assert not await node.ask("verify", text, KEY, sign(text + " ", KEY, "aB3z"))


async def test_the_node_checksum_accepts_a_callback_and_a_webhook(merchant, webhooks, tmp_path):
    await merchant.initiate()
    await merchant.link_wallet()
    receipt = (await merchant.process("BALANCE"))["txnInfo"]
    async with checksum(tmp_path) as node:
        for fields in (receipt, (await webhooks.next()).form):
            assert await node.ask("verify", fields, KEY, fields["CHECKSUMHASH"])
