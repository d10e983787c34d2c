"""What an imitated account offers the pages and the control API, which know no gateway by name."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol


class Impossible(Exception):
    """A request to the control API that cannot be done; the message says why."""


@dataclass(frozen=True)
class AttemptSummary:
    """A customer's attempt to pay, as the front page lists it."""

    gateway: str
    order_id: str
    reference: str
    """The gateway's id of the attempt."""
    paise: int
    title: str
    """The merchant's description of the order."""
    method: str
    """For people: ``UPI app``, ``Visa card ending 4242``."""
    status: str
    """The gateway's own status."""
    waiting: bool
    """Whether the customer has still to approve or decline."""
    succeeded: bool
    """Whether the money is authorized or taken."""
    url: str
    """Path of the customer's page."""


class ImitatedAccount(Protocol):
    """One imitated account at one gateway."""

    @property
    def name(self) -> str:
        """As in paths: ``juspay``."""
        ...

    def attempts(self) -> Iterator[AttemptSummary]:
        """Every attempt, newest first."""
        ...

    def order_documents(self) -> Iterator[dict[str, Any]]:
        """Every order as JSON, newest first: ``gateway``, ``order_id``, ``amount`` in paise,
        ``status``, ``txns`` with their statuses, and ``shown``: what a status call would answer.
        """
        ...

    def order_document(self, order_id: str) -> dict[str, Any] | None:
        """One order as JSON."""
        ...

    def act(self, order_id: str, action: str, body: dict[str, Any]) -> None:
        """Do an action to an order: ``approve`` (a failed one too), ``decline`` with a ``reason``,
        ``auto_refund`` or ``status``, or one of its gateway's own. Raises Impossible.
        """
        ...

    def end_refund(self, ref: str, action: str) -> str | None:
        """Do an action to a refund: ``succeed``, ``fail``, ``review`` or, after a success,
        ``bounce``. Its new status, or None for an unknown refund. Raises Impossible.
        """
        ...

    def rotate(self, changes: dict[str, Any]) -> None:
        """Replace keys, by the names of the account's configuration. Raises Impossible."""
        ...

    def suspend(self, token: str, state: str) -> None:
        """Make a saved card ``suspended``, ``deleted`` or ``active`` again. Raises Impossible."""
        ...
