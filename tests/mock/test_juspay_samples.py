"""The mock's answers have the members of Juspay's published samples, where the samples are (see
``tests/juspay_samples.py``): what a client reads at Juspay, it finds at the mock."""

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

import pytest

from tests import juspay_samples as samples
from tests.mock.juspay_calls import SAVING, approve, cards, registered
from tests.mock.mock_server import Driver, Hook, soon

LACKING: Mapping[str, str] = {
    r"(.+\.)?deep_link|base64_encoded_qr": "the QR code of an order that is created with it",
    r"(.+\.)?emi_\w+(\..+)?": "instalments are not imitated",
    r"(.+\.)?payment_gateway_response\.gateway_response": "only with add_full_gateway_response",
    r"(.+\.)?payment_gateway_response\.(debit|discount)_amount": "one processor's own",
    r"payer_vpa": "null for a wallet, where there is none",
    r"(.+\.)?previous_attempts": "a refund is not sent again by another processor",
    r"(.+\.)?txn_detail\.metadata": "written by Juspay's own payment page",
    r"payment\.sdk_params\.uri_params\.(amrule|mam|orgid|purpose|recur|validity\w+)": "of mandates",
}
"""The members that the mock does not have, as regular expressions, and why."""
NOT_ANSWERED: Mapping[str, str] = {
    r"orders/(COD/.*|order-status/cod)": "cash on delivery is not imitated",
    r"orders/orderFulfilment/.*": "the shop's own service knows what is fulfilled",
    r"orders/order-status/v4-order-status/.*": "encrypted: its members are not in the sample",
    r"webhooks/(mandate|notification)_.*|.*_mandate": "mandates are not imitated",
    r".*response_structure": "comments in place of members",
}
"""The samples that the mock answers with nothing alike, and why."""
OPAQUE = frozenset({"metadata", "gateway_response"})
"""Objects whose members are those of a shop or of one processor."""
CARD = {
    "card_number": "4242424242424242",
    "card_exp_month": "12",
    "card_exp_year": "2035",
    "card_security_code": "123",
}
METADATA = {"metadata.RAZORPAY:gateway_reference_id": "testmid"}
Answers = dict[str, Any]


def members(value: Any, path: str = "") -> Iterator[str]:
    """Each member of a JSON value by its dotted path; those of a list's elements are one."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield f"{path}{name}"
            if name not in OPAQUE:
                yield from members(inner, f"{path}{name}.")
    elif isinstance(value, list):
        for each in value:
            yield from members(each, path)


def named(patterns: Mapping[str, str], name: str) -> str | None:
    return next((each for each in patterns if re.fullmatch(each, name)), None)


async def orders(mock: Driver, found: Answers) -> None:
    """Orders as they are created and changed."""
    token = {"options.get_client_auth_token": "true"}
    created = (await mock.new_order("created", **token)).json()
    for name in ("order-txn", "order-txn-qr", "response-auth"):
        found[f"orders/create-order/{name}"] = created
    legacy = {"order_id": "legacy", "amount": "1"}
    answer = await mock.juspay("POST", "/order/create", legacy)
    found["orders/create-order/response"] = answer.json()
    answer = await mock.juspay("POST", "/orders/legacy", {"amount": "2"})
    found["orders/update-order/response"] = answer.json()


async def card_payment(mock: Driver, found: Answers) -> None:
    """An order that is paid with a new card, which is saved, and refunded in part."""
    found["orders/create-payments/response"] = await pay_order(mock, "card", **SAVING)
    await approve(mock, "card")
    answer = await mock.refund("rf-card", "card", amount="100")
    found["orders/refund-order/response"] = answer.json()
    paid = await refunded(mock, "card")
    for name in ("EMI", "card", "Offers"):
        found[f"orders/order-status/{name}"] = paid


async def pay_order(mock: Driver, order_id: str, **fields: str) -> Any:
    """A new order, and a card payment of it that has started."""
    await mock.new_order(order_id, customer_id="customer-0001", **METADATA)
    card = {"payment_method_type": "CARD", "card_token": await mock.token()}
    return (await mock.txn(order_id, **card, **fields)).json()


async def refunded(mock: Driver, order_id: str) -> Any:
    """The order, once its refund has succeeded."""
    return await soon(
        lambda: mock.status(order_id), lambda order: order["refunds"][0]["status"] == "SUCCESS"
    )


async def other_methods(mock: Driver, found: Answers) -> None:
    """Net banking, UPI collect and intent, wallets, and cards of mail orders."""
    await mock.new_order("bank")
    bank = {"payment_method_type": "NB", "payment_method": "NB_HDFC"}
    found["orders/create-order/NBRes"] = (await mock.txn("bank", **bank)).json()
    await approve(mock, "bank")
    found["orders/order-status/NB"] = await mock.status("bank")
    await mock.new_order("collect")
    collect = {"payment_method_type": "UPI", "payment_method": "COLLECT", "upi_vpa": "a.b@okaxis"}
    started = (await mock.txn("collect", **collect)).json()
    found["orders/create-order/upiCollectRes"] = found["upi/collect"] = started
    await approve(mock, "collect")
    found["orders/order-status/UPI"] = await mock.status("collect")
    await mock.new_order("intent")
    found["upi/intent"] = (await mock.txn("intent")).json()
    pay = {"payment_method_type": "UPI", "payment_method": "PAY", "sdk_params": "true"}
    for name in ("upiIntentRes", "response-order-txn-upi-intent"):
        found[f"orders/create-order/{name}"] = (await mock.txn("intent", **pay)).json()
    await mock.new_order("moto")
    moto = {"payment_method_type": "CARD", "auth_type": "MOTO", "card_token": await mock.token()}
    started = (await mock.txn("moto", **moto)).json()
    for name in ("moto-200", "moto-200-authorized"):
        found[f"orders/create-order/{name}"] = started
    await mock.new_order("wallet")
    await mock.txn("wallet", payment_method_type="WALLET", payment_method="PAYTM")
    await approve(mock, "wallet")
    await mock.refund("rf-wallet", "wallet", amount="1")
    found["orders/order-status/Wallet"] = await refunded(mock, "wallet")


async def refunds_alone(mock: Driver, found: Answers) -> None:
    """``POST /refunds``."""
    for number, name in enumerate(samples.REFUNDS):
        form = {"unique_request_id": f"alone{number}", "order_id": "moto", "amount": "1"}
        found[name] = (await mock.juspay("POST", "/refunds", form)).json()


async def card_calls(mock: Driver, found: Answers) -> None:
    """Everything under ``/card``, ``/cards``, ``/cardbins``, and the look at a UPI id."""
    checks = {f"options.check_{name}_support": "true" for name in ("cvv_less", "tokenize")}
    listed = await mock.juspay("GET", "/cards", params={"customer_id": "customer-0001", **checks})
    found["card/list-cards/response"] = listed.json()
    more = {f"options.check_{name}_support": "true" for name in ("mandate", "direct_otp")}
    bin_facts = (await mock.juspay("GET", "/cardbins/424242", params=checks | more)).json()
    found.update(dict.fromkeys(samples.CARD_FACTS, bin_facts))
    eligible = await mock.juspay("GET", "/v2/bins/eligibility", params={"auth_type": "OTP"})
    found["card/bin-list/response"] = eligible.json()
    token = {"card_token": (await cards(mock))[0]["card_token"]}
    found["card/delete-card/response"] = (await mock.juspay("POST", "/card/delete", token)).json()
    foreign = {"customer_id": "customer-0001", **CARD, "card_number": "4111111111111111"}
    added = (await mock.juspay("POST", "/card/add", foreign)).json()
    found["card/add-card/response"] = added
    renamed = {"card_token": added["card_token"], "nickname": "abroad"}
    found["card/update-card/response"] = (await mock.juspay("POST", "/card/update", renamed)).json()
    found["card/tokenize/tokenize"] = {"token": await mock.token()}
    upi = {"vpa": "a.b@okaxis", "merchant_id": "acme"}
    found["upi/verify-vpa"] = (await mock.juspay("POST", "/v2/upi/verify-vpa", upi)).json()


async def errors(mock: Driver, found: Answers) -> None:
    """Cards that cannot be, and a card payment without a card."""
    wrong = {
        "invalidRange": {"card_exp_month": "13"},
        "invalid": {"card_exp_year": "20x5"},
        "nullable": {"card_security_code": ""},
    }
    for code, fields in wrong.items():
        answer = await mock.client.post("/juspay/card/tokenize", data=CARD | fields)
        name = f"card/tokenize/{code}Response"
        theirs = samples.sample(name)
        assert answer.status_code == 400
        assert answer.json()["error_code"] == theirs["error_code"] == code
        assert answer.json()["error_info"]["fields"] == theirs["error_info"]["fields"]
        found[name] = answer.json()
    await mock.new_order("nothing")
    nothing = await mock.txn("nothing", payment_method_type="CARD", payment_method="VISA")
    found["orders/create-order/moto-400"] = nothing.json()


async def requests(mock: Driver, found: Answers) -> None:
    """The calls that Juspay shows are taken as they are."""
    for number, name in enumerate(samples.REQUESTS):
        form = {**samples.sample(name), "merchant_id": "acme", "order.order_id": f"asks{number}"}
        answer = await mock.juspay("POST", "/txns", form)
        assert (answer.status_code, answer.json()["status"]) == (200, "PENDING_VBV"), name
        found[name] = form


async def webhooks(mock: Driver, hook: Hook, found: Answers) -> None:
    """Webhooks of orders that are paid, declined, sent back and refunded, however that ends."""
    await pay_order(mock, "declines")
    await mock.control("/orders/declines/decline", {})
    for order_id, fails in (("back", False), ("stays", True)):
        await pay_order(mock, order_id)
        if fails:
            await mock.script("refund_failure", {"order_id": order_id})
        await mock.control(f"/orders/{order_id}/auto_refund", {})
    for ending in ("refund_failure", "refund_manual_review"):
        order_id = ending.removeprefix("refund_")
        await mock.new_order(order_id, **METADATA)
        await mock.txn(order_id)
        await approve(mock, order_id)
        await mock.refund(f"part-{order_id}", order_id, amount="1")
        await refunded(mock, order_id)
        await mock.script(ending, {"order_id": order_id})
        await mock.refund(ending[-8:], order_id)
    names = [name for name in samples.names_in("webhooks") if not named(NOT_ANSWERED, name)]
    expected = {samples.sample(name)["event_name"]: name for name in names}
    while expected:
        webhook = await hook.next()
        name = expected.pop(webhook["event_name"], None)
        if name:
            found[name] = webhook


@pytest.mark.skipif(not samples.has_samples(), reason=samples.NO_SAMPLES)
async def test_the_mock_answers_with_the_members_of_every_sample(
    start: Callable[..., Awaitable[Driver]], hook: Hook
) -> None:
    mock = await start(juspay={"webhook_version": "2023-06-30"})
    found: Answers = {}
    await registered(mock)
    for scenario in (orders, card_payment, other_methods, refunds_alone, card_calls, errors):
        await scenario(mock, found)
    await requests(mock, found)
    await webhooks(mock, hook, found)
    answered = {name for name in samples.names_in() if not named(NOT_ANSWERED, name)}
    assert set(found) == answered
    lacking = {
        name: set(members(samples.sample(name))) - set(members(answer))
        for name, answer in found.items()
    }
    unexplained = {
        name: [each for each in paths if not named(LACKING, each)]
        for name, paths in lacking.items()
    }
    assert {name: paths for name, paths in unexplained.items() if paths} == {}
    used = {named(LACKING, each) for paths in lacking.values() for each in paths}
    assert used == set(LACKING)
