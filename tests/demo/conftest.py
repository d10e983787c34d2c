"""Demos that are ended with the test that made them."""

import shutil
from collections.abc import Iterator

import pytest

from payment_engine.demo.process import wait_until
from tests.demo.demo_process import Demo, new_demo


@pytest.fixture
def demo() -> Iterator[Demo]:
    """A demo not launched yet."""
    made = new_demo(Demo)
    yield made
    if made.process and made.process.poll() is None:
        made.end()
    wait_until(lambda: made.alive() == [], 20)
    shutil.rmtree(made.run_dir, ignore_errors=True)
