// The first page of the console: what waits, the routes with their last hour, and charts.
import { seriesView } from "./charts.js";
import { ist } from "./clock.js";
import { el } from "./page.js";

// What a gauge counts, and the list that shows it.
const LEADS = { unsettled_attempts: ["Attempts without a verdict", "attempts?state=unsettled"],
  overdue_attempts: ["Attempts past T+5", "attempts?state=overdue"], undecided_refunds: ["Refunds not decided", "refunds?state=unsettled"],
  unreturned_conflicts: ["Conflicts to be sent back", "conflicts?state=open"], open_reviews: ["In review", "attempts?state=review"],
  outbox_messages: ["Messages that wait", "messages?state=waiting"], outbox_dead: ["Messages given up", "messages?state=dead"],
  outbox_undeliverable: ["Messages without an address", "messages?state=undeliverable"], jobs_suspended: ["Suspended jobs", "jobs"],
  unhandled_notices: ["Webhooks to be applied", "notices?state=unhandled"],
  unmatched_reports: ["Charges and refunds that we do not know", "unmatched?state=open"],
  quarantined: ["Webhooks in quarantine", "quarantine?state=waiting"], breaker: ["Breaker (1 half open, 2 open)", "routes"],
  provider_down_seconds: ["Down for so many seconds", "attempts?state=failed&order=newest"],
  route_enabled: ["Route switched off", "routes"], route_weight: ["Route with a weight of", "routes"] };
const UNSAID = ["older_than", "merchant"];
const HOURS = ["Attempts", "Success", "Yesterday", "Week ago", "Undecided", "Why not", "Half within", "95 % within", "Last success (IST)"];

export function overviewView(health, series) {
  return [waitingCard(health.gauges), el("section", { class: "card", "aria-label": "Charts" }, el("h2", {}, "How it goes"),
    seriesView(series.items)), routesCard(health.routes), providersCard(health.providers), plainCard("Gateways",
    ["Gateway", "Calls of this process", "Last success (IST)", "Last webhook (IST)"], health.gateways.map((one) => [one.gateway, one.health,
      ist(one.last_success_at), ist(one.last_webhook_at)])), plainCard("What runs", ["Part", "Version"], Object.entries(health.versions))];
}

function waitingCard(gauges) {
  const counted = Object.entries(gauges).filter(([name]) => Object.hasOwn(LEADS, name))
    .flatMap(([name, values]) => values.filter(({ labels }) => (labels.older_than ?? "0") === "0")
      .map((each) => ({ ...each, name })));
  const items = counted.map(({ name, labels, value }) => el("li", {}, el("a", { href: `#${leadOf(name, labels)}` },
    `${LEADS[name][0]}: ${Math.round(value)}`), el("small", {}, Object.entries(labels)
    .filter(([label]) => !UNSAID.includes(label)).map(([, each]) => each).join(" · "))));
  return el("section", { class: "card", "aria-label": "What waits" }, el("h2", {}, "What waits for somebody"),
    items.length ? el("ul", { class: "tiles" }, ...items) : el("p", { class: "quiet" }, "Nothing."));
}

function leadOf(name, labels) {
  const [, lead] = LEADS[name];
  if (name === "open_reviews" && labels.subject === "refund") return "refunds?state=review";
  if (labels.status === "needs_approval") return "refunds?state=needs_approval";
  if (!labels.gateway || lead.startsWith("routes")) return lead;
  return `${lead}${lead.includes("?") ? "&" : "?"}gateway=${labels.gateway}`;
}

function routesCard(routes) {
  return plainCard("Routes", ["Gateway", "Method", ...HOURS, "Breaker", "Weight", "Set by"], routes.map(({ route, ...one }) => [route.gateway,
    route.method, ...hourCells(one), route.breaker, route.enabled ? route.weight : "off",
    route.changed_by ? `${route.changed_by}: ${route.reason}` : "–"]), "Routes, the last hour");
}

function providersCard(providers) {
  return plainCard("Banks, apps and wallets", ["Method", "Name", ...HOURS, "Down since (IST)"], providers.map((one) => [one.method,
    one.provider, ...hourCells(one), ist(one.down_since)]), "Banks, apps and wallets, the last hour");
}

function hourCells({ now, ...one }) {
  const seconds = (value) => (value === null ? "–" : `${value} s`);
  return [now.attempts, percent(now), percent(one.yesterday), percent(one.week_ago), now.undecided,
    one.reasons.map((each) => `${each.decline_code} ${each.attempts}`).join(", ") || "–", seconds(one.seconds_p50),
    seconds(one.seconds_p95), ist(one.last_success_at)];
}

function plainCard(name, heads, rows, title = name) {
  const body = rows.map((cells) => el("tr", {}, ...cells.map((cell) => el("td", {}, String(cell)))));
  return el("section", { class: "card scroll", "aria-label": name, tabindex: "0" }, el("h2", {}, title), rows.length
    ? el("table", { class: "list" }, el("thead", {}, el("tr", {}, ...heads.map((head) => el("th", { scope: "col" }, head)))),
      el("tbody", {}, ...body)) : el("p", { class: "quiet" }, "Nothing."));
}

function percent(hour) {
  return hour.per_thousand === null ? "–" : `${(hour.per_thousand / 10).toFixed(1)} %`;
}
