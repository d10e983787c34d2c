// The on-call console: find a payment, read what happened to it.
import { call, el, kept, tell } from "./page.js";

const key = document.getElementById("key");
const wanted = document.getElementById("q");
const found = document.getElementById("found");
const place = document.getElementById("timeline");

key.value = kept.get("admin-key") ?? "";
wanted.value = decodeURIComponent(location.hash.slice(1));

document.getElementById("find").addEventListener("submit", (event) => {
  event.preventDefault();
  find();
});

// The number looked for stands in the address, so that an alert or a colleague can link to it.
async function find() {
  const number = wanted.value.trim();
  kept.set("admin-key", key.value.trim());
  history.replaceState(null, "", `#${encodeURIComponent(number)}`);
  place.replaceChildren();
  found.replaceChildren();
  const answer = await ask(`/v1/admin/search?q=${encodeURIComponent(number)}`);
  if (!answer) return;
  if (!answer.payments.length) return tell("Nothing was found by that number.", "bad");
  if (answer.payments.length === 1) return open(answer.payments[0].id);
  found.replaceChildren(listed(answer.payments));
}

async function ask(path) {
  const { status, content } = await call("GET", path, key.value.trim()).catch(() => ({ status: 0 }));
  if (status === 200) {
    tell("");
    return content;
  }
  tell(status === 0 ? "The service cannot be reached." : status === 401 ? "This key is not known."
    : content?.detail ?? `The service answered ${status}.`, "bad");
  return null;
}

function listed(payments) {
  const rows = payments.map((one) => row(el("button", { type: "button", class: "link", onclick: () => open(one.id) }, one.id),
    one.order_id, tag(one.status), one.amount_display, india(one.created_at)));
  return el("div", { class: "card scroll" }, el("h2", {}, `${payments.length} payments`),
    table(["Payment", "Order", "Status", "Amount", "Opened (IST)"], rows));
}

async function open(id) {
  const answer = await ask(`/v1/admin/payments/${encodeURIComponent(id)}/timeline`);
  if (!answer) return;
  const { payment } = answer;
  place.replaceChildren(summary(payment), attempts(payment), ...(payment.refunds.length ? [refunds(payment)] : []),
    happenings(answer));
}

function summary(payment) {
  const facts = [["Payment", payment.id], ["Amount", payment.amount_display],
    ["Authorized", payment.amount_authorized_display], ["Captured", payment.amount_captured_display],
    ["Refunded", payment.amount_refunded_display], ["Customer", payment.customer.ref],
    ["Opened (IST)", india(payment.created_at)], ["Expires (IST)", india(payment.expires_at)]];
  return el("section", { class: "card" }, el("h2", {}, `Order ${payment.order_id} `, tag(payment.status)),
    el("dl", { class: "facts" }, ...facts.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value)))));
}

function attempts(payment) {
  const rows = payment.attempts.map((one) => row(el("code", {}, one.id), one.method, one.gateway, tag(one.status),
    one.rrn ?? "–", [one.decline?.code, one.conflict, one.review].filter(Boolean).join(", ") || "–"));
  return el("section", { class: "card scroll" }, el("h2", {}, "Attempts"), rows.length
    ? table(["Attempt", "Method", "Gateway", "Status", "RRN", "Note"], rows) : el("p", { class: "quiet" }, "None yet."));
}

function refunds(payment) {
  const rows = payment.refunds.map((one) => row(el("code", {}, one.id), one.amount_display, tag(one.status),
    one.automatic ? `${one.reason} (automatic)` : one.reason, one.arn ?? "–", one.rrn ?? "–"));
  return el("section", { class: "card scroll" }, el("h2", {}, "Refunds"),
    table(["Refund", "Amount", "Status", "Reason", "ARN", "RRN"], rows));
}

function happenings({ timeline, raw_log: log }) {
  const missing = log === "healthy" ? null
    : el("p", { class: "status wait" }, "MongoDB does not answer: some raw exchanges may be missing here.");
  return el("section", { class: "card" }, el("h2", {}, "What happened (times in India)"),
    missing, el("ol", { class: "happenings" }, ...timeline.map(happening)));
}

function happening(one) {
  const detail = Object.entries(one.detail).filter(([, value]) => value !== null);
  const said = el("pre", { hidden: true, tabindex: "0" }, JSON.stringify(Object.fromEntries(detail), null, 2));
  return el("li", {}, el("span", {}, String(one.sequence)),
    el("span", { class: "when" }, clock(one.at_ist), el("small", {}, `${clock(one.at)} UTC`)),
    el("span", {}, tag(one.kind, one.kind)), el("span", { class: "what" }, one.what, subject(one)),
    el("span", { class: "source" }, one.source), ...(detail.length ? [toggle(said, one.what), said] : []));
}

function toggle(place, what) {
  const pressed = el("button", { type: "button", class: "link", "aria-expanded": "false", "aria-label": `Detail of ${what}`,
    onclick: () => {
      place.hidden = !place.hidden;
      pressed.textContent = place.hidden ? "show" : "hide";
      pressed.setAttribute("aria-expanded", String(!place.hidden));
    } }, "show");
  return pressed;
}

function subject(one) {
  const ids = [one.attempt_id, one.refund_id].filter(Boolean).map((id) => `${id.slice(0, 4)}…${id.slice(-6)}`);
  return ids.length ? el("small", {}, ids.join(" ")) : null;
}

function clock(at) {
  return at.slice(5, 23).replace("T", " ");
}

function india(at) {
  return new Date(at).toLocaleString("sv-SE", { timeZone: "Asia/Kolkata" });
}

function tag(text, kind = "") {
  return el("span", { class: `tag ${kind} is-${text}` }, text);
}

function row(...cells) {
  return el("tr", {}, ...cells.map((cell) => el("td", {}, cell)));
}

function table(heads, rows) {
  return el("table", { class: "list" }, el("thead", {}, el("tr", {}, ...heads.map((head) => el("th", { scope: "col" }, head)))),
    el("tbody", {}, ...rows));
}

if (key.value && wanted.value) find();
