"""The service as `make run` starts it, with customers who pay all the time."""

import os
import shutil
import signal
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from payment_engine.demo.shop import example_order
from tests.demo.demo_process import Demo, new_demo

BY_UPI = {"method": "upi_intent", "client": {"platform": "android"}}


class RealDemo(Demo):
    """The demo as `make run` starts it."""

    command = (sys.executable, "-m", "payment_engine", "demo")
    up = "worker_started"
    patience = 120


@dataclass
class Service:
    """What a drill acts on: customers, the mock's faults, and the actions of a person on call."""

    demo: Demo
    summary: dict[str, Any]
    actions: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """One client for each side; none waits for long."""
        self.api = httpx.Client(base_url=self.summary["api"], trust_env=False, timeout=20)
        self.mock = httpx.Client(base_url=self.summary["mock"], trust_env=False, timeout=20)

    @property
    def environ(self) -> dict[str, str]:
        """The environment of the API, in which the accounts at the mock are named."""
        raw = Path(f"/proc/{self.summary['pids']['api']}/environ").read_text().split("\0")
        return dict(each.split("=", 1) for each in raw if "=" in each)

    def stop_backends(self) -> None:
        """Let the database's sessions answer no more."""
        self._signal_backends(signal.SIGSTOP)

    def resume_backends(self) -> None:
        """Let them go on."""
        self._signal_backends(signal.SIGCONT)

    def _signal_backends(self, number: signal.Signals) -> None:
        server = self.summary["pids"]["postgres"]
        children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
        for pid in children:
            os.kill(int(pid), number)

    def close(self) -> None:
        """Close the connections."""
        self.api.close()
        self.mock.close()

    def pay(self, **attempt: Any) -> httpx.Response:
        """One customer starts to pay one order; the answer to the attempt."""
        number = f"DRILL-{uuid.uuid4().hex[:12]}"
        own = {"order_id": number, "return_url": "https://shop.example/done"}
        example = example_order()
        order = example | own | {"customer": {**example["customer"], "ref": number}}
        payment = self._post("/v1/payments", order).json()
        return self._post(f"/v1/payments/{payment['id']}/attempts", BY_UPI | attempt)

    def _post(self, path: str, body: Any) -> httpx.Response:
        key = {"idempotency-key": uuid.uuid4().hex}
        token = {"authorization": f"Bearer {self.summary['service_key']}"}
        return self.api.post(path, json=body, headers=key | token)

    def fault(self, kind: str, match: dict[str, str] | None = None, **more: Any) -> None:
        """Let the mock misbehave until its scripts are dropped."""
        probability = more.pop("probability", 1)
        script = {
            "match": match or {},
            "times": "always",
            "probability": probability,
            "behaviour": {"kind": kind, **more},
        }
        self.control("/scripts", script)

    def control(self, path: str, body: Any, method: str = "POST") -> Any:
        """Call the mock's control API."""
        answer = self.mock.request(method, f"/control{path}", json=body)
        answer.raise_for_status()
        return answer.json()

    def heal(self) -> None:
        """The gateway mended its fault, which no action of ours can do."""
        self.mock.delete("/control/scripts").raise_for_status()

    def look(self, path: str) -> Any:
        """What a person on call reads."""
        answer = self.api.get(f"/v1/admin{path}", headers=self._admin)
        answer.raise_for_status()
        return answer.json()

    def act(self, path: str, method: str = "POST", **body: Any) -> Any:
        """An action of a person on call, with its reason."""
        self.actions.append(f"{method} /v1/admin{path}")
        request = {"reason": "drill", **body}
        answer = self.api.request(method, f"/v1/admin{path}", json=request, headers=self._admin)
        answer.raise_for_status()
        return answer.json()

    @property
    def _admin(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.summary['admin_key']}"}


@contextmanager
def service(**settings: str) -> Iterator[Service]:
    """A service of one's own, stopped and removed at the end."""
    demo = new_demo(RealDemo)
    made = Service(demo, demo.ready(PE_DEMO_AUTO_APPROVE="true", **settings))
    try:
        yield made
    finally:
        made.close()
        demo.end()
        shutil.rmtree(demo.run_dir, ignore_errors=True)


@contextmanager
def customers(service: Service, pause: float, **attempt: Any) -> Iterator[None]:
    """Customers who pay one after the other, ``pause`` seconds apart, while the body runs."""
    stop = threading.Event()

    def work() -> None:
        while not stop.wait(pause):
            try:
                service.pay(**attempt)
            except (httpx.TransportError, KeyError):
                time.sleep(1)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(30)
