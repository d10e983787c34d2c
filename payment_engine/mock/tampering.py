"""Scripted tampering: an answer or webhook that states something other than what happened."""

from typing import Any

from payment_engine.mock.script import Scripted


def tampered(content: Any, scripted: Scripted) -> Any:
    """A copy of ``content`` changed as scripted; unchanged for behaviours that change nothing.

    ``status`` puts another ``status`` (and ``status_id``), ``wrong_amount`` replaces ``amount`` by
    the one given (rupees) or one rupee more, ``strings`` turns numbers and booleans into strings,
    ``forge_webhook`` takes over whichever of ``status``, ``status_id`` and ``amount`` is given.
    """
    behaviour = scripted.behaviour
    match scripted.kind:
        case "status" if isinstance(content, dict):
            number = behaviour.get("status_id", content.get("status_id"))
            return content | {"status": behaviour.get("status", "MYSTERY"), "status_id": number}
        case "wrong_amount" if isinstance(content, dict):
            return content | {"amount": behaviour.get("amount", content.get("amount", 0) + 1)}
        case "forge_webhook" if isinstance(content, dict):
            forged = ("status", "status_id", "amount")
            return content | {name: behaviour[name] for name in forged if name in behaviour}
        case "strings":
            return _strings(content)
        case _:
            return content


def _strings(content: Any) -> Any:
    if isinstance(content, dict):
        return {name: _strings(value) for name, value in content.items()}
    if isinstance(content, list):
        return [_strings(value) for value in content]
    if isinstance(content, bool):
        return str(content).lower()
    return str(content) if isinstance(content, int | float) else content
