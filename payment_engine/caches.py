"""What one process remembers for a while, so that gateways are not asked the same twice."""

from cachetools import TTLCache

from payment_engine.domain.gateway import CardFacts


class CardFactsCache(TTLCache[str, CardFacts]):
    """What gateways know of cards, by their first digits, for six hours."""

    def __init__(self) -> None:
        super().__init__(maxsize=4096, ttl=6 * 3600)


class VpaCache(TTLCache[bytes, bool]):
    """Whether UPI ids exist, by their keyed hashes, for two minutes."""

    def __init__(self) -> None:
        super().__init__(maxsize=10_000, ttl=120)


class BalanceRefreshes:
    """The wallets whose balance is being fetched at this moment: none twice, and few at once."""

    def __init__(self, limit: int = 16) -> None:
        self._limit = limit
        self._running: set[str] = set()

    def start(self, wallet_id: str) -> bool:
        """Whether this wallet may be refreshed now; call ``end`` afterwards if so."""
        if wallet_id in self._running or len(self._running) >= self._limit:
            return False
        self._running.add(wallet_id)
        return True

    def end(self, wallet_id: str) -> None:
        """The refresh is over."""
        self._running.discard(wallet_id)
