"""A chain of audit records is whole, or its first fault is named."""

import hashlib
from dataclasses import replace

import pytest

from payment_engine.domain.audit_chain import START, Anchor, Chain, ChainCheck, Link, parse_anchor


def links(count: int) -> list[Link]:
    made, previous = [], START
    for number in range(1, count + 1):
        content = f"{number} after {previous.hex()}"
        digest = hashlib.sha256(content.encode()).digest()
        link = Link(
            id=f"adm_{number}", number=number, previous=previous, hash=digest, content=content
        )
        made.append(link)
        previous = digest
    return made


def chain(records: list[Link], **changes: int | bytes) -> Chain:
    whole = Chain(merchant_id="m", number=len(records), hash=records[-1].hash or b"")
    return replace(whole, **changes)


def fault(whole: Chain, records: list[Link], anchors: dict[int, bytes] | None = None) -> str | None:
    check = ChainCheck(whole, anchors)
    for link in records:
        check.read(link)
    check.end()
    return check.fault


def test_a_whole_chain_has_no_fault_from_its_beginning_or_from_what_is_left() -> None:
    records = links(4)
    assert fault(chain(records), records) is None
    left = chain(records, oldest=3, before=records[1].hash or b"")
    assert fault(left, records[2:], {1: b"noted before it left", 4: records[3].hash or b""}) is None


def test_a_chain_without_records_is_whole_only_at_its_beginning() -> None:
    assert fault(Chain(merchant_id="m"), []) is None
    assert fault(chain(links(2)), []) == "number 1 is missing, and all after it"


def test_only_the_first_fault_is_named() -> None:
    records = links(4)
    changed = [replace(one, content="other") if one.number in (2, 3) else one for one in records]
    assert fault(chain(records), changed) == "adm_2 (number 2): its content is not what was written"


@pytest.mark.parametrize("number", [None, 1, 4])
def test_a_record_with_another_number_is_not_the_next(number: int | None) -> None:
    records = links(3)
    records[1] = replace(records[1], number=number)
    expected = f"adm_2 (number {number}): number 2 should be next"
    assert fault(chain(records), records) == expected


def test_a_record_without_a_hash_is_a_fault() -> None:
    records = links(3)
    records[1] = replace(records[1], hash=None)
    assert "adm_2 (number 2): its content" in (fault(chain(records), records) or "")


def test_what_is_after_the_end_or_missing_before_it_is_a_fault() -> None:
    records = links(3)
    shorter = chain(records[:2])
    assert "the last that was written has number 2" in (fault(shorter, records) or "")
    assert fault(chain(records), records[:2]) == "number 3 is missing, and all after it"
    other = chain(records, hash=b"other")
    assert fault(other, records) == "number 3 is not the last that was written"


def test_an_anchor_that_was_noted_elsewhere_must_agree() -> None:
    records = links(3)
    assert "than in the anchor" in (fault(chain(records), records, {2: b"other"}) or "")
    assert fault(chain(records), records, {5: b"x"}) == "number 4 is missing, and all after it"


def test_an_anchor_reads_as_it_is_printed() -> None:
    anchor = Anchor("mer_1", 57, b"\x01\xff")
    assert str(anchor) == "mer_1:57:01ff"
    assert parse_anchor(str(anchor)) == anchor
    for text in ("", "mer_1:57", "mer_1:x:01ff", "mer_1:57:xyz"):
        with pytest.raises(ValueError, match=r".+"):
            parse_anchor(text)
