"""Suspended jobs: run again at once, or dropped where nothing depends on them."""

from typing import Any

import httpx

from tests.world import World


async def suspended(world: World, kind: str) -> dict[str, Any]:
    """A suspended job of this kind."""
    await world.sql(
        "UPDATE job SET held_at = now(), attempts = 20 WHERE kind = $1 RETURNING id", kind
    )
    answer = await world.get(f"/v1/admin/jobs?kind={kind}", world.keys.admin_key)
    [found] = answer.json()["items"]
    return dict(found)


async def act(world: World, job: dict[str, Any], verb: str, **more: Any) -> httpx.Response:
    body = {"reason": "the bug is fixed", **more}
    return await world.post(f"/v1/admin/jobs/{job['id']}/{verb}", body, world.keys.admin_key)


async def test_a_resumed_job_runs_again(world: World) -> None:
    payment = await world.open_payment(expires_in=60)
    job = await suspended(world, "expire_payment")
    await world.run_worker(seconds=61)
    assert (await world.read_payment(payment["id"]))["status"] == "open"
    tried = await act(world, job, "resume", dry_run=True)
    assert tried.json()["outcome"]["needed"] is True
    done = await act(world, job, "resume")
    assert done.json()["outcome"]["done"] is True
    await world.run_worker()
    assert (await world.read_payment(payment["id"]))["status"] == "expired"
    assert (await act(world, job, "resume")).status_code == 404


async def test_a_job_that_something_depends_on_is_not_dropped(world: World) -> None:
    payment = await world.open_payment()
    await world.start_attempt(payment["id"])
    for kind in ("expire_payment", "check_charge"):
        job = await suspended(world, kind)
        answer = await act(world, job, "drop")
        assert (answer.status_code, answer.json()["code"]) == (409, "job_still_needed")
    [row] = await world.sql("SELECT count(*) AS n FROM job WHERE held_at IS NOT NULL")
    assert row["n"] == 2


async def test_a_job_that_nothing_depends_on_is_dropped(world: World) -> None:
    payment = await world.open_payment()
    await world.post(f"/v1/payments/{payment['id']}/cancel")
    await world.sql(
        "INSERT INTO job (kind, subject, run_at, created_at) VALUES ('expire_payment', $1, now(), "
        "now()) ON CONFLICT DO NOTHING RETURNING id",
        payment["id"],
    )
    job = await suspended(world, "expire_payment")
    assert (await act(world, job, "drop")).json()["outcome"]["done"] is True
    assert await world.sql("SELECT id FROM job") == []


async def test_a_job_that_is_not_suspended_or_not_ours_is_not_found(world: World) -> None:
    await world.open_payment()
    [row] = await world.sql("SELECT id FROM job")
    for job_id in (str(row["id"]), "x", "9" * 30, "-1"):
        for verb in ("resume", "drop"):
            assert (await act(world, {"id": job_id}, verb)).status_code == 404
