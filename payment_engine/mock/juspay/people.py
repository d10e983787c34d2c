"""The customers that a merchant registered, by Juspay's id of them and by the merchant's own."""

from dataclasses import dataclass, field

from payment_engine.mock.juspay import errors
from payment_engine.mock.world import World

OF_CUSTOMER = (
    "mobile_number",
    "mobile_country_code",
    "email_address",
    "first_name",
    "last_name",
)


@dataclass
class Customer:
    """A person who pays; ``fields`` are what the merchant says of them."""

    id: str
    reference: str
    created: str
    updated: str
    fields: dict[str, str] = field(default_factory=dict)


class People:
    """All customers; the oldest are forgotten when there are too many."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._by_id: dict[str, Customer] = {}
        self._by_reference: dict[str, Customer] = {}

    def __len__(self) -> int:
        return len(self._by_id)

    def add(self, reference: str, fields: dict[str, str]) -> Customer:
        """A new one. Raises Refusal where the merchant's id is taken."""
        if reference in self._by_reference:
            raise errors.customer_exists()
        world, now = self._world, self._world.clock.stamp()
        customer = Customer(world.ids.hexes("cst_", 16), reference, now, now, fields)
        self._by_id[customer.id] = self._by_reference[reference] = customer
        if len(self._by_id) > world.config.max_orders:
            oldest = self._by_id.pop(next(iter(self._by_id)))
            del self._by_reference[oldest.reference]
        return customer

    def get(self, name: str) -> Customer | None:
        """By Juspay's id or by the merchant's."""
        return self._by_id.get(name) or self._by_reference.get(name)

    def one(self, name: str) -> Customer:
        """By either id. Raises Refusal if there is none."""
        if found := self.get(name):
            return found
        raise errors.no_such_customer()

    def key(self, name: str) -> str:
        """Juspay's id for either id; a name that was never registered stands for itself."""
        found = self.get(name)
        return found.id if found else name

    def listed(self) -> list[Customer]:
        """Every customer, newest first."""
        return list(reversed(self._by_id.values()))
