"""The truth at a simulated gateway: its charges, its refunds, and what its customers do."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from payment_engine.domain.states import AttemptStatus, RefundStatus

A, R = AttemptStatus, RefundStatus
TAKEN = (A.AUTHORIZED, A.CAPTURED)


@dataclass
class TrueRefund:
    """A refund as its gateway has it; ``amount`` in paise."""

    ref: str
    amount: int
    status: RefundStatus = R.PENDING
    was_done: bool = False
    """The money was returned, even if it bounced later."""
    foreign: bool = False
    """Made at the gateway, without us."""


@dataclass
class TrueCharge:
    """A charge as its gateway has it; amounts in paise."""

    ref: str
    amount: int
    manual: bool
    gateway_payment_id: str
    created: float
    status: AttemptStatus = A.PENDING
    captured: int = 0
    ever_failed: bool = False
    refunds: dict[str, TrueRefund] = field(default_factory=dict)

    @property
    def refundable(self) -> int:
        """Paise that no refund has, or may have, taken."""
        used = sum(each.amount for each in self.refunds.values() if each.status is not R.FAILED)
        return self.captured - used


class Bank:
    """One gateway's books. ``later`` calls after so many seconds, ``changed`` is called after each
    move, ``overdrawn`` when more is to be refunded than is left."""

    def __init__(
        self,
        name: str,
        random: Random,
        later: Callable[..., object],
        changed: Callable[["Bank", TrueCharge, TrueRefund | None], None],
        overdrawn: Callable[[TrueCharge, int], None],
    ) -> None:
        self.name = name
        self.charges: dict[str, TrueCharge] = {}
        self._random = random
        self._later = later
        self._changed = changed
        self._overdrawn = overdrawn

    def charge(self, ref: str, amount: int, now: float, *, manual: bool) -> TrueCharge:
        """Start a charge; one reference is charged once."""
        if ref in self.charges:
            return self.charges[ref]
        number = len(self.charges) + 1
        charge = TrueCharge(ref, amount, manual, f"{self.name}_{number}", now)
        self.charges[ref] = charge
        self._customer(charge)
        return charge

    def refund(self, ref: str, charge_ref: str, amount: int) -> TrueRefund | None:
        """Start a refund; None if there is no money for it. One reference is refunded once."""
        charge = self.charges.get(charge_ref)
        if charge is None:
            return None
        if ref in charge.refunds:
            return charge.refunds[ref]
        if amount > charge.refundable:
            self._overdrawn(charge, amount)
            return None
        refund = TrueRefund(ref, amount)
        charge.refunds[ref] = refund
        self._settle_refund(charge, refund)
        return refund

    def refund_here(self, charge_ref: str, amount: int) -> TrueRefund | None:
        """The shop refunds in its dashboard at the gateway; None if there is no money for it."""
        charge = self.charges.get(charge_ref)
        if charge is None or amount > charge.refundable:
            return None
        refund = TrueRefund(f"dashboard_{len(charge.refunds) + 1}", amount, foreign=True)
        charge.refunds[refund.ref] = refund
        if self._random.random() < 0.5:
            self._end_refund(charge, refund, R.SUCCEEDED)
        else:
            self._changed(self, charge, refund)
            self._settle_refund(charge, refund)
        return refund

    def capture(self, ref: str, amount: int) -> bool:
        """Capture an authorized charge; whether it could be."""
        charge = self.charges.get(ref)
        if charge is None or charge.status is not A.AUTHORIZED:
            return False
        charge.captured = amount
        self._move(charge, A.CAPTURED)
        return True

    def void(self, ref: str) -> bool:
        """Release an authorized charge; whether it could be."""
        charge = self.charges.get(ref)
        if charge is None or charge.status is not A.AUTHORIZED:
            return False
        self._move(charge, A.VOIDED)
        return True

    def _customer(self, charge: TrueCharge) -> None:
        """What the customer does with the page or the link, by the draw."""
        draw, soon = self._random.random(), self._random.expovariate(1 / 30)
        if draw < 0.04:
            self._pay(charge)
        elif draw < 0.58:
            self._later(soon, self._pay, charge)
        elif draw < 0.68:
            self._later(soon, self._fail, charge)
        elif draw < 0.80:
            self._later(self._random.uniform(60, 900), self._pay, charge)
        elif draw < 0.92:
            self._later(soon, self._fail, charge)
            self._later(soon + self._random.choice((5, 60, 600, 9000)), self._pay, charge)
        else:
            self._later(900, self._fail, charge)

    def _pay(self, charge: TrueCharge) -> None:
        if charge.status not in (A.PENDING, A.FAILED):
            return
        if charge.manual:
            self._move(charge, A.AUTHORIZED)
            return
        charge.captured = charge.amount
        self._move(charge, A.CAPTURED)

    def _fail(self, charge: TrueCharge) -> None:
        if charge.status is A.PENDING:
            self._move(charge, A.FAILED)

    def _move(self, charge: TrueCharge, status: AttemptStatus) -> None:
        charge.status = status
        charge.ever_failed = charge.ever_failed or status is A.FAILED
        self._changed(self, charge, None)

    def _settle_refund(self, charge: TrueCharge, refund: TrueRefund) -> None:
        draw, wait = self._random.random(), self._random.choice((2, 60, 3600, 90_000))
        if draw < 0.3:
            refund.status, refund.was_done = R.SUCCEEDED, True
        elif draw < 0.85:
            self._later(wait, self._end_refund, charge, refund, R.SUCCEEDED)
        else:
            self._later(wait, self._end_refund, charge, refund, R.FAILED)
        if draw < 0.03:
            self._later(wait, self._end_refund, charge, refund, R.FAILED)

    def _end_refund(self, charge: TrueCharge, refund: TrueRefund, status: RefundStatus) -> None:
        refund.status, refund.was_done = status, refund.was_done or status is R.SUCCEEDED
        self._changed(self, charge, refund)
