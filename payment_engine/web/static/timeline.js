// The timeline of a payment: the verdict and the next step, its attempts with all their numbers, what happened; and all of it as
// text, to be copied into an incident.
import { clock, textOf, toIst } from "./clock.js";
import { el, fill } from "./page.js";

const BAD = ["review", "suspended", "overdue", "refund_needs_approval", "refund_failed", "refund_bounced", "conflict",
  "messages_dead"];
const WAITING = ["unknown", "pending", "paying", "refund_pending", "capturing", "voiding", "authorized"];
const ACTORS = { person: "A person on call", shop: "The order service", customer: "The customer", gateway: "The gateway",
  service: "This service", nobody: "Nobody" };
const MISSING = { spilling: "MongoDB is not responding: some raw exchanges may be missing here.",
  partial: "Some raw exchanges are missing here: there are more than can be read at the moment." };
const PAYMENT = [["Payment", "id"], ["Amount", "amount_display"], ["Authorized", "amount_authorized_display"],
  ["Captured", "amount_captured_display"], ["Refunded", "amount_refunded_display"], ["Customer", "customer"],
  ["Opened (IST)", "created_at"], ["Expires (IST)", "expires_at"]];
const TRACED = [["Reference", "reference"], ["Gateway id", "gateway_payment_id"], ["Gateway status", "gateway_status"],
  ["Code", "gateway_code"], ["Message", "gateway_message"], ["Decline", "decline_code"], ["RRN", "rrn"], ["ARN", "arn"],
  ["Conflict", "conflict"], ["Review", "review"], ["Checks", "checks"], ["Next at", "next_at"]];
const TRACED_REFUND = [["Reference", "reference"], ["Gateway id", "gateway_refund_id"], ["Gateway status", "gateway_status"],
  ["Code", "gateway_code"], ["ARN", "arn"], ["RRN", "rrn"], ["Review", "review"], ["Next at", "next_at"]];

// The sections of the page for what the service sent.
export function timelineView(content) {
  const rest = content.timeline.filter((one) => !content.attempts.some(({ id }) => id === one.attempt_id));
  return [verdictCard(content), ...content.attempts.map((attempt) => attemptCard(attempt, content.timeline)),
    entriesCard(content, rest)];
}

function verdictCard(content) {
  const { verdict } = content;
  const kind = BAD.includes(verdict.outcome) ? "bad" : WAITING.includes(verdict.outcome) ? "wait" : "good";
  const when = verdict.next_at ? ` (${clock(verdict.next_at_ist)} IST, ${clock(verdict.next_at)} UTC)` : "";
  return el("section", { class: "card verdict", "aria-label": "Verdict" }, el("h2", {}, `Order ${content.payment.order_id} `,
    statusTag(content.payment.status)),
    el("p", { class: `status ${kind}` }, verdict.sentence),
    el("p", {}, el("b", {}, `${ACTORS[verdict.actor]}: `), `${verdict.next_step}${when}`),
    paymentFacts(content.payment), verdict.also.length ? el("ul", {}, ...verdict.also.map((text) => el("li", {}, text))) : null, copyButton(content));
}

function paymentFacts(payment) {
  const facts = { ...payment, customer: payment.customer.ref, created_at: clock(toIst(payment.created_at)),
    expires_at: clock(toIst(payment.expires_at)) };
  return factList(facts, PAYMENT);
}

function copyButton(content) {
  const done = el("span", { role: "status", class: "quiet" });
  const button = el("button", { type: "button", class: "link", onclick: async () => {
    const text = timelineText(content);
    try {
      await navigator.clipboard.writeText(text);
      fill(done, "Copied.");
    } catch (error) {
      const area = el("textarea", { readonly: true, rows: "8", "aria-label": "The timeline as text" }, text);
      fill(done, area);
      area.select();
    }
  } }, "Copy the timeline as text");
  return el("p", {}, button, " ", done);
}

function attemptCard(attempt, entries) {
  const own = entries.filter((one) => one.attempt_id === attempt.id);
  const loud = attempt.conflict || attempt.review;
  return el("section", { class: `card${loud ? " loud" : ""}`, "aria-label": `Attempt ${attempt.number}` },
    el("h2", {}, `Attempt ${attempt.number} `, statusTag(attempt.status), loud ? statusTag(loud, "failed") : null),
    el("p", { class: "quiet" }, `${attempt.id}, ${attempt.amount_display} by ${attempt.method} through ${attempt.gateway}`),
    factList(attempt, TRACED), ...attempt.refunds.map(refundPart), entryList(own));
}

function refundPart(refund) {
  return el("div", {}, el("h3", {}, `Refund of ${refund.amount_display} `, statusTag(refund.status)),
    el("p", { class: "quiet" }, `${refund.id}, from ${refund.source}`), factList(refund, TRACED_REFUND));
}

function factList(row, names) {
  const known = names.filter(([, name]) => row[name] !== null && row[name] !== 0);
  return el("dl", { class: "facts" }, ...known.map(([label, name]) => el("div", {}, el("dt", {}, label),
    el("dd", {}, textOf(row[name])))));
}

function entriesCard(content, entries) {
  const { omitted_exchanges: omitted } = content;
  const why = MISSING[content.raw_log];
  const count = content.raw_log !== "partial" ? "" : omitted === null ? " Nobody knows how many." : ` ${omitted} earlier ones are left out.`;
  return el("section", { class: "card", "aria-label": "The payment itself" }, el("h2", {}, "The payment itself (IST)"),
    why ? el("p", { class: "status wait" }, why + count) : null, entryList(entries));
}

function entryList(entries) {
  return el("ol", { class: "timeline" }, ...entries.map(entryItem));
}

function entryItem(one) {
  const detail = Object.entries(one.detail).filter(([, value]) => value !== null);
  const pre = el("pre", { hidden: true, tabindex: "0" }, JSON.stringify(Object.fromEntries(detail), null, 2));
  return el("li", { class: one.urgent ? "urgent" : "" }, el("span", {}, String(one.sequence)),
    el("span", { class: "when" }, clock(one.at_ist), el("small", {}, `${clock(one.at)} UTC${since(one)}`)),
    el("span", {}, el("span", { class: `tag ${one.kind}` }, one.kind)), el("span", { class: "what" }, one.what, entryIds(one)),
    el("span", { class: "source" }, one.source), ...(detail.length ? [detailToggle(pre, one.what), pre] : []));
}

function detailToggle(element, what) {
  const toggle = (hidden) => {
    element.hidden = hidden;
    const verb = hidden ? "show" : "hide";
    button.textContent = verb;
    button.setAttribute("aria-label", `${verb} detail of ${what}`);
    button.setAttribute("aria-expanded", String(!hidden));
  };
  const button = el("button", { type: "button", class: "link", onclick: () => toggle(!element.hidden) });
  toggle(true);
  return button;
}

function entryIds(one) {
  const ids = [one.refund_id, one.webhook_id, one.request_id && `request ${one.request_id}`].filter(Boolean);
  return ids.length ? el("small", {}, ids.join(" ")) : null;
}

// All of it as plain text.
export function timelineText(content) {
  const { payment, verdict, attempts, timeline } = content;
  const facts = (row, names) => names.filter(([, name]) => row[name] !== null && row[name] !== 0)
    .map(([label, name]) => `${label} ${textOf(row[name])}`).join(", ");
  const lines = [`Order ${payment.order_id}, payment ${payment.id}, ${payment.status}, ${payment.amount_display}`, verdict.sentence,
    `Next: ${ACTORS[verdict.actor]}: ${verdict.next_step} ${verdict.next_at_ist ?? ""}`.trim(), ...verdict.also, ""];
  for (const attempt of attempts) {
    lines.push(`Attempt ${attempt.number} ${attempt.id} ${attempt.status}: ${attempt.amount_display} by ${attempt.method} through `
      + `${attempt.gateway}; ${facts(attempt, TRACED)}`);
    for (const refund of attempt.refunds) {
      lines.push(`  Refund ${refund.id} ${refund.status}: ${refund.amount_display}; ${facts(refund, TRACED_REFUND)}`);
    }
  }
  const missing = content.raw_log === "healthy" ? [] : [MISSING[content.raw_log]];
  return [...lines, "", ...missing, ...timeline.map(entryText)].join("\n");
}

function entryText(one) {
  const ids = [one.attempt_id, one.refund_id, one.webhook_id, one.request_id].filter(Boolean).join(" ");
  const detail = Object.fromEntries(Object.entries(one.detail).filter(([, value]) => value !== null));
  return `${one.urgent ? "!" : " "} ${one.at_ist} (${one.at})${since(one)} ${one.kind} ${one.what} by ${one.source} ${ids} `
    + JSON.stringify(detail);
}

function since(one) {
  if (one.since_previous_ms === null) return "";
  return one.since_previous_ms < 1000 ? ` +${one.since_previous_ms} ms` : ` +${(one.since_previous_ms / 1000).toFixed(1)} s`;
}

function statusTag(text, kind = text) {
  return el("span", { class: `tag is-${kind}` }, text);
}
