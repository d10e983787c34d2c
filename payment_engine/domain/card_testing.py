"""When the next card may be tried after others were declined: plain decisions, no I/O.

Whoever has a list of stolen card numbers learns from declines which of them work. So each further
card waits longer, and too many declines end it for a while: those of one payment, of one customer,
from one network address, and of cards that begin alike.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address
from typing import Literal, NamedTuple

from payment_engine.domain.declines import CARD_DECLINES
from payment_engine.domain.payment import Attempt
from payment_engine.domain.payment_methods import Method

CountedBy = Literal["payment", "customer", "address", "bin"]
Rate = tuple[int, timedelta]
"""How many within which time."""

MOST_COUNTED = 1000
"""Declines of one kind that are loaded at most; no rate may be above it."""
BIN_DIGITS = 6
"""First digits of a card by which declines are counted together."""
_IPV6_NETWORK = 64
"""Bits of an IPv6 address that name a customer's network; they choose the others at will."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CardOrigin:
    """Where a card came from, as keyed hashes: the caller's network, and the card's first digits.

    None for what is not known.
    """

    address: bytes | None = None
    bin: bytes | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class DeclineTimes:
    """When cards were declined, the newest first: of the customer, from the address, of the BIN."""

    customer: tuple[datetime, ...] = ()
    address: tuple[datetime, ...] = ()
    bin: tuple[datetime, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DeclinePolicy:
    """How many declines may be, and how long a card waits after more than ``free`` on a payment.

    The wait doubles with each further decline.
    """

    rates: Mapping[CountedBy, Sequence[Rate]]
    wait: timedelta
    free: int = 2

    @property
    def longest(self) -> timedelta:
        """How far back declines count."""
        return max(period for rates in self.rates.values() for _, period in rates)


class CardWait(NamedTuple):
    """What holds the next card up, and until when."""

    counted_by: CountedBy
    until: datetime


def next_card(
    attempts: Iterable[Attempt], others: DeclineTimes, policy: DeclinePolicy, now: datetime
) -> CardWait | None:
    """What holds up the next card of a payment with these attempts; None if it may begin now."""
    own = sorted((each.declined_at for each in attempts if each.declined_at), reverse=True)
    found = {"customer": others.customer, "address": others.address, "bin": others.bin}
    waits = [*_waits("payment", own, policy)]
    for name in ("customer", "address", "bin"):
        waits += _waits(name, found[name], policy)
    if own and (slowed := _slowed(len(own), policy)):
        waits.append(CardWait("payment", own[0] + slowed))
    return max((each for each in waits if each.until > now), key=_until, default=None)


def says_something_of_its_card(method: Method, decline_code: str | None) -> bool:
    """Whether a failed attempt taught somebody that a card does not work."""
    return method is Method.CARD and (decline_code or "other") in CARD_DECLINES


def network_of_address(address: str | None) -> str | None:
    """What one customer's devices have in common: an IPv4 address, or the network of an IPv6 one;
    None where there is no address."""
    try:
        parsed = ip_address((address or "").partition("%")[0])
    except ValueError:
        return None
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(IPv6Address(int(parsed) >> _IPV6_NETWORK << _IPV6_NETWORK))
    return str(parsed)


def _waits(name: CountedBy, times: Sequence[datetime], policy: DeclinePolicy) -> Iterator[CardWait]:
    """Until when each rate that is reached holds the next card up."""
    for most, period in policy.rates[name]:
        if len(times) >= most:
            yield CardWait(name, times[most - 1] + period)


def _slowed(declines: int, policy: DeclinePolicy) -> timedelta:
    over = declines - policy.free
    return policy.wait * 2 ** (over - 1) if over > 0 else timedelta()


def _until(wait: CardWait) -> datetime:
    return wait.until
