"""docs/declines.md: its example is the decline that the service returns."""

import json
import re
from pathlib import Path

from tests.examples import differences
from tests.world import World

PAGE = (Path(__file__).parents[2] / "docs" / "declines.md").read_text()
(EXAMPLE,) = (json.loads(text) for text in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL))


async def test_a_decline_is_as_documented(world: World) -> None:
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"], method="upi_qr", client={})
    path = f"/control/orders/{attempt['id'].removeprefix('att_')}/decline"
    await world.mock.post(path, json={"reason": EXAMPLE["code"]})
    await world.wait_for_status(payment["id"], "open")

    decline = (await world.read_payment(payment["id"]))["attempts"][0]["decline"]

    assert differences(EXAMPLE, decline) == []
    assert set(decline) == set(EXAMPLE)
