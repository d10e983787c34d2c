"""Sends a gateway's webhooks, with the faults that are scripted for them."""

from collections.abc import Callable
from dataclasses import replace

from payment_engine.mock.script import Scripted, Stage
from payment_engine.mock.webhook_sender import Delivery
from payment_engine.mock.world import World

Write = Callable[[Scripted | None], Delivery]
"""Makes the webhook; tampered with, unsigned or forged if the script says so."""
_DELAY = 1.0
_COPIES = 2
_LONGEST_POSTPONED = 60.0


def dispatch(world: World, *, gateway: str, event: str, order_id: str, write: Write) -> None:
    """Send what ``write`` makes, as the script for it says."""
    scripted = world.script.take(Stage.WEBHOOK, gateway=gateway, event=event, order_id=order_id)
    behaviour = scripted.behaviour if scripted else {}
    sender = world.webhook_sender
    match scripted.kind if scripted else "":
        case "drop_webhook":
            pass
        case "duplicate_webhook":
            delivery = write(None)
            for _ in range(int(behaviour.get("copies", _COPIES))):
                sender.send(delivery.copy())
        case "delay_webhook":
            sender.send(write(None), delay=float(behaviour.get("seconds", _DELAY)))
        case "reorder_webhook":
            sender.postpone(write(None), float(behaviour.get("seconds", _LONGEST_POSTPONED)))
        case "forge_webhook":
            sender.send(replace(write(scripted), forged=True), then=[write(None)])
        case _:
            sender.send(write(scripted))
