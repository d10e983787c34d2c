// The hosted checkout: one payment, opened by the token in the fragment of its address.
import { newCard, savedCard } from "./card.js";
import * as instruments from "./instruments.js";
import { call, el, pause, showStatus, tabStorage } from "./page.js";
import * as screens from "./screens.js";
import { outcome, shopAddress, standingOf } from "./outcome.js";
import { redrawStanding, showStanding } from "./standing.js";
import { LANGUAGES, language, setLanguage, t } from "./texts.js";
import { paymentId as id, readTokens } from "./tokens.js";

const api = `/v1/payments/${encodeURIComponent(id)}`;
const CONFIG = "/v1/user-config";
const page = document.querySelector("main");
const stage = document.getElementById("stage");
const PLATFORM = platform();
const MAX_RETRIES = 8;
const LIVE = new Set(["created", "pending"]);
const REDIRECTED = `away:${id}`;

const { checkout: token, status: statusToken } = readTokens();
let payment = null;
let clockSkew = 0; // server time minus ours, in milliseconds
let screen = null; // what the screen depends on; null draws it again
let replaces = null; // the live attempt that the next one replaces
let starting = false; // an attempt is being started
let proceeded = false; // the customer has pressed "proceed"
let longPoll = null;
let countdown = null;
let closed = false; // the page may no longer pay
let expiryTimer = null;
const wasRedirected = tabStorage.get(REDIRECTED);
tabStorage.remove(REDIRECTED);

function platform() {
  const agent = navigator.userAgent;
  if (/android/i.test(agent)) return "android";
  if (/iphone|ipad|ipod/i.test(agent) || (/macintosh/i.test(agent) && navigator.maxTouchPoints > 1)) return "ios";
  return /mobi/i.test(agent) ? "mobile_web" : "desktop";
}

async function load() {
  for (;;) {
    const { status, content } = await call("GET", api, token).catch(() => ({ status: 0 }));
    if (status === 401 || status === 404) return over();
    if (status === 200) {
      showStatus("", "", "line");
      return render(content);
    }
    showOffline(status);
    await pause(3000);
  }
}

// This page may no longer pay: it shows how the payment stands.
function over() {
  closed = true;
  clearInterval(countdown);
  clearTimeout(expiryTimer);
  return showStanding(statusToken);
}

function showOffline(status) {
  showStatus(t(status ? "service_busy" : "offline"), "wait", "line");
}

// Long-polls the payment while it can change. A success may arrive after the payment has expired,
// so attempts without a final status are followed too.
async function follow() {
  while (!closed && (["open", "pending"].includes(payment.status) || payment.attempts.some((a) => LIVE.has(a.status)))) {
    const since = Date.now();
    longPoll = new AbortController();
    const { status, content, retryAfter = 0 } = await call("GET", `${api}?wait=25`, token,
      { headers: { "If-None-Match": `"${payment.version}"` }, signal: longPoll.signal })
      .catch((error) => ({ status: error.name === "AbortError" ? -1 : 0 }));
    if (status === 401) return over();
    if (status === 200 || status === 304) showStatus("", "", "line");
    else if (status >= 0) showOffline(status);
    if (status === 200) update(content);
    else if (status >= 0 && Date.now() - since < 1000) await pause(retryAfter || (payment.next_poll_in_ms ?? 3000));
  }
}

// While an attempt is being started, the response to that call decides which screen comes next.
function update(content) {
  if (content.version < payment.version) return;
  if (starting && content.status === "pending") payment = content;
  else render(content);
}

// Draws the screen for the payment's current state. If that screen is already there, it stays, so
// that a form being filled in is not lost.
function render(content, { justStarted = false } = {}) {
  if (closed) return;
  payment = content;
  clockSkew = Date.parse(payment.server_time) - Date.now();
  const live = payment.attempts.findLast((attempt) => LIVE.has(attempt.status));
  const last = payment.attempts.at(-1);
  const next = [payment.status, live?.id, live?.next_action?.kind, last?.id, last?.status, allows("attempt")].join();
  if (next === screen) return;
  screen = next;
  replaces = null;
  clearInterval(countdown);
  clearTimeout(expiryTimer);
  renderSummary();
  if (allows("attempt")) return renderOpen(last);
  if (payment.status === "pending") return renderPending(live, justStarted);
  renderEnd();
}

const allows = (action) => payment.allowed_actions.includes(action);

const millisUntil = (time) => Date.parse(time) - Date.now() - clockSkew;

const isWide = () => matchMedia("(min-width: 860px)").matches;

function renderSummary() {
  document.getElementById("order").textContent = t("order", payment.order_id);
  const summary = document.getElementById("summary");
  summary.hidden = false;
  summary.replaceChildren(screens.summary(payment));
  summary.firstChild.open = !payment.attempts.length || isWide();
}

function put(...parts) {
  clearInterval(countdown);
  page.classList.add("steps");
  stage.replaceChildren(...parts.filter(Boolean));
  stage.querySelector("h2")?.focus({ preventScroll: true });
  scrollTo({ top: 0 });
}

function renderOpen(last) {
  expiryTimer = setTimeout(refresh, millisUntil(payment.expires_at) + 500);
  showStatus(last?.decline?.messages[language()] ?? "", "bad");
  if (last || proceeded) return renderMethods();
  page.classList.remove("steps");
  stage.replaceChildren(...screens.start(renderMethods, cancelButton()));
}

async function renderMethods() {
  proceeded = true;
  document.querySelector("#summary details").open = isWide();
  const before = screen;
  const { status, content } = await call("GET", `${api}/methods?platform=${PLATFORM}`, token)
    .catch(() => ({ status: 0 }));
  if (before !== screen) return;
  if (status === 401) return over();
  if (status !== 200) {
    showOffline(status);
    return put(screens.foot([screens.button(t("try_again"), renderMethods, "main"), cancelButton()]));
  }
  showStatus("", "", "line");
  const last = payment.attempts.at(-1);
  const failed = payment.status === "open" && last?.decline ? last : null;
  const back = replaces && screens.button(t("back_and_wait"), reload);
  const note = failed && screens.declined(failed, payment);
  put(...screens.methods(content, { usable, failed, note, pick, foot: [back, cancelButton()] }));
}

const usable = (item) => item.enabled;

// What the forms of card.js and instruments.js need of this page.
const checkout = () => ({ id, token, amount: payment.amount_display, paise: payment.amount, attempt, put, showStatus,
  back: renderMethods });

function pick(item) {
  showStatus("");
  const context = checkout();
  const { kind, instrument_id } = item;
  if (kind === "wallet") return instruments.wallet(item, context);
  if (kind === "netbanking") return attempt({ method: kind, bank: item.bank });
  if (kind === "card" && !instrument_id) return putForm(newCard(item, context.amount, context));
  if (kind === "card" && item.needs.includes("cvv")) return putForm(savedCard(item, context.amount, context));
  if (kind === "upi_collect" && !instrument_id) return putForm(instruments.upiId(context));
  const named = { ...(item.app ? { app: item.app } : {}), ...(instrument_id ? { instrument_id } : {}) };
  return attempt({ method: kind, ...named });
}

function putForm(form) {
  put(form);
  stage.querySelector("input:not([type=checkbox])")?.focus();
}

// ``showRefusal`` may show an error at its field; it then returns true.
async function attempt(body, showRefusal = () => false) {
  disableButtons(true);
  showStatus(t("starting"), "wait");
  const client = { platform: PLATFORM, user_agent: navigator.userAgent.slice(0, 1000) };
  starting = true;
  const { status, content } = await postWithRetry(`${api}/attempts`,
    { ...body, client, hosted: true, ...(replaces ? { replaces } : {}) });
  starting = false;
  showStatus("", "", "line");
  if (showRefusal(content)) {
    disableButtons(false);
    return showStatus("");
  }
  screen = null;
  if (status === 201) return content.payment.version < payment.version ? render(payment)
    : render(content.payment, { justStarted: true });
  if (status === 401) return over();
  if (content?.code === "attempt_in_progress") return renderInProgress(content.attempt);
  if (!status || status >= 500 || content?.code === "payment_not_open") return reload();
  showStatus(t("not_started"), "bad");
  renderMethods();
}

function disableButtons(disabled) {
  for (const button of stage.querySelectorAll("button")) button.disabled = disabled;
}

// Every retry has the same idempotency key, so that whatever broke, there is one attempt.
async function postWithRetry(path, body) {
  const headers = { "Idempotency-Key": crypto.randomUUID() };
  for (let retries = 0; ; retries += 1) {
    const response = await call("POST", path, token, { body, headers }).catch(() => ({ status: 0 }));
    const retryable = response.status === 0 || response.status >= 500
      || response.content?.code === "idempotency_in_progress";
    if (!retryable || retries === MAX_RETRIES) return response;
    showOffline(response.status);
    await pause(Math.min(1000 * 2 ** retries, 8000));
  }
}

function renderInProgress(other) {
  showStatus(t("in_progress"), "wait");
  put(el("section", { class: "card choices" }, screens.heading(t("what_now")),
    screens.button(t("wait_for", screens.methodName(other.method)), reload, "main"),
    screens.button(t("method_instead"), () => changeMethod(other.id)), cancelButton()));
}

function changeMethod(attemptId) {
  replaces = attemptId;
  showStatus(t("already_paid"), "wait");
  renderMethods();
}

function reload() {
  screen = null;
  return load();
}

async function refresh() {
  const { status, content } = await call("GET", api, token).catch(() => ({ status: 0 }));
  if (status === 401) return over();
  if (status !== 200) return showOffline(status);
  update(content);
}

function renderPending(live, justStarted) {
  const action = live?.next_action;
  const elements = action && { redirect: screens.redirect, upi_intent: screens.intent, upi_qr: screens.qr,
    upi_collect: screens.collect }[action.kind];
  const change = live && allows("replace") && screens.button(t("other_method"), () => changeMethod(live.id));
  const foot = screens.foot([change, cancelButton()]);
  if (!elements) {
    showStatus(t("confirming_do"), "wait");
    return put(el("section", { class: "card end" }, el("div", { class: "spin", "aria-hidden": "true" }),
      screens.heading(t("confirming")),
      el("p", {}, t("confirming_long"))), foot);
  }
  const timeLeft = el("p", { class: "left", role: "timer" });
  const card = el("section", { class: "card" }, ...elements(action, payment.amount_display).filter(Boolean), timeLeft);
  showStatus(t("waiting"), "wait");
  put(card, foot);
  countdown = screens.countDown(timeLeft, () => millisUntil(action.expires_at), () => timeUp(card));
  if (justStarted && action.kind === "redirect") redirect(action);
}

function timeUp(card) {
  card.replaceChildren(screens.heading(t("time_up")),
    el("p", { class: "quiet" }, t("time_up_long")));
  showStatus(t("checking"), "wait");
}

function redirect(action) {
  showStatus(t("redirecting"), "wait");
  tabStorage.set(REDIRECTED, "yes");
  if (action.method === "POST") document.getElementById("to-bank").submit();
  else location.assign(action.url);
}

// The first press asks for confirmation, the second one cancels.
function cancelButton() {
  if (!allows("cancel")) return null;
  const button = screens.button(t("cancel"), () => {
    if (button.dataset.sure) return cancel();
    button.dataset.sure = "yes";
    button.textContent = t("cancel_sure");
  }, "quietly");
  return button;
}

async function cancel() {
  disableButtons(true);
  const { status, content } = await postWithRetry(`${api}/cancel`, {});
  showStatus("", "", "line");
  if (status === 401) return over();
  if (status === 200) return update(content);
  reload();
}

function renderEnd() {
  put(outcome(standingOf(payment)));
  page.classList.remove("steps");
  if (["paid", "authorized"].includes(payment.status) && wasRedirected) location.assign(shopAddress(payment));
}

// The language chosen in this tab, else the browser's, until the customer's config is loaded.
async function initLanguage() {
  const chosen = tabStorage.get("language");
  setLanguage(chosen ?? (navigator.language.startsWith("hi") ? "hi" : "en"));
  const button = document.getElementById("language");
  button.addEventListener("click", () => switchLanguage(LANGUAGES.find((each) => each !== language())));
  renderTitle();
  if (chosen || !token) return;
  const { content } = await call("GET", CONFIG, token).catch(() => ({}));
  if (content?.version && content.language !== language()) switchLanguage(content.language, { save: false });
}

function renderTitle() {
  document.getElementById("title").textContent = t("page");
  document.getElementById("language").textContent = t("other_language");
  document.title = t("page");
}

function switchLanguage(name, { save = true } = {}) {
  setLanguage(name);
  renderTitle();
  if (closed) redrawStanding();
  else if (payment) {
    screen = null;
    render(payment);
  }
  if (save) saveLanguage(name);
}

async function saveLanguage(name) {
  tabStorage.set("language", name);
  if (closed) return;
  const { content } = await call("GET", CONFIG, token).catch(() => ({}));
  if (!content) return;
  const headers = { "If-Match": `"${content.version}"` };
  await call("PATCH", CONFIG, token, { body: { language: name }, headers }).catch(() => null);
}

async function run() {
  initLanguage();
  const consent = instruments.returnFromConsent(id);
  await load();
  if (consent && payment && !closed && allows("attempt")) instruments.finishConsent(consent, checkout());
  if (payment) await follow();
}

// Phones suspend a page while the customer is in the UPI app: poll at once when they return.
document.addEventListener("visibilitychange", () => { if (!document.hidden) longPoll?.abort(); });
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
addEventListener("hashchange", () => location.reload());

if (token) run();
else {
  initLanguage();
  over();
}
