"""UPI links in bulk: what the gateway gave is what a UPI app reads, in every app's own link."""

import random
from collections.abc import Iterator
from urllib.parse import unquote

from payment_engine.domain.gateway import Charge, Customer, Platform
from payment_engine.domain.money import to_rupees
from payment_engine.domain.payment_methods import UpiIntent
from payment_engine.domain.upi import APPS, app_link
from payment_engine.gateways.juspay.messages import TxnPayment
from payment_engine.gateways.juspay.states import next_action

LETTERS = "abcXYZ019 &=+%?#/.-_'\"₹नमस्तेदवा💊🏥é"
MANY = 2_000


def random_text(chance: random.Random) -> str:
    return "".join(chance.choices(LETTERS, k=chance.randint(1, 30)))


def links() -> Iterator[tuple[dict[str, str], str]]:
    """What a gateway returned, and the link made of it."""
    chance = random.Random(5912)
    for _ in range(MANY):
        amount = chance.randint(100, 10_000_000)
        customer = Customer(ref="c")
        charge = Charge(
            ref="r",
            amount=amount,
            source=UpiIntent(),
            customer=customer,
            return_url="https://shop.example/",
            description=random_text(chance),
        )
        given = {
            "pa": "acme@psp",
            "pn": random_text(chance),
            "tr": str(chance.getrandbits(64)),
            "mc": "5912",
            "am": to_rupees(amount),
            "cu": "INR",
            "tn": random_text(chance),
            "purpose": "00",
            "orgid": "159761",
        }
        action = next_action(charge, TxnPayment.read({"sdk_params": given}))
        assert action
        yield given, str(action.uri)


def read(uri: str) -> dict[str, str]:
    pairs = (pair.split("=") for pair in uri.partition("?")[2].split("&"))
    return {unquote(name): unquote(value) for name, value in pairs}


def test_thousands_of_links_say_what_the_gateway_said_in_every_app() -> None:
    apps = list(APPS)
    for number, (given, uri) in enumerate(links()):
        opened, _ = app_link(uri, apps[number % len(apps)], Platform.IOS)
        assert read(uri) == read(opened) == given
        assert uri.startswith("upi://pay?")
        assert not set(" +#") & set(opened)
