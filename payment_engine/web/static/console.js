// The on-call console: sign in, see what waits and how it goes, find a payment, act with a reason.
import { actionButton, refundActions, resolveAction, syncAction } from "./actions.js";
import { ist } from "./clock.js";
import { listNamed, MENU } from "./lists.js";
import { overviewView } from "./overview.js";
import { el, fill, showStatus } from "./page.js";
import { ask, mayDo, onLeave, signedIn, signIn, signOut, whoAmI } from "./session.js";
import { timelineView } from "./timeline.js";

const byId = (id) => document.getElementById(id);
const [enter, desk, who, leave, view] = ["enter", "desk", "who", "leave", "view"].map(byId);
const PAYMENT_ID = /^pay_[0-9a-z]{20}$/;

enter.addEventListener("submit", async (event) => {
  event.preventDefault();
  const problem = await signIn(byId("key").value.trim());
  if (problem) return showStatus(problem, "bad");
  byId("key").value = "";
  showDesk(true);
  showStatus("");
  fill(byId("lists"), menuLink("health", "Overview"), ...MENU.filter(({ roles }) => mayDo(roles))
    .map(({ name, title }) => menuLink(name, title)));
  follow();
});
leave.addEventListener("click", () => signOut("You are signed out."));
addEventListener("hashchange", () => signedIn() && follow());
onLeave((reason) => {
  byId("act").close();
  showDesk(false);
  fill(view);
  byId("find").reset();
  showStatus(reason, "wait");
  byId("key").focus();
});

function showDesk(open) {
  desk.hidden = leave.hidden = who.hidden = !open;
  enter.hidden = open;
  who.textContent = open ? whoAmI() : "";
}

function menuLink(name, title) {
  return el("a", { href: `#${name}` }, title);
}

// Shows what the address names: the overview, a list, or a payment. Nothing personal is ever in it.
function follow() {
  opened += 1;
  const named = decodeURIComponent(location.hash.slice(1)) || "health";
  for (const link of byId("lists").children) {
    if (named.split("?")[0] === link.hash.slice(1)) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (named === "health") return showOverview();
  const list = listNamed(named);
  if (list) return showList(list);
  if (PAYMENT_ID.test(named)) return showPayment(named);
  return search(named);
}

// A replica that is not behind is two seconds behind at most.
const NOTABLE_AGE = 5;

// What is read for one view is not shown in the next, which somebody opened meanwhile.
let opened = 0;

async function read(path) {
  const mine = opened;
  const { content, problem, age } = await ask("GET", path);
  if (mine !== opened) return null;
  const behind = age > NOTABLE_AGE ? `What is shown is up to ${age} seconds old: it is read from a replica that is behind.` : "";
  showStatus(problem ?? behind, problem ? "bad" : "wait");
  return content;
}

async function showOverview() {
  const [health, series] = await Promise.all([read("/v1/admin/health"), read("/v1/admin/health/series")]);
  if (health && series) fill(view, ...overviewView(health, series));
}

async function showList(list) {
  const content = await read(list.path);
  if (!content) return;
  const body = el("tbody", {});
  const count = el("span", {}, "");
  const more = el("button", { type: "button", hidden: true }, "Show more");
  const add = (page) => {
    body.append(...page[list.rows].filter(list.keeps).map((one) => listRow(list, one)));
    count.textContent = `${body.children.length}${page.next ? ", and more" : ""}`;
    more.hidden = !page.next;
    more.onclick = async () => {
      const joined = list.path.includes("?") ? "&" : "?";
      const next = await read(`${list.path}${joined}after=${page.next}`);
      if (next) add(next);
    };
  };
  fill(view, el("section", { class: "card", "aria-label": list.title }, el("h2", {}, `${list.title}: `, count), filterForm(list),
    el("div", { class: "choices" }, ...list.bulk(list.chosen).map((action) => actionButton(action, follow))),
    el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Rows" }, el("table", { class: "list" },
      el("thead", {}, el("tr", {}, ...[...list.heads, ""].map((head) => el("th", { scope: "col" }, head)))), body)), more));
  add(content);
}

function listRow(list, one) {
  const payment = one.payment_id ?? (PAYMENT_ID.test(one.id) ? one.id : null);
  const cells = list.cells(one).map((cell, index) => el("td", {}, index === 0 && payment
    ? el("a", { href: `#${payment}` }, String(cell)) : String(cell)));
  const buttons = list.actions(one).map((action) => actionButton(action, follow));
  return el("tr", {}, ...cells, el("td", { class: "acts" }, ...buttons));
}

function filterForm(list) {
  if (!list.filters.length) return null;
  const inputs = list.filters.map(({ name, label, options }) => {
    const id = `filter-${name}`;
    const value = list.chosen[name] ?? "";
    const input = options ? el("select", { id, name }, ...options.map((each) => el("option", { value: each, selected: each === value },
      each || (name === "order" ? "as usual" : "any")))) : el("input", { id, name, value, autocomplete: "off" });
    return el("div", {}, el("label", { for: id }, label), input);
  });
  const form = el("form", { class: "row wide" }, ...inputs, el("button", {}, "Show"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const chosen = [...new FormData(form)].filter(([, value]) => value);
    location.hash = chosen.length ? `${list.name}?${new URLSearchParams(chosen)}` : list.name;
  });
  return form;
}

byId("find").addEventListener("submit", (event) => {
  event.preventDefault();
  const [text, amount, since, until] = ["q", "amount", "since", "until"].map((id) => byId(id).value.trim());
  const query = new URLSearchParams();
  if (text) query.set("q", text);
  if (amount) query.set("amount", String(Math.round(Number(amount.replace(/[₹,\s]/g, "")) * 100)));
  if (since) query.set("since", `${since}:00+05:30`);
  if (until) query.set("until", `${until}:00+05:30`);
  find(query);
});

const search = (text) => find(new URLSearchParams({ q: text }));

// What is searched for stays out of the address: it may be a phone number.
async function find(query) {
  opened += 1;
  const content = await read(`/v1/admin/search?${query}`);
  if (!content) return;
  if (!content.payments.length) return showStatus("No payment found. An RRN is known only after the verdict: try phone or amount.", "wait");
  if (content.payments.length === 1) return goTo(content.payments[0].id);
  const rows = content.payments.map((one) => el("tr", {}, el("td", {}, el("a", { href: `#${one.id}` }, one.id)),
    ...[one.order_id, one.status, one.amount_display, ist(one.created_at)].map((cell) => el("td", {}, cell))));
  fill(view, el("section", { class: "card scroll", "aria-label": "Payments found", tabindex: "0" },
    el("h2", {}, `${content.payments.length} payments`), el("table", { class: "list" }, el("thead", {}, el("tr", {},
      ...["Payment", "Order", "Status", "Amount", "Opened (IST)"].map((head) => el("th", { scope: "col" }, head)))),
    el("tbody", {}, ...rows))));
}

function goTo(id) {
  if (location.hash === `#${id}`) showPayment(id);
  else location.hash = id;
}

async function showPayment(id) {
  const content = await read(`/v1/admin/payments/${encodeURIComponent(id)}/timeline`);
  if (!content) return;
  const [verdict, ...rest] = timelineView(content);
  fill(view, verdict, paymentActions(content), ...rest);
}

function paymentActions({ payment, attempts }) {
  const again = () => showPayment(payment.id);
  const rows = attempts.flatMap((attempt) => [
    [`Attempt ${attempt.number}`, [syncAction(attempt.id), ...(attempt.review ? [resolveAction("attempts", attempt.id)] : [])]],
    ...attempt.refunds.map((refund) => [`Refund of ${refund.amount_display}`,
      [...refundActions(refund), ...(refund.review ? [resolveAction("refunds", refund.id)] : [])]])]);
  if (!rows.length) return null;
  return el("section", { class: "card", "aria-label": "Actions" }, el("h2", {}, "Actions"), ...rows.map(([title, actions]) =>
    el("p", { class: "acts" }, `${title} `, ...actions.map((action) => actionButton(action, again)))));
}

byId("key").focus();
