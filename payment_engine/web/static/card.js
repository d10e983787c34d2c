// Paying by card. The number goes from here straight to the gateway; our service gets a token.
import { consentBox, field, form } from "./fields.js";
import { el } from "./page.js";
import { button, foot } from "./screens.js";
import { t } from "./texts.js";

const CONSENT_VERSION = "card-1";
const digits = (text) => text.replace(/\D/g, "");

function luhn(number) {
  const sum = [...number].reverse().reduce((total, digit, index) => {
    const value = Number(digit) * (1 + (index % 2));
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}

// Month and year of MM/YY or MM/YYYY; null if it is neither, or in the past.
function parseExpiry(text) {
  const match = /^(0?[1-9]|1[0-2]) ?\/ ?(?:20)?(\d{2})$/.exec(text.trim());
  if (!match) return null;
  const [month, year] = [match[1].padStart(2, "0"), `20${match[2]}`];
  return new Date(Number(year), Number(month), 1) > new Date() ? { month, year } : null;
}

const isCardNumber = (v) => /^[\d -]+$/.test(v) && /^\d{12,19}$/.test(digits(v)) && luhn(digits(v));

const cvvField = () => field({ id: "card-cvv", label: t("cvv"), autocomplete: "cc-csc", inputmode: "numeric",
  type: "password", maxlength: 4, validate: (v) => /^\d{3,4}$/.test(v) ? null : t("cvv_bad") });

const cardFields = () => ({
  number: field({ id: "card-number", label: t("number"), autocomplete: "cc-number", inputmode: "numeric",
    maxlength: 23, format: (v) => digits(v).slice(0, 19).replace(/(\d{4})(?=\d)/g, "$1 "),
    validate: (v) => isCardNumber(v) ? null : t("number_bad") }),
  expiry: field({ id: "card-expiry", label: t("expiry"), autocomplete: "cc-exp", inputmode: "numeric",
    maxlength: 7, placeholder: "MM/YY", format: (v) => /^\d{3,4}$/.test(v) ? `${v.slice(0, 2)}/${v.slice(2)}` : v,
    validate: (v) => parseExpiry(v) ? null : t("expiry_bad") }),
  cvv: cvvField(),
  name: field({ id: "card-name", label: t("name"), autocomplete: "cc-name", maxlength: 60,
    validate: (v) => v.trim() && !/\d{6}/.test(v) ? null : t("name_bad") }),
});

const consent = (box) => box.checked() ? { save: { consent: true, text_version: CONSENT_VERSION } } : {};

// A new card: entered here if the gateway accepts it from the browser, else on the gateway's page.
export function newCard(item, amount, { attempt, back }) {
  const save = consentBox("card-save", t("save_card"));
  const after = [foot([button(t("other_method"), back)])];
  if (!item.card_entry) {
    return form(t("by_card"), [save.box], { intro: [el("p", { class: "quiet" }, t("card_on_gateway_page"))],
      submit: t("to_bank"), onSubmit: () => attempt({ method: "card", ...consent(save) }), after });
  }
  const fields = cardFields();
  const pair = el("div", { class: "pair" }, fields.expiry.box, fields.cvv.box);
  const layout = [fields.number, { ...fields.expiry, box: pair }, { ...fields.cvv, box: "" }, fields.name, save.box];
  const element = form(t("by_card"), layout, { submit: t("pay", amount), after: [
    el("p", { class: "quiet safe" }, t("card_safe")), ...after], onSubmit: async () => {
    const { reached, token } = await tokenize(item.card_entry, fields);
    if (!element.isConnected) return;
    if (!token) return fields.number.showError(t(reached ? "card_refused" : "card_gateway_down"));
    for (const each of Object.values(fields)) each.input.value = "";
    await attempt({ method: "card", card_token: token, ...consent(save) });
  } });
  return element;
}

// A saved card whose network requires the CVV, which is used once and not stored.
export function savedCard(item, amount, { attempt, back }) {
  const cvv = cvvField();
  return form(t("saved_card", item.label), [cvv], { intro: [el("p", { class: "quiet" }, t("saved_card_long"))],
    submit: t("pay", amount), after: [foot([button(t("other_method"), back)])], onSubmit: async () => {
      const body = { method: "card", instrument_id: item.instrument_id, cvv: cvv.input.value };
      cvv.input.value = "";
      await attempt(body);
    } });
}

// Nothing is charged here, so after a failed call the customer simply tries again.
async function tokenize(entry, fields) {
  const expiry = parseExpiry(fields.expiry.input.value);
  const body = new URLSearchParams({ merchant_id: entry.merchant_id,
    card_number: digits(fields.number.input.value), card_exp_month: expiry.month, card_exp_year: expiry.year,
    card_security_code: fields.cvv.input.value, name_on_card: fields.name.input.value.trim() });
  try {
    const response = await fetch(entry.url, { method: "POST", body, credentials: "omit", cache: "no-store" });
    const content = await response.json().catch(() => null);
    return { reached: response.status < 500, token: response.ok ? content?.token : null };
  } catch {
    return { reached: false, token: null };
  }
}
