"""The configuration of the mock."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol


class AccountConfig(Protocol):
    """The configuration of an imitated account: a frozen dataclass, different for each gateway."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def merchant_id(self) -> str:
        """The account's id at the gateway."""
        ...


@dataclass(frozen=True, kw_only=True)
class MockConfig:
    """Times are seconds; ``None`` where something does not happen by itself."""

    host: str = "127.0.0.1"
    port: int = 8090
    public_url: str = "http://127.0.0.1:8090"
    """How browsers and the service reach the mock."""
    merchant_name: str = "Demo Pharmacy"

    gateways: Mapping[str, AccountConfig] = field(default_factory=dict)
    """The accounts to imitate, by the names of their gateways."""

    auto_approve_after: float | None = None
    """How long a customer takes to approve; with None a person or a script must do it."""
    refund_after: float | None = 2.0
    same_refund_window: float = 5.0
    """A refund of the same amount within this time is taken for a duplicate call."""
    webhook_retries: tuple[float, ...] = (0.2, 0.5, 1, 2, 5, 10, 30)

    shop_notify_secret: str | None = None
    """``whsec_...``; without one the shop accepts every notification and marks it unverified."""
    shop_service_key: str | None = None
    """The shop's key of the payment service, with which its Buy button opens payments."""
    service_url: str = "http://127.0.0.1:8000"
    """Where the shop reaches the payment service."""
    max_orders: int = 20_000
    max_requests: int = 1_000
    max_scripts: int = 1_000
    seed: int | None = None
    """Every random choice follows from it; with None one is drawn at start and printed."""
    amount_bands: bool = False
    """Amounts decide the outcome as on Juspay's dummy gateway: below 500 rupees an attempt
    succeeds, below 700 it fails, from there on it is pending first and succeeds later."""
