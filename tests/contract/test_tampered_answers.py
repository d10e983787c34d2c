"""Good answers with one value tampered with: a verb reads what it can, or raises Unknown."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from payment_engine.domain.gateway import Unknown
from payment_engine.gateways.transport import AiohttpTransport
from tests.contract.test_failures import VERBS

MISSING = object()
ODD = (
    MISSING,
    None,
    "",
    0,
    -1,
    True,
    [],
    {},
    ["x"],
    {"x": "y"},
    "x" * 5000,
    10**30,
    "NaN",
    "\ud800",
)
ON_AUTHORIZED = ("capture", "void")


class TamperingTransport(httpx.AsyncBaseTransport):
    """Records real answers; then replays them with the one at ``at`` replaced."""

    def __init__(self, case: Any) -> None:
        self._case = case
        self._real = AiohttpTransport()
        self.answers: list[tuple[int, httpx.Headers, bytes]] = []
        self._at: int | None = None
        self._content: Any = None
        self._replayed = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self._at is None:
            answer = await self._real.handle_async_request(request)
            self.answers.append((answer.status_code, answer.headers, await answer.aread()))
            status, headers, body = self.answers[-1]
        else:
            status, headers, body = self.answers[min(self._replayed, len(self.answers) - 1)]
            if self._replayed == self._at:
                headers, body = self._case.resigned(request, dict(headers), self._content)
            self._replayed += 1
        return httpx.Response(status, headers=headers, content=body)

    def replace(self, at: int, content: Any) -> None:
        self._at = at
        self._content = content
        self._replayed = 0

    async def aclose(self) -> None:
        await self._real.aclose()


def paths(content: Any) -> Iterator[tuple[str | int, ...]]:
    inner = content.items() if isinstance(content, dict) else enumerate(content)
    for name, value in inner:
        yield (name,)
        if isinstance(value, dict | list):
            yield from ((name, *rest) for rest in paths(value))


def tampered(content: Any) -> Iterator[tuple[str, Any]]:
    """Copies of ``content``, each with one value missing or replaced by an odd one."""
    for *parents, last in paths(content):
        for odd in ODD:
            whole = copy.deepcopy(content)
            inner = whole
            for step in parents:
                inner = inner[step]
            inner[last] = odd
            if odd is MISSING:
                del inner[last]
            yield f"{[*parents, last]} is {odd!r:.30}", whole


@pytest.mark.parametrize("verb", VERBS)
async def test_any_answer_is_either_read_or_unknown(
    case, imitation, make_gateway, make_charge, key, verb
):
    """Never another failure, and never the state of another charge or refund."""
    charge = make_charge(capture=verb not in ON_AUTHORIZED)
    transport = TamperingTransport(case)
    gateway = make_gateway(str(imitation.base_url), transport=transport)
    if verb != "charge":
        await gateway.charge(charge)
        await case.finish(imitation, key.ref, "paid")
    if verb == "fetch_refund":
        await gateway.refund("rf0001", key, 100)
    transport.answers.clear()
    good = await VERBS[verb](gateway, charge, key)

    for at, (_, _, body) in enumerate(transport.answers):
        for change, content in tampered(json.loads(body)):
            transport.replace(at, content)
            try:
                result = await VERBS[verb](gateway, charge, key)
            except Unknown:
                continue
            except Exception as error:
                error.add_note(change)
                raise
            not_found = result is None and verb == "fetch_refund"
            assert not_found or result.ref == good.ref, change


def test_tampered_copies_are_many_and_leave_the_original_alone():
    content = {"a": [{"b": 1}]}

    copies = [json.dumps(each) for _, each in tampered(content)]

    assert content == {"a": [{"b": 1}]}
    assert {"{}", '{"a": [{}]}', '{"a": [{"b": null}]}', '{"a": [true]}'} < set(copies)
