"""The headers and content of the pages as served."""

import base64
import hashlib
import re

import pytest

from payment_engine.domain.requests import sizes
from tests.web.conftest import Tab
from tests.world import World


def policy(header: str) -> dict[str, str]:
    """A content security policy by directive."""
    parts = (part.strip().partition(" ") for part in header.split(";"))
    return {name: value for name, _, value in parts}


def part_hash(page: str, name: str) -> str:
    """The one script or style of a page as the policy names it."""
    opening = r' type="module"' if name == "script" else ""
    [content] = re.findall(rf"<{name}{opening}>(.*?)</{name}>", page, re.DOTALL)
    digest = hashlib.sha256(content.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


async def test_the_checkout_may_connect_only_to_itself_and_the_gateway(
    world: World,
) -> None:
    response = await world.api.get("/checkout/pay_any")
    headers, page = response.headers, response.text
    mock = str(world.mock.base_url).rstrip("/")
    assert policy(headers["content-security-policy"]) == {
        "default-src": "'none'",
        "script-src": part_hash(page, "script"),
        "style-src": part_hash(page, "style"),
        "img-src": "'self' data:",
        "connect-src": f"'self' {mock}",
        "form-action": f"'self' https: {mock}",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
        "report-uri": "/csp-reports",
    }
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("encoding", ["gzip", "br"])
async def test_pages_files_and_the_description_of_the_api_are_compressed_and_not_sent_twice(
    world: World, encoding: str
) -> None:
    for path in ("/checkout/pay_any", "/console", "/checkout/texts/hi", "/v1/openapi.json"):
        plain = await world.api.get(path, headers={"accept-encoding": "identity"})
        packed = await world.api.get(path, headers={"accept-encoding": encoding})
        assert "content-encoding" not in plain.headers
        assert packed.headers["content-encoding"] == encoding
        assert packed.content == plain.content
        assert int(packed.headers["content-length"]) < len(plain.content) * 0.6
        assert packed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
        known = {"accept-encoding": encoding, "if-none-match": packed.headers["etag"]}
        again = await world.api.get(path, headers=known)
        assert (again.status_code, again.content) == (304, b"")
        other = {"accept-encoding": "identity", "if-none-match": packed.headers["etag"]}
        assert (await world.api.get(path, headers=other)).status_code == 200


async def test_the_console_may_connect_only_to_itself(world: World) -> None:
    headers = (await world.api.get("/console")).headers
    directives = policy(headers["content-security-policy"])
    assert directives["connect-src"] == "'self'"
    assert directives["form-action"] == "'none'"


async def test_a_page_holds_no_data_and_loads_nothing_from_elsewhere(world: World) -> None:
    payment = await world.open_payment()
    page = (await world.api.get(f"/checkout/{payment['id']}")).text
    assert payment["id"] not in page
    assert "src=" not in page
    assert re.findall(r'href="([^"]+)"', page) == ["data:,"]
    assert " on" not in re.sub(r">[^<]*<", "><", page)


async def test_the_first_paint_of_a_checkout_is_small(world: World, tab: Tab) -> None:
    received = []
    devtools = await tab.page.context.new_cdp_session(tab.page)
    await devtools.send("Network.enable")
    devtools.on(
        "Network.loadingFinished", lambda event: received.append(event["encodedDataLength"])
    )
    response = await tab.page.goto(f"{world.api.base_url}/checkout/pay_any")
    assert response
    assert (await response.all_headers())["content-encoding"] == "br"
    assert 10 * 1024 < received[0] < 25 * 1024


async def test_a_browser_without_brotli_gets_little_more(world: World) -> None:
    packed = await world.api.get("/checkout/pay_any", headers={"accept-encoding": "gzip"})
    assert int(packed.headers["content-length"]) < 28 * 1024


async def test_texts_are_served_in_languages_that_exist(world: World) -> None:
    assert (await world.api.get("/checkout/texts/hi")).json()["cvv"] == "CVV"
    for name in ("en", "fr", "..%2Fcheckout.html", "texts.hi.json"):
        response = await world.api.get(f"/checkout/texts/{name}")
        assert (response.status_code, response.json()["code"]) == (404, "not_found"), name


BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


async def test_errors_in_a_customers_browser_are_pages(world: World) -> None:
    cases = [
        ("GET", "/nowhere", 404, "There is no such page"),
        ("GET", "/checkout/", 404, "There is no such page"),
        ("POST", "/checkout/pay_any", 405, "There is no such page"),
        ("GET", "/v1/juspay/return", 404, "We cannot tell which payment"),
        ("PUT", "/v1/juspay/return", 405, "We cannot tell which payment"),
        ("GET", "/v1/nobody/return", 404, "We cannot tell which payment"),
    ]
    for method, path, status, text in cases:
        answer = await world.api.request(method, path, headers=BROWSER)
        assert (answer.status_code, text in answer.text) == (status, True), path
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert "do not pay again" in answer.text
        assert "दोबारा न करें" in answer.text
        assert policy(answer.headers["content-security-policy"])["script-src"] == "'none'"
        assert answer.headers["cache-control"] == "no-store"


async def test_a_return_that_is_too_large_is_a_page_as_well(world: World) -> None:
    for size, status in ((sizes.RETURN, 404), (sizes.RETURN + 1, 413)):
        body = b"a=" + b"x" * (size - 2)
        form = {**BROWSER, "content-type": "application/x-www-form-urlencoded"}
        answer = await world.api.post("/v1/juspay/return", content=body, headers=form)
        assert (answer.status_code, "do not pay again" in answer.text) == (status, True)


async def test_the_address_of_the_service_leads_to_the_pages_about_its_api(world: World) -> None:
    answer = await world.api.get("/", follow_redirects=True)
    assert (answer.status_code, answer.url.path) == (200, "/docs")


async def test_scripts_and_services_get_problem_documents(world: World) -> None:
    for path, headers in (("/v1/payments/pay_any", BROWSER), ("/nowhere", {"accept": "*/*"})):
        answer = await world.api.get(path, headers=headers)
        assert answer.headers["content-type"] == "application/problem+json"
