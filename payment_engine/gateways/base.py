"""The contract of a gateway: five verbs that each must speak, and what some can do besides."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from pydantic import BaseModel

from payment_engine.domain.errors import Unsupported
from payment_engine.domain.gateway import (
    CardEntry,
    Charge,
    ChargeKey,
    ChargeState,
    Method,
    Notice,
    RefundState,
    Return,
)
from payment_engine.domain.money import Paise
from payment_engine.gateways.http import Wire


class Gateway(ABC):
    """One company we call over HTTP to collect money.

    Every verb raises NotSent, Refused or Unknown (domain/gateway.py) and nothing else for what
    happens on the wire. A decline is a returned state. A status no table knows is pending.
    Starting a verb twice with the same reference must yield one charge or refund.
    """

    name: ClassVar[str]
    methods: ClassVar[frozenset[Method]]
    Config: ClassVar[type[BaseModel]]
    notice_fields: ClassVar[frozenset[str]] = frozenset()
    """Which fields of a notice and of a return may be written down (PCI-1)."""

    def __init__(self, config: BaseModel, wire: Wire) -> None:
        self.config = config
        self.wire = wire

    @property
    def merchant_id(self) -> str | None:
        """The merchant id that this gateway's answers must name, where they name one (MOD-5)."""
        return getattr(self.config, "merchant_id", None)

    @abstractmethod
    async def charge(self, charge: Charge) -> ChargeState:
        """Start collecting; called with no transaction open."""

    @abstractmethod
    async def fetch_charge(self, key: ChargeKey) -> ChargeState | None:
        """What became of a charge; None when the gateway has never seen it."""

    @abstractmethod
    async def refund(self, ref: str, key: ChargeKey, amount: Paise) -> RefundState:
        """Give back ``amount`` paise of a captured charge."""

    @abstractmethod
    async def fetch_refund(self, ref: str, key: ChargeKey) -> RefundState | None:
        """What became of a refund; None when the gateway has never seen it."""

    @abstractmethod
    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """Verify a webhook over its raw bytes, then parse it; no I/O.

        Header names are lower case. Raises BadSignature, or InvalidRequest for a body that is
        signed but makes no sense.
        """

    def read_return(self, fields: Mapping[str, str]) -> Return | None:
        """Which charge a browser return speaks of; None when it names none."""
        return None

    def card_entry(self) -> CardEntry | None:
        """Where the browser takes a card number, so that we never see it."""
        return None

    async def capture(self, key: ChargeKey, amount: Paise) -> ChargeState:
        """Take ``amount`` paise of an authorized charge."""
        raise Unsupported(f"{self.name} has no capture")

    async def void(self, key: ChargeKey) -> ChargeState:
        """Release an authorized charge."""
        raise Unsupported(f"{self.name} has no void")

    @classmethod
    def supports(cls, verb: str) -> bool:
        """Whether this gateway overrides an optional verb: overriding is the declaration."""
        return getattr(cls, verb) is not getattr(Gateway, verb)
