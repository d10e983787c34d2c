"""The spool that processes share: who owns which file, and what happens when it is full."""

import os
import stat
import time
from pathlib import Path

import pytest

from payment_engine.store.spool import Spool, _lines_with, _written_at, read_lines

ROOMY = 1 << 20


def test_only_its_owner_may_read_the_spool(spool: Path) -> None:
    Spool(spool, ROOMY).append([b"1"])
    (file,) = spool.iterdir()
    assert stat.S_IMODE(spool.stat().st_mode) == 0o700
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_an_empty_or_missing_folder_has_nothing_to_claim(spool: Path) -> None:
    assert Spool(spool, ROOMY).claim() is None
    assert list(Spool(spool, ROOMY).lines()) == []


def test_a_process_appends_to_one_file_of_its_own(spool: Path) -> None:
    one, other = Spool(spool, ROOMY), Spool(spool, ROOMY)
    one.append([b"1"])
    other.append([b"2"])
    one.append([b"3"])
    assert sorted(map(read_lines, spool.iterdir())) == [[b"1", b"3"], [b"2"]]


def test_the_oldest_file_is_claimed_first_whoever_wrote_it(spool: Path) -> None:
    one, other = Spool(spool, ROOMY), Spool(spool, ROOMY)
    other.append([b"old"])
    one.append([b"new"])
    claimed = one.claim()
    assert claimed is not None
    assert read_lines(claimed) == [b"old"]


def test_a_file_is_claimed_by_one_process_only(spool: Path) -> None:
    one, other = Spool(spool, ROOMY), Spool(spool, ROOMY)
    one.append([b"1"])
    assert one.claim()
    assert other.claim() is None


def test_a_claim_not_yet_removed_is_given_again(spool: Path) -> None:
    one = Spool(spool, ROOMY)
    one.append([b"1"])
    assert one.claim() == one.claim() is not None


def test_a_removed_file_is_deleted(spool: Path) -> None:
    one = Spool(spool, ROOMY)
    one.append([b"1"])
    claimed = one.claim()
    assert claimed is not None
    one.remove(claimed)
    assert one.claim() is None
    assert list(spool.iterdir()) == []


def test_others_may_claim_a_released_file(spool: Path) -> None:
    one, other = Spool(spool, ROOMY), Spool(spool, ROOMY)
    one.append([b"1"])
    one.claim()
    one.release()
    assert one.claim() is None
    claimed = other.claim()
    assert claimed is not None
    assert read_lines(claimed) == [b"1"]


@pytest.mark.parametrize(("age", "free"), [(30, False), (90, True)])
def test_the_claim_of_a_dead_process_is_free_after_a_minute(
    spool: Path, age: int, *, free: bool
) -> None:
    dead, living = Spool(spool, ROOMY), Spool(spool, ROOMY)
    dead.append([b"1"])
    claimed = dead.claim()
    assert claimed is not None
    os.utime(claimed, (time.time() - age,) * 2)
    assert (living.claim() is not None) is free


def test_what_is_appended_after_a_claim_goes_to_a_new_file(spool: Path) -> None:
    writer, filler = Spool(spool, ROOMY), Spool(spool, ROOMY)
    writer.append([b"1"])
    claimed = filler.claim()
    assert claimed is not None
    writer.append([b"2"])
    assert read_lines(claimed) == [b"1"]
    filler.remove(claimed)
    assert list(writer.lines()) == [b"2"]


def test_a_file_claimed_during_an_append_loses_no_line(spool: Path) -> None:
    writer, filler = Spool(spool, ROOMY), Spool(spool, ROOMY)
    writer.append([b"1"])
    (file,) = spool.iterdir()
    with file.open("ab") as opened_before:
        claimed = filler.claim()
        assert claimed is not None
        opened_before.write(b"2\n")
    assert not writer._appended(b"2\n"), "the file is no longer ours: write again elsewhere"
    writer.append([b"2"])
    filler.remove(claimed)
    assert list(writer.lines()) == [b"2"]


def test_a_name_is_never_used_again(spool: Path) -> None:
    writer, filler = Spool(spool, ROOMY), Spool(spool, ROOMY)
    writer.append([b"1"])
    filler.claim()
    writer.append([b"2"])
    filler.release()
    assert sorted(writer.lines()) == [b"1", b"2"]
    assert len(list(spool.iterdir())) == 2


def test_a_full_spool_drops_the_oldest_lines_and_returns_how_many(spool: Path) -> None:
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


def test_the_limit_counts_the_files_of_others_too(spool: Path) -> None:
    Spool(spool, 100).append([b"x" * 59])
    assert Spool(spool, 100).append([b"y" * 59]) == 1


def test_other_files_in_the_folder_are_left_alone(spool: Path) -> None:
    spool.mkdir()
    (spool / "README").write_text("not ours")
    assert Spool(spool, 1).claim() is None
    Spool(spool, 1).append([b"too much"])
    assert [path.name for path in spool.iterdir()] == ["README"]


def test_lines_are_found_by_a_text_in_files_that_were_written_since(spool: Path) -> None:
    small = Spool(spool, 64 * 4)
    for number in range(4):
        small.append([b"a%d" % number, b"b%d" % number])
    for age, path in enumerate(sorted(spool.iterdir(), reverse=True)):
        os.utime(path, (1000 - age, 1000 - age))
    assert small.find({b"a"}, since=0, most_bytes=ROOMY) == ([b"a0", b"a1", b"a2", b"a3"], True)
    assert small.find({b"a"}, since=999, most_bytes=ROOMY) == ([b"a2", b"a3"], True)
    assert small.find({b"a1", b"b1"}, since=0, most_bytes=ROOMY) == ([b"a1", b"b1"], True)
    assert small.find({b"c"}, since=0, most_bytes=ROOMY) == ([], True)


def test_no_more_of_the_spool_is_read_than_allowed_and_the_rest_is_known_to_be_missing(
    spool: Path,
) -> None:
    small = Spool(spool, 64 * 4)
    for number in range(4):
        small.append([b"a%d" % number])
    assert small.find({b"a"}, since=0, most_bytes=8) == ([b"a0", b"a1"], False)


def test_a_file_that_was_filled_in_meanwhile_has_no_lines(spool: Path) -> None:
    writer = Spool(spool, ROOMY)
    writer.append([b"a"])
    (file,) = spool.iterdir()
    file.unlink()
    assert list(_lines_with(file, {b"a"})) == []
    assert _written_at(file) == 0
