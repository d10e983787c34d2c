"""The states of a linked wallet."""

from enum import StrEnum


class WalletState(StrEnum):
    """The state of a wallet's link."""

    STARTED = "started"
    LINKED = "linked"
    EXPIRED = "expired"
    DELINKED = "delinked"
