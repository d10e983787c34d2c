"""Processes that are stopped or killed during a charge."""

import asyncio
import signal

import httpx

from payment_engine.demo.ports import free_port
from tests.processes import answering, forked, process
from tests.serving import http_client
from tests.world import ORDER, World

ASK = {"method": "upi_intent", "client": {"platform": "android"}}


async def charge_under_way(world: World, url: str, payment_id: str) -> asyncio.Task[httpx.Response]:
    """An attempt whose gateway has the order and answers slowly."""
    script = {"match": {"path": "*/txns"}, "behaviour": {"kind": "hang", "seconds": 1}}
    await world.mock.post("/control/scripts", json=script)

    async def ask() -> httpx.Response:
        async with http_client(timeout=20) as client:
            path = f"{url}/v1/payments/{payment_id}/attempts"
            return await client.post(path, json=ASK, headers=world.headers(key="k"))

    asking = asyncio.create_task(ask())
    async with asyncio.timeout(10):
        while not (await world.mock.get("/control/orders")).json()["orders"]:
            await asyncio.sleep(0.02)
    await asyncio.sleep(0.2)
    return asking


async def test_a_process_told_to_stop_finishes_the_charge_it_began(world: World) -> None:
    payment = await world.open_payment()
    port = str(free_port())
    url = f"http://127.0.0.1:{port}"
    async with process(world, "api", PE_API_PORT=port) as api:
        await answering(url)
        asking = await charge_under_way(world, url, payment["id"])
        api.send_signal(signal.SIGTERM)
        _, stderr = await asyncio.wait_for(api.communicate(), 20)
        answer = await asking
    assert api.returncode == 0, stderr.decode()
    assert (answer.status_code, answer.headers["connection"]) == (201, "close")
    current = await world.read_payment(payment["id"])
    assert (current["status"], current["attempts"][0]["next_action"]["kind"]) == (
        "pending",
        "upi_intent",
    )


async def test_a_charge_whose_process_was_killed_is_found_by_polling(
    world: World,
) -> None:
    payment = await world.open_payment()
    port = str(free_port())
    url = f"http://127.0.0.1:{port}"
    async with forked(world, "api", PE_API_PORT=port) as api:
        await answering(url)
        asking = await charge_under_way(world, url, payment["id"])
        api.kill()
        await asyncio.gather(asking, return_exceptions=True)
    attempt = (await world.read_payment(payment["id"]))["attempts"][0]
    assert (attempt["status"], attempt["next_action"]) in (("created", None), ("pending", None))
    path = f"/v1/payments/{payment['id']}/attempts"
    running = await world.post(path, ASK, key="k")
    assert running.json()["code"] == "idempotency_in_progress"
    await asyncio.sleep(1)
    await world.customer_decides(attempt)
    await world.run_worker(seconds=91)
    again = await world.post(path, ASK, key="k")
    assert again.json()["attempt"]["status"] == "captured"
    assert (await world.read_payment(payment["id"]))["status"] == "paid"


async def test_a_worker_runs_jobs_serves_metrics_and_stops_on_request(world: World) -> None:
    payment = await world.open_payment(expires_in=60)
    await world.sql(
        "UPDATE job SET run_at = now() - interval '1 s' WHERE kind = 'expire_payment' RETURNING id"
    )
    await world.sql(
        "UPDATE payment SET revision = revision + 1, created_at = now() - interval '2 h', "
        "expires_at = now() - interval '1 h' RETURNING id"
    )
    port = str(free_port())
    async with process(world, "worker", PE_WORKER_PORT=port) as worker:
        await world.wait_for_status(payment["id"], "expired")
        async with http_client() as client:
            text = (await client.get(f"http://127.0.0.1:{port}/metrics")).text
        worker.send_signal(signal.SIGTERM)
        _, stderr = await asyncio.wait_for(worker.communicate(), 20)
    assert worker.returncode == 0, stderr.decode()
    assert 'payment_engine_jobs_total{kind="expire_payment",outcome="done"} 1.0' in text
    assert 'payment_engine_worker_round_seconds{round="jobs_juspay"}' in text
    assert 'payment_engine_running_processes{role="worker"} 1.0' in text
    async with asyncio.timeout(10):
        while not await world.notifications(payment["order_id"]):
            await world.run_worker(rounds=1)


async def test_a_process_told_to_stop_is_not_ready_first_and_takes_requests_meanwhile(
    world: World,
) -> None:
    port = str(free_port())
    url = f"http://127.0.0.1:{port}"
    async with forked(world, "api", PE_API_PORT=port, PE_DRAIN_SECONDS="2") as api:
        await answering(url)
        async with http_client() as client:
            assert (await client.get(f"{url}/ready")).status_code == 200
            api.send_signal(signal.SIGTERM)
            async with asyncio.timeout(1.5):
                while (ready := await client.get(f"{url}/ready")).status_code == 200:
                    await asyncio.sleep(0.02)
            opened = await client.post(
                f"{url}/v1/payments", json=ORDER, headers=world.headers(key="while-draining")
            )
        await asyncio.wait_for(api.wait(), 20)
    assert ready.json()["detail"] == "this process is stopping"
    assert (opened.status_code, opened.headers["connection"]) == (201, "close")
    assert api.returncode == 0


async def test_a_process_that_stops_answers_every_request_that_it_took(world: World) -> None:
    """Each call has a connection of its own. Those that still wait in the listening socket when it
    closes were not taken: nothing of them is stored."""
    port = str(free_port())
    url = f"http://127.0.0.1:{port}"
    statuses: list[int] = []

    async def call(number: int) -> None:
        async with http_client() as client:
            body = {**ORDER, "order_id": f"PO-{number}"}
            try:
                answer = await client.post(
                    f"{url}/v1/payments", json=body, headers=world.headers(key=f"k-{number}")
                )
            except (httpx.ConnectError, httpx.ReadError):
                return
        statuses.append(answer.status_code)

    async with forked(world, "api", PE_API_PORT=port, PE_DRAIN_SECONDS="1") as api:
        await answering(url)
        async with asyncio.TaskGroup() as calls:
            for number in range(120):
                if number == 20:
                    api.send_signal(signal.SIGTERM)
                calls.create_task(call(number))
                await asyncio.sleep(0.02)
        await asyncio.wait_for(api.wait(), 20)
    assert set(statuses) == {201}
    stored = await world.sql("SELECT count(*) AS count FROM payment")
    assert stored[0]["count"] == len(statuses) >= 20
