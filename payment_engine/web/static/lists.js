// Lists that an alert or a colleague links to: /console#attempts?state=review&gateway=juspay
const LISTS = {
  health: { rows: "routes", title: "Routes, the last hour", heads: ["Gateway", "Method", "Attempts", "Success", "Yesterday", "Week ago",
    "Undecided", "Reasons", "p95", "Last success", "Breaker", "Weight"],
    cells: ({ route, now, ...one }) => [route.gateway, route.method, now.attempts, percent(now), percent(one.yesterday),
      percent(one.week_ago), now.undecided, one.reasons.map((each) => `${each.decline_code} ${each.attempts}`).join(", ") || "–",
      one.seconds_p95 === null ? "–" : `${one.seconds_p95} s`, one.last_success_at ?? "–", route.breaker,
      route.enabled ? route.weight : `off: ${route.reason ?? "–"}`] },
  attempts: { rows: "items", title: "Attempts", heads: ["Attempt", "Order", "Gateway", "Method", "Status", "Amount", "Reported",
    "Age", "Next check", "Note"], cells: attemptCells },
  conflicts: { rows: "items", title: "Conflicts", heads: ["Attempt", "Order", "Gateway", "Method", "Status", "Amount", "Reported",
    "Age", "Next check", "Note"], cells: attemptCells },
  refunds: { rows: "items", title: "Refunds", heads: ["Refund", "Order", "Gateway", "Status", "Amount", "Reported", "Age",
    "Next check", "Note"],
    cells: (one) => [one.id, one.order_id, one.gateway, one.status, one.amount_display, one.amount_reported_display ?? "–",
      age(one.age_seconds), one.next_check_at ?? "–", note(one.review, one.gateway_code ?? one.gateway_status, one.reason)] },
  payments: { rows: "items", title: "Payments", heads: ["Payment", "Order", "Status", "Amount", "Age", "Attempts", "Note"],
    cells: (one) => [one.id, one.order_id, one.status, one.amount_display, age(one.age_seconds), one.attempt_count,
      note(one.method, one.attempt_status, one.decline_code)] },
  messages: { rows: "items", title: "Messages to the order service", heads: ["Message", "Order", "Type", "State", "Tries", "Age",
    "Next try", "Last error"],
    cells: (one) => [one.id, one.order_id ?? "–", one.type, one.state, one.tries, age(one.age_seconds), one.next_try_at ?? "–",
      one.last_error ?? "–"] },
  notices: { rows: "items", title: "Webhooks", heads: ["Webhook", "Gateway", "Kind", "Age", "Tries", "Next try", "Note"],
    cells: (one) => [one.id, one.gateway, one.kind, age(one.age_seconds), one.tries, one.next_try_at ?? "–",
      note(one.last_error, one.suspended_at && "suspended", one.handled_at && "applied")] },
  quarantine: { rows: "items", title: "Webhooks in quarantine", heads: ["Id", "Gateway", "Cause", "Bytes", "Times", "Last received"],
    cells: (one) => [one.id, one.gateway, one.cause ?? "–", one.size, one.times, one.last_received_at ?? one.received_at] },
  jobs: { rows: "items", title: "Suspended jobs", heads: ["Job", "Kind", "Subject", "Order", "Gateway", "Age", "Last error"],
    cells: (one) => [one.id, one.kind, one.subject, one.order_id ?? "–", one.gateway ?? "–", age(one.age_seconds),
      one.last_error ?? "–"] },
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

function attemptCells(one) {
  return [one.id, one.order_id, one.gateway, one.method, one.status, one.amount_display, one.amount_reported_display ?? "–",
    age(one.age_seconds), one.next_check_at ?? "–",
    note(one.review, one.conflict, one.refund_status && `refund ${one.refund_status}`, one.decline_code, one.gateway_status)];
}

function note(...parts) {
  return parts.filter(Boolean).join(", ") || "–";
}

function percent(hour) {
  return hour.per_thousand === null ? "–" : `${(hour.per_thousand / 10).toFixed(1)} %`;
}

function age(seconds) {
  const [unit, size] = seconds < 120 ? ["s", 1] : seconds < 7200 ? ["min", 60] : seconds < 172800 ? ["h", 3600] : ["days", 86400];
  return `${Math.floor(seconds / size)} ${unit}`;
}
