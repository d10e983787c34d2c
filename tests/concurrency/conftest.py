"""Every test here has a database of its own."""

import pytest


@pytest.fixture
def database(fresh_database: str) -> str:
    """A fresh database: what these tests leave open or half done must reach no other test."""
    return fresh_database
