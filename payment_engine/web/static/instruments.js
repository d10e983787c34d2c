// Paying by UPI ID and from a wallet, including linking the wallet.
import { consentBox, field, form } from "./fields.js";
import { call, el, tabStorage } from "./page.js";
import { button, foot, heading } from "./screens.js";
import { hasText, t } from "./texts.js";

const CONSENT_VERSION = "vpa-1";
const normalPhone = (text) => text.replace(/[ -]/g, "").replace(/^(\+?91|0)(?=\d{10}$)/, "");

export function upiId({ amount, attempt, back }) {
  const vpa = field({ id: "vpa", label: t("vpa"), placeholder: t("vpa_hint"), inputmode: "email",
    autocapitalize: "none", maxlength: 255, validate: (v) => v.trim() ? null : t("vpa.missing") });
  const save = consentBox("vpa-save", t("save_vpa"));
  const showInvalid = (content) => {
    if (content?.code !== "invalid_vpa") return false;
    const key = `vpa.${content.reason}`;
    vpa.showError(t(hasText(key) ? key : "vpa.other"));
    vpa.input.focus();
    return true;
  };
  return form(t("by_vpa"), [vpa, save.box], { submit: t("pay", amount),
    after: [foot([button(t("other_method"), back)])],
    onSubmit: () => attempt({ method: "upi_collect", vpa: vpa.input.value.trim(),
      ...(save.checked() ? { save: { consent: true, text_version: CONSENT_VERSION } } : {}) }, showInvalid) });
}

const walletAttempt = (item) => ({ method: "wallet", wallet: item.wallet,
  ...(item.instrument_id ? { instrument_id: item.instrument_id } : {}) });

// A wallet is linked by an OTP here, or by consent on its provider's page.
export function wallet(item, checkout) {
  if (item.instrument_id || !item.link) return checkout.attempt(walletAttempt(item));
  if (item.link === "consent") return askConsent(item, checkout);
  const path = `/v1/${item.wallet}/wallet`;
  const phone = field({ id: "phone", label: t("phone"), type: "tel", autocomplete: "tel-national", maxlength: 16,
    validate: (v) => /^[6-9]\d{9}$/.test(normalPhone(v)) ? null : t("phone_bad") });
  const gatewayPage = item.needs.includes("link") ? null
    : button(t("wallet_page", item.label), () => checkout.attempt(walletAttempt(item)));
  return checkout.put(form(t("link", item.label), [phone], { submit: t("send_otp"),
    intro: [el("p", { class: "quiet" }, t("link_long"))],
    after: [foot([gatewayPage, button(t("other_method"), checkout.back)])], onSubmit: async () => {
      const body = { phone: normalPhone(phone.input.value) };
      const { status } = await call("POST", `${path}/otp`, checkout.token, { body }).catch(() => ({ status: 0 }));
      if (status === 202) return askOtp(item, path, checkout);
      phone.showError(t("unreachable", item.label));
    } }));
}

function askOtp(item, path, checkout) {
  const otp = field({ id: "otp", label: t("otp"), inputmode: "numeric", autocomplete: "one-time-code",
    maxlength: 8, validate: (v) => /^\d{4,8}$/.test(v) ? null : t("otp_bad") });
  checkout.put(form(t("link", item.label), [otp], { submit: t("verify"),
    after: [foot([button(t("other_method"), checkout.back)])], onSubmit: async () => {
      const { status, content } = await call("POST", `${path}/link`, checkout.token, { body: { otp: otp.input.value } })
        .catch(() => ({ status: 0 }));
      if (status === 200) return linked(item, content, checkout);
      if (content?.code === "wrong_link_proof" && content.tries_left) {
        otp.showError(t("otp_wrong", content.tries_left));
        return otp.input.focus();
      }
      checkout.showStatus(t(status && status < 500 ? "otp_expired" : "unreachable", item.label), "bad");
      if (status && status < 500) wallet(item, checkout);
    } }));
  document.getElementById("otp").focus();
}

async function askConsent(item, checkout) {
  checkout.showStatus(t("opening", item.label), "wait");
  const { status, content } = await call("POST", `/v1/${item.wallet}/wallet/link`, checkout.token, { body: {} })
    .catch(() => ({ status: 0 }));
  if (status !== 202) {
    checkout.showStatus(t("unreachable", item.label), "bad");
    return checkout.back();
  }
  tabStorage.set(`consent:${checkout.id}`, JSON.stringify({ wallet: item.wallet, label: item.label }));
  location.assign(content.next.url);
}

// The wallet whose consent page the customer returns from, with the provider's code if it gave
// one; null if none was opened. Removes the code from the address at once.
export function returnFromConsent(id) {
  const pending = tabStorage.get(`consent:${id}`);
  const code = new URLSearchParams(location.search).get("code");
  if (location.search) history.replaceState(null, "", location.pathname + location.hash);
  tabStorage.remove(`consent:${id}`);
  return pending ? { ...JSON.parse(pending), code } : null;
}

export async function finishConsent(pending, checkout) {
  const body = { code: pending.code };
  const { status, content } = pending.code
    ? await call("POST", `/v1/${pending.wallet}/wallet/link`, checkout.token, { body }).catch(() => ({ status: 0 }))
    : { status: 0 };
  if (status === 200) return linked(pending, content, checkout);
  checkout.showStatus(t("not_linked", pending.label), "bad");
  checkout.back();
}

function linked(item, instrument, checkout) {
  const { balance } = instrument;
  const tooLow = balance && balance.amount < checkout.paise;
  const pay = () => checkout.attempt(walletAttempt({ ...item, instrument_id: instrument.id }));
  checkout.showStatus("");
  checkout.put(el("section", { class: "card" }, heading(t("linked", item.label)),
    balance ? el("p", { class: "big" }, t("wallet_balance", balance.amount_display)) : null,
    tooLow ? el("p", { class: "quiet" }, t("balance_too_low", checkout.amount)) : null,
    button(t("pay", checkout.amount), pay, "main"),
    foot([button(t("other_method"), checkout.back)])));
}
