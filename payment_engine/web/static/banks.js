// Net banking: a list that is searched by typing, then a button. Choosing starts nothing.
import { form } from "./fields.js";
import { el, fill } from "./page.js";
import { mark } from "./marks.js";
import { foot, otherMethod } from "./stage.js";
import { language, t } from "./texts.js";

const plain = (text) => text.toLowerCase().replace(/[^a-z0-9]/g, "");

export function bankForm(items, { amount, attempt, back }) {
  const list = el("fieldset", { class: "options" }, el("legend", {}, t("your_bank")), ...items.map(option));
  const search = el("input", { id: "bank-search", type: "search", autocomplete: "off", spellcheck: "false",
    "aria-controls": "banks", placeholder: t("search_bank") });
  const none = el("p", { class: "quiet", role: "status" });
  search.addEventListener("input", () => {
    const found = items.filter((item) => plain(`${item.label}${item.bank}`).includes(plain(search.value)));
    for (const row of list.querySelectorAll("label")) row.hidden = !found.some((item) => item.bank === row.dataset.bank);
    fill(none, found.length ? null : t("no_bank"));
  });
  search.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
  list.id = "banks";
  const chosen = () => list.querySelector("input:checked");
  const error = el("div", { class: "field-error", role: "alert" });
  const choice = { box: el("div", {}, list, none, error), input: search, check: () => {
    fill(error, chosen() ? null : el("p", {}, t("choose_bank")));
    return Boolean(chosen());
  } };
  list.addEventListener("change", () => fill(error));
  return form(t("group.netbanking"), [el("label", { for: "bank-search" }, t("search_bank")), search, choice],
    { submit: t("pay", amount), busy: t("starting"), after: [foot([otherMethod(back)])],
      onSubmit: () => attempt({ method: "netbanking", bank: chosen().value }) });
}

function option(item) {
  const input = el("input", { type: "radio", name: "bank", id: `bank-${item.bank}`, value: item.bank, disabled: !item.enabled });
  const note = !item.enabled && item.reasons ? item.reasons[language()] : item.health === "fluctuating" ? t("slow") : null;
  return el("label", { class: "option", "data-bank": item.bank }, input, mark(item),
    el("span", {}, item.label, note ? el("small", {}, note) : null));
}
