"""docs/retention.md names every table and store, with the defaults that the settings have."""

import re
from pathlib import Path

import pytest

from payment_engine.db.models import __models__
from payment_engine.settings import PREFIX, Settings

PAGE = Path(__file__).parents[2] / "docs" / "retention.md"
STORES = ("MongoDB", "spool", "log lines", "traces", "metrics", "error reports", "backups")
YEAR, LOGS = 365, 180
FOR_A_YEAR = ("keep_personal_days", "keep_notices_days", "keep_messages_days", "raw_log_days")
"""Personal data and logs of its processing, by rule 8(3) of the DPDP Rules 2025."""

ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.read_text().splitlines()
    if line.startswith("| ") and not line.startswith("| ---")
]
TABLES = {row[0].strip("`"): row for row in ROWS if re.fullmatch(r"`[a-z_]+`", row[0])}


def days_of(name: str) -> str:
    """A default as the page has it."""
    default = Settings.model_fields[name].default
    return f"{default} {name.rsplit('_', 1)[1]}"


def test_every_table_is_in_it_once() -> None:
    tables = {model._meta.db_table for model in __models__}
    named = [row[0].strip("`") for row in ROWS if row[0].strip("`") in tables]
    assert set(TABLES) == tables
    assert len(named) == len(tables)


@pytest.mark.parametrize("store", STORES)
def test_every_other_store_is_in_it(store: str) -> None:
    assert [row for row in ROWS if row[0].startswith(store)]


def test_every_row_says_what_it_has_of_a_person_and_how_long() -> None:
    assert all(len(row) == len(TABLES["payment"]) for row in TABLES.values())
    assert all(row[1] and row[2] for row in TABLES.values())


def test_what_has_something_personal_and_leaves_names_what_deletes_it() -> None:
    leaving = [row for row in TABLES.values() if "days" in row[2] or "hours" in row[2]]
    assert all(row[4] for row in leaving)


def test_its_defaults_are_those_of_the_settings() -> None:
    for row in ROWS:
        for name in re.findall(rf"{PREFIX}([A-Z_]+_(?:DAYS|HOURS))", row[3] if row[3:] else ""):
            default = Settings.model_fields[name.lower()].default
            expected = days_of(name.lower()) if default else "for ever"
            assert expected in row[2], row[0]


def test_every_setting_of_a_time_is_in_it() -> None:
    settings = {name for name in Settings.model_fields if re.match(r"keep_|raw_log_days", name)}
    named = {name.lower() for name in re.findall(rf"{PREFIX}([A-Z_]+)", PAGE.read_text())}
    assert settings <= named


def test_defaults_are_what_the_rules_want() -> None:
    for name in FOR_A_YEAR:
        default = Settings.model_fields[name].default
        assert default >= max(YEAR, LOGS)
        assert default <= YEAR + 1, "no longer than needed"
    history = Settings.model_fields["keep_history_days"]
    assert history.default is None or history.default >= YEAR
