"""Amazon Pay's memory: charges and refunds by both their ids, wallets, and what opens them."""

from itertools import islice

from sanic import Request

from payment_engine.mock.amazonpay.config import AmazonPayConfig
from payment_engine.mock.amazonpay.errors import no_charge, no_refund
from payment_engine.mock.amazonpay.links import Links
from payment_engine.mock.amazonpay.model import PENDING, Charge, Refund, Wallet
from payment_engine.mock.amazonpay.render import charge_json
from payment_engine.mock.world import World

NAME = "amazonpay"
_LOOK_BACK = 50


class AmazonPay:
    """Everything that one imitated Amazon Pay account knows."""

    def __init__(self, world: World, config: AmazonPayConfig) -> None:
        self.world = world
        self.config = config
        self.subscribed = config.subscribed
        self.subscription_token = ""
        self.links = Links(world, config.code_life, config.token_life)
        self.wallets: dict[str, Wallet] = {}
        self.charges: dict[str, Charge] = {}
        self.refunds: dict[str, tuple[Charge, Refund]] = {}
        self.pages: dict[str, Charge] = {}
        self._amazon_ids: dict[str, str] = {}

    def wallet(self, customer: str) -> Wallet:
        """A customer's wallet, opened by its first mention; the oldest are forgotten."""
        if customer not in self.wallets:
            if len(self.wallets) >= self.world.config.max_orders:
                del self.wallets[next(iter(self.wallets))]
            self.wallets[customer] = Wallet(customer, self.config.balance)
        return self.wallets[customer]

    def add(self, charge: Charge) -> None:
        """Remember a charge, forgetting an old one when there are too many."""
        if len(self.charges) >= self.world.config.max_orders:
            self._forget()
        self.charges[charge.charge_id] = charge
        self._amazon_ids[charge.amazon_charge_id] = charge.charge_id

    def ask(self, charge: Charge) -> None:
        """Give the charge a page that asks its customer."""
        charge.page = self.world.ids.hexes("", 40)
        self.pages[charge.page] = charge

    def charge(self, id_type: str, txn_id: str) -> Charge:
        """A charge by the seller's id or Amazon's. Raises Refusal."""
        charge_id = self._amazon_ids.get(txn_id) if id_type == "AmazonTxnId" else txn_id
        if found := self.charges.get(charge_id or ""):
            return found
        raise no_charge(txn_id)

    def add_refund(self, charge: Charge, refund: Refund) -> None:
        """Remember a refund."""
        charge.refunds.append(refund)
        self.refunds[refund.refund_id] = self.refunds[refund.amazon_refund_id] = charge, refund

    def refund(self, id_type: str, txn_id: str) -> Refund:
        """A refund by the seller's id or Amazon's. Raises Refusal."""
        _, refund = self.refunds.get(txn_id, (None, None))
        ids = {"AmazonTxnId": "amazon_refund_id", "MerchantTxnId": "refund_id"}
        if refund and getattr(refund, ids[id_type]) == txn_id:
            return refund
        raise no_refund(txn_id)

    def about(self, txn_id: str) -> str | None:
        """The charge that any id of a charge or refund belongs to."""
        charge, _ = self.refunds.get(txn_id, (None, None))
        if charge and txn_id not in self.charges:
            return charge.charge_id
        return self._amazon_ids.get(txn_id, txn_id)

    def shown(self, charge: Charge) -> dict[str, str]:
        """What a status call says of a charge."""
        url = f"{self.world.config.public_url}/{NAME}/pay?token={charge.page}"
        return charge_json(self.config, charge, url)

    def _forget(self) -> None:
        candidates = islice(self.charges.values(), _LOOK_BACK)
        oldest = next(iter(self.charges.values()))
        charge = next((each for each in candidates if settled(each)), oldest)
        del self.charges[charge.charge_id], self._amazon_ids[charge.amazon_charge_id]
        self.pages.pop(charge.page, None)
        for refund in charge.refunds:
            del self.refunds[refund.refund_id], self.refunds[refund.amazon_refund_id]
        self.world.ledger.forget(NAME, charge.charge_id)


def settled(charge: Charge) -> bool:
    """Whether nothing more is expected to happen to a charge by itself."""
    pending = any(refund.status == "Pending" for refund in charge.refunds)
    return charge.status not in PENDING and not pending


def amazonpay_of(request: Request) -> AmazonPay:
    """The imitated Amazon Pay that a request speaks to."""
    book: AmazonPay = request.app.ctx.mock.gateways[NAME].book
    return book
