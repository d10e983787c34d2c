"""People on call and monitoring on a port of their own, which no ingress leads to."""

import asyncio
import signal

from payment_engine.blueprints.operation import OPERATIONS
from payment_engine.demo.ports import free_port
from tests.api.responses import refusal
from tests.api.test_admin_routes import NOTHING, declared, path_of
from tests.processes import answering, api_process, forked
from tests.serving import http_client
from tests.world import World


async def test_each_port_serves_its_own_and_nothing_of_the_other(world: World) -> None:
    port = free_port()
    headers = {"authorization": f"Bearer {world.keys.admin_key}"}
    async with (
        api_process(world, PE_ADMIN_PORT=str(port)) as (api, url),
        http_client(url) as public,
        http_client(f"http://127.0.0.1:{port}") as staff,
    ):
        await answering(str(staff.base_url))
        for each in declared():
            path = path_of(each, NOTHING)
            hidden = await public.request(each.method, path, json={}, headers=headers)
            assert refusal(hidden) == (404, "not_found"), path
            reached = await staff.request(each.method, path, json={}, headers=headers)
            assert reached.status_code in (200, 404, 422), path
            assert (each.path, reached.headers["x-request-id"]) != (path, "")
        for path in ("/metrics", "/console"):
            assert (await public.get(path)).status_code == 404
            assert (await staff.get(path)).status_code == 200
        for path in ("/live", "/ready"):
            assert (await public.get(path)).status_code == 200
            assert (await staff.get(path)).status_code == 200
        theirs = [each for each in OPERATIONS if "admin" not in each.callers]
        assert len(theirs) > 20
        for each in theirs:
            path = each.path.replace(":str", "").replace("<", "").replace(">", "")
            answer = await staff.request(each.method, path, json={}, headers=headers)
            assert answer.status_code == 404, path
        listed = await staff.get("/v1/admin/actions", headers=headers)
        assert (listed.status_code, listed.json()["items"]) == (200, [])
        api.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(api.wait(), 30) == 0


async def test_both_ports_are_not_ready_while_the_process_drains(world: World) -> None:
    port = free_port()
    more = {"PE_ADMIN_PORT": str(port), "PE_DRAIN_SECONDS": "5"}
    async with (
        api_process(world, **more) as (api, url),
        http_client(url) as public,
        http_client(f"http://127.0.0.1:{port}") as staff,
    ):
        await answering(str(staff.base_url))
        api.send_signal(signal.SIGTERM)
        async with asyncio.timeout(4):
            while (await public.get("/ready")).status_code == 200:
                await asyncio.sleep(0.05)
        assert [(await each.get("/ready")).status_code for each in (public, staff)] == [503, 503]
        assert (await staff.get("/metrics")).status_code == 200


async def test_a_port_that_is_taken_ends_the_process_with_its_reason(world: World) -> None:
    listener = await asyncio.start_server(lambda _, w: w.close(), "127.0.0.1", 0)
    taken, port = listener.sockets[0].getsockname()[1], free_port()
    more = {"PE_ADMIN_PORT": str(taken), "PE_API_PORT": str(port)}
    async with forked(world, "api", **more) as api:
        _, printed = await asyncio.wait_for(api.communicate(), 30)
    assert api.returncode != 0
    assert f"{taken}" in printed.decode()
    listener.close()


async def test_without_one_everything_is_on_one_port(world: World) -> None:
    async with api_process(world) as (_, url), http_client(url) as api:
        await answering(url)
        for path in ("/metrics", "/console", "/live"):
            assert (await api.get(path)).status_code == 200
