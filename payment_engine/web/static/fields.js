// Form fields that say what is wrong with them, at themselves.
import { el } from "./page.js";

export function field({ id, label, fault, neat, ...rest }) {
  const input = el("input", { id, spellcheck: "false", ...rest });
  const place = el("p", { class: "fault", id: `${id}-fault`, role: "alert", hidden: true });
  const complain = (words) => {
    place.hidden = !words;
    place.textContent = words ?? "";
    input.setAttribute("aria-invalid", words ? "true" : "false");
    if (words) input.setAttribute("aria-describedby", place.id);
    else input.removeAttribute("aria-describedby");
  };
  const check = () => {
    const words = fault(input.value);
    complain(words);
    return !words;
  };
  input.addEventListener("input", (event) => {
    const typing = event.inputType !== "deleteContentBackward" && input.selectionStart === input.value.length;
    if (neat && typing) input.value = neat(input.value);
    if (input.getAttribute("aria-invalid") === "true") complain(fault(input.value));
  });
  input.addEventListener("blur", () => { if (input.value) check(); });
  return { box: el("div", {}, el("label", { for: id }, label), input, place), input, complain, check };
}

// Unticked: a customer's yes is theirs to give.
export function agreement(id, words) {
  const box = el("input", { type: "checkbox", id });
  return { box: el("p", { class: "agree" }, box, el("label", { for: id }, words)), given: () => box.checked };
}

// Checks every field before it sends; the first that is wrong gets the focus.
export function form(title, fields, { also = [], press, send, after = [] }) {
  const button = el("button", { class: "main" }, press);
  const made = el("form", { class: "card", novalidate: true }, el("h2", { tabindex: "-1" }, title),
    ...also, ...fields.map((each) => each.box ?? each), button, ...after);
  made.addEventListener("submit", async (event) => {
    event.preventDefault();
    const wrong = fields.filter((each) => each.check && !each.check());
    if (wrong.length) return wrong[0].input.focus();
    button.disabled = true;
    await send();
    button.disabled = false;
  });
  return made;
}
