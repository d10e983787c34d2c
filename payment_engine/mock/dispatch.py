"""Sends the gateways' webhooks on their way, scripted mishaps included."""

from collections.abc import Callable
from dataclasses import replace

from payment_engine.mock.postman import Delivery
from payment_engine.mock.script import Scripted, Stage
from payment_engine.mock.world import World

Write = Callable[[Scripted | None], Delivery]
"""Makes the webhook; changed, unsigned or forged when the behaviour it is given says so."""
_DELAY, _COPIES, _HELD = 1.0, 2, 60.0


def dispatch(world: World, *, gateway: str, event: str, order_id: str, write: Write) -> None:
    """Send what ``write`` makes, as often, as late and as true as is scripted for it."""
    scripted = world.script.take(Stage.WEBHOOK, gateway=gateway, event=event, order_id=order_id)
    behaviour, send = scripted.behaviour if scripted else {}, world.postman.send
    match scripted.kind if scripted else "":
        case "drop_webhook":
            pass
        case "duplicate_webhook":
            delivery = write(None)
            for _ in range(int(behaviour.get("copies", _COPIES))):
                send(delivery.copy())
        case "delay_webhook":
            send(write(None), delay=float(behaviour.get("seconds", _DELAY)))
        case "reorder_webhook":
            world.postman.hold(write(None), float(behaviour.get("seconds", _HELD)))
        case "forge_webhook":
            send(replace(write(scripted), forged=True), then=[write(None)])
        case _:
            send(write(scripted))
