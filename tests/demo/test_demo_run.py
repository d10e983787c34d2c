"""The demo as a person or a script meets it, on real databases."""

import asyncio
import json
import shutil
import signal
import socket
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest

from payment_engine.demo.data_dirs import shared_dir
from payment_engine.demo.ports import free_port
from payment_engine.demo.postgres import account_for
from payment_engine.demo.process import wait_until
from tests.demo.demo_process import PORTS, ROOT, Demo, demo_over, runs


@dataclass(frozen=True)
class Run:
    """What one run of a demo left, and what its database had to say while it ran."""

    summary: dict[str, Any]
    answer: object
    output: str
    exit_code: int | None
    alive: list[str]
    summary_remains: bool
    notes: list[str]


def server(summary: dict[str, Any]) -> str:
    """The database that every PostgreSQL has; ours is for migrate to make."""
    return str(summary["database_url"]).replace("/payment_engine", "/postgres")


async def answered(url: str, query: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


def one_run(demo: Demo, query: str, number: signal.Signals) -> Run:
    """Start it, ask its database, and end it by a signal."""
    summary = demo.ready()
    answer = asyncio.run(answered(server(summary), query))
    output = demo.end(number)
    remains = (demo.run_dir / "demo.json").exists()
    return Run(summary, answer, output, demo.exit_code, demo.alive(), remains, demo.notes())


@pytest.fixture(scope="module")
def three_runs(made_data: str) -> Iterator[dict[signal.Signals, Run]]:
    """Three runs over one folder, each ended by another signal; the data goes before the last."""
    with demo_over(made_data) as demo:
        make = "CREATE TABLE stored AS SELECT 42 AS answer"
        first = one_run(demo, make, signal.SIGTERM)
        second = one_run(demo, "SELECT answer FROM stored", signal.SIGINT)
        data = demo.run_dir / "postgres"
        shutil.rmtree(shared_dir(data, account_for(data)))
        last = one_run(demo, "SELECT to_regclass('stored')", signal.SIGHUP)
        yield {signal.SIGTERM: first, signal.SIGINT: second, signal.SIGHUP: last}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_all_that_it_started(
    three_runs: dict[signal.Signals, Run], number: signal.Signals
) -> None:
    run = three_runs[number]
    assert run.exit_code == 0, run.output
    assert run.alive == []
    assert not run.summary_remains


def test_databases_go_last(three_runs: dict[signal.Signals, Run]) -> None:
    stops = [line for line in three_runs[signal.SIGTERM].notes if "stops" in line]
    assert sorted(stops[:2]) == [
        "api stops, database answers: True",
        "worker stops, database answers: True",
    ]
    assert stops[2] == "mock stops, database answers: True"


def test_the_next_run_finds_its_data_and_keys(three_runs: dict[signal.Signals, Run]) -> None:
    run = three_runs[signal.SIGINT]
    assert run.answer == 42
    assert len([line for line in run.notes if line.startswith("merchant")]) == 1


def test_keys_of_a_database_that_is_gone_are_made_anew(
    three_runs: dict[signal.Signals, Run],
) -> None:
    run = three_runs[signal.SIGHUP]
    assert run.answer is None
    assert len([line for line in run.notes if line.startswith("merchant")]) == 2


@pytest.fixture(scope="module")
def running(made_data: str) -> Iterator[Demo]:
    """A demo that runs, for tests that only read it or come beside it."""
    with demo_over(made_data) as demo:
        demo.ready()
        yield demo


def test_the_summary_has_all_that_scripts_need_and_only_its_owner_may_read_it(
    running: Demo,
) -> None:
    summary = json.loads((running.run_dir / "demo.json").read_text())
    assert set(summary) == {
        *("api", "mock", "checkout", "console", "service_key", "admin_key", "webhook"),
        "people",
        *("database_url", "mongo_url", "pids", "order", "metrics"),
    }
    assert summary["people"] == {"asha_key": "ak_asha", "kiran_key": "ak_kiran"}
    assert set(summary["pids"]) == {"postgres", "mongod", "mock", "api", "worker"}
    for name in ("demo.json", "keys.json", "secrets.json"):
        assert stat.S_IMODE((running.run_dir / name).stat().st_mode) == 0o600, name


def test_a_second_demo_over_the_same_data_is_refused(running: Demo) -> None:
    second = Demo(running.run_dir, running.environ)
    code, output = second.outcome(**{name: str(free_port()) for name in PORTS})
    assert (code, "set PE_RUN_DIR" in output) == (1, True)
    assert sorted(running.alive()) == ["api", "mock", "mongod", "postgres", "worker"]


def test_databases_of_the_users_own_are_used_and_left_running(running: Demo) -> None:
    guest = Demo(running.run_dir / "guest", {"PE_RUN_DIR": str(running.run_dir / "guest")})
    names = ("PE_API_PORT", "PE_MOCK_PORT", "PE_WORKER_PORT")
    ports = {name: str(free_port()) for name in names}
    owner = json.loads((running.run_dir / "demo.json").read_text())
    own_databases = {"PE_DATABASE_URL": owner["database_url"], "PE_MONGO_URL": owner["mongo_url"]}
    assert set(guest.ready(**ports, **own_databases)["pids"]) == {"mock", "api", "worker"}
    guest.end()
    assert running.alive() == ["postgres", "mongod", "mock", "api", "worker"]


@dataclass(frozen=True)
class Killed:
    """A demo that was killed and started again, its order paid meanwhile."""

    left_running: list[str]
    before: dict[str, Any]
    after: dict[str, Any]
    orders: list[list[str]]


@pytest.fixture(scope="module")
def killed(made_data: str) -> Iterator[Killed]:
    """Killed outright and started again."""
    with demo_over(made_data) as demo:
        before = demo.ready()
        demo.end(signal.SIGKILL)
        wait_until(lambda: demo.alive() == [], 20)
        left_running = demo.alive()
        (demo.run_dir / "paid").touch()
        (demo.run_dir / "demo.json").unlink()  # or the next run would seem to be there at once
        opened = len(demo.notes())
        after = demo.ready()
        orders = [line.split() for line in demo.notes()[opened:] if line.startswith("order")]
        yield Killed(left_running, before, after, orders)


def test_killed_outright_it_leaves_nothing_running(killed: Killed) -> None:
    assert killed.left_running == []


def test_a_killed_demo_starts_again_with_its_data(killed: Killed) -> None:
    assert killed.after["service_key"] == killed.before["service_key"]


def test_an_order_that_was_paid_before_is_replaced_by_a_copy(killed: Killed) -> None:
    orders = killed.orders
    assert orders[0] == ["order", "PO24068", f"{killed.after['mock']}/shop/return"]
    assert orders[1][1].startswith("PO24068-")


@pytest.mark.parametrize(
    "setting",
    ["PE_API_PORT", "PE_MOCK_PORT", "PE_WORKER_PORT", "PE_POSTGRES_PORT", "PE_MONGO_PORT"],
)
def test_a_taken_port_is_reported_before_anything_starts(demo: Demo, setting: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        code, output = demo.outcome(**{setting: str(port)})
    assert code == 1
    assert output.count("\n") == 1
    assert f"{port} ({setting})" in output
    assert not (demo.run_dir / "postgres").exists()


@pytest.mark.parametrize("name", ["migrate", "merchant", "mock", "api"])
def test_a_program_that_cannot_start_is_quoted_and_all_is_stopped(demo: Demo, name: str) -> None:
    code, output = demo.outcome(FAILS=name)
    assert code == 1
    assert f"{name} has a reason to fail" in output
    assert not (demo.run_dir / "postgres" / "postmaster.pid").exists()


def test_a_program_that_ends_later_ends_the_demo(demo: Demo) -> None:
    pids = demo.ready()["pids"]
    demo.kill("worker", signal.SIGKILL)
    output = demo.wait()
    assert demo.exit_code == 1
    assert "worker ended with code -9" in output
    assert "worker is up" in output
    assert not any(runs(pid) for pid in pids.values())


def test_without_a_mongod_it_says_what_to_do_and_goes_on(demo: Demo) -> None:
    hiding = demo.run_dir / "hiding" / "fiftyone"
    hiding.mkdir(parents=True)
    (hiding / "__init__.py").touch()
    summary = demo.ready(PYTHONPATH=f"{hiding.parent}:{ROOT}")
    assert summary["mongo_url"] is None
    output = demo.end()
    assert "MongoDB cannot run" in output
    assert "PE_MONGO_URL" in output
    assert str(demo.run_dir / "spool") in output


def test_a_setting_that_does_not_fit_is_named(demo: Demo) -> None:
    code, output = demo.outcome(PE_API_PORT="eighty", PE_TYPO="1")
    assert code == 1
    assert "PE_API_PORT" in output
    assert "PE_TYPO: no such setting" in output
    assert "Traceback" not in output


def test_a_run_folder_of_somebody_else_is_named(demo: Demo) -> None:
    (demo.run_dir / "file").touch()
    code, output = demo.outcome(PE_RUN_DIR=str(demo.run_dir / "file" / "run"))
    assert (code, output.count("\n")) == (1, 1)
    assert "set PE_RUN_DIR" in output
