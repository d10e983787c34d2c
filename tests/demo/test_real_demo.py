"""`make run` with the engine's own programs: what the README and the terminal promise is so."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest

from payment_engine import demo
from payment_engine.demo.process import wait_until
from payment_engine.gateways import find_gateways
from tests.demo.demo_process import ROOT, Demo, new_demo

README = Path(ROOT) / "README.md"
ON_CALL = Path(ROOT) / "docs" / "on-call.md"

pytestmark = pytest.mark.timeout(180)


class RealDemo(Demo):
    """The demo as `make run` starts it."""

    command = (sys.executable, "-m", "payment_engine", "demo")
    up = "worker_started"
    patience = 120


@pytest.fixture(scope="module")
def real() -> Iterator[RealDemo]:
    """One demo for all that only reads and pays."""
    made = new_demo(RealDemo)
    made.ready()
    yield made
    output = made.end()
    assert made.exit_code == 0, output
    wait_until(lambda: made.alive() == [], 20)
    assert made.alive() == []
    shutil.rmtree(made.run_dir, ignore_errors=True)


def run_shell(lines: str, folder: Path) -> list[str]:
    """The output lines of a shell script run in ``folder``; every command must succeed."""
    shell = shutil.which("bash")
    assert shell
    done = subprocess.run(  # noqa: S603
        [shell, "-euo", "pipefail"],
        input=lines,
        text=True,
        capture_output=True,
        cwd=folder,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout.splitlines()


def _orders(customer: httpx.Client) -> list[str]:
    return [each["order_id"] for each in customer.get("/orders").json()["orders"]]


def _approve_next(customer: httpx.Client, before: list[str]) -> None:
    """Approve the next charge that waits for its customer, as the tour says to do."""

    def approved() -> bool:
        waiting = [each for each in _orders(customer) if each not in before]
        return any(customer.post(f"/orders/{each}/approve").is_success for each in waiting)

    wait_until(approved, 60, every=0.1)


def clone_of(real: RealDemo, tmp_path: Path) -> Path:
    """A folder like a clone of the repository, whose .run is the demo's."""
    (tmp_path / ".run").symlink_to(real.run_dir)
    return tmp_path


def test_the_lines_of_the_readme_do_what_it_says(real: RealDemo, tmp_path: Path) -> None:
    flow = README.read_text().partition("<!-- flow -->")[2].partition("<!-- /flow -->")[0]
    lines = flow.replace("```sh", "").replace("```", "")
    printed = run_shell(lines, clone_of(real, tmp_path))
    assert printed[0] == "Google Pay"
    assert printed[1].startswith("upi://pay?")
    assert printed[2:4] == ["paid", "₹164.00"]
    assert printed[4].startswith("README-")


def test_the_lines_that_the_demo_prints_work_as_they_are(real: RealDemo, tmp_path: Path) -> None:
    wait_until(lambda: "Ctrl-C stops" in real.output(), 10)
    tour = real.output().partition("# Settings for all")[2].partition("All of this")[0]
    summary = json.loads((real.run_dir / "demo.json").read_text())
    mock = f"{summary['mock']}/control"
    with httpx.Client(trust_env=False, timeout=40, base_url=mock) as customer:
        approving = Thread(target=_approve_next, args=(customer, _orders(customer)))
        approving.start()
        printed = run_shell("# Settings for all" + tour, tmp_path)
        approving.join()
    answers = [json.loads(line) for line in printed if line.startswith("{")]
    assert answers[1]["attempt"]["next_action"]["kind"] == "upi_intent"
    assert answers[3]["refund"]["amount"] == 6620
    assert answers[-1]["attempt"]["next_action"]["kind"] == "redirect"


def test_the_commands_of_the_on_call_page_work(real: RealDemo, tmp_path: Path) -> None:
    summary = json.loads((real.run_dir / "demo.json").read_text())
    blocks = re.findall(r"```sh\n(.*?)```", ON_CALL.read_text(), re.DOTALL)
    lines = "".join(blocks).replace("curl -s ", "curl -s --fail-with-body -w '\\n' ")
    lines = lines.replace("ak_...", summary["admin_key"])
    lines = lines.replace("https://pay.shop.example", summary["api"])
    lines = lines.replace("pay_...", summary["order"]["payment_id"])
    [switch] = re.findall(r'curl [^\n]*\\\n[^\n]*"enabled": false[^\n]*\n', lines)
    lines += switch.replace("false", "true")
    answers = [json.loads(line) for line in run_shell(lines, tmp_path) if line]
    assert len(answers) == lines.count("curl ")
    by_order, _by_amount, timeline, *_ = answers
    off, on = [each for each in answers if each.get("action") == "route.set"][-2:]
    assert [found["order_id"] for found in by_order["payments"]] == ["PO24068"]
    assert timeline["payment"]["order_id"] == "PO24068"
    assert [each["outcome"]["after"]["enabled"] for each in (off, on)] == [False, True]


def test_each_person_of_the_demo_has_the_roles_that_are_printed(real: RealDemo) -> None:
    summary = json.loads((real.run_dir / "demo.json").read_text())
    roles = {}
    for key in summary["people"].values():
        headers = {"Authorization": f"Bearer {key}"}
        me = httpx.get(f"{summary['api']}/v1/admin/me", headers=headers, trust_env=False).json()
        roles[me["actor"]] = me["roles"]
    assert roles["kiran@demo.example"] == ["read"]
    assert {"read", "operate", "refund", "config", "platform"} < {*roles["asha@demo.example"]}


def test_the_addresses_to_open_work(real: RealDemo) -> None:
    summary = json.loads((real.run_dir / "demo.json").read_text())
    for name in ("checkout", "mock", "console"):
        page = httpx.get(summary[name], trust_env=False)
        assert page.status_code == 200, name
        assert "text/html" in page.headers["content-type"]
    key = {"Authorization": f"Bearer {summary['service_key']}"}
    path = f"{summary['api']}/v1/payments/{summary['order']['payment_id']}"
    order = httpx.get(path, headers=key, trust_env=False).json()
    assert (order["order_id"], order["amount"]) == ("PO24068", 116400)


def test_customers_can_approve_automatically_and_a_second_run_finds_its_data() -> None:
    demo = new_demo(RealDemo)
    try:
        first = demo.ready(PE_DEMO_AUTO_APPROVE="1")
        paid = _pay(first)
        demo.end()
        second = demo.ready()
        assert second["service_key"] == first["service_key"]
        key = {"Authorization": f"Bearer {second['service_key']}"}
        found = httpx.get(f"{second['api']}/v1/payments/{paid}", headers=key, trust_env=False)
        assert found.json()["status"] == "paid"
    finally:
        demo.end()
        shutil.rmtree(demo.run_dir, ignore_errors=True)


def test_a_broken_setting_is_named_with_its_fault() -> None:
    demo = new_demo(RealDemo)
    code, output = demo.outcome(PE_DATABASE_POOL="many", PE_API_PROT="1")
    shutil.rmtree(demo.run_dir, ignore_errors=True)
    assert code == 1
    assert "PE_DATABASE_POOL: Input should be a valid integer" in output
    assert "PE_API_PROT: no such setting" in output
    assert "Traceback" not in output


def _pay(summary: dict[str, object]) -> str:
    key = {"Authorization": f"Bearer {summary['service_key']}"}
    order = summary["order"]
    assert isinstance(order, dict)
    path = f"{summary['api']}/v1/payments/{order['payment_id']}"
    with httpx.Client(trust_env=False, timeout=40, headers=key) as client:
        request = {"method": "upi_qr"}
        answer = client.post(f"{path}/attempts", json=request, headers={"Idempotency-Key": "k1"})
        version = answer.json()["payment"]["version"]
        paid = client.get(f"{path}?wait=25", headers={"If-None-Match": f'"{version}"'})
    assert paid.json()["status"] == "paid"
    return str(order["payment_id"])


def test_both_wallets_of_the_demo_can_be_linked(real: RealDemo) -> None:
    summary = json.loads((real.run_dir / "demo.json").read_text())
    token = {"Authorization": f"Bearer {summary['order']['checkout_token']}"}
    with httpx.Client(trust_env=False, timeout=40, base_url=summary["api"]) as client:
        client.headers.update(token)
        sent = client.post("/v1/paytm/wallet/otp", json={"phone": "7777777777"})
        paytm = client.post("/v1/paytm/wallet/link", json={"otp": "489871"})
        begun = client.post("/v1/amazonpay/wallet/link", json={})
        page = client.get(begun.json()["next"]["url"])
    assert (sent.status_code, paytm.json()["state"]) == (202, "linked")
    assert (begun.status_code, page.status_code) == (202, 200)


def test_the_webhooks_of_every_gateway_of_the_demo_are_accepted(real: RealDemo) -> None:
    summary = json.loads((real.run_dir / "demo.json").read_text())
    gateways = sorted(find_gateways())
    with httpx.Client(trust_env=False, timeout=40, base_url=summary["api"]) as client:
        for gateway in gateways:
            _pay_through(client, gateway, summary)
        wait_until(lambda: _accepted(client) >= {*gateways}, 40)
        refused = re.findall(
            r'notices_total{gateway="(\w+)",outcome="rejected"} [1-9]', client.get("/metrics").text
        )
    assert refused == []


def _accepted(client: httpx.Client) -> set[str]:
    """The gateways of which a webhook was stored."""
    stored = r'notices_total{gateway="(\w+)",outcome="stored"} [1-9]'
    return {*re.findall(stored, client.get("/metrics").text)}


def _pay_through(client: httpx.Client, gateway: str, summary: dict[str, Any]) -> None:
    """Pay a small order in the way that leads to this gateway alone."""
    order = json.loads((Path(demo.__file__).parent / "order.json").read_text())
    order |= {"order_id": f"WH-{gateway}", "amount": 50000, "breakdown": []}
    shop = {
        "Authorization": f"Bearer {summary['service_key']}",
        "Idempotency-Key": f"open-{gateway}",
    }
    payment = client.post("/v1/payments", json=order, headers=shop).json()
    customer = {"Authorization": f"Bearer {payment['checkout']['token']}"}
    body = {"method": "wallet", "wallet": "mobikwik"}
    if gateway != "juspay":
        wallet = _LINKED[gateway](client, customer)
        body = {"method": "wallet", "wallet": gateway, "instrument_id": wallet}
    path = f"/v1/payments/{payment['id']}/attempts"
    started = client.post(path, json=body, headers={**customer, "Idempotency-Key": f"p-{gateway}"})
    assert (started.status_code, started.json()["attempt"]["gateway"]) == (201, gateway)
    ref = started.json()["attempt"]["id"].removeprefix("att_")
    if started.json()["attempt"]["status"] == "pending":
        client.post(f"{summary['mock']}/control/orders/{ref}/approve", json={})


def _paytm_wallet(client: httpx.Client, customer: dict[str, str]) -> str:
    phone = {"phone": "7777777777"}
    assert client.post("/v1/paytm/wallet/otp", json=phone, headers=customer).status_code == 202
    linked = client.post("/v1/paytm/wallet/link", json={"otp": "489871"}, headers=customer)
    return str(linked.json()["id"])


def _amazon_wallet(client: httpx.Client, customer: dict[str, str]) -> str:
    begun = client.post("/v1/amazonpay/wallet/link", json={}, headers=customer)
    page = client.get(begun.json()["next"]["url"], follow_redirects=True)
    agreed = client.post(str(page.url), data={"action": "allow"})
    code = agreed.headers["location"].partition("code=")[2].partition("&")[0]
    linked = client.post("/v1/amazonpay/wallet/link", json={"code": code}, headers=customer)
    return str(linked.json()["id"])


_LINKED = {"paytm": _paytm_wallet, "amazonpay": _amazon_wallet}
