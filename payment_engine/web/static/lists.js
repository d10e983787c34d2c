// Lists that an alert or a colleague links to: /console#attempts?state=review&gateway=juspay
const LISTS = {
  health: { rows: "routes", title: "Routes, the last hour", heads: ["Gateway", "Method", "Attempts", "Success", "Yesterday", "Week ago",
    "Undecided", "Reasons", "p95", "Last success", "Breaker", "Weight"],
    cells: ({ route, now, ...one }) => [route.gateway, route.method, now.attempts, percent(now), percent(one.yesterday),
      percent(one.week_ago), now.undecided, one.reasons.map((each) => `${each.decline_code} ${each.attempts}`).join(", ") || "–",
      one.seconds_p95 === null ? "–" : `${one.seconds_p95} s`, one.last_success_at ?? "–", route.breaker,
      route.enabled ? route.weight : `off: ${route.reason ?? "–"}`] },
  attempts: { rows: "attempts", title: "Attempts", heads: ["Attempt", "Order", "Gateway", "Method", "Status", "Amount", "Age", "Note"],
    cells: (one) => [one.id, one.order_id, one.gateway, one.method, one.status, one.amount_display, age(one.age_seconds),
      [one.review, one.conflict, one.gateway_status].filter(Boolean).join(", ") || "–"] },
  quarantine: { rows: "quarantined", title: "Webhooks in quarantine", heads: ["Id", "Gateway", "Cause", "Bytes", "Times", "Last received"],
    cells: (one) => [one.id, one.gateway, one.cause ?? "–", one.size, one.times, one.last_received_at ?? one.received_at] },
  routes: { rows: "routes", title: "Routes", heads: ["Gateway", "Method", "Enabled", "Weight", "Health here", "Breaker", "Set by", "Reason"],
    cells: (one) => [one.gateway, one.method, one.enabled ? "yes" : "no", one.weight, one.health, one.breaker,
      one.changed_by ?? "–", one.reason ?? "–"] },
  actions: { rows: "actions", title: "Actions", heads: ["Id", "At", "Actor", "Action", "Subject", "Reason"],
    cells: (one) => [one.id, one.at, one.actor, one.dry_run ? `${one.action} (tried out)` : one.action, one.subject, one.reason] },
};

// The list that a text names, with the address to read it from and what its rows are filtered by;
// null for any other text.
export function listNamed(text) {
  const [name, query = ""] = text.split("?");
  const list = Object.hasOwn(LISTS, name) ? LISTS[name] : null;
  if (!list) return null;
  const filters = Object.fromEntries(new URLSearchParams(query));
  const here = name === "routes" ? filters : {};
  return { ...list, path: `/v1/admin/${name}${query && name !== "routes" ? `?${query}` : ""}`,
    keeps: (one) => Object.entries(here).every(([field, value]) => String(one[field]) === value) };
}

function percent(hour) {
  return hour.per_thousand === null ? "–" : `${(hour.per_thousand / 10).toFixed(1)} %`;
}

function age(seconds) {
  const [unit, size] = seconds < 120 ? ["s", 1] : seconds < 7200 ? ["min", 60] : seconds < 172800 ? ["h", 3600] : ["days", 86400];
  return `${Math.floor(seconds / size)} ${unit}`;
}
