"""What an imitated account offers the pages and the control API, which know no gateway by name."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol


class Impossible(Exception):
    """What was asked of the control API cannot be done; the message says why."""


@dataclass(frozen=True)
class Attempt:
    """A customer's try to pay, as the list of all of them shows it."""

    gateway: str
    order_id: str
    reference: str
    """The gateway's id of it."""
    paise: int
    title: str
    """What it is for, in the merchant's words."""
    method: str
    """For people: ``UPI app``, ``Visa card ending 4242``."""
    status: str
    """In the gateway's own words."""
    waiting: bool
    url: str
    """Path of the customer's page."""


class ImitatedAccount(Protocol):
    """One imitated account at one gateway."""

    @property
    def name(self) -> str:
        """As in paths: ``juspay``."""
        ...

    def attempts(self) -> Iterator[Attempt]:
        """Every attempt, newest first."""
        ...

    def truths(self) -> Iterator[dict[str, Any]]:
        """Every order, newest first: ``gateway``, ``order_id``, ``amount`` in paise, ``status``,
        ``txns`` with their statuses, and ``shown``: what a status call would say.
        """
        ...

    def truth(self, order_id: str) -> dict[str, Any] | None:
        """One order of those."""
        ...

    def act(self, order_id: str, action: str, body: dict[str, Any]) -> None:
        """``approve`` (late too), ``decline`` with a ``reason``, ``auto_refund`` or ``status``.

        Raises Impossible.
        """
        ...

    def end_refund(self, ref: str, action: str) -> str | None:
        """``succeed``, ``fail``, ``review`` or, after its success, ``bounce`` a refund.

        Its new status, None if it is unknown here. Raises Impossible.
        """
        ...

    def rotate(self, changes: dict[str, Any]) -> None:
        """Take over new keys, by the names of the account's configuration. Raises Impossible."""
        ...

    def suspend(self, token: str, state: str) -> None:
        """Let a saved card be ``suspended``, ``deleted`` or ``active`` again. Raises Impossible."""
        ...
