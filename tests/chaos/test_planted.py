"""Every fault that is planted into a process is on record with what it was found as."""

from pathlib import Path

from tests.chaos.planted import APIS, PLANTED, WORKERS, commands

SAFETY = Path(__file__).parents[2] / "docs/safety.md"


def test_every_planted_fault_is_on_record() -> None:
    text = SAFETY.read_text()
    assert all(f"| {name} | " in text for name in PLANTED)


def test_a_planted_fault_is_started_in_its_processes_alone() -> None:
    assert commands(None) == {}
    for name, (processes, _) in PLANTED.items():
        made = commands(name)
        assert set(made) == set(processes) <= {*APIS, *WORKERS}
        assert list(made[processes[0]]("api"))[-2:] == [name, "api"]
