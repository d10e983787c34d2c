"""The states of a linked wallet."""

from enum import StrEnum


class WalletState(StrEnum):
    """Where the link of a wallet is in its life."""

    STARTED = "started"
    LINKED = "linked"
    EXPIRED = "expired"
    DELINKED = "delinked"
