// The card form. The number goes from here to the gateway and nowhere else; we see its token.
import { el } from "./page.js";

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

const FIELDS = [
  { name: "number", label: "Card number", complete: "cc-number", mode: "numeric", most: 23,
    neat: (v) => digits(v).slice(0, 19).replace(/(\d{4})(?=\d)/g, "$1 "),
    fault: (v) => /^[\d -]+$/.test(v) && /^\d{12,19}$/.test(digits(v)) && luhn(digits(v)) ? null
      : "This is not a card number. Check its digits." },
  { name: "expiry", label: "Valid through", complete: "cc-exp", mode: "numeric", most: 7, hint: "MM/YY",
    neat: (v) => /^\d{3,4}$/.test(v) ? `${v.slice(0, 2)}/${v.slice(2)}` : v,
    fault: (v) => validThrough(v) ? null : "Month and year as on the card, such as 09/29." },
  { name: "cvv", label: "CVV", complete: "cc-csc", mode: "numeric", most: 4, secret: true,
    fault: (v) => /^\d{3,4}$/.test(v) ? null : "3 digits on the back, or 4 on the front." },
  { name: "name", label: "Name on card", complete: "cc-name", mode: "text", most: 60,
    fault: (v) => v.trim() && !/\d{6}/.test(v) ? null : "As printed on the card." },
];

export function cardForm(entry, amount, paid, back) {
  const inputs = Object.fromEntries(FIELDS.map((field) => [field.name, input(field)]));
  const labelled = FIELDS.map((field) => el("div", {},
    el("label", { for: `card-${field.name}` }, field.label), inputs[field.name],
    el("p", { class: "fault", id: `card-${field.name}-fault`, role: "alert", hidden: true })));
  const button = el("button", { class: "main" }, `MAKE PAYMENT ${amount}`);
  const form = el("form", { class: "card", novalidate: true }, el("h2", {}, "Pay by card"),
    labelled[0], el("div", { class: "pair" }, labelled[1], labelled[2]), labelled[3], button,
    el("p", { class: "quiet safe" }, "Your card number goes straight to the payment network. The shop never sees it."),
    el("div", { class: "foot" }, el("button", { type: "button", onclick: back }, "Use another method")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (check(inputs)) send(entry, inputs, button, paid);
  });
  return form;
}

function input(field) {
  const made = el("input", { id: `card-${field.name}`, autocomplete: field.complete, inputmode: field.mode,
    type: field.secret ? "password" : "text", maxlength: field.most, placeholder: field.hint, spellcheck: "false" });
  made.addEventListener("input", (event) => {
    const typing = event.inputType !== "deleteContentBackward" && made.selectionStart === made.value.length;
    if (field.neat && typing) made.value = field.neat(made.value);
    if (made.getAttribute("aria-invalid") === "true") complain(made, field.name, field.fault(made.value));
  });
  made.addEventListener("blur", () => {
    if (made.value) complain(made, field.name, field.fault(made.value));
  });
  return made;
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
  if (!place) return;
  place.hidden = !fault;
  place.textContent = fault ?? "";
  input.setAttribute("aria-invalid", fault ? "true" : "false");
  if (fault) input.setAttribute("aria-describedby", place.id);
  else input.removeAttribute("aria-describedby");
}

// Nothing is charged here: a call that breaks is simply made again by the customer.
async function send(entry, inputs, button, paid) {
  button.disabled = true;
  const through = validThrough(inputs.expiry.value);
  const card = new URLSearchParams({ merchant_id: entry.merchant_id,
    card_number: digits(inputs.number.value), card_exp_month: through.month, card_exp_year: through.year,
    card_security_code: inputs.cvv.value, name_on_card: inputs.name.value.trim() });
  const { reached, token } = await tokenised(entry.url, card);
  if (!button.isConnected) return;
  if (token) {
    for (const each of Object.values(inputs)) each.value = "";
    paid(token);
    return;
  }
  button.disabled = false;
  complain(inputs.number, "number", reached ? "This card was not taken. Check its details or use another method."
    : "The payment network did not answer. Nothing was charged; try again.");
}

async function tokenised(url, card) {
  try {
    const answer = await fetch(url, { method: "POST", body: card, credentials: "omit", cache: "no-store" });
    const content = await answer.json().catch(() => null);
    return { reached: answer.status < 500, token: answer.ok ? content?.token : null };
  } catch {
    return { reached: false, token: null };
  }
}
