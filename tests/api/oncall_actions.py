"""People on call, as tests speak for them: every action with a thing that it can be done to."""

from dataclasses import dataclass
from typing import Any

import httpx

from tests.api.bodies import WRONG, Bad, Route
from tests.webhooks import deliver_webhook
from tests.world import World

WHY = {"reason": "the bank called", "dry_run": False}
ACT = {"/reason": "reason!", "/dry_run": "flag"}
WRONG["flag"] = [5, 0, 1, "true", "sent value", [], {}]
WRONG["reason"] = [*WRONG["text"], "ab"]
WRONG["gateway"] = [5, True, [], {}, "", "sent value", "Juspay", "g" * 33]
WRONG["method"] = [5, True, [], {}, "", "sent value"]
WRONG["cursor"] = [5, True, [], {}, "", "sent value", "att_1", "att_" + "u" * 20]
WRONG["limit"] = [5.5, True, "5", [], {}, 0, -1, 51, 10**30]
WRONG["age"] = [5.5, True, "5", [], {}, -1, 10**30]
WRONG["weight"] = [5.5, True, "5", [], {}, -1, 1001, 10**30]
WRONG["while"] = [5.5, True, "60", [], {}, 0, 59, 7 * 86_400 + 1]
WRONG["flag down"] = [*WRONG["flag"], None]
WRONG["pause"] = [5.5, True, "60", [], {}, -1, 6 * 3600 + 1, None]
WRONG["most"] = [5.5, True, "5", [], {}, -1]


@dataclass(frozen=True)
class OncallAction:
    """One action: its verb, the role it takes, and its body and fields."""

    verb: str
    role: str
    route: Route

    def bad(self) -> list[Bad]:
        """Its body wrong in every way, but for what null may mean."""
        return list(self.route.bad())

    async def perform(
        self, world: World, ids: dict[str, str], body: Any = None, token: str | None = None
    ) -> httpx.Response:
        """Do it as a person on call."""
        return await world.api.request(
            self.verb,
            self.route.path.format(**ids),
            json=self.route.body if body is None else body,
            headers={"authorization": f"Bearer {token or world.keys.admin_key}"},
        )


WRONG["colour"] = [5, True, [], {}, "", "red", "#fff", "#0A6C5D", "#0a6c5d "]
WRONG["origins"] = [5, True, {}, "", "https://a.example", [5], ["*"], ["http://a.example"]]
WRONG["logo"] = [
    5,
    True,
    [],
    {},
    "",
    "sent value",
    "data:text/html;base64,AAAA",
    "data:image/png;base64,A B",
]
WRONG["person"] = [5, True, [], {}, "", "x" * 65, "a\u0000b"]
WRONG["roles"] = [5, True, "read", {}, [], ["root"], [5], ["service"]]
WRONG["days"] = [5.5, True, "5", [], {}, 0, 401]
WRONG["support phone"] = [5, True, [], {}, "", "sent value", "1", "1" * 30]

_SCOPE = {
    "/gateway": "gateway?",
    "/method": "method?",
    "/after": "cursor?",
    "/limit": "limit",
    "/older_than": "age",
    "/state": "method",
}
_BULK = {"since": "2026-01-01T00:00:00Z", "until": "2036-01-01T00:00:00Z", "older_than": 0}
_TIMES = {"/since": "moment?", "/until": "moment?", "/older_than": "age"}
WRONG["moment"] = [5, True, [], {}, "", "sent value", "2026-01-01", "2026-13-01T00:00:00Z"]


def _bulk(path: str, role: str, **filters: str) -> "OncallAction":
    """An action on all rows of a list."""
    optional = {f"/{name}": "method?" for name in filters if name != "state"}
    fields = {**ACT, **_TIMES, **optional}
    if "state" in filters:
        fields["/state"] = "method!"
    return OncallAction("POST", role, Route(path, {**WHY, **_BULK, **filters}, fields))


_LIMITS = {"per_payment": 100, "per_day": 200, "attempts_per_day": 3}

BANNER = (
    {**WHY, "en": "UPI is slow.", "hi": "UPI धीमा है।", "expires_in": 3600},
    {**ACT, "/en": "text?", "/hi": "text?", "/expires_in": "while?"},
)
"""The body of either banner, and its fields."""

ACTIONS: dict[str, OncallAction] = {
    "sync": OncallAction("POST", "operate", Route("/v1/admin/attempts/{att}/sync", WHY, ACT)),
    "sync batch": OncallAction(
        "POST",
        "operate",
        Route(
            "/v1/admin/attempts/sync",
            {**WHY, "gateway": "juspay", "limit": 5, "older_than": 0, "state": "unsettled"},
            {**ACT, **_SCOPE},
        ),
    ),
    "sync all": _bulk(
        "/v1/admin/attempts/sync-all", "operate", state="unsettled", gateway="juspay", method="card"
    ),
    "retry all": _bulk(
        "/v1/admin/refunds/retry-all", "refund", state="unsettled", gateway="juspay", method="card"
    ),
    "redeliver all": _bulk("/v1/admin/messages/redeliver-all", "operate", state="dead"),
    "reverify all": _bulk(
        "/v1/admin/quarantine/reverify-all", "operate", gateway="juspay", cause="unreadable"
    ),
    "stop bulk": OncallAction(
        "POST", "operate", Route("/v1/admin/bulk-actions/{blk}/stop", WHY, ACT)
    ),
    "resume job": OncallAction("POST", "operate", Route("/v1/admin/jobs/{job}/resume", WHY, ACT)),
    "set provider": OncallAction(
        "PUT",
        "config",
        Route(
            "/v1/admin/providers/netbanking/HDFC",
            {**WHY, "down": True},
            {**ACT, "/down": "flag down!"},
        ),
    ),
    "pause jobs": OncallAction(
        "PUT",
        "config",
        Route(
            "/v1/admin/job-kinds/refund",
            {**WHY, "paused_for": 600},
            {**ACT, "/paused_for": "pause!"},
        ),
    ),
    "drop job": OncallAction("POST", "operate", Route("/v1/admin/jobs/{job}/drop", WHY, ACT)),
    "replay notice": OncallAction(
        "POST", "operate", Route("/v1/admin/notices/{whk}/replay", WHY, ACT)
    ),
    "reverify": OncallAction(
        "POST",
        "operate",
        Route(
            "/v1/admin/quarantine/reverify",
            {**WHY, "gateway": "juspay", "limit": 5},
            {**ACT, "/gateway": "gateway?", "/limit": "limit"},
        ),
    ),
    "replay delivery": OncallAction(
        "POST", "operate", Route("/v1/admin/deliveries/{msg}/replay", WHY, ACT)
    ),
    "retry refund": OncallAction(
        "POST", "refund", Route("/v1/admin/refunds/{rfd}/retry", WHY, ACT)
    ),
    "approve refund": OncallAction(
        "POST", "approve", Route("/v1/admin/refunds/{waiting}/approve", WHY, ACT)
    ),
    "reject refund": OncallAction(
        "POST", "approve", Route("/v1/admin/refunds/{waiting}/reject", WHY, ACT)
    ),
    "resolve attempt": OncallAction(
        "POST", "operate", Route("/v1/admin/attempts/{att}/resolve", WHY, ACT)
    ),
    "resolve refund": OncallAction(
        "POST", "operate", Route("/v1/admin/refunds/{rfd}/resolve", WHY, ACT)
    ),
    "set route": OncallAction(
        "PUT",
        "config",
        Route(
            "/v1/admin/routes/juspay/card",
            {**WHY, "enabled": False, "weight": 10, "expires_in": 3600},
            {**ACT, "/enabled": "flag?", "/weight": "weight?", "/expires_in": "while?"},
        ),
    ),
    "set provider weight": OncallAction(
        "PUT",
        "config",
        Route(
            "/v1/admin/routes/juspay/netbanking/HDFC",
            {**WHY, "weight": 10, "expires_in": 3600},
            {**ACT, "/weight": "weight?", "/expires_in": "while?"},
        ),
    ),
    "set own banner": OncallAction(
        "PUT",
        "config",
        Route("/v1/admin/banners/own", *BANNER),
    ),
    "set banner for everyone": OncallAction(
        "PUT",
        "config",
        Route("/v1/admin/banners/everyone", *BANNER),
    ),
    "set brand": OncallAction(
        "PUT",
        "config",
        Route(
            "/v1/admin/brand",
            {
                **WHY,
                "colour": "#0a6c5d",
                "embed_origins": ["https://pharmacy.example"],
                "logo": "data:image/png;base64,iVBORw0KGgo=",
                "support_email": "help@pharmacy.example",
                "support_phone": "1800 123 4567",
                "support_url": "https://pharmacy.example/help",
            },
            {
                **ACT,
                "/colour": "colour?",
                "/embed_origins": "origins?",
                "/logo": "logo?",
                "/support_email": "email?",
                "/support_phone": "support phone?",
                "/support_url": "address?",
            },
        ),
    ),
    "create key": OncallAction(
        "POST",
        "keys",
        Route(
            "/v1/admin/keys",
            {**WHY, "person": "asha@pharmacy.example", "roles": ["read"], "days": 30},
            {**ACT, "/person": "person!", "/roles": "roles!", "/days": "days"},
        ),
    ),
    "revoke key": OncallAction("POST", "keys", Route("/v1/admin/keys/{key}/revoke", WHY, ACT)),
    "limit customer": OncallAction(
        "PUT",
        "config",
        Route(
            "/v1/admin/customers/cust-1/limits",
            {**WHY, "limits": _LIMITS},
            {
                **ACT,
                "/limits": "object!",
                **{f"/limits/{name}": "most?" for name in _LIMITS},
            },
        ),
    ),
}


async def refund_that_waits(
    world: World, payment_id: str, amount: int = 100, token: str | None = None
) -> dict[str, Any]:
    """A refund above the limit, which is lifted again for all others."""
    world.engine.settings.refund_approval_above = amount - 1
    body = {"amount": amount, "reason": "returned"}
    answer = await world.post(f"/v1/payments/{payment_id}/refunds", body, token)
    world.engine.settings.refund_approval_above = None
    assert answer.json()["refund"]["status"] == "needs_approval", answer.text
    return dict(answer.json()["refund"])


async def subjects(world: World, **order: Any) -> dict[str, str]:
    """One of each thing that an action can be done to, all of one payment; what can be under
    review is. ``order`` changes the payment."""
    paid = await world.paid_payment(**order)
    path = f"/v1/payments/{paid['id']}/refunds"
    refund = (await world.post(path, {"amount": 100, "reason": "test"})).json()["refund"]
    await world.wait_for_refunded(paid["id"], 100)
    waiting = await refund_that_waits(world, paid["id"])
    ref, attempt = refund["id"].removeprefix("rfd_"), paid["attempts"][0]
    wrong = {"unique_request_id": ref, "status": "SUCCESS", "amount": 2}
    await deliver_webhook(world, attempt, refunds=[wrong])
    await deliver_webhook(world, attempt, amount=2)
    await world.engine.critical.drain(30)
    notice = await world.sql("SELECT id FROM inbox_notice LIMIT 1")
    key = await world.sql("SELECT id FROM api_key WHERE roles = 'service'")
    message = await world.sql("SELECT id FROM outbox_message ORDER BY sequence LIMIT 1")
    job = await world.sql(
        "INSERT INTO job (id, kind, subject, run_at, attempts, held_at, created_at) "
        "VALUES (700700700700, 'save_card', $1, now(), 20, now(), now()) RETURNING id",
        paid["attempts"][0]["id"],
    )
    bulk = await world.sql(
        "INSERT INTO bulk_action (id, merchant_id, actor, action, reason, query, state, total, "
        "created_at) VALUES ('blk_' || repeat('0', 20), $1, 'asha', 'attempts.sync', 'test', '{}', "
        "'running', 1, now()) RETURNING id",
        world.keys.merchant_id,
    )
    return {
        "pay": paid["id"],
        "job": str(job[0]["id"]),
        "blk": bulk[0]["id"],
        "att": paid["attempts"][0]["id"],
        "rfd": refund["id"],
        "waiting": waiting["id"],
        "whk": notice[0]["id"],
        "msg": message[0]["id"],
        "key": key[0]["id"],
    }
