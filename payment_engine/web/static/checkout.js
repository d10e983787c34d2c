// The hosted checkout: one payment, opened by the token in the address's fragment.
import { newCard, savedCard } from "./card.js";
import * as instruments from "./instruments.js";
import { call, el, kept, pause, tell } from "./page.js";
import * as screens from "./screens.js";
import { LANGUAGES, language, say, speak } from "./words.js";

const id = location.pathname.split("/").pop();
const api = `/v1/payments/${encodeURIComponent(id)}`;
const CONFIG = "/v1/user-config";
const page = document.querySelector("main");
const stage = document.getElementById("stage");
const PLATFORM = platform();
const MOST_TRIES = 8;
const WAITING = new Set(["created", "pending"]);
const AWAY = `away:${id}`;

const token = ownToken();
let payment = null;
let behind = 0;
let screen = null;
let replaces = null;
let starting = false;
let proceeded = false;
let looking = null;
let clock = null;
let deadline = null;
const away = kept.get(AWAY);
kept.drop(AWAY);

// The token leaves the address once the tab itself keeps it, so that no history or screenshot has it.
function ownToken() {
  const given = location.hash.slice(1);
  if (given && kept.set(`checkout:${id}`, given)) history.replaceState(null, "", location.pathname);
  return given || kept.get(`checkout:${id}`);
}

function platform() {
  const agent = navigator.userAgent;
  if (/android/i.test(agent)) return "android";
  if (/iphone|ipad|ipod/i.test(agent) || (/macintosh/i.test(agent) && navigator.maxTouchPoints > 1)) return "ios";
  return /mobi/i.test(agent) ? "mobile_web" : "desktop";
}

async function start() {
  for (;;) {
    const { status, content } = await call("GET", api, token).catch(() => ({ status: 0 }));
    if (status === 401 || status === 404) return gone();
    if (status === 200) {
      tell("", "", "line");
      return show(content);
    }
    offline(status);
    await pause(3000);
  }
}

function gone() {
  kept.drop(`checkout:${id}`);
  stage.replaceChildren();
  tell(say("gone"), "bad");
}

function offline(status) {
  tell(say(status ? "busy" : "offline"), "wait", "line");
}

// Reads again whenever the payment changes; the wait is the server's. A late success may still
// arrive after the time to pay is over, so an attempt without an outcome is followed as well.
async function follow() {
  while (["open", "pending"].includes(payment.status) || payment.attempts.some((a) => WAITING.has(a.status))) {
    const since = Date.now();
    looking = new AbortController();
    const { status, content } = await call("GET", `${api}?wait=25`, token,
      { headers: { "If-None-Match": `"${payment.version}"` }, signal: looking.signal })
      .catch((error) => ({ status: error.name === "AbortError" ? -1 : 0 }));
    if (status === 401) return may("attempt") || payment.status === "pending" ? gone() : undefined;
    if (status === 200 || status === 304) tell("", "", "line");
    else if (status >= 0) offline(status);
    if (status === 200) newest(content);
    else if (status >= 0 && Date.now() - since < 1000) await pause(payment.next_poll_in_ms ?? 3000);
  }
}

// While an attempt is being started, its own answer says more than what is heard on the side.
function newest(content) {
  if (content.version < payment.version) return;
  if (starting && content.status === "pending") payment = content;
  else show(content);
}

// Draws the screen for what the payment is now, unless that screen is there already: a form that
// is being filled in and a choice that is being made stay.
function show(next, { onward = false } = {}) {
  payment = next;
  behind = Date.parse(payment.server_time) - Date.now();
  const live = payment.attempts.findLast((attempt) => WAITING.has(attempt.status));
  const last = payment.attempts.at(-1);
  const now = [payment.status, live?.id, live?.next_action?.kind, last?.id, last?.status, may("attempt")].join();
  if (now === screen) return;
  screen = now;
  replaces = null;
  clearInterval(clock);
  clearTimeout(deadline);
  summarise();
  if (may("attempt")) return offering(last);
  if (payment.status === "pending") return pending(live, onward);
  end();
}

const may = (action) => payment.allowed_actions.includes(action);

function untilOver(until) {
  return Date.parse(until) - Date.now() - behind;
}

const wide = () => matchMedia("(min-width: 860px)").matches;

function summarise() {
  document.getElementById("order").textContent = say("order", payment.order_id);
  const place = document.getElementById("summary");
  place.hidden = false;
  place.replaceChildren(screens.summary(payment));
  place.firstChild.open = !payment.attempts.length || wide();
}

function put(...parts) {
  clearInterval(clock);
  page.classList.add("steps");
  stage.replaceChildren(...parts.filter(Boolean));
  stage.querySelector("h2")?.focus({ preventScroll: true });
  scrollTo({ top: 0 });
}

function offering(last) {
  deadline = setTimeout(look, untilOver(payment.expires_at) + 500);
  tell(last?.decline?.messages[language()] ?? "", "bad");
  if (last || proceeded) return offer();
  page.classList.remove("steps");
  stage.replaceChildren(...screens.proceed(offer, cancelling()));
}

async function offer() {
  proceeded = true;
  document.querySelector("#summary details").open = wide();
  const was = screen;
  const { status, content } = await call("GET", `${api}/methods?platform=${PLATFORM}`, token)
    .catch(() => ({ status: 0 }));
  if (was !== screen) return;
  if (status === 401) return gone();
  if (status !== 200) {
    offline(status);
    return put(screens.foot([screens.button(say("try_again"), offer, "main"), cancelling()]));
  }
  tell("", "", "line");
  const last = payment.attempts.at(-1);
  const failed = payment.status === "open" && last?.decline ? last : null;
  const back = replaces && screens.button(say("back_and_wait"), again);
  const note = failed && screens.declined(failed, payment);
  put(...screens.methods(content, { usable, failed, note, pick, foot: [back, cancelling()] }));
}

const usable = (item) => item.enabled;

const paying = () => ({ id, token, amount: payment.amount_display, paise: payment.amount, attempt, put, tell, back: offer });

function pick(item) {
  tell("");
  const at = paying();
  const { kind, instrument_id } = item;
  if (kind === "wallet") return instruments.wallet(item, at);
  if (kind === "netbanking") return attempt({ method: kind, bank: item.bank });
  if (kind === "card" && !instrument_id) return fill(newCard(item, at.amount, at));
  if (kind === "card" && item.needs.includes("cvv")) return fill(savedCard(item, at.amount, at));
  if (kind === "upi_collect" && !instrument_id) return fill(instruments.upiId(at));
  const named = { ...(item.app ? { app: item.app } : {}), ...(instrument_id ? { instrument_id } : {}) };
  return attempt({ method: kind, ...named });
}

function fill(form) {
  put(form);
  stage.querySelector("input:not([type=checkbox])")?.focus();
}

// The same key for every try at one intention: whatever broke on the way, there is one attempt.
// ``refused`` may show a refusal where it belongs, and then says true.
async function attempt(body, refused = () => false) {
  disable(true);
  tell(say("starting"), "wait");
  const client = { platform: PLATFORM, user_agent: navigator.userAgent.slice(0, 1000) };
  const sent = { ...body, client, hosted: true, ...(replaces ? { replaces } : {}) };
  starting = true;
  const { status, content } = await surely("POST", `${api}/attempts`, sent);
  starting = false;
  tell("", "", "line");
  if (refused(content)) {
    disable(false);
    return tell("");
  }
  screen = null;
  if (status === 201) return content.payment.version < payment.version ? show(payment)
    : show(content.payment, { onward: true });
  if (status === 401) return gone();
  if (content?.code === "attempt_in_progress") return busy(content.attempt);
  if (!status || status >= 500 || content?.code === "payment_not_open") return again();
  tell(say("not_started"), "bad");
  offer();
}

function disable(all) {
  for (const pressed of stage.querySelectorAll("button")) pressed.disabled = all;
}

async function surely(method, path, body) {
  const headers = { "Idempotency-Key": crypto.randomUUID() };
  for (let tries = 0; ; tries += 1) {
    const answer = await call(method, path, token, { body, headers }).catch(() => ({ status: 0 }));
    const broken = answer.status === 0 || answer.status >= 500 || answer.content?.code === "idempotency_in_progress";
    if (!broken || tries === MOST_TRIES) return answer;
    offline(answer.status);
    await pause(Math.min(1000 * 2 ** tries, 8000));
  }
}

function busy(other) {
  tell(say("in_progress"), "wait");
  put(el("section", { class: "card choices" }, screens.heading(say("what_now")),
    screens.button(say("wait_for", screens.nameOf(other.method)), again, "main"),
    screens.button(say("instead"), () => change(other.id)), cancelling()));
}

function change(attemptId) {
  replaces = attemptId;
  tell(say("paid_already"), "wait");
  offer();
}

function again() {
  screen = null;
  return start();
}

async function look() {
  const { status, content } = await call("GET", api, token).catch(() => ({ status: 0 }));
  if (status === 401) return gone();
  if (status !== 200) return offline(status);
  newest(content);
}

function pending(live, onward) {
  const action = live?.next_action;
  const kind = action && { redirect: screens.redirect, upi_intent: screens.intent, upi_qr: screens.qr,
    upi_collect: screens.collect }[action.kind];
  const other = live && may("replace") && screens.button(say("other_method"), () => change(live.id));
  const links = screens.foot([other, cancelling()]);
  if (!kind) {
    tell(say("confirming_do"), "wait");
    return put(el("section", { class: "card end" }, el("div", { class: "spin", "aria-hidden": "true" }),
      screens.heading(say("confirming")),
      el("p", {}, say("confirming_long"))), links);
  }
  const left = el("p", { class: "left", role: "timer" });
  const card = el("section", { class: "card" }, ...kind(action, payment.amount_display).filter(Boolean), left);
  tell(say("waiting"), "wait");
  put(card, links);
  clock = screens.countDown(left, () => untilOver(action.expires_at), () => over(card));
  if (onward && action.kind === "redirect") go(action);
}

function over(card) {
  card.replaceChildren(screens.heading(say("time_over")),
    el("p", { class: "quiet" }, say("time_over_long")));
  tell(say("asking"), "wait");
}

function go(action) {
  tell(say("onward"), "wait");
  kept.set(AWAY, "yes");
  if (action.method === "POST") document.getElementById("onward").submit();
  else location.assign(action.url);
}

// Asks once before it cancels: the second press does it.
function cancelling() {
  if (!may("cancel")) return null;
  const pressed = screens.button(say("cancel"), () => {
    if (pressed.dataset.sure) return cancel();
    pressed.dataset.sure = "yes";
    pressed.textContent = say("cancel_sure");
  }, "quietly");
  return pressed;
}

async function cancel() {
  disable(true);
  const { status, content } = await surely("POST", `${api}/cancel`, {});
  tell("", "", "line");
  if (status === 401) return gone();
  if (status === 200) return newest(content);
  again();
}

function end() {
  const status = ["paid", "authorized", "cancelled"].includes(payment.status) ? payment.status : "expired";
  const good = status === "paid" || status === "authorized";
  const title = say(status);
  const lines = [say(`${status}_long`, payment.amount_display, payment.order_id)];
  if (payment.attempts.some((one) => one.conflict)) lines.push(say("second"));
  const back = new URL(payment.return_url);
  back.searchParams.set("payment_id", payment.id);
  back.searchParams.set("order_id", payment.order_id);
  document.title = title;
  tell(`${title}. ${lines.join(" ")}`, "said");
  put(screens.ending({ mark: good ? "✓" : status === "cancelled" ? "×" : "!", title, lines, back: back.href,
    kind: good ? "good" : "bad" }));
  page.classList.remove("steps");
  if (good && away) location.assign(back.href);
}

// The customer's own language: as this tab chose it, as their config has it, as the browser speaks.
async function translate() {
  const chosen = kept.get("language");
  speak(chosen ?? (navigator.language.startsWith("hi") ? "hi" : "en"));
  const pressed = document.getElementById("language");
  pressed.addEventListener("click", () => choose(LANGUAGES.find((each) => each !== language())));
  label();
  if (chosen) return;
  const { content } = await call("GET", CONFIG, token).catch(() => ({}));
  if (content?.version && content.language !== language()) choose(content.language, { keep: false });
}

function label() {
  document.getElementById("title").textContent = say("page");
  document.getElementById("language").textContent = say("other_language");
  document.title = say("page");
}

function choose(named, { keep = true } = {}) {
  speak(named);
  label();
  if (payment) {
    screen = null;
    show(payment);
  }
  if (keep) remember(named);
}

async function remember(named) {
  kept.set("language", named);
  const { content } = await call("GET", CONFIG, token).catch(() => ({}));
  if (!content) return;
  const headers = { "If-Match": `"${content.version}"` };
  await call("PATCH", CONFIG, token, { body: { language: named }, headers }).catch(() => null);
}

async function run() {
  translate();
  const begun = instruments.cameBack(id);
  await start();
  if (begun && payment && may("attempt")) instruments.finish(begun, paying());
  if (payment) await follow();
}

// A phone lets a page sleep while its customer is in the UPI app: look at once when they are back.
document.addEventListener("visibilitychange", () => { if (!document.hidden) looking?.abort(); });
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
addEventListener("hashchange", () => location.reload());

if (token) run();
else tell(say("no_token"), "bad");
