"""The memory of an imitated account: charges and refunds by both their ids, wallets and links."""

from collections.abc import MutableMapping
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeVar

from sanic import Request

from payment_engine.mock.amazonpay.config import NAME, AmazonPayConfig
from payment_engine.mock.amazonpay.errors import bad_token, no_charge, no_refund
from payment_engine.mock.amazonpay.model import PENDING, Charge, Code, Link, Refund, Wallet
from payment_engine.mock.world import World

_FORGET_CANDIDATES = 50
"""How many of the oldest charges are looked at for a settled one to forget."""
_MAX_STORED = 10_000
_Value = TypeVar("_Value")


class AmazonPay:
    """All that one imitated Amazon Pay account stores."""

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
        """A customer's wallet, opened when it is first named; the oldest are forgotten."""
        if customer not in self.wallets:
            if len(self.wallets) >= self.world.config.max_orders:
                del self.wallets[next(iter(self.wallets))]
            self.wallets[customer] = Wallet(customer, self.config.balance)
        return self.wallets[customer]

    def add_charge(self, charge: Charge) -> None:
        """Store a charge; an old one is forgotten when there are too many."""
        if len(self.charges) >= self.world.config.max_orders:
            self._forget_charge()
        self.charges[charge.charge_id] = charge
        self._amazon_ids[charge.amazon_charge_id] = charge.charge_id

    def open_page(self, charge: Charge) -> None:
        """Open a page where the customer approves or declines the charge."""
        charge.page_token = self.world.ids.hexes("", 40)
        self.pages[charge.page_token] = charge

    def charge(self, id_type: str, txn_id: str) -> Charge:
        """A charge by the seller's id or Amazon's. Raises Refusal."""
        charge_id = self._amazon_ids.get(txn_id) if id_type == "AmazonTxnId" else txn_id
        if found := self.charges.get(charge_id or ""):
            return found
        raise no_charge(txn_id)

    def add_refund(self, charge: Charge, refund: Refund) -> None:
        """Store a refund of a charge."""
        charge.refunds.append(refund)
        self.refunds[refund.refund_id] = self.refunds[refund.amazon_refund_id] = charge, refund

    def refund(self, id_type: str, txn_id: str) -> Refund:
        """A refund by the seller's id or Amazon's. Raises Refusal."""
        _, refund = self.refunds.get(txn_id, (None, None))
        ids = {"AmazonTxnId": "amazon_refund_id", "MerchantTxnId": "refund_id"}
        if refund and getattr(refund, ids[id_type]) == txn_id:
            return refund
        raise no_refund(txn_id)

    def charge_id_of(self, txn_id: str) -> str | None:
        """The seller's id of the charge that any id of a charge or refund belongs to."""
        charge, _ = self.refunds.get(txn_id, (None, None))
        if charge and txn_id not in self.charges:
            return charge.charge_id
        return self._amazon_ids.get(txn_id, txn_id)

    def _forget_charge(self) -> None:
        candidates = islice(self.charges.values(), _FORGET_CANDIDATES)
        oldest = next(iter(self.charges.values()))
        charge = next((each for each in candidates if is_settled(each)), oldest)
        del self.charges[charge.charge_id], self._amazon_ids[charge.amazon_charge_id]
        self.pages.pop(charge.page_token, None)
        for refund in charge.refunds:
            del self.refunds[refund.refund_id], self.refunds[refund.amazon_refund_id]
        self.world.ledger.forget(NAME, charge.charge_id)


def is_settled(charge: Charge) -> bool:
    """Whether nothing more will happen to a charge by itself."""
    pending = any(refund.status == "Pending" for refund in charge.refunds)
    return charge.status not in PENDING and not pending


def amazonpay_of(request: Request) -> AmazonPay:
    """The account that a request is for."""
    amazonpay: AmazonPay = request.app.ctx.mock.gateways[NAME].state
    return amazonpay


class LinkStore:
    """Consent codes, access tokens and refresh tokens; of each kind the oldest are forgotten."""

    def __init__(self, world: World, code_life: int, token_life: int) -> None:
        self._world = world
        self._code_life = timedelta(seconds=code_life)
        self._token_life = timedelta(seconds=token_life)
        self._codes: dict[str, Code] = {}
        self._access: dict[str, tuple[Link, datetime]] = {}
        self._refresh: dict[str, Link] = {}

    def issue_code(self, wallet: Wallet, redirect_uri: str, challenge: str, method: str) -> str:
        """A code for the shop, since the customer agreed."""
        expires = self._world.clock.now() + self._code_life
        code = Code(
            wallet=wallet,
            redirect_uri=redirect_uri,
            challenge=challenge,
            method=method,
            expires=expires,
        )
        return _store(self._codes, self._world.ids.hexes("AN", 18), code)

    def redeem_code(self, text: str) -> Code | None:
        """The code, which is used up; None if it is unknown or expired."""
        code = self._codes.pop(text, None)
        return code if code and self._world.clock.now() < code.expires else None

    def create(self, wallet: Wallet, *, web: bool) -> tuple[str, str]:
        """A new link's access token and refresh token."""
        link = Link(wallet, web)
        refresh_token = _store(self._refresh, self._world.ids.hexes("Atzr|", 64), link)
        return self.issue_access_token(link), refresh_token

    def find_by_refresh_token(self, refresh_token: str) -> Link | None:
        """The link of a refresh token; None if it is unknown or revoked."""
        link = self._refresh.get(refresh_token)
        return link if link and link.active else None

    def issue_access_token(self, link: Link) -> str:
        """Another access token of a link."""
        expiry = self._world.clock.now() + self._token_life
        return _store(self._access, self._world.ids.hexes("Atza|", 96), (link, expiry))

    def wallet_of(self, access_token: str) -> Wallet:
        """The wallet of an access token. Raises Refusal."""
        link, expiry = self._access.get(access_token, (None, None))
        if not link or not expiry or not link.active or self._world.clock.now() >= expiry:
            raise bad_token()
        return link.wallet

    def find(self, token: str) -> Link | None:
        """The link of an access token or a refresh token, active or not."""
        link, _ = self._access.get(token, (None, None))
        return link or self._refresh.get(token)

    def revoke(self, customer: str) -> None:
        """Revoke every consent of a customer."""
        for link in self._refresh.values():
            if link.wallet.customer == customer:
                link.active = False


def _store(values: MutableMapping[str, _Value], key: str, value: _Value) -> str:
    if len(values) >= _MAX_STORED:
        del values[next(iter(values))]
    values[key] = value
    return key
