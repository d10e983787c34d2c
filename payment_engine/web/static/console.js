// The on-call console: find a payment and see what happened to it.
import { listNamed } from "./lists.js";
import { call, el, showStatus, tabStorage } from "./page.js";

const key = document.getElementById("key");
const query = document.getElementById("q");
const results = document.getElementById("found");
const timeline = document.getElementById("timeline");

key.value = tabStorage.get("admin-key") ?? "";
query.value = decodeURIComponent(location.hash.slice(1));

document.getElementById("find").addEventListener("submit", (event) => {
  event.preventDefault();
  find();
});

// The search text goes into the address, so that an alert or a colleague can link to it.
async function find() {
  const text = query.value.trim();
  tabStorage.set("admin-key", key.value.trim());
  history.replaceState(null, "", `#${encodeURIComponent(text)}`);
  timeline.replaceChildren();
  results.replaceChildren();
  const list = listNamed(text);
  if (list) return showList(list);
  const content = await get(`/v1/admin/search?q=${encodeURIComponent(text)}`);
  if (!content) return;
  if (!content.payments.length) return showStatus("No payment found.", "bad");
  if (content.payments.length === 1) return open(content.payments[0].id);
  results.replaceChildren(paymentList(content.payments));
}

async function showList(list) {
  const content = await get(list.path);
  if (!content) return;
  const found = content[list.rows].filter(list.keeps);
  const rows = found.map((one) => row(...list.cells(one).map((cell, index) => index === 0 && one.payment_id
    ? el("button", { type: "button", class: "link", onclick: () => open(one.payment_id) }, cell) : String(cell))));
  const more = content.next ? ", and more" : "";
  results.replaceChildren(el("div", { class: "card scroll" }, el("h2", {}, `${list.title}: ${found.length}${more}`),
    table(list.heads, rows)));
}

async function get(path) {
  const { status, content } = await call("GET", path, key.value.trim()).catch(() => ({ status: 0 }));
  if (status === 200) {
    showStatus("");
    return content;
  }
  showStatus(status === 0 ? "The service cannot be reached." : status === 401 ? "This key is not valid."
    : content?.detail ?? `The service returned ${status}.`, "bad");
  return null;
}

function paymentList(payments) {
  const rows = payments.map((one) => row(el("button", { type: "button", class: "link", onclick: () => open(one.id) }, one.id),
    one.order_id, tag(one.status), one.amount_display, india(one.created_at)));
  return el("div", { class: "card scroll" }, el("h2", {}, `${payments.length} payments`),
    table(["Payment", "Order", "Status", "Amount", "Opened (IST)"], rows));
}

async function open(id) {
  const content = await get(`/v1/admin/payments/${encodeURIComponent(id)}/timeline`);
  if (!content) return;
  const { payment } = content;
  timeline.replaceChildren(summary(payment), attempts(payment), ...(payment.refunds.length ? [refunds(payment)] : []),
    timelineList(content));
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
    one.rrn ?? "–", one.arn ?? "–", [one.decline?.code, one.conflict, one.review].filter(Boolean).join(", ") || "–"));
  return el("section", { class: "card scroll" }, el("h2", {}, "Attempts"), rows.length
    ? table(["Attempt", "Method", "Gateway", "Status", "RRN", "ARN", "Note"], rows) : el("p", { class: "quiet" }, "None yet."));
}

function refunds(payment) {
  const rows = payment.refunds.map((one) => row(el("code", {}, one.id), one.amount_display, tag(one.status),
    one.automatic ? `${one.reason} (automatic)` : one.reason, one.arn ?? "–", one.rrn ?? "–"));
  return el("section", { class: "card scroll" }, el("h2", {}, "Refunds"),
    table(["Refund", "Amount", "Status", "Reason", "ARN", "RRN"], rows));
}

function timelineList({ timeline: entries, raw_log: log }) {
  const why = { spilling: "MongoDB is not responding: some raw exchanges may be missing here.",
    partial: "Some raw exchanges are missing here: there are more than can be read at the moment." }[log];
  const missing = why ? el("p", { class: "status wait" }, why) : null;
  return el("section", { class: "card" }, el("h2", {}, "What happened (IST)"),
    missing, el("ol", { class: "timeline" }, ...entries.map(timelineEntry)));
}

function timelineEntry(one) {
  const detail = Object.entries(one.detail).filter(([, value]) => value !== null);
  const pre = el("pre", { hidden: true, tabindex: "0" }, JSON.stringify(Object.fromEntries(detail), null, 2));
  return el("li", {}, el("span", {}, String(one.sequence)),
    el("span", { class: "when" }, clock(one.at_ist), el("small", {}, `${clock(one.at)} UTC`)),
    el("span", {}, tag(one.kind, one.kind)), el("span", { class: "what" }, one.what, subject(one)),
    el("span", { class: "source" }, one.source), ...(detail.length ? [toggle(pre, one.what), pre] : []));
}

function toggle(element, what) {
  const button = el("button", { type: "button", class: "link", "aria-expanded": "false", "aria-label": `Detail of ${what}`,
    onclick: () => {
      element.hidden = !element.hidden;
      button.textContent = element.hidden ? "show" : "hide";
      button.setAttribute("aria-expanded", String(!element.hidden));
    } }, "show");
  return button;
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

if (key.value && query.value) find();
