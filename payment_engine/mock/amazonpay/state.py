"""The memory of an imitated account: charges and refunds by both their ids, wallets and links."""

from collections.abc import MutableMapping
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeVar

from sanic import Request

from payment_engine.mock.amazonpay.config import NAME, AmazonPayConfig
from payment_engine.mock.amazonpay.documents import charge_document
from payment_engine.mock.amazonpay.errors import bad_token, no_charge, no_refund
from payment_engine.mock.amazonpay.model import PENDING, Charge, Code, Link, Refund, Wallet
from payment_engine.mock.world import World

_FORGET_CANDIDATES = 50
_MAX_STORED = 10_000
_Value = TypeVar("_Value")


class AmazonPay:
    """Everything that one imitated Amazon Pay account knows."""

    def __init__(self, world: World, config: AmazonPayConfig) -> None:
        self.world = world
        self.config = config
        self.subscribed = config.subscribed
        self.subscription_token = ""
        self.links = LinkStore(world, config.code_life, config.token_life)
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
        return charge_document(self.config, charge, url)

    def _forget(self) -> None:
        candidates = islice(self.charges.values(), _FORGET_CANDIDATES)
        oldest = next(iter(self.charges.values()))
        charge = next((each for each in candidates if is_settled(each)), oldest)
        del self.charges[charge.charge_id], self._amazon_ids[charge.amazon_charge_id]
        self.pages.pop(charge.page, None)
        for refund in charge.refunds:
            del self.refunds[refund.refund_id], self.refunds[refund.amazon_refund_id]
        self.world.ledger.forget(NAME, charge.charge_id)


def is_settled(charge: Charge) -> bool:
    """Whether nothing more is expected to happen to a charge by itself."""
    pending = any(refund.status == "Pending" for refund in charge.refunds)
    return charge.status not in PENDING and not pending


def amazonpay_of(request: Request) -> AmazonPay:
    """The imitated Amazon Pay that a request speaks to."""
    book: AmazonPay = request.app.ctx.mock.gateways[NAME].book
    return book


class LinkStore:
    """Codes, access tokens and refresh tokens; each kind forgets its oldest."""

    def __init__(self, world: World, code_life: int, token_life: int) -> None:
        self._world = world
        self._code_life = timedelta(seconds=code_life)
        self._token_life = timedelta(seconds=token_life)
        self._codes: dict[str, Code] = {}
        self._access: dict[str, tuple[Link, datetime]] = {}
        self._refresh: dict[str, Link] = {}

    def consent(self, wallet: Wallet, redirect_uri: str, challenge: str, method: str) -> str:
        """The customer agreed: a code for the shop."""
        until = self._world.clock.now() + self._code_life
        code = Code(
            wallet=wallet,
            redirect_uri=redirect_uri,
            challenge=challenge,
            method=method,
            until=until,
        )
        return _store(self._codes, self._world.ids.hexes("AN", 18), code)

    def take_code(self, text: str) -> Code | None:
        """The code, used up by this; None if there is none or it is too old."""
        code = self._codes.pop(text, None)
        return code if code and self._world.clock.now() < code.until else None

    def link(self, wallet: Wallet, *, web: bool) -> tuple[str, str]:
        """A new link's access token and refresh token."""
        link = Link(wallet, web)
        refresh_token = _store(self._refresh, self._world.ids.hexes("Atzr|", 64), link)
        return self.renew(link), refresh_token

    def refreshed_by(self, refresh_token: str) -> Link | None:
        """The link behind a refresh token; None if it was taken back."""
        link = self._refresh.get(refresh_token)
        return link if link and link.active else None

    def renew(self, link: Link) -> str:
        """One more access token."""
        until = self._world.clock.now() + self._token_life
        return _store(self._access, self._world.ids.hexes("Atza|", 96), (link, until))

    def wallet(self, access_token: str) -> Wallet:
        """The wallet that an access token opens. Raises Refusal."""
        link, until = self._access.get(access_token, (None, None))
        if not link or not until or not link.active or self._world.clock.now() >= until:
            raise bad_token()
        return link.wallet

    def behind(self, token: str) -> Link | None:
        """The link that an access token or a refresh token belongs to, active or not."""
        link, _ = self._access.get(token, (None, None))
        return link or self._refresh.get(token)

    def revoke(self, customer: str) -> None:
        """The customer takes every consent back."""
        for link in self._refresh.values():
            if link.wallet.customer == customer:
                link.active = False


def _store(things: MutableMapping[str, _Value], key: str, thing: _Value) -> str:
    if len(things) >= _MAX_STORED:
        del things[next(iter(things))]
    things[key] = thing
    return key
