"""The person on call: every call of theirs is counted, and must be one that the runbook names."""

import re
from dataclasses import dataclass, field
from typing import Any

from tests.incidents.alerts import Alert
from tests.people import key_of
from tests.world import World

MOST_ACTIONS = 5
PERSON = "asha@pharmacy.example"
ROLES = ("read", "operate", "refund", "config", "platform")
REASON = "incident 4711"
_NAMES = {
    "pay": "$PAYMENT",
    "att": "$ATTEMPT",
    "rfd": "$REFUND",
    "msg": "$MESSAGE",
    "whk": "$WEBHOOK",
}


@dataclass
class OnCall:
    """Somebody who was woken by ``alert`` and has nothing but the console and its API."""

    world: World
    key: str
    alert: Alert
    actions: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    """The audit records of what was really done."""

    async def worklist(self) -> list[dict[str, Any]]:
        """Open the alert's link; the rows that it shows."""
        path = self.alert.worklist
        found = await self._call("GET", path.partition("?")[0] if "routes?" in path else path)
        rows = next(value for value in found.values() if isinstance(value, list))
        return list(rows)

    async def reads(self, path: str) -> dict[str, Any]:
        """Read another list or document that the runbook names."""
        return await self._call("GET", f"/v1/admin/{self._named(path)}")

    async def verdict(self, payment_id: str) -> dict[str, Any]:
        """Open a payment, as a click on a row does; what its timeline says first."""
        found = await self._call("GET", f"/v1/admin/payments/{payment_id}/timeline")
        return dict(found["verdict"])

    async def tries(self, path: str, verb: str = "POST", **body: Any) -> dict[str, Any]:
        """Let the service say what an action would do."""
        answer = await self._act(path, verb, {**body, "dry_run": True})
        assert answer["dry_run"]
        return dict(answer["outcome"])

    async def acts(self, path: str, verb: str = "POST", **body: Any) -> dict[str, Any]:
        """Carry the same action out."""
        answer = await self._act(path, verb, body)
        self.done.append(answer["id"])
        return dict(answer["outcome"])

    async def _act(self, path: str, verb: str, body: dict[str, Any]) -> dict[str, Any]:
        path = f"/v1/admin/{self._named(path)}"
        return await self._call(verb, path, {"reason": REASON, **body})

    def _named(self, path: str) -> str:
        """The path, if the alert's section of the runbook names such a one."""
        parts = path.partition("?")[0].split("/")
        variables = [_NAMES.get(part.partition("_")[0], part) for part in parts]
        patterns = [_pattern(each) for each in self.alert.paths]
        assert any(re.fullmatch(each, "/".join(variables)) for each in patterns), (
            f"the runbook of {self.alert.name} does not name {path}"
        )
        return path

    async def _call(self, verb: str, path: str, body: Any = None) -> dict[str, Any]:
        self.actions.append(f"{verb} {path}")
        headers = self.world.headers(self.key)
        answer = await self.world.api.request(verb, path, json=body, headers=headers)
        assert answer.is_success, answer.text
        return dict(answer.json())


def _pattern(path: str) -> str:
    """What a path of the runbook stands for: a gateway, method, bank or job may be any."""
    free = re.sub(r"\$(GATEWAY|METHOD|JOB|BANK|CUSTOMER)", "@", path)
    return re.escape(free).replace("@", r"[\w.-]+")


async def woken(world: World, alert: Alert) -> OnCall:
    """A person on call with a key of their own, whom an alert wakes."""
    return OnCall(world, await key_of(world, PERSON, *ROLES), alert)


async def recorded(person: OnCall) -> None:
    """At most five actions, each that changed something in the audit with who did it and why."""
    assert 1 <= len(person.actions) <= MOST_ACTIONS, person.actions
    path = f"/v1/admin/actions?actor={PERSON}"
    records = (await person.world.get(path, person.world.keys.admin_key)).json()
    by_id = {each["id"]: each for each in records["items"]}
    assert person.done, "nothing was done"
    for each in person.done:
        assert (by_id[each]["dry_run"], by_id[each]["reason"]) == (False, REASON)
