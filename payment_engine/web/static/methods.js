// What can be paid with, in order: what this customer saved and used, then what fits the device.
import { onPhone } from "./device.js";
import { mark } from "./marks.js";
import { el } from "./page.js";
import { button, foot, heading } from "./stage.js";
import { hasText, language, t } from "./texts.js";

const ORDER = ["upi", "card", "wallet", "netbanking"];
const UNPLEASANT_ON_A_PHONE = new Set(["upi_qr"]);

// The id of what this customer saved, also where it opens an app instead of paying by itself.
export const savedId = (item) => item.instrument_id || (item.group === "saved" ? item.id : null);

export const itemsOf = (content) => [].concat(...content.groups.map((group) => group.items));

export const methodName = (method) => t(`method.${method}`);

function labelOf(item, apps) {
  if (item.id === "upi_intent" && apps) return t("another_app");
  const key = `item.${item.id}`;
  return hasText(key) ? t(key) : item.label;
}

function hint(item) {
  if (item.needs.includes("link")) return t("link_first");
  if (item.kind === "upi_qr") return t("qr_hint");
  if (!item.balance) return null;
  const at = new Date(item.balance.as_of).toLocaleTimeString("en-IN", { hour: "2-digit", minute: "2-digit" });
  return t("balance", item.balance.amount_display, at);
}

// ``failed``: the attempt that was just declined; its method comes last. ``pick`` starts or asks for
// what an item needs, ``banks`` opens the list of banks, ``remove`` deletes something saved. ``code``:
// the panel of a QR code, which stands beside the list instead of its item.
export function methodsScreen(content, { failed, note, pick, banks, remove, links, code }) {
  const all = itemsOf(content);
  const usable = all.filter((item) => item.enabled && !(code && item.kind === "upi_qr"));
  if (!usable.length && !code) return nothingWorks(all, links);
  const rank = content.recommended.map((item) => item.id);
  const order = (item) => (rank.includes(item.id) ? rank.indexOf(item.id) : rank.length);
  const savedKinds = new Set(usable.filter(savedId).map((item) => item.kind));
  const anew = (item) => item.id === item.kind && savedKinds.has(item.kind);
  const familiar = usable.filter((item) => savedId(item) || (item.used && !anew(item)))
    .sort((a, b) => order(a) - order(b));
  const others = usable.filter((item) => !familiar.includes(item));
  const justFailed = (item) => Boolean(failed) && item.kind === failed.method && failed.decline.retry !== "same";
  const apps = usable.some((item) => item.app);
  const choose = (item) => choice(item, { apps, failed: justFailed(item), pick });
  const row = (item) => savedId(item) ? el("div", { class: "saved" }, choose(item),
    el("button", { type: "button", class: "delete", "aria-label": t("delete_saved", item.label),
      onclick: () => remove(item) }, "×")) : choose(item);
  const sections = ORDER.map((group) => ({ group, items: others.filter((item) => item.group === group) }))
    .filter(({ items }) => items.length)
    .map(({ group, items }) => ({ last: items.filter((item) => !late(item)).every(justFailed), more: group !== "upi",
      node: section(group, items, { choose, banks }) }));
  const known = familiar.length ? [{ last: familiar.every(justFailed), node: titled("saved", choices(familiar.map(row))) }] : [];
  const sorted = [...known, ...sections].sort((a, b) => a.last - b.last);
  note.prepend(...(content.banners || []).map((text) => el("p", { class: "status wait" }, text[language()])));
  const list = [...together(sorted), unavailable(all.filter((item) => !item.enabled), row)];
  return [el("section", { class: `card methods ${code ? "beside" : ""}` }, heading(t("how")), note,
    ...(code ? [code, el("div", { class: "list" }, ...list)] : list)), foot(links)];
}

const choices = (nodes) => el("div", { class: "choices" }, ...nodes);

const titled = (group, ...nodes) => el("div", {}, el("h3", {}, t(`group.${group}`)), ...nodes);

// The nodes of the sections, those of ``more`` that follow each other below one heading.
function together(sections) {
  const nodes = [];
  let run = [];
  for (const { more, node } of [...sections, {}]) {
    if (more) run.push(...[].concat(node));
    else {
      if (run.length) nodes.push(titled("more", choices(run)));
      run = [];
      if (node) nodes.push(node);
    }
  }
  return nodes;
}

const late = (item) => onPhone() && UNPLEASANT_ON_A_PHONE.has(item.kind);

// Wallets are folded, since most customers use none; banks are a list of their own.
function section(group, items, { choose, banks }) {
  const title = () => [mark({ kind: group, label: "" }), el("span", {}, t(`group.${group}`),
    el("small", {}, items.slice(0, 3).map((item) => item.label).join(", ")))];
  if (group === "netbanking") {
    return el("button", { type: "button", class: "choice", onclick: () => banks(items) }, ...title());
  }
  if (group === "wallet") return folded(title(), items.map(choose), "choice");
  if (group === "card") return items.map(choose);
  const now = items.filter((item) => !late(item));
  const tiles = now.filter((item) => item.app);
  const rows = now.filter((item) => !item.app).sort((a, b) => (b.kind === "upi_qr") - (a.kind === "upi_qr"));
  return titled(group,
    tiles.length ? el("div", { class: "apps" }, ...tiles.map(choose)) : null,
    rows.length ? choices(rows.map(choose)) : null,
    items.some(late) ? folded(t("another_device"), items.filter(late).map(choose)) : null);
}

function folded(title, nodes, kind = "") {
  return el("details", { class: "folded" }, el("summary", { class: kind }, ...[].concat(title)),
    choices(nodes));
}

// What cannot be used, with the reason of each: at the end and folded.
function unavailable(items, row) {
  return items.length ? folded(t("not_available"), items.map(row)) : null;
}

function choice(item, { apps, failed, pick }) {
  const note = !item.enabled ? item.reasons && item.reasons[language()] : failed && !item.app ? t("failed_now")
    : item.health === "fluctuating" ? t("slow") : hint(item);
  return el("button", { type: "button", class: "choice", disabled: !item.enabled, onclick: () => pick(item) }, mark(item),
    el("span", {}, labelOf(item, apps), note ? el("small", {}, note) : null));
}

function nothingWorks(all, links) {
  return [el("section", { class: "card" }, heading(t("no_methods")), el("p", { class: "quiet" }, t("no_methods_long")),
    unavailable(all, (item) => choice(item, {}))), foot(links)];
}

export function declined(attempt, payment) {
  const money = t({ not_debited: "not_charged", with_gateway: "not_returned" }[attempt.decline.money] || "returned");
  return el("p", { class: "quiet" },
    t("declined", methodName(attempt.method), money, payment.order_id, attempt.id.slice(-6)));
}

export function chooseAgain(text, again, links) {
  return [foot([button(text, again, "main"), ...links])];
}
