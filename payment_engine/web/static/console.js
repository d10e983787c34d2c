// The on-call console: find a payment, read what happened to it.
import { call, el, tell } from "/static/page.js";

const key = document.getElementById("key");
const wanted = document.getElementById("q");
const found = document.getElementById("found");
const place = document.getElementById("timeline");

key.value = sessionStorage.getItem("admin-key") ?? "";

document.getElementById("find").addEventListener("submit", async (event) => {
  event.preventDefault();
  sessionStorage.setItem("admin-key", key.value);
  place.replaceChildren();
  found.replaceChildren();
  const answer = await ask(`/v1/admin/search?q=${encodeURIComponent(wanted.value.trim())}`);
  if (!answer) return;
  if (!answer.payments.length) return tell("Nothing was found by that number.", "bad");
  if (answer.payments.length === 1) open(answer.payments[0].id);
  found.replaceChildren(listed(answer.payments));
});

async function ask(path) {
  const { status, content } = await call("GET", path, key.value.trim());
  if (status === 200) {
    tell("");
    return content;
  }
  tell(status === 401 ? "This key is not known." : content?.detail ?? `The service answered ${status}.`, "bad");
  return null;
}

function listed(payments) {
  const rows = payments.map((one) => el("tr", {}, el("td", {}, one.order_id),
    el("td", {}, el("button", { type: "button", onclick: () => open(one.id) }, one.id)),
    el("td", {}, el("span", { class: "tag" }, one.status)), el("td", {}, one.amount_display),
    el("td", {}, one.created_at)));
  return el("div", { class: "card scroll" }, table(["Order", "Payment", "Status", "Amount", "Opened"], rows));
}

async function open(id) {
  const answer = await ask(`/v1/admin/payments/${encodeURIComponent(id)}/timeline`);
  if (answer) place.replaceChildren(summary(answer.payment), happenings(answer.timeline));
}

function summary(payment) {
  const rows = payment.attempts.map((one) => el("tr", {}, el("td", {}, one.id), el("td", {}, one.method),
    el("td", {}, one.gateway), el("td", {}, el("span", { class: "tag" }, one.status)),
    el("td", {}, one.rrn ?? ""), el("td", {}, one.conflict ?? one.review ?? one.decline?.code ?? "")));
  return el("section", { class: "card" }, el("h2", {}, `Order ${payment.order_id}: ${payment.status}`),
    el("p", { class: "quiet" }, `${payment.id} · ${payment.amount_display} · captured ` +
      `${payment.amount_captured_display} · refunded ${payment.amount_refunded_display}`),
    el("div", { class: "scroll" }, table(["Attempt", "Method", "Gateway", "Status", "RRN", "Note"], rows)));
}

function happenings(list) {
  const rows = list.map((one) => el("tr", {}, el("td", {}, String(one.sequence)),
    el("td", {}, one.at_ist.slice(0, 23).replace("T", " ")), el("td", {}, el("span", { class: "tag" }, one.kind)),
    el("td", {}, one.what), el("td", {}, one.source), el("td", {}, details(one.detail))));
  return el("section", { class: "card scroll" }, el("h2", {}, "What happened (times in India)"),
    table(["#", "When", "Kind", "What", "Source", "Detail"], rows));
}

function details(detail) {
  if (!Object.keys(detail).length) return "";
  return el("details", {}, el("summary", {}, "show"), el("pre", {}, JSON.stringify(detail, null, 2)));
}

function table(heads, rows) {
  return el("table", { class: "list" }, el("thead", {}, el("tr", {}, ...heads.map((head) => el("th", {}, head)))),
    el("tbody", {}, ...rows));
}
