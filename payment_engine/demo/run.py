"""`make run`: start everything, open a payment, print what to open, stop everything."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from payment_engine.demo import mongo, postgres, process
from payment_engine.demo.data_dirs import NotOurs
from payment_engine.demo.files import write_private
from payment_engine.demo.http import responds
from payment_engine.demo.output import show, step
from payment_engine.demo.plan import Plan, make_plan
from payment_engine.demo.ports import taken
from payment_engine.demo.shop import PEOPLE, Command, Shop, StepFailed, engine_command
from payment_engine.demo.signals import Stopped, ignore_signals, stop_on_signals
from payment_engine.demo.stack import Stack
from payment_engine.demo.tour import tour
from payment_engine.environment import BadSettings

_REFUSALS = (BadSettings, StepFailed, postgres.PostgresFailed, NotOurs)


def run_demo(command: Command = engine_command) -> int:
    """Run the demo, configured by the environment, until it is stopped; the exit code.

    0 when it was stopped, 1 when it could not start or something it started has ended.
    ``command`` gives the command line of each of the engine's own commands.
    """
    stop_on_signals()
    try:
        plan = make_plan(os.environ)
        _refuse_taken_ports(plan)
        with _locked(plan):
            return _serve(plan, command)
    except Stopped:
        return 0
    except _REFUSALS as refusal:
        show(str(refusal))
        return 1


def _serve(plan: Plan, command: Command) -> int:
    """Start, wait until something ends, and stop everything that was started."""
    stack = Stack()
    try:
        _start(plan, stack, command)
        raise StepFailed(_failure(_wait_for_end(stack)))
    except Stopped:
        return 0
    except _REFUSALS as refusal:
        show(str(refusal))
        return 1
    finally:
        ignore_signals()
        (plan.run_dir / "demo.json").unlink(missing_ok=True)
        show("\nStopping ...")
        stack.stop()
        show("Stopped; the data stays for the next run.")


def _refuse_taken_ports(plan: Plan) -> None:
    busy = {name: port for name, port in plan.ports().items() if taken(port)}
    if busy:
        ports = ", ".join(f"{port} ({name})" for name, port in busy.items())
        raise StepFailed(
            f"Port taken: {ports}. Stop what uses it (another `make run`?) or set another port."
        )


@contextmanager
def _locked(plan: Plan) -> Iterator[None]:
    """Lock the run folder: two demos over the same data would damage each other's."""
    with (plan.run_dir / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise StepFailed(f"Another demo runs in {plan.run_dir}: set PE_RUN_DIR.") from None
        yield


def _start(plan: Plan, stack: Stack, command: Command) -> None:
    show(f"Payment Engine demo, data and logs in {plan.run_dir}")
    environ = plan.program_environ(_postgres(plan, stack), _mongo(plan, stack))
    shop = Shop(plan, environ, command)
    with step("Accounts at the mock gateways"):
        environ.update(shop.gateway_settings())
    with step("Migrations"):
        shop.run("migrate")
    with step("Demo merchant"):
        keys = shop.keys()
        shop.environ["PE_MOCK_NOTIFY_SECRET"] = keys["notify_secret"]
        shop.environ["PE_MOCK_SERVICE_KEY"] = keys["service_key"]
    programs: dict[str, Callable[[], bool]] = {
        "mock": lambda: responds(f"{plan.mock}/"),
        "api": lambda: responds(f"{plan.api}/ready"),
        "worker": lambda: True,
    }
    for name, ready in programs.items():
        _program(name, plan, stack, shop, ready)
    with step("The order to pay"):
        order = shop.init_order(keys["service_key"])
    write_private(plan.run_dir / "demo.json", _summary(plan, stack, environ, keys, order))
    show(tour(plan, environ, keys, order))


def _postgres(plan: Plan, stack: Stack) -> str:
    if not plan.own_postgres:
        return plan.settings.database_url
    with step(f"PostgreSQL on port {plan.settings.postgres_port}"):
        server = postgres.start(
            plan.run_dir / "postgres", plan.settings.postgres_port, log=plan.log("postgres")
        )
        stack.add(server.child)
    if server.fresh:
        (plan.run_dir / "keys.json").unlink(missing_ok=True)
    return server.database("payment_engine")


def _mongo(plan: Plan, stack: Stack) -> str | None:
    if not plan.own_mongo:
        return plan.settings.mongo_url
    try:
        with step(f"MongoDB on port {plan.settings.mongo_port}"):
            server = mongo.start(
                plan.run_dir / "mongo", plan.settings.mongo_port, log=plan.log("mongod")
            )
            stack.add(server.child)
    except mongo.MongoUnavailable as reason:
        show(f"  MongoDB cannot run: {reason}; raw logs go to {plan.spool}")
        return None
    return server.url


def _program(name: str, plan: Plan, stack: Stack, shop: Shop, ready: Callable[[], bool]) -> None:
    with step(name):
        log = plan.log(name)
        child = process.start(name, shop.command(name), log=log, environ=shop.environ)
        stack.add(child)
        if not child.wait_ready(ready):
            raise StepFailed(_failure(child))


def _wait_for_end(stack: Stack) -> process.Child:
    """Wait until a child ends by itself."""
    while (child := stack.ended()) is None:
        time.sleep(0.3)
    return child


def _failure(child: process.Child) -> str:
    state = f"ended with code {child.exit_code}" if child.ended() else "does not answer"
    return f"{child.name} {state}; the last lines of {child.log}:\n{child.last_lines()}"


def _summary(
    plan: Plan,
    stack: Stack,
    environ: Mapping[str, str],
    keys: Mapping[str, str],
    order: Mapping[str, Any],
) -> dict[str, Any]:
    return {
        "api": plan.api,
        "mock": plan.mock,
        "checkout": order["checkout"]["url"],
        "console": f"{plan.api}/console",
        "metrics": plan.metrics,
        "service_key": keys["service_key"],
        "admin_key": keys["admin_key"],
        "people": {name: keys[name] for name in PEOPLE},
        "webhook": {
            "notify_url": keys["notify_url"],
            "notify_secret": keys["notify_secret"],
            **_gateway_webhooks(plan, environ),
        },
        "database_url": environ["PE_DATABASE_URL"],
        "mongo_url": environ.get("PE_MONGO_URL"),
        "pids": {child.name: child.pid for child in stack},
        "order": {"payment_id": order["id"], "checkout_token": order["checkout"]["token"]},
    }


def _gateway_webhooks(plan: Plan, environ: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Where each gateway sends its webhooks, and by which credentials if it has any."""
    webhooks: dict[str, dict[str, str]] = {}
    for name, value in environ.items():
        prefix, _, rest = name.lower().partition("__")
        gateway, _, setting = rest.partition("__")
        if prefix == "pe_gateways" and gateway:
            known = webhooks.setdefault(gateway, {"url": f"{plan.api}/v1/{gateway}/webhook"})
            if setting.startswith("webhook_"):
                known[setting.removeprefix("webhook_")] = value
    return webhooks
