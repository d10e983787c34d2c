"""Responses that are late, broken or missing, and which requests a script applies to."""

import asyncio
import time
from contextlib import suppress

import httpx
import pytest

from payment_engine.mock.kinds import KINDS
from tests.serving import http_client

TXNS = {"path": "/txns"}
NB = {"payment_method_type": "NB", "payment_method": "NB_HDFC"}


async def added(mock, **script):
    answer = await mock.client.post("/control/scripts", json=script)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def raw(mock, path):
    """An answer as it came, whatever became of the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", mock.client.base_url.port)
    writer.write(f"GET {path} HTTP/1.1\r\nhost: mock\r\n\r\n".encode())
    try:
        return await asyncio.wait_for(reader.read(), 5)
    finally:
        writer.close()


async def until_it_listens(mock):
    async with asyncio.timeout(10):
        while True:
            with suppress(httpx.ConnectError):
                return await mock.control("")
            await asyncio.sleep(0.02)


async def test_a_script_that_lasts_is_dropped_by_its_id(mock):
    script = await added(mock, behaviour={"kind": "garbage"}, match=TXNS, times=None)
    await mock.new_order()
    garbage = [(await mock.txn()).text[:6] for _ in range(3)]
    assert (await mock.control("/scripts"))["scripts"][0]["taken"] == 3
    dropped = await mock.client.delete(f"/control/scripts/{script['id']}")
    assert garbage == ["<html>"] * 3
    assert dropped.status_code == 200
    assert (await mock.txn()).json()["txn_id"]
    assert (await mock.client.delete(f"/control/scripts/{script['id']}")).status_code == 404


async def test_what_happens_once_goes_before_what_lasts(mock):
    await mock.script("http_status", TXNS, times="always", status=503)
    await mock.script("http_status", TXNS, status=418)
    await mock.new_order()
    assert [(await mock.txn()).status_code for _ in range(3)] == [418, 503, 503]


async def test_a_probable_fault_happens_about_that_often_and_always_to_the_same(start):
    async def hits():
        mock = await start(seed=7)
        behaviour = {"kind": "http_status", "when": "before"}
        await added(mock, behaviour=behaviour, probability=0.3, times="always")
        return [(await mock.new_order(f"o{n}")).status_code for n in range(200)]

    first, second = await hits(), await hits()
    assert first == second
    assert 35 < first.count(500) < 85


async def test_a_payment_script_waits_for_its_instrument_and_bank(mock):
    match = {"instrument": "NB", "bank": "NB_HDFC"}
    await added(mock, behaviour={"kind": "approve"}, match=match)
    for order_id in ("upi", "icici", "hdfc"):
        await mock.new_order(order_id)
    await mock.txn("upi")
    await mock.txn("icici", **NB | {"payment_method": "NB_ICICI"})
    await mock.txn("hdfc", **NB)
    statuses = [(await mock.status(order_id))["status"] for order_id in ("upi", "icici", "hdfc")]
    assert statuses == ["PENDING_VBV", "PENDING_VBV", "CHARGED"]


async def test_a_bank_that_is_down_fails_its_payments_and_no_others(mock):
    await added(mock, behaviour={"kind": "outage"}, match={"bank": "NB_HDFC"})
    for order_id in ("icici", "hdfc", "again"):
        await mock.new_order(order_id)
    await mock.txn("icici", **NB | {"payment_method": "NB_ICICI"})
    await mock.txn("hdfc", **NB)
    await mock.txn("again", **NB)
    down = await mock.status("again")
    assert (await mock.status("icici"))["status"] == "PENDING_VBV"
    assert (await mock.status("hdfc"))["status"] == "AUTHORIZATION_FAILED"
    assert down["bank_error_code"] == "ISSUER_DOWN"


async def test_an_answer_can_be_spoiled_for_one_instrument(mock):
    await added(mock, behaviour={"kind": "garbage"}, match={"instrument": "NB"})
    await mock.new_order()
    assert (await mock.txn()).json()["txn_id"]
    assert (await mock.txn(**NB)).text.startswith("<html>")


async def test_a_gateway_that_is_down_answers_503_until_it_is_up(mock):
    down = await added(mock, behaviour={"kind": "outage"}, match={"gateway": "juspay"})
    assert {(await mock.new_order()).status_code for _ in range(3)} == {503}
    await mock.client.delete(f"/control/scripts/{down['id']}")
    assert (await mock.new_order()).status_code == 200


@pytest.mark.parametrize(
    "spread", [{"seconds": 0.3}, {"low": 0.3, "high": 0.4}, {"p50": 0.3, "p95": 0.3}]
)
async def test_a_slow_answer_has_committed_and_holds_up_no_other(mock, spread):
    await mock.new_order()
    await added(mock, behaviour={"kind": "latency", **spread}, match=TXNS)
    await mock.control("/clock", {"freeze": True})
    slow = asyncio.create_task(mock.txn())
    assert await asyncio.wait_for(mock.until_status("PENDING_VBV"), 5)
    assert not slow.done()
    await mock.control("/clock", {"freeze": False})
    assert (await slow).json()["txn_id"]


async def test_a_frozen_clock_holds_a_slow_answer_until_it_is_moved(mock):
    await mock.new_order()
    await mock.control("/clock", {"freeze": True})
    await added(mock, behaviour={"kind": "latency", "seconds": 3600}, match=TXNS)
    slow = asyncio.create_task(mock.txn())
    await mock.until_status("PENDING_VBV")
    await mock.control("/clock", {"advance": 3600})
    assert (await asyncio.wait_for(slow, 5)).json()["txn_id"]


async def test_the_latency_and_another_fault_of_one_answer_add_up(mock):
    await added(mock, behaviour={"kind": "latency", "seconds": 0.1})
    await mock.script("http_status", TXNS, status=502)
    await mock.new_order()
    begun = time.monotonic()
    assert (await mock.txn()).status_code == 502
    assert time.monotonic() - begun > 0.09


async def test_refused_connections_are_really_refused_and_end(mock):
    port = mock.client.base_url.port
    await mock.new_order()
    await added(mock, behaviour={"kind": "refuse", "seconds": 0.5})
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)
    await asyncio.sleep(0.1)
    with pytest.raises(httpx.ConnectError):
        await mock.status()
    await asyncio.sleep(0.6)
    assert (await mock.status())["order_id"] == "pe0001a"
    assert (await mock.control("/scripts"))["scripts"] == []


async def test_the_mock_can_refuse_twice(mock):
    for _ in range(2):
        await added(mock, behaviour={"kind": "refuse", "seconds": 1})
        with pytest.raises(httpx.ConnectError):
            async with http_client() as fresh:
                await fresh.get(mock.client.base_url)
        await until_it_listens(mock)
    assert (await mock.new_order()).status_code == 200


async def test_half_an_answer_promises_a_whole_one(mock):
    await mock.script("truncate", {"path": "/orders/*"})
    head, _, body = (await raw(mock, "/juspay/orders/x")).partition(b"\r\n\r\n")
    promised = int(head.split(b"content-length: ")[1].split(b"\r\n")[0])
    assert 0 < len(body) < promised


@pytest.mark.parametrize(
    "script",
    [
        {"behaviour": {"kind": "refuse"}, "match": {"gateway": "juspay"}},
        {"behaviour": {"kind": "hang"}, "match": {"event": "ORDER_SUCCEEDED"}},
        {"behaviour": {"kind": "drop_webhook"}, "match": {"path": "/txns"}},
        {"behaviour": {"kind": "hang"}, "probability": 2},
        {"behaviour": {"kind": "hang"}, "probability": "often"},
        {"behaviour": {"kind": "hang", "seconds": -1}},
        {"behaviour": {"kind": "latency", "p50": 1}},
        {"behaviour": {"kind": "latency", "p50": 2, "p95": 1}},
    ],
)
async def test_what_could_never_happen_cannot_be_scripted(mock, script):
    answer = await mock.client.post("/control/scripts", json=script)
    assert answer.status_code == 400
    assert answer.json()["error"]


async def test_scripts_are_bounded(start):
    mock = await start(max_scripts=3)
    for _ in range(3):
        await mock.script("hang")
    answer = await mock.client.post("/control/scripts", json={"behaviour": {"kind": "hang"}})
    assert answer.status_code == 400


async def test_the_table_of_kinds_explains_every_kind(mock):
    kinds = {each["kind"]: each for each in (await mock.control("/kinds"))["kinds"]}
    assert set(kinds) == set(KINDS)
    assert all(each["explanation"].endswith(".") for each in kinds.values())
    assert kinds["hang"]["matched_by"] == [
        *("bank", "gateway", "instrument", "method", "order_id", "path")
    ]


async def test_amounts_decide_only_if_asked(start):
    plain, banded = await start(), await start(amount_bands=True)
    for mock in (plain, banded):
        for order_id, amount in (("ok", "499.99"), ("bad", "500"), ("late", "700")):
            await mock.new_order(order_id, amount=amount)
            await mock.txn(order_id)
    assert [(await plain.status(each))["status"] for each in ("ok", "bad")] == ["PENDING_VBV"] * 2
    statuses = [(await banded.status(each))["status"] for each in ("ok", "bad", "late")]
    assert statuses == ["CHARGED", "AUTHORIZATION_FAILED", "PENDING_VBV"]
    await banded.control("/clock", {"advance": 2})
    assert (await banded.status("late"))["status"] == "CHARGED"


@pytest.mark.parametrize(
    ("vpa", "status"),
    [
        ("success@upi", "CHARGED"),
        ("failure@upi", "AUTHORIZATION_FAILED"),
        ("someone@okaxis", "PENDING_VBV"),
    ],
)
async def test_documented_vpas_decide_by_themselves(mock, vpa, status):
    await mock.new_order()
    upi = {"payment_method_type": "UPI", "payment_method": "UPI_COLLECT", "upi_vpa": vpa}
    begun = (await mock.txn(**upi)).json()["status"]
    await mock.control("/clock", {"advance": 1})
    assert (begun, (await mock.status())["status"]) == ("PENDING_VBV", status)


async def test_a_rotated_key_is_refused_and_the_new_one_taken(mock, hook):
    await mock.new_order()
    await mock.control("/keys", {"gateway": "juspay", "api_key": "fresh", "webhook_password": "p2"})
    refused = await mock.juspay("GET", "/orders/pe0001a")
    taken = await mock.juspay("GET", "/orders/pe0001a", auth=("fresh", ""))
    assert (refused.status_code, taken.status_code) == (401, 200)
    await mock.txn()
    await hook.event("TXN_CREATED")
    assert hook.auth == "hook:p2"


@pytest.mark.parametrize(
    "body",
    [{}, {"gateway": "stripe"}, {"gateway": "juspay"}, {"gateway": "juspay", "colour": "red"}],
)
async def test_only_keys_that_exist_are_rotated(mock, body):
    answer = await mock.client.post("/control/keys", json=body)
    assert answer.status_code in (400, 404)
    assert answer.json()["error"]
