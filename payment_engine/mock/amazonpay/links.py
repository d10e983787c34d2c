"""Wallets that customers linked to the shop: codes, the tokens they turn into, and their ends."""

from base64 import urlsafe_b64encode
from collections.abc import MutableMapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TypeVar

from payment_engine.mock.amazonpay.errors import bad_token
from payment_engine.mock.amazonpay.model import Wallet
from payment_engine.mock.world import World

_KEPT = 10_000
_Thing = TypeVar("_Thing")


@dataclass(frozen=True, kw_only=True)
class Code:
    """What a customer's browser brings to the shop: good once, and not for long."""

    wallet: Wallet
    redirect_uri: str
    challenge: str
    """Empty where the shop keeps a secret instead."""
    method: str
    """``S256`` or ``plain``."""
    until: datetime

    def proved_by(self, verifier: str) -> bool:
        """Whether ``verifier`` is what the challenge was made from."""
        if self.method != "S256":
            return verifier == self.challenge
        digest = sha256(verifier.encode()).digest()
        return urlsafe_b64encode(digest).rstrip(b"=").decode() == self.challenge


@dataclass
class Link:
    """A customer's lasting consent; ``web`` ones are refreshed with the shop's secret."""

    wallet: Wallet
    web: bool
    active: bool = True
    """Whether its tokens open anything."""


class Links:
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
        code = Code(wallet=wallet, redirect_uri=redirect_uri, challenge=challenge,
                    method=method, until=until)  # fmt: skip
        return _keep(self._codes, self._world.ids.hexes("AN", 18), code)

    def take_code(self, text: str) -> Code | None:
        """The code, used up by this; None if there is none or it is too old."""
        code = self._codes.pop(text, None)
        return code if code and self._world.clock.now() < code.until else None

    def link(self, wallet: Wallet, *, web: bool) -> tuple[str, str]:
        """A new link's access token and refresh token."""
        link = Link(wallet, web)
        refresh_token = _keep(self._refresh, self._world.ids.hexes("Atzr|", 64), link)
        return self.renew(link), refresh_token

    def refreshed_by(self, refresh_token: str) -> Link | None:
        """The link behind a refresh token; None if it was taken back."""
        link = self._refresh.get(refresh_token)
        return link if link and link.active else None

    def renew(self, link: Link) -> str:
        """One more access token."""
        until = self._world.clock.now() + self._token_life
        return _keep(self._access, self._world.ids.hexes("Atza|", 96), (link, until))

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


def _keep(things: MutableMapping[str, _Thing], key: str, thing: _Thing) -> str:
    if len(things) >= _KEPT:
        del things[next(iter(things))]
    things[key] = thing
    return key
