// Paying by UPI ID: the bank is asked whether it exists before a request is sent to it.
import { consentBox, field, form } from "./fields.js";
import { call, el } from "./page.js";
import { button, foot, otherMethod } from "./stage.js";
import { hasText, t } from "./texts.js";

const VPA_CONSENT = "vpa-1";
const HANDLES = ["okaxis", "oksbi", "okhdfcbank", "okicici", "ybl", "ibl", "paytm", "upi"];

const problemOf = (reason) => t(hasText(`vpa.${reason}`) ? `vpa.${reason}` : "vpa.other");

export function upiId({ token, amount, attempt, back }) {
  const vpa = field({ id: "vpa", label: t("vpa"), hint: t("vpa_hint"), inputmode: "email", autocapitalize: "none",
    autocomplete: "off", maxlength: 255, validate: (v) => v.trim() ? null : t("vpa.missing") });
  const save = consentBox("vpa-save", t("save_vpa"));
  const consent = () => save.checked() ? { save: { consent: true, text_version: VPA_CONSENT } } : {};
  let accepted = null; // what the customer insists on although another handle was suggested
  const element = form(t("by_vpa"), [vpa, handles(vpa), save.box], { submit: t("verify_and_pay", amount),
    busy: t("verifying"), after: [foot([otherMethod(back)])], onSubmit: async () => {
      const typed = vpa.input.value.trim();
      const verdict = await verify(typed, token, vpa);
      if (!verdict || !element.isConnected) return;
      if (verdict.did_you_mean && accepted !== typed && verdict.status !== "valid") {
        suggest(vpa, verdict.did_you_mean, () => { accepted = typed; });
        return;
      }
      await attempt({ method: "upi_collect", vpa: typed, ...consent() },
        { refused: (content) => showInvalid(vpa, content), payer: verdict.name_at_bank });
    } });
  return element;
}

// The verdict on a UPI ID; null after an error was shown at the field. If no bank could tell, the
// request is sent all the same.
async function verify(typed, token, vpa) {
  const { status, content } = await call("POST", "/v1/upi/validate", token, { body: { vpa: typed } });
  if (status === 429) return fail(vpa, t("vpa_too_many"));
  if (content && content.code === "invalid_vpa") return fail(vpa, problemOf(content.reason));
  if (status !== 200) return { status: "unverified", name_at_bank: null, did_you_mean: null };
  return content.status === "invalid" && !content.did_you_mean ? fail(vpa, t("vpa.unknown")) : content;
}

function fail(vpa, message) {
  vpa.showError(message);
  vpa.input.focus();
  return null;
}

function showInvalid(vpa, content) {
  if (!content || content.code !== "invalid_vpa") return false;
  fail(vpa, problemOf(content.reason));
  return true;
}

function setHandle(vpa, handle) {
  vpa.input.value = `${vpa.input.value.trim().split("@")[0]}@${handle}`;
  vpa.showError(null);
  vpa.input.focus();
}

// Nothing is sent until the customer has chosen one of the two.
function suggest(vpa, handle, insist) {
  const typed = vpa.input.value.trim();
  const better = `${typed.split("@")[0]}@${handle}`;
  const use = button(t("use_handle", better), () => setHandle(vpa, handle), "small");
  const stay = button(t("stay_with", typed), () => { insist(); vpa.showError(null); vpa.input.focus(); }, "small");
  vpa.showError(t("did_you_mean", better), use, stay);
  use.focus();
}

// Endings to choose from, as the customer's app shows them.
function handles(vpa) {
  const chips = HANDLES.map((handle) => button(`@${handle}`, () => setHandle(vpa, handle), "chip"));
  return el("div", { class: "chips", role: "group", "aria-label": t("handles") }, ...chips);
}
