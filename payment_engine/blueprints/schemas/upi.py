"""What answers about UPI ids look like."""

from typing import Literal

from payment_engine.blueprints.schemas.payments import Out


class VpaVerdict(Out):
    """What is known of a UPI ID. ``unverified``: no gateway could tell; it may be right."""

    vpa: str
    status: Literal["valid", "invalid", "unverified"]
    name_at_bank: str | None
    app: str | None
    did_you_mean: str | None


class SavedVpaOut(Out):
    """A UPI ID as its owner sees it: masked."""

    id: str
    vpa: str
    app: str | None
    app_label: str | None
    created_at: str
    last_used_at: str | None


class VpaList(Out):
    """A customer's UPI IDs, the last used first."""

    vpas: list[SavedVpaOut]
