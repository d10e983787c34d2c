"""Good answers with one thing in them twisted: a verb reads what it can, or does not know."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from payment_engine.domain.gateway import Unknown
from payment_engine.gateways.transport import AiohttpTransport
from tests.contract.test_failures import VERBS

GONE = object()
ODD = (GONE, None, "", 0, -1, True, [], {}, ["x"], {"x": "y"}, "x" * 5000, 10**30, "NaN", "\ud800")
HELD = ("capture", "void")


class Twisting(httpx.AsyncBaseTransport):
    """Passes answers on and keeps them; later gives them again, the one at ``at`` replaced."""

    def __init__(self, case: Any) -> None:
        self._case, self._real = case, AiohttpTransport()
        self.kept: list[tuple[int, httpx.Headers, bytes]] = []
        self._at: int | None = None
        self._content: Any = None
        self._given = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self._at is None:
            answer = await self._real.handle_async_request(request)
            self.kept.append((answer.status_code, answer.headers, await answer.aread()))
            status, headers, body = self.kept[-1]
        else:
            status, headers, body = self.kept[min(self._given, len(self.kept) - 1)]
            if self._given == self._at:
                headers, body = self._case.resigned(request, dict(headers), self._content)
            self._given += 1
        return httpx.Response(status, headers=headers, content=body)

    def replace(self, at: int, content: Any) -> None:
        self._at, self._content, self._given = at, content, 0

    async def aclose(self) -> None:
        await self._real.aclose()


def places(content: Any) -> Iterator[tuple[str | int, ...]]:
    inner = content.items() if isinstance(content, dict) else enumerate(content)
    for name, value in inner:
        yield (name,)
        if isinstance(value, dict | list):
            yield from ((name, *rest) for rest in places(value))


def twisted(content: Any) -> Iterator[tuple[str, Any]]:
    """Each copy of ``content`` that lacks one thing, or has an odd one in its place."""
    for *way, last in places(content):
        for odd in ODD:
            whole = copy.deepcopy(content)
            inner = whole
            for step in way:
                inner = inner[step]
            inner[last] = odd
            if odd is GONE:
                del inner[last]
            yield f"{[*way, last]} is {odd!r:.30}", whole


@pytest.mark.parametrize("verb", VERBS)
async def test_whatever_stands_in_an_answer_is_read_or_unknown(
    case, imitation, make_gateway, make_charge, key, verb
):
    """Never another failure, and never news of another charge or refund."""
    charge = make_charge(capture=verb not in HELD)
    transport = Twisting(case)
    gateway = make_gateway(str(imitation.base_url), transport=transport)
    if verb != "charge":
        await gateway.charge(charge)
        await case.finish(imitation, key.ref, "paid")
    if verb == "fetch_refund":
        await gateway.refund("rf0001", key, 100)
    transport.kept.clear()
    good = await VERBS[verb](gateway, charge, key)

    for at, (_, _, body) in enumerate(transport.kept):
        for how, content in twisted(json.loads(body)):
            transport.replace(at, content)
            try:
                said = await VERBS[verb](gateway, charge, key)
            except Unknown:
                continue
            except Exception as error:
                error.add_note(how)
                raise
            nothing = said is None and verb == "fetch_refund"
            assert nothing or said.ref == good.ref, how


def test_twists_are_many_and_leave_what_is_twisted_alone():
    content = {"a": [{"b": 1}]}

    said = [json.dumps(each) for _, each in twisted(content)]

    assert content == {"a": [{"b": 1}]}
    assert {"{}", '{"a": [{}]}', '{"a": [{"b": null}]}', '{"a": [true]}'} < set(said)
