// Paying by card: on the gateway's own page, or in fields from which the number goes straight to the
// gateway. Our service gets a token.
import { consentBox, field, form } from "./fields.js";
import { el } from "./page.js";
import { safe } from "./marks.js";
import { foot, otherMethod } from "./stage.js";
import { t } from "./texts.js";

const CARD_CONSENT = "card-1";
const PAGE_CONSENT = "card-page-1";
const TOKENIZE_LIMIT = 20000;
// The first match wins: RuPay lies inside wider ranges of other networks. The service has the same.
const NETWORKS = [
  { name: "RuPay", ranges: [[508227, 508227], [508500, 508999], [603741, 603741], [606985, 607984], [608001, 608500],
    [652150, 653149], [817290, 817290]], lengths: [16] },
  { name: "Visa", ranges: [[4, 4]], lengths: [16, 13, 18, 19] },
  { name: "Mastercard", ranges: [[51, 55], [2221, 2720]], lengths: [16] },
  { name: "American Express", ranges: [[34, 34], [37, 37]], lengths: [15], cvv: 4, groups: [4, 6, 5] },
  { name: "Diners Club", ranges: [[300, 305], [36, 36], [38, 39]], lengths: [14, 16, 19] },
  { name: "Maestro", ranges: [[50, 50], [56, 59], [63, 63], [67, 67]], lengths: [12, 13, 14, 15, 16, 17, 18, 19] },
];
// A Hindi keyboard writes digits of its own.
const digitsOf = (text) => text.replace(/[०-९]/g, (digit) => digit.charCodeAt(0) - 2406).replace(/\D/g, "");

function networkOf(text) {
  const digits = digitsOf(text);
  const within = ([low, high]) => {
    const prefix = digits.slice(0, String(low).length);
    return prefix.length === String(low).length && Number(prefix) >= low && Number(prefix) <= high;
  };
  return NETWORKS.find(({ ranges }) => ranges.some(within));
}

function luhn(number) {
  const sum = [...number].reverse().reduce((total, digit, index) => {
    const value = Number(digit) * (1 + (index % 2));
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}

// In groups as on the card: 4-4-4-4, American Express 4-6-5.
function grouped(text) {
  const digits = digitsOf(text).slice(0, 19);
  const { groups = [4, 4, 4, 4, 3] } = networkOf(digits) || {};
  const parts = [];
  let from = 0;
  for (const size of groups) {
    parts.push(digits.slice(from, from + size));
    from += size;
  }
  return [...parts, digits.slice(from)].filter(Boolean).join(" ");
}

// Month and year of MM/YY or MM/YYYY; null if it is neither.
function parseExpiry(text) {
  const match = /^(0?[1-9]|1[0-2]) ?\/ ?(?:20)?(\d{2})$/.exec(text.trim());
  return match ? { month: match[1].padStart(2, "0"), year: `20${match[2]}` } : null;
}

function expiryError(text) {
  const expiry = parseExpiry(text);
  if (!expiry) return t("expiry_bad");
  return new Date(Number(expiry.year), Number(expiry.month), 1) > new Date() ? null : t("expiry_over");
}

function numberError(text) {
  const [digits, network] = [digitsOf(text), networkOf(text)];
  if (!digits) return t("number_missing");
  if (!/^[\d -]+$/.test(text) || digits.length < 12 || digits.length > 19) return t("number_bad");
  if (network && !network.lengths.includes(digits.length)) return t("number_length", network.name, network.lengths.join("/"));
  return luhn(digits) ? null : t("number_bad");
}

function cvvField(cvvLength) {
  return field({ id: "card-cvv", label: t("cvv"), autocomplete: "cc-csc", inputmode: "numeric", type: "password",
    maxlength: 4, validate: (v) => new RegExp(cvvLength() ? `^\\d{${cvvLength()}}$` : "^\\d{3,4}$").test(v)
      ? null : t(cvvLength() === 4 ? "cvv_bad_4" : cvvLength() ? "cvv_bad_3" : "cvv_bad") });
}

function cardFields() {
  const badge = el("span", { class: "badge", id: "card-network", role: "status" });
  const number = field({ id: "card-number", label: t("number"), autocomplete: "cc-number", inputmode: "numeric",
    maxlength: 23, aside: badge, format: grouped, validate: numberError });
  number.input.addEventListener("input", () => { badge.textContent = (networkOf(number.input.value) || { name: "" }).name; });
  const cvvLength = () => { const network = networkOf(number.input.value); return network ? network.cvv || 3 : 0; };
  return {
    number,
    expiry: field({ id: "card-expiry", label: t("expiry"), autocomplete: "cc-exp", inputmode: "numeric", maxlength: 7,
      placeholder: "MM/YY", format: (v) => /^\d{3,4}$/.test(v) ? `${v.slice(0, 2)}/${v.slice(2)}` : v, validate: expiryError }),
    cvv: cvvField(cvvLength),
    name: field({ id: "card-name", label: t("name"), autocomplete: "cc-name", maxlength: 60,
      validate: (v) => v.trim() && !/\d{6}/.test(v) ? null : t("name_bad") }),
  };
}

const consent = (box, version) => box.checked() ? { save: { consent: true, text_version: version } } : {};

// A new card: entered here if the merchant's checkout has fields of its own, else on the gateway's page.
export function newCard(item, { amount, attempt, back }) {
  const save = consentBox("card-save", t(item.card_entry ? "save_card" : "save_page_card"));
  if (!item.card_entry) {
    return form(t("by_card"), [save.box], { intro: [el("p", { class: "quiet" }, t("card_on_gateway_page"))],
      submit: t("to_card_page", amount), busy: t("starting"),
      onSubmit: () => attempt({ method: "card", ...consent(save, PAGE_CONSENT) }), after: [foot([otherMethod(back)])] });
  }
  const fields = cardFields();
  const pair = el("div", { class: "pair" }, fields.expiry.box, fields.cvv.box);
  const layout = [fields.number, { ...fields.expiry, box: pair }, { ...fields.cvv, box: "" }, fields.name, save.box];
  const element = form(t("by_card"), layout, { submit: t("pay", amount), busy: t("starting"), after: [
    safe(t("card_safe")), foot([otherMethod(back)])], onSubmit: async () => {
    const { reached, token } = await tokenize(item.card_entry, fields);
    if (!element.isConnected) return;
    if (!token) {
      fields.number.showError(t(reached ? "card_refused" : "card_gateway_down"));
      return;
    }
    const bin = digitsOf(fields.number.input.value).slice(0, 6); // by which declined cards are counted
    const started = await attempt({ method: "card", card_token: token, bin, ...consent(save, CARD_CONSENT) });
    if (started) for (const each of Object.values(fields)) each.input.value = "";
  } });
  return element;
}

// A saved card whose network requires the CVV, which is used once and not stored.
export function savedCard(item, { amount, attempt, back }) {
  const cvv = cvvField(() => item.logo === "amex" ? 4 : 0);
  return form(t("saved_card", item.label), [cvv], { intro: [el("p", { class: "quiet" }, t("saved_card_long"))],
    submit: t("pay", amount), busy: t("starting"), after: [foot([otherMethod(back)])], onSubmit: async () => {
      const body = { method: "card", instrument_id: item.instrument_id, cvv: cvv.input.value };
      cvv.input.value = "";
      await attempt(body);
    } });
}

// Nothing is charged here, so after a failed call the customer simply tries again.
async function tokenize(entry, fields) {
  const expiry = parseExpiry(fields.expiry.input.value);
  const body = new URLSearchParams({ merchant_id: entry.merchant_id,
    card_number: digitsOf(fields.number.input.value), card_exp_month: expiry.month, card_exp_year: expiry.year,
    card_security_code: fields.cvv.input.value, name_on_card: fields.name.input.value.trim() });
  const ending = new AbortController();
  const timer = setTimeout(() => ending.abort(), TOKENIZE_LIMIT);
  try {
    const response = await fetch(entry.url, { method: "POST", body, credentials: "omit", cache: "no-store",
      signal: ending.signal });
    const content = await response.json().catch(() => null);
    return { reached: response.status < 500, token: response.ok && content ? content.token : null };
  } catch (error) {
    return { reached: false, token: null };
  } finally {
    clearTimeout(timer);
  }
}
