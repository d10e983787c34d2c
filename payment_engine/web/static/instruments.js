// Paying by UPI ID and from a wallet: what is typed, how a wallet is linked.
import { agreement, field, form } from "./fields.js";
import { call, el, kept } from "./page.js";
import { button, foot, heading } from "./screens.js";
import { knows, say } from "./words.js";

const SAVE_TEXT = "vpa-1";
const phoneOf = (text) => text.replace(/[ -]/g, "").replace(/^(\+?91|0)(?=\d{10}$)/, "");

export function upiId({ amount, attempt, back }) {
  const typed = field({ id: "vpa", label: say("vpa"), placeholder: say("vpa_hint"), inputmode: "email",
    autocapitalize: "none", maxlength: 255, fault: (v) => v.trim() ? null : say("vpa.missing") });
  const save = agreement("vpa-save", say("save_vpa"));
  const refused = (content) => {
    if (content?.code !== "invalid_vpa") return false;
    const key = `vpa.${content.reason}`;
    typed.complain(say(knows(key) ? key : "vpa.other"));
    typed.input.focus();
    return true;
  };
  return form(say("by_vpa"), [typed, save.box], { press: say("pay", amount),
    after: [foot([button(say("other_method"), back)])],
    send: () => attempt({ method: "upi_collect", vpa: typed.input.value.trim(),
      ...(save.given() ? { save: { consent: true, text_version: SAVE_TEXT } } : {}) }, refused) });
}

const paidFrom = (item) => ({ method: "wallet", wallet: item.wallet,
  ...(item.instrument_id ? { instrument_id: item.instrument_id } : {}) });

// A wallet that can be linked: by an OTP here, or by consent on its provider's page.
export function wallet(item, at) {
  if (item.instrument_id || !item.link) return at.attempt(paidFrom(item));
  if (item.link === "consent") return consent(item, at);
  const path = `/v1/${item.wallet}/wallet`;
  const typed = field({ id: "phone", label: say("phone"), type: "tel", autocomplete: "tel-national", maxlength: 16,
    fault: (v) => /^[6-9]\d{9}$/.test(phoneOf(v)) ? null : say("phone_bad") });
  const own = item.needs.includes("link") ? null
    : button(say("own_page", item.label), () => at.attempt(paidFrom(item)));
  return at.put(form(say("link", item.label), [typed], { press: say("send_otp"),
    also: [el("p", { class: "quiet" }, say("link_long"))],
    after: [foot([own, button(say("other_method"), at.back)])], send: async () => {
      const { status } = await call("POST", `${path}/otp`, at.token, { body: { phone: phoneOf(typed.input.value) } })
        .catch(() => ({ status: 0 }));
      if (status === 202) return oneTime(item, path, at);
      typed.complain(say("unreachable", item.label));
    } }));
}

function oneTime(item, path, at) {
  const typed = field({ id: "otp", label: say("otp"), inputmode: "numeric", autocomplete: "one-time-code",
    maxlength: 8, fault: (v) => /^\d{4,8}$/.test(v) ? null : say("otp_bad") });
  at.put(form(say("link", item.label), [typed], { press: say("verify"),
    after: [foot([button(say("other_method"), at.back)])], send: async () => {
      const { status, content } = await call("POST", `${path}/link`, at.token, { body: { otp: typed.input.value } })
        .catch(() => ({ status: 0 }));
      if (status === 200) return linked(item, content, at);
      if (content?.code === "wrong_link_proof" && content.tries_left) {
        typed.complain(say("otp_wrong", content.tries_left));
        return typed.input.focus();
      }
      at.tell(say(status && status < 500 ? "otp_over" : "unreachable", item.label), "bad");
      if (status && status < 500) wallet(item, at);
    } }));
  document.getElementById("otp").focus();
}

async function consent(item, at) {
  at.tell(say("leaving", item.label), "wait");
  const { status, content } = await call("POST", `/v1/${item.wallet}/wallet/link`, at.token, { body: {} })
    .catch(() => ({ status: 0 }));
  if (status !== 202) {
    at.tell(say("unreachable", item.label), "bad");
    return at.back();
  }
  kept.set(`consent:${at.id}`, JSON.stringify({ wallet: item.wallet, label: item.label }));
  location.assign(content.next.url);
}

// What came back with the customer from the provider's page, taken out of the address at once.
export function cameBack(id) {
  const begun = kept.get(`consent:${id}`);
  const code = new URLSearchParams(location.search).get("code");
  if (location.search) history.replaceState(null, "", location.pathname + location.hash);
  kept.drop(`consent:${id}`);
  return begun ? { ...JSON.parse(begun), code } : null;
}

export async function finish(begun, at) {
  const body = { code: begun.code };
  const { status, content } = begun.code
    ? await call("POST", `/v1/${begun.wallet}/wallet/link`, at.token, { body }).catch(() => ({ status: 0 }))
    : { status: 0 };
  if (status === 200) return linked(begun, content, at);
  at.tell(say("consent_lost", begun.label), "bad");
  at.back();
}

function linked(item, found, at) {
  const holds = found.balance;
  const short = holds && holds.amount < at.paise;
  at.tell("");
  at.put(el("section", { class: "card" }, heading(say("linked", item.label)),
    holds ? el("p", { class: "big" }, say("holds", holds.amount_display)) : null,
    short ? el("p", { class: "quiet" }, say("too_little", at.amount)) : null,
    button(say("pay", at.amount), () => at.attempt(paidFrom({ ...item, instrument_id: found.id })), "main"),
    foot([button(say("other_method"), at.back)])));
}
