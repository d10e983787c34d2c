"""The control page: what it shows, and that its plain forms work without JavaScript."""

import re

import pytest

BROWSER = {"accept": "text/html,application/xhtml+xml"}


@pytest.fixture
async def page(mock):
    async def page():
        answer = await mock.client.get("/control", headers=BROWSER)
        assert answer.headers["content-type"].startswith("text/html")
        return answer.text

    return page


async def post(mock, path, **form):
    answer = await mock.client.post(f"/control{path}", data=form, headers=BROWSER)
    assert (answer.status_code, answer.headers["location"]) == (303, "/control")


async def test_a_program_reads_the_overview_as_json(mock):
    await mock.charged()
    known = await mock.control("")
    assert known["seed"] == 1
    assert known["ledger"] == {"charged": 49950, "refunded": 0, "kept": 49950}
    assert known["gateways"][0]["gateway"] == "juspay"
    assert known["remembered"]["orders"] == {"juspay": 1}


async def test_a_browser_sees_money_requests_and_webhooks(mock, hook, page):
    await mock.charged()
    await hook.event("ORDER_SUCCEEDED")
    html = await page()
    assert all(text in html for text in ("₹499.50", "/juspay/txns", "ORDER_SUCCEEDED", "Seed 1"))


async def test_a_person_adds_a_fault_by_form_and_drops_it(mock, page):
    form = {"kind": "http_status", "match.gateway": "juspay", "match.path": "/txns"}
    await post(mock, "/scripts", **form, status="503", times="2", probability="1", reason="")
    (script,) = (await mock.control("/scripts"))["scripts"]
    assert script["match"] == {"gateway": "juspay", "path": "/txns"}
    assert script["behaviour"] == {"kind": "http_status", "status": 503}
    assert (script["times"], script["probability"]) == (2, 1)
    assert f'action="/control/scripts/{script["id"]}/drop"' in await page()
    await post(mock, f"/scripts/{script['id']}/drop")
    assert (await mock.control("/scripts"))["scripts"] == []


async def test_further_options_are_written_in_words(mock):
    await post(mock, "/scripts", kind="latency", more="p50=0.25 p95=2", times="always")
    (script,) = (await mock.control("/scripts"))["scripts"]
    assert script["behaviour"] == {"kind": "latency", "p50": 0.25, "p95": 2}
    await post(mock, "/scripts/drop")
    assert (await mock.control("/scripts"))["scripts"] == []


async def test_every_kind_is_offered_and_explained(mock, page):
    html = await page()
    kinds = (await mock.control("/kinds"))["kinds"]
    assert set(re.findall(r'<option value="(\w+)" title', html)) == {k["kind"] for k in kinds}


async def test_time_is_moved_and_frozen_by_form(mock, page):
    await post(mock, "/clock", freeze="true")
    before = (await mock.control("/clock"))["now"]
    await post(mock, "/clock", advance="3600")
    assert (await mock.control("/clock"))["now"] != before
    assert "frozen" in await page()
    await post(mock, "/clock", freeze="false")
    assert not (await mock.control("/clock"))["frozen"]


async def test_everything_is_forgotten_by_form(mock):
    await mock.charged()
    await post(mock, "/reset", seed="77")
    known = await mock.control("")
    assert (known["seed"], known["ledger"]["charged"]) == (77, 0)


async def test_what_others_wrote_is_not_run_by_the_page(mock, page):
    await mock.client.get("/juspay/orders/%3Cscript%3Ealert(1)%3C%2Fscript%3E")
    await mock.script("hang", {"order_id": "<b>x</b>"})
    html = await page()
    assert "<script" not in html
    assert "&lt;b&gt;x&lt;/b&gt;" in html
