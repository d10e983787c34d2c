"""A client that openapi-python-client makes of the description alone has an order paid."""

import importlib
import sys
from pathlib import Path
from typing import Any

from tests.clients.conftest import BIN, run
from tests.world import ORDER, World


async def test_a_generated_client_has_an_order_paid(
    world: World, described: Path, tmp_path: Path
) -> None:
    options = ("--meta", "none", "--output-path", tmp_path / "generated_engine")
    output = run(BIN / "openapi-python-client", "generate", "--path", described, *options)
    assert "Warning" not in output, output
    sys.path.insert(0, str(tmp_path))
    try:
        await pay(world)
    finally:
        sys.path.remove(str(tmp_path))


def part(name: str) -> Any:
    return importlib.import_module(f"generated_engine.{name}")


async def pay(world: World) -> None:
    models = part("models")
    async with part("client").AuthenticatedClient(
        base_url=str(world.api.base_url), token=world.keys.service_key
    ) as engine:
        opened = await part("api.init.open_payment").asyncio(
            client=engine, body=models.PaymentIn.from_dict(ORDER), idempotency_key="open"
        )
        assert isinstance(opened, models.OpenedPayment), opened
        started = await part("api.attempts.start_attempt").asyncio(
            opened.id, client=engine, body=models.UpiQrIn(method="upi_qr"), idempotency_key="pay"
        )
        assert isinstance(started.attempt.next_action, models.UpiQrOut)
        await world.customer_decides({"id": started.attempt.id})
        await world.wait_for_status(opened.id, "paid")
        payment = await part("api.payments.read_payment").asyncio(opened.id, client=engine)
        assert payment.status is models.PaymentStatus.PAID
        refused = await part("api.money_operations.capture_payment").asyncio(
            opened.id, client=engine, body=models.CaptureIn(amount=1), idempotency_key="capture"
        )
    assert isinstance(refused, models.Problem)
    assert refused.code == "payment_not_open"
