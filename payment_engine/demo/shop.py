"""The demo's order service: its merchant keys, and the one order it places."""

import json
import sys
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from payment_engine.demo import process
from payment_engine.demo.call import call
from payment_engine.demo.files import write_private
from payment_engine.demo.plan import Plan

Command = Callable[..., Sequence[str]]
"""From a command of ours and its arguments to what the system runs."""


class StepFailed(Exception):
    """A step of starting up did not work; the message is for the person who waits."""


def engine_command(*words: str) -> Sequence[str]:
    """How one of our own commands is run."""
    return [sys.executable, "-m", "payment_engine", *words]


@dataclass
class Shop:
    """An order service that knows this engine."""

    plan: Plan
    environ: dict[str, str]
    command: Command = engine_command

    @property
    def notify_url(self) -> str:
        """Where it hears of outcomes."""
        return f"{self.plan.mock}/shop/notifications"

    def run(self, *words: str) -> str:
        """What one of the engine's commands says. Raises StepFailed with its last lines."""
        code, said = process.run(self.command(*words), environ=self.environ)
        if code:
            last = "\n".join(said.splitlines()[-12:])
            raise StepFailed(f"{words[0]} ended with code {code}:\n{last}")
        return said

    def gateway_settings(self) -> dict[str, str]:
        """The environment of a service with the mock's accounts, wherever the user names none."""
        lines = self.run("mock", "--environment").splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)

    def keys(self) -> dict[str, str]:
        """Its merchant's keys: made on the first run, kept in the run folder for the next.

        Another database or another address of the shop makes new ones.
        """
        path = self.plan.run_dir / "keys.json"
        keys: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
        made_for = {
            "notify_url": self.notify_url,
            "database_url": self.environ["PE_DATABASE_URL"],
        }
        if made_for.items() <= keys.items():
            return keys
        said = self.run("merchant", "Demo Pharmacy", "--notify-url", self.notify_url)
        keys = _keys_in(said) | made_for
        write_private(path, keys)
        return keys

    def place_order(self, service_key: str) -> dict[str, Any]:
        """Init the deck's order, or a sibling of it when it has been dealt with before."""
        order = deck_order() | {"return_url": f"{self.plan.mock}/shop/return"}
        status, answer = self._init(order, service_key)
        if status == 409:
            order["order_id"] = f"{order['order_id']}-{int(time.time())}"
            status, answer = self._init(order, service_key)
        if status not in (200, 201):
            raise StepFailed(f"POST /v1/payments answered {status}: {json.dumps(answer)}")
        return answer

    def _init(self, order: dict[str, Any], service_key: str) -> tuple[int, dict[str, Any]]:
        headers = {"Authorization": f"Bearer {service_key}", "Idempotency-Key": str(uuid.uuid4())}
        return call("POST", f"{self.plan.api}/v1/payments", order, headers)


def deck_order() -> dict[str, Any]:
    """The order of the design deck: item total 1230.20, discount 66.20, to pay 1164.00."""
    order: dict[str, Any] = json.loads((files(__package__) / "order.json").read_text())
    return order


def _keys_in(said: str) -> dict[str, str]:
    for line in reversed(said.splitlines()):
        if line.startswith("{") and '"service_key"' in line:
            keys: dict[str, str] = json.loads(line)
            return keys
    raise StepFailed("merchant printed no keys")
