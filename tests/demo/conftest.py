"""Demos that are ended with the test that made them."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from payment_engine.demo import postgres
from payment_engine.demo.postgres_binaries import find_binaries
from payment_engine.demo.process import wait_until
from tests.demo.demo_process import Demo, new_demo


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
    made = new_demo(Demo)
    made.environ["MADE_DATA"] = made_data
    yield made
    if made.process and made.process.poll() is None:
        made.end()
    wait_until(lambda: made.alive() == [], 20)
    shutil.rmtree(made.run_dir, ignore_errors=True)
