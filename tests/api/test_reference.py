"""The pages that explain the API, and the errors to which every problem document links."""

import re

from payment_engine.blueprints.operation import OPERATIONS
from payment_engine.domain.errors import all_errors
from tests.described import description
from tests.world import World


async def test_the_reference_has_every_operation_and_every_shape(world: World) -> None:
    answer = await world.api.get("/docs")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    anchors = set(re.findall(r'id="([^"]+)"', answer.text))
    assert {operation.name for operation in OPERATIONS} <= anchors
    assert {f"shape-{name}" for name in description()["components"]["schemas"]} <= anchors
    assert set(re.findall(r'href="#([^"]+)"', answer.text)) <= anchors
    assert "<script" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


async def test_the_reference_is_compressed_and_sent_once(world: World) -> None:
    for accepted, sent in (("gzip", "gzip"), ("gzip, br", "br")):
        first = await world.api.get("/docs", headers={"accept-encoding": accepted})
        assert first.headers["content-encoding"] == sent
    again = await world.api.get("/docs", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_every_error_has_a_page_that_explains_it(world: World) -> None:
    listed = (await world.api.get("/problems")).text
    for error in all_errors():
        assert f'href="/problems/{error.code}"' in listed
        answer = await world.api.get(f"/problems/{error.code}")
        assert answer.status_code == 200
        assert f"<code>{error.code}</code>" in answer.text


async def test_an_unknown_error_has_no_page(world: World) -> None:
    assert (await world.api.get("/problems/nope")).status_code == 404


async def test_a_refusal_links_to_its_page(world: World) -> None:
    refused = await world.get("/v1/payments/pay_00000000000000000000")
    page = await world.api.get(refused.json()["type"])
    assert page.status_code == 200
    assert refused.json()["title"] in page.text
