// The hosted checkout: one payment, opened by the token in the fragment of its address.
import { deadEnd, isDeadEnd, postWithRetry, refusalText, showOffline } from "./attempts.js";
import { bankForm } from "./banks.js";
import { loadBrand } from "./brand.js";
import { newCard, savedCard } from "./card.js";
import { appLink, onPhone, platform, thisDevice, UPI_APPS } from "./device.js";
import { embedded, tell } from "./embed.js";
import { initLanguage } from "./language.js";
import { chooseAgain, declined, itemsOf, methodName, methodsScreen, savedId } from "./methods.js";
import { leaveSoon, shopAddress, showOutcome, standingOf } from "./outcome.js";
import { call, el, fill, pause, showStatus, tabStorage } from "./page.js";
import { codePanel, drawCode, endsQuietly, hasCode, hasExpired, isByItself, isCodeAwaited, mayStartByItself, noteCodeChosen, startByItself,
  stopCode } from "./qr.js";
import { actionScreen, countDown, start, summary } from "./screens.js";
import { ask, button, disableButtons, foot, formOpen, heading, layoutMoved, put, redraw, spinner } from "./stage.js";
import { showStanding, showUnreachable } from "./standing.js";
import { language, t } from "./texts.js";
import { paymentId, paymentPath, readTokens } from "./tokens.js";
import { upiId } from "./upi.js";
import { finishConsent, returnFromConsent, wallet } from "./wallet.js";

const LIVE = new Set(["created", "pending"]);
const REDIRECTED = `away:${paymentId}`;
const MOST_FAILURES = 20;
const LONG_WAIT = 180000; // milliseconds after which the text of a wait changes

const { checkout: token, status: statusToken, go } = readTokens();
let payment = null;
let clockSkew = 0; // server time minus ours, in milliseconds
let screen = null; // what the screen depends on; null draws it again
let replaces = null; // the live attempt that the next one replaces
let offer = null; // the methods document, as last loaded
let starting = false; // an attempt is being started
let proceeded = false; // the customer has pressed "proceed"
let chosen = {}; // of the last attempt started here: its app, and the payer's name at the bank
let longPoll = null;
let countdown = null;
let closed = false; // the page may no longer pay
let expiryTimer = null;
let waitTimer = null;
const wasRedirected = tabStorage.get(REDIRECTED);
tabStorage.remove(REDIRECTED);

async function load() {
  for (let failures = 0; failures < MOST_FAILURES; failures += 1) {
    const { status, content } = await call("GET", paymentPath, token);
    if (status === 401 || status === 404) return over();
    if (status === 200) {
      showStatus("", "", "line");
      return render(content, { justStarted: go && !payment });
    }
    showOffline(status);
    await pause(3000);
  }
  return showUnreachable(reload);
}

// This page may no longer pay: it shows how the payment stands.
function over() {
  closed = true;
  stopTimers();
  return showStanding(statusToken);
}

function stopTimers() {
  clearInterval(countdown);
  clearTimeout(expiryTimer);
  clearTimeout(waitTimer);
  stopCode();
}

const isUndecided = () => payment.attempts.some((one) => LIVE.has(one.status));

const moving = () => ["open", "pending"].includes(payment.status) || isUndecided();

// Long-polls the payment while it can change. A success may arrive after the payment has expired,
// so attempts without a final status are followed too.
async function follow() {
  while (!closed && moving()) {
    const since = Date.now();
    longPoll = new AbortController();
    const { signal } = longPoll;
    const { status, content, retryAfter } = await call("GET", `${paymentPath}?wait=25`, token,
      { headers: { "If-None-Match": `"${payment.version}"` }, signal, limit: 40000 });
    if (closed || status === 401) return closed ? undefined : over();
    if (status === 200 || status === 304) showStatus("", "", "line");
    else if (!signal.aborted) showOffline(status);
    if (status === 200) update(content);
    else if (!signal.aborted && Date.now() - since < 1000) await pause(retryAfter || payment.next_poll_in_ms || 3000);
  }
}

// While an attempt is being started, the response to that call decides which screen comes next.
function update(content) {
  if (content.version < payment.version) return;
  if (starting && content.status === "pending") payment = content;
  else render(content);
}

const allows = (action) => payment.allowed_actions.includes(action);

const millisUntil = (time) => Date.parse(time) - Date.now() - clockSkew;

// Of an open payment, earlier ones that the customer has left may be undecided still.
const liveAttempt = () => payment.status === "open" ? undefined : payment.attempts.filter((one) => LIVE.has(one.status)).pop();

const codeIsThere = () => hasCode(liveAttempt(), millisUntil);

const lastAttempt = () => payment.attempts[payment.attempts.length - 1];

const isWide = () => matchMedia("(min-width: 860px)").matches;

// Draws the screen for the payment's current state. If that screen is already there, it stays; a
// form that is being filled in stays too, and hears of what happened above it.
function render(content, { justStarted = false } = {}) {
  if (closed) return undefined;
  const before = payment && payment.status;
  payment = content;
  clockSkew = Date.parse(payment.server_time) - Date.now();
  const [live, last] = [liveAttempt(), lastAttempt() || {}];
  const action = live && live.next_action ? live.next_action.kind : "";
  const next = [payment.status, live && live.id, action, last.id, last.status, allows("attempt")].join();
  if (next === screen) return undefined;
  screen = next;
  if (!live || live.id !== replaces) replaces = null;
  stopTimers();
  if (payment.status === "open") expiryTimer = setTimeout(refresh, millisUntil(payment.expires_at) + 500);
  renderSummary();
  if (formOpen() && (allows("attempt") || allows("replace")) && !justStarted) return showChange(live, last);
  if (allows("attempt")) return renderOpen(last);
  if (payment.status === "pending") return renderPending(live, justStarted);
  return renderEnd(before === "pending");
}

function showChange(live, last) {
  if (live && isByItself(live, payment)) replaces = live.id;
  if (live && live.id === replaces) return;
  if (live) showInProgress(live, { asBanner: true });
  else showDecline(last);
}

function showDecline(last) {
  const matters = last.decline && !endsQuietly(last, payment);
  showStatus(matters ? last.decline.messages[language()] : "", "bad");
}

function renderSummary() {
  document.getElementById("order").textContent = t("order", payment.order_id);
  const section = document.getElementById("summary");
  section.hidden = false;
  fill(section, summary(payment));
  const first = !payment.attempts.length && !proceeded;
  section.firstChild.open = ["open", "pending"].includes(payment.status) && (first || isWide());
}

function renderOpen(last) {
  showDecline(last);
  if (hasExpired(last) && codePanel.isConnected && codeItem()) {
    showStatus(t("code_expired"), "visually-hidden");
    return drawCode(last, codeFacts());
  }
  if (last.id || proceeded) return renderMethods();
  return put(() => start(proceed, cancelButton()), { alone: true });
}

function proceed() {
  goTo("methods");
  return renderMethods();
}

// A step that Back returns from; the entries of the history start nothing.
function goTo(step) {
  if ((history.state || {}).step !== step) history.pushState({ step }, "");
}

async function renderMethods() {
  proceeded = true;
  renderSummary();
  const [before, wasForm] = [screen, formOpen()];
  const loaded = await loadMethods();
  if (before !== screen || closed || (formOpen() && !wasForm)) return undefined;
  if (!loaded) return put(() => chooseAgain(t("load_again"), renderMethods, [cancelButton()]));
  if (codeIsThere()) { // its code is here again
    replaces = null;
    showStatus("");
  }
  const first = mayStartByItself(offer, payment);
  if (first && !document.hidden) startCode();
  else if (first) document.addEventListener("visibilitychange", renderMethodsAgain, { once: true });
  return showMethods();
}

// In a tab that was hidden when a code would have been started.
function renderMethodsAgain() {
  if (document.querySelector(".methods") && allows("attempt")) renderMethods();
}

async function loadMethods() {
  const apps = onPhone() ? `&upi_apps=${UPI_APPS}` : "";
  const { status, content } = await call("GET", `${paymentPath}/methods?platform=${platform()}${apps}`, token);
  if (status === 401) over();
  if (closed || status !== 200) {
    if (!closed) showOffline(status);
    return false;
  }
  showStatus("", "", "line");
  offer = content;
  return true;
}

function showMethods() {
  return put(() => {
    const [last, live, code] = [lastAttempt(), liveAttempt(), currentCode()];
    if (code) drawCode(code.attempt, codeFacts());
    const content = offer || { groups: [], recommended: [] };
    const failed = allows("attempt") && last && last.decline && !endsQuietly(last, payment) ? last : null;
    const undecided = !live && isUndecided();
    const note = [failed && declined(failed, payment), undecided && el("p", { class: "quiet" }, t("already_paid"))];
    const back = (replaces || undecided) && button(t("back_and_wait"), replaces ? reload : () => renderConfirming(() => foot([again])));
    const again = button(t("other_method"), renderMethods);
    return methodsScreen(content, { failed, note: el("div", {}, ...note), pick, banks, remove, links: [back, cancelButton()],
      code: code && codePanel });
  });
}

// The code beside the list: of the live attempt, of one that has expired, or one that is awaited.
function currentCode() {
  const [live, last] = [liveAttempt(), lastAttempt()];
  if (codeIsThere()) return { attempt: live };
  if (!live && hasExpired(last) && codeItem()) return { attempt: last };
  return !live && isCodeAwaited() ? { attempt: null } : null;
}

const codeItem = () => offer && itemsOf(offer).find((item) => item.kind === "upi_qr" && item.enabled);

const codeFacts = () => ({ amount: payment.amount_display, millisLeft: millisUntil, again: codeItem() && (() => pick(codeItem())) });

async function startCode() {
  const { status, content } = await startByItself(token);
  if (closed) return;
  const before = screen;
  if (status === 201) update(content.payment);
  if (before !== screen || currentCode() || !codePanel.isConnected) return;
  layoutMoved();
  showMethods();
}

// What the forms need of this page.
const context = () => ({ id: paymentId, token, amount: payment.amount_display, paise: payment.amount, attempt,
  back: renderMethods });

function banks(items) {
  if (codeIsThere()) replaces = liveAttempt().id;
  putForm(() => bankForm(items, context()));
}

function pick(item) {
  const live = liveAttempt();
  if (codeIsThere() || (live && isByItself(live, payment))) replaces = live.id;
  showStatus("");
  const { kind, instrument_id: instrument } = item;
  if (kind === "wallet" && item.link === "consent" && embedded) return tell("leave");
  if (kind === "wallet") return wallet(item, context());
  if (kind === "card" && !instrument) return putForm(() => newCard(item, context()));
  if (kind === "card" && item.needs.includes("cvv")) return putForm(() => savedCard(item, context()));
  if (kind === "upi_collect" && !instrument) return putForm(() => upiId(context()));
  const body = { method: kind, ...(item.app ? { app: item.app } : {}), ...(item.bank ? { bank: item.bank } : {}),
    ...(instrument ? { instrument_id: instrument } : {}) };
  return attempt(body);
}

function putForm(form) {
  goTo("form");
  put(() => [form()]);
  if (codeIsThere()) showStatus(t("already_paid"), "wait");
}

function remove(item) {
  const id = savedId(item);
  const kind = item.wallet ? "wallet" : id.startsWith("crd_") ? "card" : "vpa";
  const address = { wallet: `/v1/${item.wallet}/wallet`, card: `/v1/cards/${id}`, vpa: `/v1/upi/vpas/${id}` }[kind];
  ask({ title: t("delete_title", item.label), text: t(`delete_${kind}`), yes: t("delete_yes"), no: t("delete_no") }, async () => {
    const { status } = await call("DELETE", address, token);
    await renderMethods();
    showStatus(t(status === 204 || status === 404 ? "deleted" : "not_deleted", item.label), status === 204 ? "good" : "bad");
  });
}

// True once an attempt was started. ``refused`` may show an error at its field; it then returns true.
async function attempt(body, { refused = () => false, payer = null } = {}) {
  if (starting) return false;
  starting = true;
  disableButtons(true);
  showStatus(t("starting"), "wait");
  if (body.method === "upi_qr") noteCodeChosen();
  const { status, content } = await postWithRetry(`${paymentPath}/attempts`, token,
    { ...body, client: thisDevice(), hosted: true, ...(replaces ? { replaces } : {}) });
  starting = false;
  disableButtons(false);
  showStatus("");
  if (status === 201) {
    chosen = { app: body.app, payer };
    screen = null;
    render(content.payment.version < payment.version ? payment : content.payment, { justStarted: true });
    return true;
  }
  if (content && content.code === "attempt_in_progress" && !replaces && isByItself(content.attempt, payment)) {
    replaces = content.attempt.id;
    return attempt(body, { refused, payer });
  }
  refuse(status, content, refused);
  return false;
}

function refuse(status, content, refused) {
  const code = content && content.code;
  if (refused(content)) return undefined;
  if (status === 401) return over();
  if (code === "attempt_in_progress") return showInProgress(content.attempt);
  screen = null;
  if (!status || status >= 500 || code === "payment_not_open") return reload();
  if (isDeadEnd(content)) return put(() => deadEnd(content, shopAddress(payment), [cancelButton()]));
  return renderMethods().then(() => showStatus(refusalText(content), "bad"));
}

// Another attempt is live, in another tab or at another device. Whatever was typed stays below.
function showInProgress(other, { asBanner = false } = {}) {
  const instead = () => { replaces = other.id; showStatus(t("already_paid"), "wait"); if (!formOpen()) renderMethods(); };
  const choices = [button(t("wait_for", methodName(other.method)), reload, "main"), button(t("method_instead"), instead)];
  if (asBanner || formOpen()) return showStatus(t("in_progress"), "wait", "status", choices);
  showStatus(t("in_progress"), "wait");
  return put(() => [el("section", { class: "card choices" }, heading(t("what_now")),
    button(t("wait_for", methodName(other.method)), reload, "main"), button(t("method_instead"), instead), cancelButton())]);
}

function reload() {
  screen = null;
  put(() => []);
  return load();
}

async function refresh() {
  const { status, content } = await call("GET", paymentPath, token);
  if (closed) return undefined;
  if (status === 401) return over();
  if (status !== 200) return showOffline(status);
  showStatus("", "", "line");
  return update(content);
}

// Beside the list of methods; in place if it is there already.
function renderCode(live, justStarted) {
  showStatus(live.next_action ? t("code_ready", payment.amount_display) : "", "visually-hidden");
  if (codePanel.isConnected && !justStarted) return drawCode(live, codeFacts());
  proceeded = true;
  renderSummary();
  showMethods();
  if (justStarted) codePanel.querySelector("h3").focus({ preventScroll: true });
  return offer || loadMethods().then((loaded) => loaded && codePanel.isConnected && redraw());
}

function renderPending(live, justStarted) {
  if (codeIsThere()) return renderCode(live, justStarted);
  if (live && !live.next_action && isByItself(live, payment)) return renderMethods();
  const action = live && live.next_action;
  const change = () => live && allows("replace") && button(t("other_method"), () => {
    replaces = live.id;
    showStatus(t("already_paid"), "wait");
    renderMethods();
  });
  const links = () => foot([change(), cancelButton()]);
  if (!actionScreen(action, "", chosen)) return renderConfirming(links);
  const timeLeft = el("p", { class: "left", role: "timer" });
  let ended = false;
  const parts = () => ended ? [heading(t("time_up")), el("p", { class: "quiet" }, t("time_up_long"))]
    : [...actionScreen(action, payment.amount_display, chosen), timeLeft];
  showStatus(t("waiting"), "wait");
  put(() => [el("section", { class: "card act" }, ...parts()), links()]);
  countdown = countDown(timeLeft, () => millisUntil(action.expires_at), () => {
    ended = true;
    redraw();
    showStatus(t("checking"), "wait");
  });
  return justStarted ? open(action) : undefined;
}

function renderConfirming(links) {
  let long = false;
  const draw = () => [el("section", { class: "card end" }, spinner(), heading(t("confirming")),
    el("p", {}, t(long ? "confirming_longer" : "confirming_long"))), links()];
  showStatus(t("confirming_do"), "wait");
  put(draw);
  waitTimer = setTimeout(() => { long = true; redraw(); }, LONG_WAIT);
}

// Opens at once what the customer has just chosen: the bank's page, or their UPI app.
function open(action) {
  if (action.kind === "upi_intent") {
    const app = action.apps.find((each) => each.app === chosen.app);
    if (app) location.assign(appLink(app));
    return;
  }
  if (action.kind !== "redirect") return;
  if (embedded) {
    tell("leave");
    return;
  }
  showStatus(t("redirecting"), "wait");
  waitTimer = setTimeout(() => showStatus(t("waiting"), "wait"), 15000);
  tabStorage.set(REDIRECTED, "yes");
  if (action.method === "POST") document.getElementById("to-bank").submit();
  else location.assign(action.url);
}

function cancelButton() {
  if (!allows("cancel")) return null;
  return button(t("cancel"), () => ask({ title: t("cancel_title"), text: t(isUndecided() ? "cancel_long_live" : "cancel_long"),
    yes: t("cancel_sure"), no: t("cancel_no") }, cancel), "quietly");
}

async function cancel() {
  disableButtons(true);
  const { status, content } = await postWithRetry(`${paymentPath}/cancel`, token, {});
  if (status === 401) return over();
  if (status !== 200) return reload();
  screen = null;
  return update(content);
}

function renderEnd(finishing) {
  showOutcome(standingOf(payment));
  if (!["paid", "authorized"].includes(payment.status)) return;
  if (wasRedirected) location.assign(shopAddress(payment));
  else if (finishing) leaveSoon(shopAddress(payment));
}

// After a change of language.
function translate() {
  if (payment && !closed) renderSummary();
  redraw();
}

async function run() {
  initLanguage(token, translate);
  if (statusToken || token) loadBrand(statusToken || token);
  if (!token) return over();
  const consent = returnFromConsent(paymentId);
  await load();
  tell("ready");
  if (consent && payment && !closed && allows("attempt")) finishConsent(consent, context());
  return payment ? follow() : undefined;
}

// Phones suspend a page while the customer is in the UPI app: poll at once when they return.
const pollNow = () => { if (longPoll) longPoll.abort(); };
document.addEventListener("visibilitychange", () => { if (!document.hidden) pollNow(); });
addEventListener("online", () => { pollNow(); if (payment && !closed) refresh(); });
addEventListener("offline", () => showOffline(0));
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
addEventListener("hashchange", () => location.reload());
addEventListener("popstate", ({ state }) => {
  if (closed || !payment || starting) return;
  if (formOpen() && codeIsThere()) renderMethods();
  if (!allows("attempt")) return;
  showStatus("");
  proceeded = Boolean(state && state.step);
  renderOpen(lastAttempt() || {});
});

run();
