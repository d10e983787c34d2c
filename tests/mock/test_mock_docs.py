"""docs/mock.md agrees with the code."""

import re
from pathlib import Path

import pytest

from payment_engine.mock.config import MockConfig
from payment_engine.mock.discovery import find_imitations
from payment_engine.mock.kinds import KINDS, MATCHED_BY, markdown
from payment_engine.mock.settlement.breaks import BREAKS

DOCS = (Path(__file__).parents[2] / "docs" / "mock.md").read_text()


def test_the_table_of_kinds_is_the_one_that_the_code_prints():
    assert markdown() in DOCS
    assert len(re.findall(r"^\| `\w+` \| \w+ \|", DOCS, re.MULTILINE)) == len(KINDS)


@pytest.mark.parametrize("kind", BREAKS)
def test_every_break_is_in_its_table(kind):
    assert f"| `{kind}` | {BREAKS[kind].explanation} |" in DOCS


def test_every_test_account_and_every_match_is_named():
    texts = {text for each in find_imitations().values() for text in each.test_account.values()}
    names = {f"`{name}`" for name in frozenset().union(*MATCHED_BY.values())}
    assert all(each in DOCS for each in texts | names)


def test_the_bounds_are_those_of_the_code():
    config = MockConfig()
    known = (config.max_orders, config.max_requests, config.max_scripts)
    assert known == (20_000, 1_000, 1_000)
    assert "20,000 orders for each gateway" in DOCS
    assert "1,000 requests, 1,000 webhooks, 1,000 scripts" in DOCS


NOT_SERVED = re.compile(r"Requested URL .* not found|not allowed for URL")


async def test_every_control_path_of_the_docs_is_served(mock):
    async def served(path):
        answers = [await mock.client.request(m, path, json={}) for m in ("GET", "POST", "DELETE")]
        return not all(NOT_SERVED.search(each.text) for each in answers)

    paths = set(re.findall(r"localhost:8090(/control/[\w/]+)", DOCS))
    assert len(paths) >= 20
    assert [path for path in sorted(paths) if not await served(path)] == []
    assert not await served("/control/nowhere")
