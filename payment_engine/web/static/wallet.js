// Paying from a wallet, including linking it.
import { field, form } from "./fields.js";
import { call, el, showStatus, tabStorage } from "./page.js";
import { button, foot, heading, otherMethod, put } from "./stage.js";
import { t } from "./texts.js";

const normalPhone = (text) => text.replace(/[ -]/g, "").replace(/^(\+?91|0)(?=\d{10}$)/, "");

const walletAttempt = (item) => ({ method: "wallet", wallet: item.wallet,
  ...(item.instrument_id ? { instrument_id: item.instrument_id } : {}) });

// A wallet is linked by an OTP here, or by consent on its provider's page.
export function wallet(item, checkout) {
  if (item.instrument_id || !item.link) return checkout.attempt(walletAttempt(item));
  return item.link === "consent" ? openConsent(item, checkout) : put(() => [phoneForm(item, checkout)]);
}

function phoneForm(item, checkout) {
  const phone = field({ id: "phone", label: t("phone"), type: "tel", autocomplete: "tel-national", maxlength: 16,
    validate: (v) => /^[6-9]\d{9}$/.test(normalPhone(v)) ? null : t("phone_bad") });
  const gatewayPage = item.needs.includes("link") ? null
    : button(t("wallet_page", item.label), () => checkout.attempt(walletAttempt(item)));
  return form(t("link", item.label), [phone], { submit: t("send_otp"), busy: t("sending"),
    intro: [el("p", { class: "quiet" }, t("link_long"))],
    after: [foot([gatewayPage, otherMethod(checkout.back)])], onSubmit: async () => {
      const { status, content } = await call("POST", `/v1/${item.wallet}/wallet/otp`, checkout.token,
        { body: { phone: normalPhone(phone.input.value) } });
      if (status === 202) put(() => [otpForm(item, checkout)]);
      else phone.showError(whyNoOtp(status, content, item));
    } });
}

function whyNoOtp(status, content, item) {
  if (status !== 429) return t("unreachable", item.label);
  const minutes = Math.ceil(((content && content.retry_after) || 60) / 60);
  return t("otp_too_many", minutes);
}

function otpForm(item, checkout) {
  const otp = field({ id: "otp", label: t("otp"), inputmode: "numeric", autocomplete: "one-time-code",
    maxlength: 8, validate: (v) => /^\d{4,8}$/.test(v) ? null : t("otp_bad") });
  return form(t("link", item.label), [otp], { submit: t("verify"), busy: t("verifying"),
    after: [foot([button(t("send_again"), () => wallet(item, checkout)), otherMethod(checkout.back)])],
    onSubmit: async () => {
      const { status, content } = await call("POST", `/v1/${item.wallet}/wallet/link`, checkout.token,
        { body: { otp: otp.input.value } });
      if (status === 200) return linked(item, content, checkout);
      if (content && content.code === "wrong_link_proof" && content.tries_left) {
        otp.showError(t("otp_wrong", content.tries_left));
        return otp.input.focus();
      }
      if (status === 429) return otp.showError(whyNoOtp(status, content, item));
      if (!status || status >= 500) return otp.showError(t("unreachable", item.label));
      wallet(item, checkout);
      return showStatus(t("otp_expired"), "bad");
    } });
}

async function openConsent(item, checkout) {
  showStatus(t("opening", item.label), "wait");
  const { status, content } = await call("POST", `/v1/${item.wallet}/wallet/link`, checkout.token, { body: {} });
  if (status !== 202) {
    await checkout.back();
    return showStatus(t("unreachable", item.label), "bad");
  }
  tabStorage.set(`consent:${checkout.id}`, JSON.stringify({ wallet: item.wallet, label: item.label }));
  return location.assign(content.next.url);
}

// The wallet whose consent page the customer returns from, with the provider's code if it gave
// one; null if none was opened. Removes the code from the address at once.
export function returnFromConsent(id) {
  const pending = tabStorage.get(`consent:${id}`);
  const code = new URLSearchParams(location.search).get("code");
  if (code || pending) history.replaceState(history.state, "", location.pathname + location.hash);
  tabStorage.remove(`consent:${id}`);
  return pending ? { ...JSON.parse(pending), code } : null;
}

export async function finishConsent(pending, checkout) {
  const { status, content } = pending.code
    ? await call("POST", `/v1/${pending.wallet}/wallet/link`, checkout.token, { body: { code: pending.code } })
    : { status: 0 };
  if (status === 200) return linked(pending, content, checkout);
  await checkout.back();
  return showStatus(t("not_linked", pending.label), "bad");
}

function linked(item, instrument, checkout) {
  const { balance } = instrument;
  const tooLow = balance && balance.amount < checkout.paise;
  const pay = () => checkout.attempt(walletAttempt({ ...item, instrument_id: instrument.id }));
  showStatus("");
  put(() => [el("section", { class: "card" }, heading(t("linked", item.label)),
    balance ? el("p", { class: "big" }, t("wallet_balance", balance.amount_display)) : null,
    tooLow ? el("p", { class: "quiet" }, t("balance_too_low", checkout.amount)) : null,
    button(t("pay", checkout.amount), pay, "main"), foot([otherMethod(checkout.back)]))]);
}
