// Form fields that validate themselves and show their own error.
import { el } from "./page.js";

// ``validate`` returns the error to show, or null; ``format`` rewrites the value while typing.
export function field({ id, label, validate, format, ...attributes }) {
  const input = el("input", { id, spellcheck: "false", ...attributes });
  const error = el("p", { class: "field-error", id: `${id}-error`, role: "alert", hidden: true });
  const showError = (message) => {
    error.hidden = !message;
    error.textContent = message ?? "";
    input.setAttribute("aria-invalid", message ? "true" : "false");
    if (message) input.setAttribute("aria-describedby", error.id);
    else input.removeAttribute("aria-describedby");
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
  input.addEventListener("blur", () => { if (input.value) check(); });
  return { box: el("div", {}, el("label", { for: id }, label), input, error), input, showError, check };
}

// A checkbox, never pre-ticked: consent must be explicit.
export function consentBox(id, label) {
  const input = el("input", { type: "checkbox", id });
  return { box: el("p", { class: "agree" }, input, el("label", { for: id }, label)), checked: () => input.checked };
}

// Checks every field before it calls ``onSubmit``; the first invalid one gets the focus.
export function form(title, fields, { intro = [], submit, onSubmit, after = [] }) {
  const button = el("button", { class: "main" }, submit);
  const element = el("form", { class: "card", novalidate: true }, el("h2", { tabindex: "-1" }, title),
    ...intro, ...fields.map((each) => each.box ?? each), button, ...after);
  element.addEventListener("submit", async (event) => {
    event.preventDefault();
    const invalid = fields.filter((each) => each.check && !each.check());
    if (invalid.length) return invalid[0].input.focus();
    button.disabled = true;
    await onSubmit();
    button.disabled = false;
  });
  return element;
}
