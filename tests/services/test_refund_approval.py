"""A refund above the limit waits for a second person, who approves or rejects it."""

import asyncio
from typing import Any

import pytest

from payment_engine.services.access.keys import Grant, issue_key
from tests.api.oncall_actions import refund_that_waits
from tests.gauges import scraped
from tests.people import key_of
from tests.webhooks import deliver_webhook
from tests.world import World

LIMIT = 50000
WHY = {"reason": "the goods came back"}


@pytest.fixture
def limited(world: World) -> World:
    """More than 500 rupees of a payment go back only with an approval."""
    world.engine.settings.refund_approval_above = LIMIT
    return world


async def refunded(world: World, payment_id: str, amount: int, **more: Any) -> dict[str, Any]:
    body = {"amount": amount, "reason": "returned"}
    answer = await world.post(f"/v1/payments/{payment_id}/refunds", body, **more)
    assert answer.status_code == 201, answer.text
    return dict(answer.json()["refund"])


async def decide(
    world: World, refund: dict[str, Any], what: str, token: str | None = None, **more: Any
) -> tuple[int, dict[str, Any]]:
    path = f"/v1/admin/refunds/{refund['id']}/{what}"
    answer = await world.post(path, {**WHY, **more}, token or world.keys.admin_key)
    return answer.status_code, answer.json()


async def status_of(world: World, refund: dict[str, Any]) -> str:
    return str((await world.get(f"/v1/refunds/{refund['id']}")).json()["status"])


async def at_the_gateway(world: World) -> int:
    """Paise that the gateway has refunded, or is about to."""
    return sum(row["refunded"] for row in (await world.ledger()).values())


async def test_a_refund_above_the_limit_reserves_its_money_and_sends_nothing(
    limited: World,
) -> None:
    paid = await limited.paid_payment()
    refund = await refunded(limited, paid["id"], LIMIT + 1)
    assert refund["status"] == "needs_approval"
    await limited.run_worker(seconds=86_400)
    assert (await status_of(limited, refund), await at_the_gateway(limited)) == (
        "needs_approval",
        0,
    )
    rest = paid["amount"] - LIMIT
    body = {"amount": rest, "reason": "returned"}
    answer = await limited.post(f"/v1/payments/{paid['id']}/refunds", body)
    assert (answer.status_code, answer.json()["available"]) == (422, rest - 1)
    assert await limited.sql("SELECT 1 FROM job WHERE kind = 'refund'") == []


async def test_the_shop_that_repeats_its_request_gets_the_same_refund(limited: World) -> None:
    paid = await limited.paid_payment()
    both = [await refunded(limited, paid["id"], LIMIT + 1, key="rev-1") for _ in range(2)]
    assert both[0] == both[1]


async def test_several_small_refunds_are_no_way_around_the_limit(limited: World) -> None:
    paid = await limited.paid_payment()
    first = await refunded(limited, paid["id"], LIMIT - 100)
    second = await refunded(limited, paid["id"], 101)
    third = await refunded(limited, paid["id"], 100)
    assert [each["status"] == "needs_approval" for each in (first, second, third)] == [
        False,
        True,
        False,
    ]


async def test_an_approved_refund_goes_to_its_gateway_and_succeeds(limited: World) -> None:
    paid = await limited.paid_payment()
    refund = await refunded(limited, paid["id"], LIMIT + 1)
    status, action = await decide(limited, refund, "approve")
    assert status == 200, action
    assert (action["outcome"]["before"], action["outcome"]["amount"]) == (
        "needs_approval",
        LIMIT + 1,
    )
    await limited.wait_for_refunded(paid["id"], LIMIT + 1, seconds=30)
    assert await at_the_gateway(limited) == LIMIT + 1
    history = await limited.sql(
        "SELECT type, source FROM payment_event WHERE refund_id = $1", refund["id"]
    )
    assert {"type": "refund.approved", "source": "admin"} in history


async def test_a_rejected_refund_is_never_sent_and_its_money_is_free(limited: World) -> None:
    paid = await limited.paid_payment()
    refund = await refunded(limited, paid["id"], paid["amount"])
    status, action = await decide(limited, refund, "reject")
    assert (status, action["outcome"]["after"]) == (200, "rejected")
    again = await refunded(limited, paid["id"], LIMIT)
    await limited.wait_for_refunded(paid["id"], LIMIT, seconds=30)
    assert (await status_of(limited, again), await at_the_gateway(limited)) == ("succeeded", LIMIT)
    retried, _ = await decide(limited, refund, "retry")
    assert (retried, await at_the_gateway(limited)) == (200, LIMIT)


async def test_the_shop_hears_that_a_refund_is_rejected_in_the_order_of_its_messages(
    limited: World,
) -> None:
    paid = await limited.paid_payment()
    refund = await refunded(limited, paid["id"], LIMIT + 1)
    await decide(limited, refund, "reject")
    await limited.run_worker()
    messages = await limited.notifications(paid["order_id"])
    assert [each["sequence"] for each in messages] == list(range(1, len(messages) + 1))
    last = messages[-1]
    assert (last["type"], last["data"]["refund_id"]) == ("refund.rejected", refund["id"])
    assert last["data"]["payment"]["refunds"][0]["status"] == "rejected"


@pytest.mark.parametrize("what", ["approve", "reject"])
async def test_a_refund_is_decided_once(limited: World, what: str) -> None:
    refund = await refunded(limited, (await limited.paid_payment())["id"], LIMIT + 1)
    tokens = [limited.keys.admin_key, await key_of(limited, "ravi", "approve")]
    answers = await asyncio.gather(*(decide(limited, refund, what, each) for each in tokens))
    codes = sorted((status, body.get("code", "")) for status, body in answers)
    assert codes == [(200, ""), (409, "no_approval_needed")]
    refused = await limited.sql("SELECT outcome FROM admin_action WHERE outcome ? 'refused'")
    assert [row["outcome"] for row in refused] == ['{"refused": "no_approval_needed"}']


async def test_whoever_requested_a_refund_cannot_decide_about_it(limited: World) -> None:
    paid, mine = await limited.paid_payment(), await key_of(limited, "ravi", "approve")
    grant = Grant(merchant_id=limited.keys.merchant_id, roles=["service"], person="ravi")
    service = (await issue_key(limited.engine, grant))[1]
    refund = await refunded(limited, paid["id"], LIMIT + 1, token=service)
    for what in ("approve", "reject"):
        status, document = await decide(limited, refund, what, mine)
        assert (status, document["code"]) == (409, "second_person_needed")
        _, tried = await decide(limited, refund, what, mine, dry_run=True)
        assert tried["outcome"]["refused"] == "second_person_needed"
    assert (await decide(limited, refund, "approve"))[0] == 200


async def test_a_dry_run_says_who_requested_what_and_decides_nothing(limited: World) -> None:
    refund = await refunded(limited, (await limited.paid_payment())["id"], LIMIT + 1)
    _, tried = await decide(limited, refund, "approve", dry_run=True)
    [key] = await limited.sql("SELECT id FROM api_key WHERE roles = 'service'")
    assert tried["outcome"] == {
        "amount": LIMIT + 1,
        "requested_by": key["id"],
        "before": "needs_approval",
        "refused": None,
    }
    assert await status_of(limited, refund) == "needs_approval"


async def test_a_refund_that_waits_is_listed_counted_and_the_verdict(limited: World) -> None:
    paid = await limited.paid_payment()
    refund = await refunded(limited, paid["id"], LIMIT + 1)
    path = "/v1/admin/refunds?state=needs_approval"
    [listed] = (await limited.get(path, limited.keys.admin_key)).json()["items"]
    [key] = await limited.sql("SELECT id FROM api_key WHERE roles = 'service'")
    assert (listed["id"], listed["requested_by"]) == (refund["id"], key["id"])
    path = f"/v1/admin/payments/{paid['id']}/timeline"
    timeline = (await limited.get(path, limited.keys.admin_key)).json()
    assert timeline["verdict"]["outcome"] == "refund_needs_approval"
    await limited.sql("UPDATE refund SET created_at = now() - interval '2 days' RETURNING id")
    assert (await scraped(limited))["undecided_refunds"]["86400", "needs_approval"] == 1
    await decide(limited, refund, "reject")
    assert (await scraped(limited))["undecided_refunds"]["0", "needs_approval"] == 0


async def test_money_that_pays_no_order_goes_back_without_waiting(limited: World) -> None:
    limited.engine.settings.refund_approval_above = 0
    payment = await limited.open_payment()
    attempt = await limited.start_attempt(payment["id"])
    await limited.post(f"/v1/payments/{payment['id']}/cancel")
    await limited.customer_decides(attempt)
    await limited.wait_for_refunded(payment["id"], payment["amount"], seconds=30)


async def test_a_refund_is_not_approved_once_the_gateway_refunded_its_money(
    limited: World,
) -> None:
    paid = await limited.paid_payment()
    refund = await refunded(limited, paid["id"], paid["amount"])
    theirs = {"unique_request_id": "d1", "status": "SUCCESS", "amount": 1000}
    await deliver_webhook(limited, paid["attempts"][0], refunds=[theirs])
    status, document = await decide(limited, refund, "approve")
    left = paid["amount"] - 100_000
    assert (status, document["code"], document.get("available")) == (422, "amount_too_high", left)
    assert (await decide(limited, refund, "reject"))[0] == 200
    [attempt] = (await limited.read_payment(paid["id"]))["attempts"]
    assert attempt["review"] is None


async def test_a_refund_is_not_approved_after_its_window(limited: World) -> None:
    refund = await refunded(limited, (await limited.paid_payment())["id"], LIMIT + 1)
    limited.clock.advance(days=171)
    status, document = await decide(limited, refund, "approve")
    assert (status, document["code"]) == (409, "refund_window_over")


async def test_a_retry_of_a_refund_that_waits_sends_nothing(world: World) -> None:
    refund = await refund_that_waits(world, (await world.paid_payment())["id"])
    status, action = await decide(world, refund, "retry")
    assert (status, action["outcome"]["after"]) == (200, "needs_approval")
    assert await at_the_gateway(world) == 0


async def test_a_late_approval_is_followed_up_like_a_new_refund(limited: World) -> None:
    await limited.script_mock("refund_hold", times=5)
    refund = await refunded(limited, (await limited.paid_payment())["id"], LIMIT + 1)
    limited.clock.advance(days=20)
    await decide(limited, refund, "approve")
    now = limited.clock.now()
    [job] = await limited.sql("SELECT run_at FROM job WHERE kind = 'refund'")
    assert (job["run_at"] - now).total_seconds() <= limited.engine.settings.check_schedule[0]
    await limited.run_worker(seconds=91)
    [job] = await limited.sql("SELECT run_at FROM job WHERE kind = 'refund'")
    assert (job["run_at"] - now).total_seconds() <= limited.engine.settings.check_schedule[1]
