"""The demo's order service: its merchant keys and its one order."""

import json
import sys
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from payment_engine.demo import process
from payment_engine.demo.files import write_private
from payment_engine.demo.http import request_json
from payment_engine.demo.plan import Plan

Command = Callable[..., Sequence[str]]
"""From one of the engine's commands and its arguments to the command line that runs it."""

PEOPLE = {
    "asha_key": (
        "asha@demo.example",
        "read,operate,refund,approve,config,unmask,keys,platform",
    ),
    "kiran_key": ("kiran@demo.example", "read"),
}
"""Who is on call in the demo: one may do everything, one only read. Two people end a review."""


class StepFailed(Exception):
    """A step of the start failed; the message is shown to the user."""


def engine_command(*args: str) -> Sequence[str]:
    """The command line of one of the engine's own commands."""
    return [sys.executable, "-m", "payment_engine", *args]


@dataclass
class Shop:
    """An order service that uses this engine."""

    plan: Plan
    environ: dict[str, str]
    command: Command = engine_command

    @property
    def notify_url(self) -> str:
        """Where it receives notifications."""
        return f"{self.plan.mock}/shop/notifications"

    def run(self, *args: str) -> str:
        """The output of one of the engine's commands. Raises StepFailed with its last lines."""
        code, output = process.run(self.command(*args), environ=self.environ)
        if code:
            last = "\n".join(output.splitlines()[-12:])
            raise StepFailed(f"{args[0]} ended with code {code}:\n{last}")
        return output

    def gateway_settings(self) -> dict[str, str]:
        """The environment of a service with the mock's accounts, wherever the user names none."""
        lines = self.run("mock", "--environment").splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)

    def keys(self) -> dict[str, str]:
        """Its merchant's keys, made on the first run and stored in the run folder.

        They are made anew for another database or another address of the shop.
        """
        path = self.plan.run_dir / "keys.json"
        keys: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
        valid_for = {
            "notify_url": self.notify_url,
            "embed_origin": self.plan.mock,
            "database_url": self.environ["PE_DATABASE_URL"],
        }
        if valid_for.items() <= keys.items() and PEOPLE.keys() <= keys.keys():
            return keys
        addresses = ("--notify-url", self.notify_url, "--embed-origin", self.plan.mock)
        output = self.run("merchant", "Demo Pharmacy", "--platform", *addresses, *_brand())
        keys = _keys_in(output, "service_key") | self._people() | valid_for
        write_private(path, keys)
        return keys

    def _people(self) -> dict[str, str]:
        """A key for each person of the demo, by whom it is for."""
        keys = {}
        for name, (person, roles) in PEOPLE.items():
            given = ("--person", person, "--roles", roles, "--days", "3650")
            output = self.run("keys", "issue", "Demo Pharmacy", *given)
            keys[name] = _keys_in(output, "key")["key"]
        return keys

    def init_order(self, service_key: str) -> dict[str, Any]:
        """Init a payment for the example order, or for a copy if that order is paid or closed."""
        order = example_order() | {"return_url": f"{self.plan.mock}/shop/return"}
        status, response = self._init(order, service_key)
        if status == 409:
            order["order_id"] = f"{order['order_id']}-{int(time.time())}"
            status, response = self._init(order, service_key)
        if status not in (200, 201):
            raise StepFailed(f"POST /v1/payments answered {status}: {json.dumps(response)}")
        return response

    def _init(self, order: dict[str, Any], service_key: str) -> tuple[int, dict[str, Any]]:
        headers = {"Authorization": f"Bearer {service_key}", "Idempotency-Key": str(uuid.uuid4())}
        return request_json("POST", f"{self.plan.api}/v1/payments", order, headers)


def example_order() -> dict[str, Any]:
    """The example order: items for 1230.20 rupees, a discount of 66.20, to pay 1164.00."""
    order: dict[str, Any] = json.loads((files(__package__) / "order.json").read_text())
    return order


def _brand() -> tuple[str, ...]:
    logo = files(__package__) / "logo.svg"
    return ("--logo", str(logo), "--colour", "#0a6c5d", "--support-phone", "1800 123 4567")


def _keys_in(output: str, member: str) -> dict[str, str]:
    for line in reversed(output.splitlines()):
        if line.startswith("{") and f'"{member}"' in line:
            keys: dict[str, str] = json.loads(line)
            return keys
    raise StepFailed("a command printed no keys")
