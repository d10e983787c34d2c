// The on-call console: find a payment and see what happened to it.
import { listNamed } from "./lists.js";
import { call, el, showStatus, tabStorage } from "./page.js";
import { timelineView } from "./timeline.js";

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
  timeline.replaceChildren(...timelineView(content));
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
