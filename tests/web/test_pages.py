"""The headers and content of the pages as served."""

import re

from tests.world import World


def policy(header: str) -> dict[str, str]:
    """A content security policy by directive."""
    parts = (part.strip().partition(" ") for part in header.split(";"))
    return {name: value for name, _, value in parts}


async def test_the_checkout_may_connect_only_to_itself_and_the_gateway(
    world: World,
) -> None:
    headers = (await world.api.get("/checkout/pay_any")).headers
    mock = str(world.mock.base_url).rstrip("/")
    assert policy(headers["content-security-policy"]) == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "connect-src": f"'self' {mock}",
        "form-action": f"'self' https: {mock}",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
    }
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-cache"


async def test_pages_files_and_the_description_of_the_api_are_compressed_and_not_sent_twice(
    world: World,
) -> None:
    page = (await world.api.get("/checkout/pay_any")).text
    script = re.findall(r'src="([^"]+)"', page)[0]
    for path in ("/checkout/pay_any", "/console", script, "/v1/openapi.json"):
        plain = await world.api.get(path, headers={"accept-encoding": "identity"})
        packed = await world.api.get(path, headers={"accept-encoding": "br, gzip"})
        assert "content-encoding" not in plain.headers
        assert packed.headers["content-encoding"] == "gzip"
        assert packed.content == plain.content
        assert int(packed.headers["content-length"]) < len(plain.content) * 0.6
        assert packed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
        known = {"accept-encoding": "gzip", "if-none-match": packed.headers["etag"]}
        again = await world.api.get(path, headers=known)
        assert (again.status_code, again.content) == (304, b"")
        other = {"accept-encoding": "identity", "if-none-match": packed.headers["etag"]}
        assert (await world.api.get(path, headers=other)).status_code == 200


async def test_the_console_may_connect_only_to_itself(world: World) -> None:
    headers = (await world.api.get("/console")).headers
    directives = policy(headers["content-security-policy"])
    assert directives["connect-src"] == "'self'"
    assert directives["form-action"] == "'none'"


async def test_a_page_holds_no_data_and_no_inline_script(world: World) -> None:
    payment = await world.open_payment()
    page = (await world.api.get(f"/checkout/{payment['id']}")).text
    assert payment["id"] not in page
    assert re.findall(r"<script[^>]*>([^<]*)</script>", page) == [""]
    assert " on" not in re.sub(r">[^<]*<", "><", page)


async def test_scripts_are_cached_for_a_year_and_those_of_another_release_never(
    world: World,
) -> None:
    page = (await world.api.get("/checkout/pay_any")).text
    address = re.findall(r'src="([^"]+)"', page)[0]
    current = await world.api.get(address)
    assert current.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert current.headers["content-type"].startswith("text/javascript")
    other = await world.api.get("/static/000000000000/checkout.js")
    assert (other.status_code, other.headers["cache-control"]) == (200, "no-store")


async def test_only_scripts_and_styles_are_served(world: World) -> None:
    for name in ("checkout.html", "pages.py", "..%2Fpages.py", "none.js"):
        response = await world.api.get(f"/static/v/{name}")
        assert (response.status_code, response.json()["code"]) == (404, "not_found"), name
