"""The folder that processes share: who owns which file, and what happens when it is full."""

import os
import stat
import time
from pathlib import Path

import pytest

from payment_engine.store.spool import Spool, read

ROOMY = 1 << 20


def test_nobody_else_may_read_the_spool(spool: Path) -> None:
    Spool(spool, ROOMY).append([b"1"])
    (file,) = spool.iterdir()
    assert stat.S_IMODE(spool.stat().st_mode) == 0o700
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_an_empty_or_absent_folder_has_nothing_to_take(spool: Path) -> None:
    assert Spool(spool, ROOMY).take() is None
    assert list(Spool(spool, ROOMY).lines()) == []


def test_a_process_appends_to_one_file_of_its_own(spool: Path) -> None:
    one, other = Spool(spool, ROOMY), Spool(spool, ROOMY)
    one.append([b"1"])
    other.append([b"2"])
    one.append([b"3"])
    assert sorted(map(read, spool.iterdir())) == [[b"1", b"3"], [b"2"]]


def test_the_oldest_file_is_taken_first_whoever_wrote_it(spool: Path) -> None:
    one, other = Spool(spool, ROOMY), Spool(spool, ROOMY)
    other.append([b"old"])
    one.append([b"new"])
    taken = one.take()
    assert taken is not None
    assert read(taken) == [b"old"]


def test_a_file_is_taken_by_one_process_only(spool: Path) -> None:
    one, other = Spool(spool, ROOMY), Spool(spool, ROOMY)
    one.append([b"1"])
    assert one.take()
    assert other.take() is None


def test_a_claim_not_yet_removed_is_handed_out_again(spool: Path) -> None:
    one = Spool(spool, ROOMY)
    one.append([b"1"])
    assert one.take() == one.take() is not None


def test_a_removed_file_is_gone(spool: Path) -> None:
    one = Spool(spool, ROOMY)
    one.append([b"1"])
    taken = one.take()
    assert taken is not None
    one.remove(taken)
    assert one.take() is None
    assert list(spool.iterdir()) == []


def test_a_released_claim_is_for_others(spool: Path) -> None:
    one, other = Spool(spool, ROOMY), Spool(spool, ROOMY)
    one.append([b"1"])
    one.take()
    one.release()
    assert one.take() is None
    taken = other.take()
    assert taken is not None
    assert read(taken) == [b"1"]


@pytest.mark.parametrize(("age", "free"), [(30, False), (90, True)])
def test_a_claim_left_by_a_dead_process_is_free_after_a_minute(
    spool: Path, age: int, *, free: bool
) -> None:
    dead, living = Spool(spool, ROOMY), Spool(spool, ROOMY)
    dead.append([b"1"])
    taken = dead.take()
    assert taken is not None
    os.utime(taken, (time.time() - age,) * 2)
    assert (living.take() is not None) is free


def test_what_is_appended_after_a_claim_goes_to_a_new_file(spool: Path) -> None:
    writer, filler = Spool(spool, ROOMY), Spool(spool, ROOMY)
    writer.append([b"1"])
    taken = filler.take()
    assert taken is not None
    writer.append([b"2"])
    assert read(taken) == [b"1"]
    filler.remove(taken)
    assert list(writer.lines()) == [b"2"]


def test_a_file_taken_in_the_middle_of_an_append_loses_no_line(spool: Path) -> None:
    writer, filler = Spool(spool, ROOMY), Spool(spool, ROOMY)
    writer.append([b"1"])
    (file,) = spool.iterdir()
    with file.open("ab") as opened_before:
        taken = filler.take()
        assert taken is not None
        opened_before.write(b"2\n")
    assert not writer._appended(b"2\n"), "the file is no longer ours: write again elsewhere"
    writer.append([b"2"])
    filler.remove(taken)
    assert list(writer.lines()) == [b"2"]


def test_a_name_is_never_used_again(spool: Path) -> None:
    writer, filler = Spool(spool, ROOMY), Spool(spool, ROOMY)
    writer.append([b"1"])
    filler.take()
    writer.append([b"2"])
    filler.release()
    assert sorted(writer.lines()) == [b"1", b"2"]
    assert len(list(spool.iterdir())) == 2


def test_a_full_spool_drops_the_oldest_lines_and_says_how_many(spool: Path) -> None:
    small = Spool(spool, 100)
    dropped = [small.append([f"{number:09}".encode()]) for number in range(15)]
    assert sum(dropped) == 5
    assert list(small.lines()) == [f"{number:09}".encode() for number in range(5, 15)]


def test_lines_that_can_never_fit_are_dropped_and_counted(spool: Path) -> None:
    tiny = Spool(spool, 10)
    assert tiny.append([b"a" * 20, b"b" * 20]) == 2
    assert list(tiny.lines()) == []
    assert tiny.append([b"c"]) == 0
    assert list(tiny.lines()) == [b"c"]


def test_the_bound_covers_what_others_left(spool: Path) -> None:
    Spool(spool, 100).append([b"x" * 59])
    assert Spool(spool, 100).append([b"y" * 59]) == 1


def test_other_files_in_the_folder_are_left_alone(spool: Path) -> None:
    spool.mkdir()
    (spool / "README").write_text("not ours")
    assert Spool(spool, 1).take() is None
    Spool(spool, 1).append([b"too much"])
    assert [path.name for path in spool.iterdir()] == ["README"]
