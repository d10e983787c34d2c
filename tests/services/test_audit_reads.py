"""Who reads personal data is in the audit log, without the data."""

from typing import Any

import pytest
import structlog

from tests.world import World

PHONE = "9876543210"


async def read(world: World, path: str) -> dict[str, Any]:
    answer = await world.get(f"/v1/admin/{path}", world.keys.admin_key)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def readings(world: World) -> list[dict[str, object]]:
    listed = (await read(world, "actions?reads=true"))["items"]
    assert isinstance(listed, list)
    names = ("action", "subject", "payment_id", "outcome", "request")
    return [{name: one[name] for name in names} for one in listed]


async def test_reading_a_timeline_is_logged_and_no_part_of_it(world: World) -> None:
    payment_id = (await world.open_payment())["id"]
    for _ in range(2):
        timeline = (await read(world, f"payments/{payment_id}/timeline"))["timeline"]
        assert isinstance(timeline, list)
        assert "payment.read" not in {row["what"] for row in timeline}
    entry = {
        "action": "payment.read",
        "subject": payment_id,
        "payment_id": payment_id,
        "outcome": {},
        "request": {},
    }
    assert await readings(world) == [entry, entry]
    assert (await read(world, "actions"))["items"] == []


@pytest.mark.parametrize(
    ("text", "subject"),
    [(PHONE, "phone"), ("someone@okhdfcbank", "upi_id"), ("asha@example.in", "customer_ref")],
)
async def test_a_search_for_a_person_is_logged_without_the_person(
    world: World, text: str, subject: str
) -> None:
    customer = {
        "ref": "asha@example.in",
        "name": "Asha",
        "phone": PHONE,
        "email": "asha@example.in",
    }
    payment_id = (await world.open_payment(customer=customer))["id"]
    await read(world, f"search?q={text}")
    found = [] if subject == "upi_id" else [payment_id]
    assert await readings(world) == [
        {
            "action": "payments.search",
            "subject": subject,
            "payment_id": None,
            "outcome": {"found": found},
            "request": {},
        }
    ]
    assert text not in str(await world.sql("SELECT row_to_json(a)::text FROM admin_action a"))


async def test_a_search_by_a_reference_reads_nothing_personal(world: World) -> None:
    payment = await world.open_payment()
    await read(world, f"search?q={payment['order_id']}")
    await read(world, f"search?q={payment['id']}")
    assert await readings(world) == []


async def test_each_log_line_of_an_action_has_its_anchor(world: World) -> None:
    payment_id = (await world.open_payment())["id"]
    with structlog.testing.capture_logs() as lines:
        await read(world, f"payments/{payment_id}/timeline")
    (row,) = await world.sql(
        "SELECT merchant_id, number, encode(hash, 'hex') AS h FROM admin_action"
    )
    (line,) = [each for each in lines if each["event"] == "admin_action"]
    assert line["anchor"] == f"{row['merchant_id']}:{row['number']}:{row['h']}"


async def test_nothing_is_read_that_cannot_be_logged(world: World) -> None:
    payment_id = (await world.open_payment())["id"]
    await world.sql("ALTER TABLE admin_action ADD CONSTRAINT none CHECK (false) NOT VALID")
    try:
        answer = await world.get(f"/v1/admin/payments/{payment_id}/timeline", world.keys.admin_key)
    finally:  # the next test uses this database too
        await world.sql("ALTER TABLE admin_action DROP CONSTRAINT none")
    assert answer.status_code >= 500
    assert "customer" not in answer.text


async def test_the_audit_is_paged_and_filtered_as_other_lists_are(world: World) -> None:
    first, second = [(await world.open_payment())["id"] for _ in range(2)]
    for payment_id in (first, second, first):
        await read(world, f"payments/{payment_id}/timeline")
    found, after = [], ""
    while after is not None:
        page = await read(world, f"actions?reads=true&order=oldest&limit=1{after}")
        found += [each["subject"] for each in page["items"]]
        after = page["next"] and f"&after={page['next']}"
    assert found == [first, second, first]
    for query, subjects in {
        f"payment_id={second}": [second],
        "action=payment.read&order=oldest": [first, second, first],
        "action=payments.search": [],
        "actor=nobody": [],
        f"subject={first}": [first, first],
        "until=2020-01-01T00:00:00Z": [],
    }.items():
        page = await read(world, f"actions?reads=true&{query}")
        assert [each["subject"] for each in page["items"]] == subjects, query
