"""Demos that are ended with the test that made them."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from payment_engine.demo import postgres
from payment_engine.demo.postgres_binaries import find_binaries
from tests.demo.demo_process import Demo, demo_over


@pytest.fixture(scope="session")
def made_data() -> Iterator[str]:
    """The data of a PostgreSQL that has never run, one for each worker."""
    with tempfile.TemporaryDirectory(prefix="pe-demo-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        account = postgres.account_for(folder / "postgres")
        postgres._create(find_binaries(account), folder / "postgres", account, durable=False)
        yield str(folder / "postgres")


@pytest.fixture
def demo(made_data: str) -> Iterator[Demo]:
    """A demo not launched yet."""
    with demo_over(made_data) as made:
        yield made
