// The lists of the console: an alert or a colleague links to one by /console#attempts?state=review&gateway=juspay
import { AUDIENCES, bannerAction, bulkAction, jobActions, pauseAction, redeliverAction, refundActions, replayAction, resolveAction, retryAction, routeAction, stopAction, syncAction, weightAction } from "./actions.js";
import { ist } from "./clock.js";

const ATTEMPT_HEADS = ["Attempt", "Order", "Gateway", "Method", "Status", "Amount", "Reported", "Age", "Next check", "Why"];
const GATEWAY = { name: "gateway", label: "Gateway" };
const ORDER = { name: "order", label: "First", options: ["", "oldest", "newest"] };
const AGE = { name: "older_than", label: "Older than (seconds)" };
const states = (...options) => ({ name: "state", label: "State", options });

const LISTS = {
  attempts: { title: "Attempts", heads: ATTEMPT_HEADS, cells: attemptCells,
    filters: [states("unsettled", "overdue", "review", "created", "pending", "authorized", "captured", "failed", "voided", "any"),
      GATEWAY, { name: "method", label: "Method" }, { name: "decline_code", label: "Decline code" }, AGE, ORDER],
    actions: (one) => [syncAction(one.id), ...(one.review ? [resolveAction("attempts", one.id)] : [])],
    bulk: (filters) => [bulkAction("Sync all of these", "/v1/admin/attempts/sync-all", ["operate"],
      { state: "unsettled", ...filters })] },
  conflicts: { title: "Conflicts", heads: ATTEMPT_HEADS, cells: attemptCells,
    filters: [states("open", "returned", "any"), GATEWAY, ORDER],
    actions: (one) => [syncAction(one.id), ...(one.refund_id ? [retryAction(one.refund_id)] : [])] },
  refunds: { title: "Refunds", heads: ["Refund", "Order", "Gateway", "Status", "Amount", "Reported", "Age", "Next check", "Why"],
    filters: [states("unsettled", "review", "created", "pending", "manual_review", "needs_approval", "rejected", "succeeded", "failed", "any"), GATEWAY,
      AGE, ORDER],
    cells: (one) => [one.id, one.order_id, one.gateway, one.status, one.amount_display, one.amount_reported_display ?? "–",
      age(one.age_seconds), ist(one.next_check_at), note(one.review, one.gateway_code ?? one.gateway_status, one.reason,
        one.status === "needs_approval" && `requested by ${one.requested_by}`)],
    actions: (one) => [...refundActions(one), ...(one.review ? [resolveAction("refunds", one.id)] : [])],
    bulk: (filters) => [bulkAction("Retry all of these", "/v1/admin/refunds/retry-all", ["refund"],
      { state: "unsettled", ...filters })] },
  payments: { title: "Payments", heads: ["Payment", "Order", "Status", "Amount", "Age", "Attempts", "Latest attempt"],
    filters: [{ name: "status", label: "Status",
      options: ["", "open", "pending", "authorized", "paid", "voided", "cancelled", "expired"] }, AGE, ORDER],
    cells: (one) => [one.id, one.order_id, one.status, one.amount_display, age(one.age_seconds), one.attempt_count,
      note(one.gateway, one.method, one.attempt_status, one.decline_code)] },
  messages: { title: "Messages to the order service", heads: ["Message", "Order", "Type", "State", "Tries", "Age", "Next try", "Last error"],
    filters: [states("waiting", "dead", "undeliverable"), ORDER],
    cells: (one) => [one.id, one.order_id ?? "–", one.type, one.state, one.tries, age(one.age_seconds), ist(one.next_try_at),
      one.last_error ?? "–"],
    actions: (one) => [redeliverAction(one.id)],
    bulk: (filters) => ["dead", "undeliverable"].includes(filters.state) ? [bulkAction("Send all of these again",
      "/v1/admin/messages/redeliver-all", ["operate"], filters)] : [] },
  notices: { title: "Webhooks", roles: ["platform"], heads: ["Webhook", "Gateway", "Kind", "Age", "Tries", "Next try", "Note"],
    filters: [states("unhandled", "handled"), GATEWAY, ORDER],
    cells: (one) => [one.id, one.gateway, one.kind, age(one.age_seconds), one.tries, ist(one.next_try_at),
      note(one.last_error, one.suspended_at && "suspended", one.handled_at && "applied")],
    actions: (one) => [replayAction(one.id)] },
  quarantine: { title: "Webhooks in quarantine", roles: ["platform"],
    heads: ["Webhook", "Gateway", "Cause", "Bytes", "Times", "Last received (IST)"],
    filters: [states("waiting", "verified", "any"), GATEWAY, ORDER],
    cells: (one) => [one.id, one.gateway, one.cause ?? "–", one.size, one.times, ist(one.last_received_at ?? one.received_at)],
    bulk: ({ gateway }) => [bulkAction("Verify all again", "/v1/admin/quarantine/reverify-all", ["operate", "platform"],
      gateway ? { gateway } : {})] },
  unmatched: { title: "Charges that we do not know", roles: ["platform"],
    heads: ["Report", "Gateway", "Kind", "Reference", "Status", "Amount", "Times", "Age", "Note"],
    filters: [states("open", "matched", "any"), GATEWAY, { name: "kind", label: "Kind", options: ["", "charge", "refund"] }, AGE, ORDER],
    cells: (one) => [one.id, one.gateway, one.kind, one.reference, one.status, one.amount_display ?? "–", one.times, age(one.age_seconds),
      note(one.gateway_status, one.charge_reference && `of charge ${one.charge_reference}`, one.payment_id && `matched to ${one.payment_id}`)] },
  jobs: { title: "Suspended jobs", heads: ["Job", "Kind", "Subject", "Order", "Gateway", "Suspended for", "Tries", "Last error"],
    filters: [{ name: "kind", label: "Kind" }, GATEWAY, ORDER],
    cells: (one) => [one.id, one.kind, one.subject, one.order_id ?? "–", one.gateway ?? "–", age(one.age_seconds), one.tries,
      one.last_error ?? "–"],
    actions: (one) => jobActions(one.id) },
  "job-kinds": { rows: "kinds", title: "Kinds of jobs", roles: ["platform"], filters: [],
    heads: ["Kind", "Paused until (IST)", "By", "Reason"],
    cells: (one) => [one.kind, ist(one.paused_until), one.changed_by ?? "–", one.reason ?? "–"],
    actions: (one) => [pauseAction(one.kind)] },
  "bulk-actions": { title: "Bulk actions", heads: ["Id", "Action", "By", "State", "Done", "Changed", "No answer", "Begun (IST)", "Reason"],
    filters: [{ name: "state", label: "State", options: ["", "running", "done", "stopped"] }],
    cells: (one) => [one.id, one.action, one.actor, one.state, `${one.done} of ${one.total}`, one.changed, one.failed,
      ist(one.created_at), one.reason],
    actions: (one) => (one.state === "running" ? [stopAction(one.id)] : []) },
  routes: { rows: "routes", title: "Routes", filters: [], heads: ["Gateway", "Method", "Charges", "Weight", "Health here", "Breaker",
    "Until (IST)", "Set by", "Reason"],
    cells: (one) => [one.gateway, one.method, one.enabled ? "pass" : "off", weights(one), one.health, one.breaker, ist(one.expires_at),
      one.changed_by ?? "–", one.reason ?? "–"],
    actions: (one) => [routeAction(one), weightAction(one)] },
  banners: { rows: "banners", title: "Banners for customers", filters: [], heads: ["Seen by", "English", "Hindi", "Until (IST)",
    "Set by", "Reason"],
    cells: (one) => [AUDIENCES[one.audience], one.text?.en ?? "–", one.text?.hi ?? "–", ist(one.expires_at), one.changed_by ?? "–",
      one.reason ?? "–"],
    actions: (one) => [bannerAction(one)] },
  actions: { title: "Actions of people on call",
    filters: [{ name: "actor", label: "Person" }, { name: "action", label: "Action" }, { name: "subject", label: "Subject" }, ORDER],
    heads: ["Id", "At (IST)", "Person", "Action", "Subject", "Reason"],
    cells: (one) => [one.id, ist(one.at), one.actor, one.dry_run ? `${one.action} (tried out)` : one.action, one.subject, one.reason] },
};

// The lists by name and title, in the order of the menu.
export const MENU = Object.entries(LISTS).map(([name, { title, roles }]) => ({ name, title, roles: roles ?? [] }));

// The list that a text names, with the address to read it from and what its rows are filtered by;
// null for any other text.
export function listNamed(text) {
  const [name, query = ""] = text.split("?");
  const list = Object.hasOwn(LISTS, name) ? LISTS[name] : null;
  if (!list) return null;
  const chosen = Object.fromEntries(new URLSearchParams(query));
  const here = name === "routes" ? chosen : {};
  return { rows: "items", actions: () => [], bulk: () => [], ...list, name, chosen,
    path: `/v1/admin/${name}${query && name !== "routes" ? `?${query}` : ""}`,
    keeps: (one) => Object.entries(here).every(([field, value]) => String(one[field]) === value) };
}

function attemptCells(one) {
  return [one.id, one.order_id, one.gateway, one.method, one.status, one.amount_display, one.amount_reported_display ?? "–",
    age(one.age_seconds), ist(one.next_check_at),
    note(one.review, one.conflict, one.refund_status && `refund ${one.refund_status}`, one.decline_code, one.gateway_status)];
}

function weights({ weight, provider_weights: apart }) {
  return note(String(weight), ...apart.map((each) => `${each.provider} ${each.weight}`));
}

function note(...parts) {
  return parts.filter(Boolean).join(", ") || "–";
}

export function age(seconds) {
  const [unit, size] = seconds < 120 ? ["s", 1] : seconds < 7200 ? ["min", 60] : seconds < 172800 ? ["h", 3600] : ["days", 86400];
  return `${Math.floor(seconds / size)} ${unit}`;
}
