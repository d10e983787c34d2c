// Paying by card. A number goes from here to the gateway and nowhere else; we see its token.
import { agreement, field, form } from "./fields.js";
import { el } from "./page.js";
import { foot, button } from "./screens.js";
import { say } from "./words.js";

const SAVE_TEXT = "card-1";
const digits = (text) => text.replace(/\D/g, "");

function luhn(number) {
  const sum = [...number].reverse().reduce((total, digit, place) => {
    const value = Number(digit) * (1 + (place % 2));
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}

function validThrough(text) {
  const found = /^(0?[1-9]|1[0-2]) ?\/ ?(?:20)?(\d{2})$/.exec(text.trim());
  if (!found) return null;
  const [month, year] = [found[1].padStart(2, "0"), `20${found[2]}`];
  return new Date(Number(year), Number(month), 1) > new Date() ? { month, year } : null;
}

const isNumber = (v) => /^[\d -]+$/.test(v) && /^\d{12,19}$/.test(digits(v)) && luhn(digits(v));

const cvv = () => field({ id: "card-cvv", label: say("cvv"), autocomplete: "cc-csc", inputmode: "numeric",
  type: "password", maxlength: 4, fault: (v) => /^\d{3,4}$/.test(v) ? null : say("cvv_bad") });

const fields = () => ({
  number: field({ id: "card-number", label: say("number"), autocomplete: "cc-number", inputmode: "numeric",
    maxlength: 23, neat: (v) => digits(v).slice(0, 19).replace(/(\d{4})(?=\d)/g, "$1 "),
    fault: (v) => isNumber(v) ? null : say("number_bad") }),
  expiry: field({ id: "card-expiry", label: say("expiry"), autocomplete: "cc-exp", inputmode: "numeric",
    maxlength: 7, placeholder: "MM/YY", neat: (v) => /^\d{3,4}$/.test(v) ? `${v.slice(0, 2)}/${v.slice(2)}` : v,
    fault: (v) => validThrough(v) ? null : say("expiry_bad") }),
  cvv: cvv(),
  name: field({ id: "card-name", label: say("name"), autocomplete: "cc-name", maxlength: 60,
    fault: (v) => v.trim() && !/\d{6}/.test(v) ? null : say("name_bad") }),
});

const saving = (box) => box.given() ? { save: { consent: true, text_version: SAVE_TEXT } } : {};

// A new card: typed here where the gateway takes it from the browser, else on the gateway's page.
export function newCard(item, amount, { attempt, back }) {
  const save = agreement("card-save", say("save_card"));
  const after = [foot([button(say("other_method"), back)])];
  if (!item.card_entry) {
    return form(say("by_card"), [save.box], { also: [el("p", { class: "quiet" }, say("page_card"))],
      press: say("to_bank"), send: () => attempt({ method: "card", ...saving(save) }), after });
  }
  const typed = fields();
  const all = Object.values(typed);
  const pair = el("div", { class: "pair" }, typed.expiry.box, typed.cvv.box);
  const laid = [typed.number, { ...typed.expiry, box: pair }, { ...typed.cvv, box: "" }, typed.name, save.box];
  const made = form(say("by_card"), laid, { press: say("pay", amount), after: [
    el("p", { class: "quiet safe" }, say("card_safe")), ...after], send: async () => {
    const { reached, token } = await tokenised(item.card_entry, typed);
    if (!made.isConnected) return;
    if (!token) return typed.number.complain(say(reached ? "card_refused" : "card_unanswered"));
    for (const each of all) each.input.value = "";
    await attempt({ method: "card", card_token: token, ...saving(save) });
  } });
  return made;
}

// A saved card whose network asks for the CVV: used once, kept nowhere.
export function savedCard(item, amount, { attempt, back }) {
  const code = cvv();
  return form(say("saved_card", item.label), [code], { also: [el("p", { class: "quiet" }, say("saved_card_long"))],
    press: say("pay", amount), after: [foot([button(say("other_method"), back)])], send: async () => {
      const body = { method: "card", instrument_id: item.instrument_id, cvv: code.input.value };
      code.input.value = "";
      await attempt(body);
    } });
}

// Nothing is charged here: a call that breaks is simply made again by the customer.
async function tokenised(entry, typed) {
  const through = validThrough(typed.expiry.input.value);
  const body = new URLSearchParams({ merchant_id: entry.merchant_id,
    card_number: digits(typed.number.input.value), card_exp_month: through.month, card_exp_year: through.year,
    card_security_code: typed.cvv.input.value, name_on_card: typed.name.input.value.trim() });
  try {
    const answer = await fetch(entry.url, { method: "POST", body, credentials: "omit", cache: "no-store" });
    const content = await answer.json().catch(() => null);
    return { reached: answer.status < 500, token: answer.ok ? content?.token : null };
  } catch {
    return { reached: false, token: null };
  }
}
