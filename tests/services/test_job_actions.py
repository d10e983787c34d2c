"""Suspended jobs: run again at once, or dropped where nothing depends on them."""

from typing import Any

import httpx

from payment_engine.services.oncall.jobs import refresh_pauses
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


async def pause(world: World, kind: str, seconds: int) -> httpx.Response:
    return await world.api.put(
        f"/v1/admin/job-kinds/{kind}",
        json={"reason": "the gateway counts refunds twice", "paused_for": seconds},
        headers=world.headers(world.keys.admin_key),
    )


async def test_a_paused_kind_waits_until_the_pause_is_over_or_ended(world: World) -> None:
    payment = await world.open_payment(expires_in=60)
    assert (await pause(world, "expire_payment", 3600)).status_code == 200
    await refresh_pauses(world.engine)
    await world.run_worker(seconds=61)
    assert (await world.read_payment(payment["id"]))["status"] == "open"
    [job] = await world.sql("SELECT attempts, last_error FROM job WHERE kind = 'expire_payment'")
    assert job == {"attempts": 0, "last_error": None}
    kinds = (await world.get("/v1/admin/job-kinds", world.keys.admin_key)).json()["kinds"]
    [paused] = [one for one in kinds if one["paused_until"]]
    assert (paused["kind"], paused["reason"]) == (
        "expire_payment",
        "the gateway counts refunds twice",
    )
    assert (await pause(world, "expire_payment", 0)).json()["outcome"] == {"paused_until": None}
    await refresh_pauses(world.engine)
    await world.run_worker(seconds=31)
    assert (await world.read_payment(payment["id"]))["status"] == "expired"


async def test_what_is_no_kind_of_jobs_is_not_found(world: World) -> None:
    assert (await pause(world, "dreams", 60)).status_code == 404
