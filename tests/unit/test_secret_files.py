"""Settings from files, as containers mount their secrets."""

import os
from pathlib import Path

import pytest

from payment_engine.environment import BadSettings, load
from payment_engine.settings import Settings

SERVERS = "PE_TEST_SERVERS"
SECRET = "a-root-secret-for-tests-only-0123456789"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Holds a secret, and is the folder that the environment names."""
    (tmp_path / "pe_secret").write_text(f"{SECRET}\n")
    monkeypatch.setenv("PE_SECRETS_DIR", str(tmp_path))
    return tmp_path


def loaded() -> Settings:
    """What ``load`` makes of the environment of this test."""

    return load({name: value for name, value in os.environ.items() if name != SERVERS})


def test_a_setting_is_read_from_a_file_without_its_line_end(folder: Path) -> None:
    assert loaded().secret.get_secret_value() == SECRET


def test_a_gateway_has_part_of_its_settings_in_files(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PE_GATEWAYS__JUSPAY__MERCHANT_ID", "shop")
    (folder / "PE_GATEWAYS__JUSPAY__API_KEY").write_text("key")
    assert loaded().gateways == {"juspay": {"merchant_id": "shop", "api_key": "key"}}


def test_the_environment_goes_before_files(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PE_SECRET", SECRET[::-1])
    assert loaded().secret.get_secret_value() == SECRET[::-1]


def test_files_as_kubernetes_mounts_them_are_read(folder: Path) -> None:
    (folder / "..2026_11").mkdir()
    (folder / "..2026_11" / "PE_PUBLIC_URL").write_text("https://pay.example")
    (folder / "..data").symlink_to("..2026_11")
    (folder / "PE_PUBLIC_URL").symlink_to("..data/PE_PUBLIC_URL")
    assert loaded().public_url == "https://pay.example"


def test_files_of_others_are_left_alone(folder: Path) -> None:
    (folder / "postgres_password").write_text("x")
    assert loaded().secret.get_secret_value() == SECRET


def fault() -> str:
    with pytest.raises(BadSettings) as error:
        loaded()
    return str(error.value)


def test_a_file_that_is_no_setting_is_named(folder: Path) -> None:
    (folder / "pe_sekret").write_text("x")
    assert fault() == "PE_SEKRET: no such setting"


def test_a_wrong_value_in_a_file_is_named_without_being_shown(folder: Path) -> None:
    (folder / "pe_bootstrap_service_key").write_text("pk_short")
    assert fault() == (
        "PE_BOOTSTRAP_SERVICE_KEY: Value error, must be pk_ and 40 hexadecimal digits"
    )


def test_a_folder_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PE_SECRET", SECRET)
    monkeypatch.setenv("PE_SECRETS_DIR", "/nowhere")
    assert fault() == ("PE_SECRETS_DIR: no such folder: name one with a file for each secret")


def test_a_file_that_may_not_be_read_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "pe_mongo_url").symlink_to("missing")
    assert fault() == "PE_SECRETS_DIR: pe_mongo_url may not be read by this process: chmod 444 it"
