"""What RBI's rules on saved cards forbid: unconfirmed tokens, other gateways, stored numbers."""

import hashlib
import io
import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from payment_engine.db.models import CardToken
from payment_engine.domain.cards import CardState
from payment_engine.domain.errors import InvalidRequest
from payment_engine.domain.gateway import GatewayCard, NotSent, Unknown
from payment_engine.domain.payment_methods import CardOnFile
from tests.second_gateway import ScriptedGateway, add_gateway
from tests.services.test_nothing_secret_at_rest import lines, tables
from tests.services.test_saved_cards import CONSENT, cards, pay_by_card, saved
from tests.world import World, running_world

__all__ = ["lines"]

NUMBER = "4242424242424242"


class SavingGateway(ScriptedGateway):
    """Has one saved card, in any state; deletes any card at once."""

    state = CardState.ACTIVE
    reference = ""

    async def list_cards(self, customer_ref):
        token = SecretStr(self.reference)
        return (GatewayCard(token=token, state=self.state, network="visa", last4="4242"),)

    async def delete_card(self, customer_ref, token):
        self.forgotten = token.get_secret_value()


def spilled(folder: Path) -> str:
    """All raw exchanges; without MongoDB they are in the spool."""
    return "".join(path.read_text() for path in folder.rglob("*") if path.is_file())


async def refused(world: World, payment: dict[str, Any], **body: Any) -> tuple[int, str]:
    """Status and code of a refused attempt by card."""
    answer = await world.post(f"/v1/payments/{payment['id']}/attempts", {"method": "card", **body})
    return answer.status_code, answer.json()["code"]


async def issuer_sets(world: World, state: str) -> None:
    """The issuer sets the state of the one saved card's token; a day passes."""
    [row] = await world.sql("SELECT id, sealed FROM card_token")
    reference = world.engine.sealer.open(bytes(row["sealed"]), row["id"]).decode()
    change = {"gateway": "juspay", "token": reference, "state": state}
    assert (await world.mock.post("/control/tokens", json=change)).status_code == 200
    await world.run_worker(days=1, minutes=5)


async def test_a_consent_is_stored_with_time_channel_ip_address_and_device(
    world: World,
) -> None:
    client = {"platform": "android", "user_agent": "Checkout/7"}
    paid = await pay_by_card(world, save=CONSENT, client=client)
    await world.run_worker(seconds=60)
    [row] = await world.sql(
        "SELECT n.id, n.channel, n.at, n.circumstances, c.attempt_id, c.consent_id = n.id AS its"
        " FROM consent n JOIN saved_card c ON c.attempt_id = n.subject"
    )
    where = json.loads(world.engine.sealer.open(bytes(row["circumstances"]), row["id"]))
    assert (row["channel"], row["its"], row["at"] is not None) == ("android", True, True)
    assert where == {"ip": "127.0.0.1", "user_agent": "Checkout/7"}
    assert row["attempt_id"] == paid["attempts"][0]["id"]


async def test_an_unconfirmed_token_is_never_offered(database: str, tmp_path: Path) -> None:
    slow = {"juspay": {"tokenise_after": 600}}
    async with running_world(database, tmp_path, mock=slow) as world:
        await pay_by_card(world, save=CONSENT)
        await world.run_worker(seconds=60)
        token = (await world.open_payment())["checkout"]["token"]
        assert await cards(world, token) == []
        await world.mock.post("/control/clock", json={"advance": 601})
        await world.run_worker(seconds=60)
        assert [card["state"] for card in await cards(world, token)] == ["active"]


async def test_a_card_that_cannot_be_saved_does_not_fail_the_payment(world: World) -> None:
    await world.script_mock("http_status", {"path": "/juspay/cards"}, times=50, status=500)
    paid = await pay_by_card(world, save=CONSENT)
    await world.run_worker(minutes=5)
    assert (await world.read_payment(paid["id"]))["status"] == "paid"
    assert await world.sql("SELECT id FROM saved_card") == []


async def test_a_suspended_card_cannot_pay_until_it_is_active_again(world: World) -> None:
    _, card = await saved(world)
    await issuer_sets(world, "suspended")
    payment = await world.open_payment(order_id="PO-suspended")
    source = {"instrument_id": card["id"]}
    assert await refused(world, payment, **source) == (409, "instrument_not_usable")
    await issuer_sets(world, "active")
    payment = await world.open_payment(order_id="PO-returned")
    assert (await world.start_attempt(payment["id"], method="card", **source))[
        "status"
    ] == "pending"


@pytest.mark.parametrize(
    ("first", "then", "stored"),
    [("deactivated", "active", "deactivated"), ("suspended", "initiated", "suspended")],
)
async def test_an_impossible_token_state_changes_nothing(
    world: World, lines: io.StringIO, first: str, then: str, stored: str
) -> None:
    await saved(world)
    await world.sql("UPDATE card_token SET gateway = 'home' RETURNING id")
    [row] = await world.sql("SELECT id, sealed FROM card_token")
    home = add_gateway(world, "home", kind=SavingGateway)
    home.reference = world.engine.sealer.open(bytes(row["sealed"]), row["id"]).decode()
    for home.state in (CardState(first), CardState(then)):
        await world.run_worker(days=1, minutes=5)
        rows = await world.sql("SELECT t.state AS token, c.state FROM card_token t, saved_card c")
        assert rows == [{"token": stored, "state": stored}]
    assert ("card_state_refused" in lines.getvalue()) == (stored == "suspended")


async def test_a_card_deleted_by_its_network_is_no_longer_listed(world: World) -> None:
    _, card = await saved(world)
    await issuer_sets(world, "deleted")
    assert await world.sql("SELECT state FROM saved_card") == [{"state": "deactivated"}]
    payment = await world.open_payment(order_id="PO-gone")
    assert await cards(world, payment["checkout"]["token"]) == []
    source = {"instrument_id": card["id"]}
    assert await refused(world, payment, **source) == (409, "instrument_not_usable")


async def test_a_silent_gateway_does_not_stop_deletion_at_the_others(
    world: World,
) -> None:
    token, card = await saved(world)
    other = add_gateway(world, "other", kind=SavingGateway)
    sealed = world.engine.sealer.seal(b"its-own-reference", "tok_other")
    columns = {"id": "tok_other", "card_id": card["id"], "gateway": "other", "state": "active"}
    await CardToken.create(**columns, sealed=sealed, created_at=world.clock.now())
    await world.script_mock("http_status", {"path": "/juspay/card/delete"}, status=500)
    await world.api.delete(f"/v1/cards/{card['id']}", headers=world.headers(token))
    await world.run_worker(rounds=1, seconds=1)
    states = "SELECT gateway, state FROM card_token ORDER BY gateway"
    assert [row["state"] for row in await world.sql(states)] == ["delete_pending", "deleted"]
    assert other.forgotten == "its-own-reference"
    await world.run_worker(seconds=601)
    assert {row["state"] for row in await world.sql(states)} == {"deleted"}
    assert len(await world.sql("SELECT id FROM consent")) == 1


@pytest.mark.parametrize("outcomes", [(), (NotSent("ConnectError"),), (Unknown("no answer"),)])
async def test_a_token_is_sent_only_to_its_own_gateway(
    world: World, outcomes: tuple[NotSent | Unknown, ...]
) -> None:
    _, card = await saved(world)
    await world.sql("UPDATE card_token SET gateway = 'home' RETURNING id")
    home, stranger = add_gateway(world, "home", *outcomes), add_gateway(world, "stranger")
    world.engine.settings.weights = {"home": {"card": 0}}
    payment = await world.open_payment(order_id="PO-home")
    await world.start_attempt(payment["id"], method="card", instrument_id=card["id"])
    attempts = (await world.read_payment(payment["id"]))["attempts"]
    assert [attempt["gateway"] for attempt in attempts] == ["home"]
    assert (stranger.charged, [type(each.source) for each in home.charged]) == ([], [CardOnFile])


async def test_a_guests_card_leaves_nothing_stored(database: str, tmp_path: Path) -> None:
    async with running_world(database, tmp_path / "spool") as world:
        await pay_by_card(world)
        await world.run_worker(minutes=10)
        stored = await tables(world)
        for table in ("saved_card", "card_token", "consent"):
            assert await world.sql(f"SELECT id FROM {table}") == []  # noqa: S608
    stored += spilled(tmp_path)
    assert "juspay" in stored
    assert [each for each in (NUMBER, f'"{NUMBER[-4:]}"', "Demo Customer") if each in stored] == []


async def test_a_saved_card_accepts_a_cvv_and_requires_it_where_the_network_does(
    world: World,
) -> None:
    _, card = await saved(world)
    payment = await world.open_payment(order_id="PO-cvv")
    source = {"instrument_id": card["id"]}
    first = await world.start_attempt(payment["id"], method="card", **source, cvv="917")
    await world.sql("UPDATE saved_card SET network = 'maestro' RETURNING id")
    maestro = await world.open_payment(order_id="PO-maestro")
    assert await refused(world, maestro, **source) == (422, InvalidRequest.code)
    second = await world.start_attempt(maestro["id"], method="card", **source, cvv="917")
    assert [first["status"], second["status"]] == ["pending", "pending"]


async def test_a_saved_card_requires_its_cvv_where_the_gateway_does(world: World) -> None:
    token, card = await saved(world)
    assert card["cvv"] == "optional"
    assert await world.sql("SELECT cvv_less FROM saved_card") == [{"cvv_less": True}]
    await world.sql("UPDATE saved_card SET cvv_less = false RETURNING id")
    payment = await world.open_payment(order_id="PO-no-cvv-less")
    (listed,) = (await world.get("/v1/cards", token)).json()["cards"]
    assert listed["cvv"] == "required"
    methods = (await world.get(f"/v1/payments/{payment['id']}/methods")).json()
    assert methods["groups"][0]["items"][0]["needs"] == ["cvv"]
    assert await refused(world, payment, instrument_id=card["id"]) == (422, InvalidRequest.code)
    await world.run_worker(seconds=2 * 86_400)
    assert await world.sql("SELECT cvv_less FROM saved_card") == [{"cvv_less": True}]


async def test_a_cards_fingerprint_is_stored_as_a_keyed_hash(world: World) -> None:
    await saved(world)
    [row] = await world.sql("SELECT fingerprint FROM saved_card")
    kinds = ("md5", "sha1", "sha256", "sha512")
    guesses = {hashlib.new(kind, NUMBER.encode()).digest() for kind in kinds}
    assert bytes(row["fingerprint"]) not in guesses
    text = await tables(world)
    assert [guess.hex() for guess in guesses if guess.hex() in text] == []
