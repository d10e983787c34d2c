// Form fields that validate themselves and show their own error.
import { el, fill } from "./page.js";

// ``validate`` returns the error to show, or null; ``format`` rewrites the value while typing;
// ``hint`` stays below the field.
export function field({ id, label, validate, format, hint, aside, ...attributes }) {
  const input = el("input", { id, name: id, spellcheck: "false", ...attributes });
  const error = el("div", { class: "field-error", id: `${id}-error`, role: "alert" });
  const hintLine = hint ? el("p", { class: "hint", id: `${id}-hint` }, hint) : null;
  const describe = (message) => {
    const ids = [message && error.id, hintLine && hintLine.id].filter(Boolean).join(" ");
    if (ids) input.setAttribute("aria-describedby", ids);
    else input.removeAttribute("aria-describedby");
  };
  const showError = (message, ...more) => {
    fill(error, message ? el("p", {}, message) : null, ...more);
    input.setAttribute("aria-invalid", message ? "true" : "false");
    describe(message);
  };
  const check = () => {
    const message = validate(input.value);
    showError(message);
    return !message;
  };
  input.addEventListener("input", (event) => {
    const typing = event.inputType !== "deleteContentBackward" && input.selectionStart === input.value.length;
    if (format && typing) input.value = format(input.value);
    if (input.getAttribute("aria-invalid") === "true") showError(validate(input.value));
  });
  // Later, or the error would move the button that the customer is pressing from under their finger.
  const checkLater = () => {
    const silent = input.getAttribute("aria-invalid") !== "true";
    if (silent && input.value && input.isConnected) check();
  };
  input.addEventListener("blur", () => setTimeout(checkLater, 300));
  describe(null);
  const box = el("div", {}, el("div", { class: "label-row" }, el("label", { for: id }, label), aside), input,
    hintLine, error);
  return { box, input, showError, check };
}

// A checkbox, never pre-ticked: consent must be explicit.
export function consentBox(id, label) {
  const input = el("input", { type: "checkbox", id });
  return { box: el("p", { class: "agree" }, input, el("label", { for: id }, label)), checked: () => input.checked };
}

// Checks every field before it calls ``onSubmit``; the first invalid one gets the focus. While that
// runs, the button shows ``busy``.
export function form(title, fields, { intro = [], submit, busy, onSubmit, after = [] }) {
  const button = el("button", { class: "main" }, submit);
  const element = el("form", { class: "card typed", novalidate: true }, el("h2", { tabindex: "-1" }, title),
    ...intro, ...fields.map((each) => "box" in each ? each.box : each), button, ...after);
  const setBusy = (running) => {
    button.disabled = running;
    button.textContent = running ? busy || submit : submit;
    button.classList.toggle("busy", running);
  };
  element.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.disabled) return;
    const invalid = fields.filter((each) => each.check && !each.check());
    if (invalid.length) {
      invalid[0].input.focus();
      return;
    }
    setBusy(true);
    try { await onSubmit(); } finally { setBusy(false); }
  });
  return element;
}
