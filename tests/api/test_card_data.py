"""Card data where none is accepted: refused with its pointer, and stored nowhere."""

import io
import json
from typing import Any

import pytest
import structlog

from tests.api.bodies import ATTEMPTS, CAPTURE, METHODS, PAYMENTS, REFUNDS, Route
from tests.api.responses import database_dump, pointers, post_raw, problem, refusal, row_counts
from tests.world import ORDER, World

CARD = "4242424242424242"
SPACED = "4242 4242 4242 4242"
HYPHENED = "4242-4242-4242-4242"
FORMS: list[Any] = [CARD, SPACED, HYPHENED, int(CARD), "378282246310005", f"pay with {SPACED}, ok"]
NOT_A_CARD = "4242424242424241"
"""Sixteen digits that fail the check digit: an order number."""
REFUSED = (422, "card_data_not_accepted")
SECRET_NAMES = [
    *("cvv", "CVV", "cvv2", "cvc", "card_security_code", "security_code", "otp", "pin", "pan"),
    *("card_number", "cardNumber", "card_no", "card_exp_month", "card_exp_year", "card_expiry"),
]
POINTERS: list[tuple[Route, str]] = [
    (PAYMENTS, "/order_id"),
    (PAYMENTS, "/amount"),
    (PAYMENTS, "/breakdown/0/label"),
    (PAYMENTS, "/breakdown/1/amount"),
    (PAYMENTS, "/customer/name"),
    (PAYMENTS, "/customer/phone"),
    (PAYMENTS, "/return_url"),
    (PAYMENTS, "/metadata/cart"),
    (PAYMENTS, "/metadata/more/nested/deep"),
    (PAYMENTS, "/surprise"),
    (ATTEMPTS["card"], "/card_token"),
    (ATTEMPTS["upi_collect"], "/vpa"),
    (ATTEMPTS["upi_intent"], "/client/user_agent"),
    (ATTEMPTS["upi_intent"], "/client/installed_upi_apps/0"),
    (CAPTURE, "/amount"),
    (REFUNDS, "/reason"),
    (REFUNDS, "/lines/0/label"),
    (METHODS, "/user_agent"),
]


def put(body: dict[str, Any], pointer: str, value: Any) -> dict[str, Any]:
    """The body with a value at a pointer, added if it is missing."""
    changed = json.loads(json.dumps(body))
    *way, last = [int(part) if part.isdigit() else part for part in pointer.split("/")[1:]]
    inner = changed
    for part in way:
        inner = inner[part] if isinstance(inner, list) else inner.setdefault(part, {})
    inner[last] = value
    return dict(changed)


def digits(text: str) -> str:
    return text.replace(" ", "").replace("-", "")


async def test_a_card_number_in_any_field_is_refused_and_logged_nowhere(
    world: World, logged: io.StringIO
) -> None:
    payment = await world.open_payment()
    before, complaints = await row_counts(world), []
    for route, pointer in POINTERS:
        for form in FORMS:
            answer = await world.post(
                route.path.format(id=payment["id"]), put(route.body, pointer, form)
            )
            refused = (refusal(answer), pointers(answer))
            if refused != (REFUSED, [pointer]) or CARD in digits(answer.text):
                complaints.append((pointer, form, answer.text))
    assert complaints == []
    assert await row_counts(world) == before
    assert CARD not in digits(logged.getvalue())
    assert CARD not in digits(await database_dump(world))


@pytest.mark.parametrize("name", SECRET_NAMES)
async def test_a_field_named_like_card_data_is_refused_whatever_its_value(
    world: World, logged: io.StringIO, name: str
) -> None:
    for body, pointer in [
        ({**ORDER, name: "sent-731"}, f"/{name}"),
        ({**ORDER, "customer": {"ref": "c", name: 731}}, f"/customer/{name}"),
        ({**ORDER, "metadata": {name: "sent-731"}}, f"/metadata/{name}"),
        ({**ORDER, "breakdown": [{name: None}]}, f"/breakdown/0/{name}"),
    ]:
        answer = await world.post("/v1/payments", body)
        assert (refusal(answer), pointers(answer)) == (REFUSED, [pointer])
        assert "731" not in answer.json()["detail"]
    assert "sent-731" not in logged.getvalue()
    assert (await row_counts(world))["payment"] == 0


@pytest.mark.parametrize("card", [CARD, SPACED, HYPHENED])
async def test_a_card_number_as_a_fields_name_is_refused_without_repeating_it(
    world: World, logged: io.StringIO, card: str
) -> None:
    answer = await world.post("/v1/payments", {**ORDER, "metadata": {"x": "1", card: "y"}})
    assert (refusal(answer), pointers(answer)) == (REFUSED, ["/metadata"])
    outermost = await world.post("/v1/payments", {card: {"a": card}})
    assert refusal(outermost) == REFUSED
    written = answer.text + outermost.text + logged.getvalue() + await database_dump(world)
    assert CARD not in digits(written)


@pytest.mark.parametrize(
    "raw",
    [
        f'{{"order_id":"{CARD}"',
        f'{{"order_id":{SPACED}}}',
        f"card={HYPHENED}",
        f'{{"metadata":{{"a":"{SPACED}"}},}}',
    ],
)
async def test_a_card_number_in_a_malformed_body_is_refused_and_logged_nowhere(
    world: World, logged: io.StringIO, raw: str
) -> None:
    answer = await post_raw(world, "/v1/payments", raw.encode())
    assert refusal(answer) == REFUSED
    assert CARD not in digits(answer.text + logged.getvalue() + await database_dump(world))


async def test_a_card_number_behind_escapes_or_twice_named_is_not_let_through(
    world: World, logged: io.StringIO
) -> None:
    escaped = json.dumps({**ORDER, "metadata": {"a": "CARD"}}).replace(
        "CARD", "".join(f"\\u{ord(c):04x}" for c in CARD)
    )
    hidden = json.dumps(ORDER)[:-1] + f',"note":"{CARD}","note":"x"}}'
    assert refusal(await post_raw(world, "/v1/payments", escaped.encode())) == REFUSED
    twice = await post_raw(world, "/v1/payments", hidden.encode())
    assert twice.status_code == 422
    assert CARD not in twice.text + logged.getvalue() + await database_dump(world)


async def test_a_card_number_as_idempotency_key_is_refused_and_not_stored(
    world: World, logged: io.StringIO
) -> None:
    answer = await world.post("/v1/payments", ORDER, key=CARD)
    assert refusal(answer) == REFUSED
    assert CARD not in answer.text + logged.getvalue() + await database_dump(world)


async def test_sixteen_digits_that_are_no_card_number_pass(world: World) -> None:
    body = {**ORDER, "order_id": NOT_A_CARD, "metadata": {"invoice": NOT_A_CARD}}
    answer = await world.post("/v1/payments", body)
    assert (answer.status_code, answer.json()["order_id"]) == (201, NOT_A_CARD)


async def test_the_refusal_tells_the_developer_what_to_do_instead(world: World) -> None:
    payment = await world.open_payment()
    body = {"method": "card", "card_number": CARD, "cvv": "123"}
    refused = problem(await world.post(f"/v1/payments/{payment['id']}/attempts", body))
    assert (refused["code"], refused["errors"][0]["pointer"]) == (REFUSED[1], "/card_number")
    assert "token" in refused["detail"]


async def test_the_search_for_card_numbers_would_find_one(
    world: World, logged: io.StringIO
) -> None:
    payment = await world.open_payment()
    await world.sql(
        "UPDATE payment SET revision = revision + 1, customer = $1 WHERE id = $2",
        CARD.encode(),
        payment["id"],
    )
    assert CARD.encode().hex() in await database_dump(world)
    await world.sql(
        "UPDATE payment SET revision = revision + 1, order_id = $1 WHERE id = $2",
        CARD,
        payment["id"],
    )
    assert CARD in await database_dump(world)
    structlog.get_logger().warning("planted", order="PO1")
    assert "planted" in logged.getvalue()


async def test_an_id_or_token_that_contains_the_digits_of_a_card_is_none(world: World) -> None:
    order = {**ORDER, "order_id": f"ORD{CARD}", "customer": {"ref": f"c-{CARD}-1"}}
    opened = await world.post("/v1/payments", order)
    assert (opened.status_code, opened.json()["order_id"]) == (201, f"ORD{CARD}")
    path = f"/v1/payments/{opened.json()['id']}/attempts"
    tried = await world.post(path, {"method": "card", "card_token": f"ctkn_a{CARD}b"})
    assert tried.json().get("code") != "card_data_not_accepted"
    refused = await world.post(path, {"method": "card", "card_token": CARD})
    assert refused.json()["code"] == "card_data_not_accepted"
