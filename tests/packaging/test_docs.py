"""The docs agree with the code they describe."""

import re
from pathlib import Path

import pytest

from payment_engine import docgen
from payment_engine.blueprints.operation import OPERATIONS
from payment_engine.settings import PREFIX, Settings
from tests.packaging.files import ROOT

PAGES = sorted(path.relative_to(ROOT) for path in [ROOT / "README.md", *ROOT.glob("docs/**/*.md")])


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_the_generated_tables_of_a_page_are_current(page: Path) -> None:
    text = (ROOT / page).read_text()
    assert docgen.filled(text) == text, "run: make docs"


def test_every_table_is_in_exactly_one_page() -> None:
    names = [name for page in PAGES for name in docgen.section_names((ROOT / page).read_text())]
    assert sorted(names) == sorted(docgen.SECTIONS)


def test_a_stale_table_is_generated_again(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Codes\n<!-- generated: card-codes -->\nold\n<!-- /generated -->\nEnd\n")
    assert docgen.rewrite(tmp_path) == ["page.md"]
    assert "old" not in page.read_text()
    assert page.read_text().endswith("<!-- /generated -->\nEnd\n")
    assert docgen.rewrite(tmp_path) == []


def test_an_unknown_table_is_an_error() -> None:
    with pytest.raises(KeyError, match="no-such"):
        docgen.filled("<!-- generated: no-such -->\n<!-- /generated -->")


@pytest.mark.parametrize("name", ["settings", "gateway-settings", "wire-settings"])
def test_every_setting_has_a_description(name: str) -> None:
    rows = [line for line in docgen.SECTIONS[name]().splitlines() if line.startswith("| `PE_")]
    assert rows
    assert [row for row in rows if row.endswith("|  |")] == []


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_links_between_pages_are_not_broken(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#\s]+)", (ROOT / page).read_text())
    assert [link for link in links if not (ROOT / page).parent.joinpath(link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_files_and_settings_named_in_a_page_exist(page: Path) -> None:
    text = (ROOT / page).read_text()
    files = re.findall(r"`((?:payment_engine|docs|tests|bench|migrations)/[\w./-]+)`", text)
    missing = [name for name in files if "phonepe" not in name and not (ROOT / name).exists()]
    settings = re.findall(rf"\b{PREFIX}([A-Z0-9]+(?:_[A-Z0-9]+)*)", text)
    others = ("SANDBOX_", "RUN_DIR")
    unknown = [
        name
        for name in settings
        if name.lower() not in Settings.model_fields and not name.startswith(others)
    ]
    assert (missing, unknown) == ([], [])


def served(method: str, path: str) -> bool:
    """Whether a route exists; ``...`` and ``<name>`` are placeholders."""
    parts = path.strip("/").split("/")
    return any(
        method == one.method
        and len(pattern := one.path.strip("/").split("/")) == len(parts)
        and all(
            expected.startswith("<") or expected == part
            for expected, part in zip(pattern, parts, strict=True)
        )
        for one in OPERATIONS
    )


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_routes_named_in_a_page_exist(page: Path) -> None:
    named = re.findall(r"\b(GET|POST|PUT|PATCH|DELETE) (/v1/[\w/.<>-]+)", (ROOT / page).read_text())
    assert [each for each in named if not served(*each)] == []


def test_a_route_that_does_not_exist_is_found() -> None:
    assert served("POST", "/v1/payments/pay_.../attempts")
    assert not served("PATCH", "/v1/payments/pay_.../attempts")
    assert not served("POST", "/v1/payments/pay_.../tries")


def test_decisions_are_numbered_one_after_the_other() -> None:
    pages = sorted((ROOT / "docs/decisions").glob("*.md"))
    assert [page.name[:4] for page in pages] == [f"{n:04}" for n in range(1, len(pages) + 1)]
    for page in pages:
        assert page.read_text().startswith(f"# {int(page.name[:4])}. "), page.name
