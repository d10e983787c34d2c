"""The lines that people paste, and the small files beside them."""

import json
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from payment_engine.demo.files import load_or_create, write_private
from payment_engine.demo.plan import Plan, make_plan
from payment_engine.demo.shop import example_order
from payment_engine.demo.tour import curl_lines

ACCOUNT = {"PE_GATEWAYS__JUSPAY__MERCHANT_ID": "mockmerchant"}
KEYS = {"service_key": "pk_service", "admin_key": "pk_admin"}


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plan:
    monkeypatch.setenv("PE_RUN_DIR", str(tmp_path))
    return make_plan({})


def bash(script: str, *args: str) -> str:
    path = shutil.which("bash")
    assert path is not None
    done = subprocess.run([path, *args], input=script, text=True, capture_output=True, check=True)  # noqa: S603
    return done.stdout


def test_the_lines_are_shell_with_every_value_filled_in(plan: Plan) -> None:
    lines = curl_lines(plan, ACCOUNT, KEYS)
    bash(lines, "-n")
    assert "@API@" not in lines
    assert KEYS["admin_key"] in lines


def test_each_paste_uses_a_new_order(plan: Plan) -> None:
    setup = curl_lines(plan, ACCOUNT, KEYS).partition("# 1.")[0]
    order = json.loads(bash(setup + "\norder A-17\n"))
    assert order["order_id"] == "TOUR-A-17"
    assert order["amount"] == example_order()["amount"]


def test_the_first_id_is_read_from_an_answer(plan: Plan) -> None:
    setup = curl_lines(plan, ACCOUNT, KEYS).partition("# 1.")[0]
    answer = '{"id":"pay_1","attempts":[{"id":"att_1"}]}'
    assert bash(f"{setup}\necho '{answer}' | first id\n") == "pay_1\n"


def test_the_example_order_adds_up() -> None:
    order = example_order()
    assert order["amount"] == 116400
    assert sum(line["amount"] for line in order["breakdown"]) == order["amount"]


def test_what_the_user_has_set_stays(plan: Plan) -> None:
    theirs = {"PE_GATEWAYS__JUSPAY__BASE_URL": "https://example.in", "PE_CHECK_SCHEDULE": "[1]"}
    environ = Plan(plan.settings, theirs, plan.secrets).program_environ("postgres://x", None)
    assert theirs.items() <= environ.items()
    assert "PE_MONGO_URL" not in environ


def test_secrets_are_made_once_and_for_their_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "stored.json"
    assert (
        load_or_create(path, lambda: {"n": 1}) == load_or_create(path, lambda: {"n": 2}) == {"n": 1}
    )
    path.chmod(0o644)
    write_private(path, {"n": 3})
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.read_text()) == {"n": 3}
