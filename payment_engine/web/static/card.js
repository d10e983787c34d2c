// The card form. The number goes from here to the gateway and nowhere else; we see its token.
import { el } from "/static/page.js";

const digits = (text) => text.replace(/[ -]/g, "");

function luhn(number) {
  const sum = [...number].reverse().reduce((total, digit, place) => {
    const value = Number(digit) * (1 + (place % 2));
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}

function validThrough(text) {
  const found = /^(0[1-9]|1[0-2]) ?\/ ?(\d{2}|\d{4})$/.exec(text.trim());
  if (!found) return null;
  const year = Number(found[2].length === 2 ? `20${found[2]}` : found[2]);
  return new Date(year, Number(found[1]), 1) > new Date() ? { month: found[1], year: String(year) } : null;
}

const FIELDS = [
  { name: "number", label: "Card number", complete: "cc-number", mode: "numeric",
    fault: (v) => /^\d{12,19}$/.test(digits(v)) && luhn(digits(v)) ? null : "This is not a card number. Check its digits." },
  { name: "expiry", label: "Valid through (MM/YY)", complete: "cc-exp", mode: "numeric",
    fault: (v) => validThrough(v) ? null : "Give the month and year as on the card, such as 09/29." },
  { name: "cvv", label: "CVV", complete: "cc-csc", mode: "numeric", secret: true,
    fault: (v) => /^\d{3,4}$/.test(v) ? null : "The 3 or 4 digits beside the signature or above the number." },
  { name: "name", label: "Name on card", complete: "cc-name", mode: "text",
    fault: (v) => v.trim() ? null : "As printed on the card." },
];

export function cardForm(entry, amount, paid, back) {
  const inputs = Object.fromEntries(FIELDS.map((field) => [field.name, el("input", {
    id: `card-${field.name}`, autocomplete: field.complete, inputmode: field.mode,
    type: field.secret ? "password" : "text", maxlength: 40 })]));
  const labelled = FIELDS.map((field) => el("div", {}, el("label", {}, field.label, inputs[field.name]),
    el("p", { class: "fault", id: `card-${field.name}-fault`, role: "alert", hidden: true })));
  const button = el("button", { class: "main" }, `MAKE PAYMENT ${amount}`);
  const form = el("form", { class: "card", novalidate: true, autocomplete: "on" },
    el("h2", {}, "Pay by card"), labelled[0], el("div", { class: "pair" }, labelled[1], labelled[2]),
    labelled[3], button, el("div", { class: "foot" },
      el("button", { type: "button", onclick: back }, "Use another method")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (check(inputs)) send(entry, inputs, button, paid);
  });
  return form;
}

function check(inputs) {
  let first = null;
  for (const field of FIELDS) {
    const fault = field.fault(inputs[field.name].value);
    complain(inputs[field.name], field.name, fault);
    if (fault && !first) first = inputs[field.name];
  }
  first?.focus();
  return !first;
}

function complain(input, name, fault) {
  const place = document.getElementById(`card-${name}-fault`);
  place.hidden = !fault;
  place.textContent = fault ?? "";
  input.setAttribute("aria-invalid", fault ? "true" : "false");
  input.setAttribute("aria-describedby", place.id);
}

async function send(entry, inputs, button, paid) {
  button.disabled = true;
  const through = validThrough(inputs.expiry.value);
  const card = new URLSearchParams({ merchant_id: entry.merchant_id,
    card_number: digits(inputs.number.value), card_exp_month: through.month, card_exp_year: through.year,
    card_security_code: inputs.cvv.value, name_on_card: inputs.name.value.trim() });
  try {
    const answer = await fetch(entry.url, { method: "POST", body: card, credentials: "omit" });
    const { token } = await answer.json();
    if (!token) throw new Error("no token");
    for (const input of Object.values(inputs)) input.value = "";
    paid(token);
  } catch {
    button.disabled = false;
    complain(inputs.number, "number", "The bank's page did not take this card. Check it or use another method.");
  }
}
