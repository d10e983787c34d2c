"""A shop's calls to the imitated Juspay about its customers, their cards and their wallets."""

from typing import Any

CUSTOMER = {
    "object_reference_id": "customer-0001",
    "mobile_number": "9000000001",
    "email_address": "a@example.in",
    "first_name": "Asha",
    "last_name": "Rao",
}
INDIAN = "4242424242424242"
FOREIGN = "4111111111111111"
RUPAY = "6074320000000000"
SAVING = {"save_to_locker": "true", "tokenize": "true"}


async def registered(mock: Any, **fields: str) -> Any:
    """A new customer, as Juspay answers."""
    answer = await mock.juspay("POST", "/customers", CUSTOMER | fields)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def cards(mock: Any, customer_id: str = "customer-0001", **options: str) -> Any:
    """The cards that a customer saved."""
    query = {"customer_id": customer_id} | {f"options.{n}": v for n, v in options.items()}
    return (await mock.juspay("GET", "/cards", params=query)).json()["cards"]


async def pay_by_card(mock: Any, order_id: str, number: str = INDIAN, **fields: str) -> Any:
    """Start to pay an order of the customer with a newly entered card."""
    await mock.new_order(order_id, customer_id="customer-0001")
    token = await mock.token(number)
    return (await mock.txn(order_id, payment_method_type="CARD", card_token=token, **fields)).json()


async def approve(mock: Any, order_id: str) -> None:
    """The order's customer approves the payment."""
    await mock.control(f"/orders/{order_id}/approve", {})


async def saved(mock: Any, number: str = INDIAN, **fields: str) -> Any:
    """A card that the customer saved by paying with it."""
    await pay_by_card(mock, "saves", number, **(SAVING | fields))
    await approve(mock, "saves")
    return (await cards(mock))[0]


async def linked(mock: Any, name: str = "MOBIKWIK") -> Any:
    """A wallet that its customer linked."""
    form = {"gateway": name, "command": "authenticate"}
    created = (await mock.juspay("POST", "/customers/customer-0001/wallets", form)).json()
    form = {"command": "link", "otp": "000000"}
    return (await mock.juspay("POST", f"/wallets/{created['id']}", form)).json()
