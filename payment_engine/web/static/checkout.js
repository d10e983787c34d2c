// The hosted checkout: one payment, opened by the token in the address's fragment.
import { cardForm } from "./card.js";
import { call, el, kept, pause, tell } from "./page.js";
import * as screens from "./screens.js";

const id = location.pathname.split("/").pop();
const api = `/v1/payments/${encodeURIComponent(id)}`;
const page = document.querySelector("main");
const stage = document.getElementById("stage");
const PLATFORM = platform();
const SHOWN = new Set(["upi_intent", "upi_qr", "card"]);
const MOST_TRIES = 8;
const WAITING = new Set(["created", "pending"]);
const GONE = "This payment link is not valid any more. Go back to the shop and try again.";

const token = ownToken();
let payment = null;
let behind = 0;
let screen = null;
let replaces = null;
let starting = false;
let looking = null;
let clock = null;
let deadline = null;

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
  tell(GONE, "bad");
}

function offline(status) {
  tell(status ? "The payment service is busy. We keep trying; do not pay again."
    : "You seem to be offline. We keep trying; do not pay again.", "wait", "line");
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
  document.getElementById("order").textContent = `Order ${payment.order_id}`;
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
  tell(last?.decline?.message ?? "", "bad");
  if (last) return offer();
  page.classList.remove("steps");
  stage.replaceChildren(...screens.proceed(offer, cancelling()));
}

async function offer() {
  document.querySelector("#summary details").open = wide();
  const was = screen;
  const { status, content } = await call("GET", `${api}/methods?platform=${PLATFORM}`, token)
    .catch(() => ({ status: 0 }));
  if (was !== screen) return;
  if (status === 401) return gone();
  if (status !== 200) {
    offline(status);
    return put(screens.foot([screens.button("Try again", offer, "main"), cancelling()]));
  }
  tell("", "", "line");
  const last = payment.attempts.at(-1);
  const failed = payment.status === "open" && last?.decline ? last : null;
  const back = replaces && screens.button("Go back and wait", again);
  const note = failed && screens.declined(failed, payment);
  put(...screens.methods(content, { usable, failed, note, pick, foot: [back, cancelling()] }));
}

function usable(item) {
  return item.enabled && SHOWN.has(item.kind) && (item.kind !== "card" || item.card_entry);
}

function pick(item) {
  if (item.kind !== "card") return attempt({ method: item.kind, ...(item.app ? { app: item.app } : {}) });
  tell("");
  put(cardForm(item.card_entry, payment.amount_display,
    (card_token) => attempt({ method: "card", card_token }), offer));
  stage.querySelector("input").focus();
}

// The same key for every try at one intention: whatever broke on the way, there is one attempt.
async function attempt(body) {
  for (const pressed of stage.querySelectorAll("button")) pressed.disabled = true;
  tell("Starting the payment …", "wait");
  const sent = { ...body, client: { platform: PLATFORM }, ...(replaces ? { replaces } : {}) };
  starting = true;
  const { status, content } = await surely("POST", `${api}/attempts`, sent);
  starting = false;
  screen = null;
  tell("", "", "line");
  if (status === 201) return content.payment.version < payment.version ? show(payment)
    : show(content.payment, { onward: true });
  if (status === 401) return gone();
  if (content?.code === "attempt_in_progress") return busy(content.attempt);
  if (!status || status >= 500 || content?.code === "payment_not_open") return again();
  tell("We could not start this payment. Nothing was charged. Try again or use another method.", "bad");
  offer();
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
  tell("Another attempt is in progress. Do not pay twice.", "wait");
  put(el("section", { class: "card choices" }, screens.heading("What would you like to do?"),
    screens.button(`Wait for the payment by ${screens.nameOf(other.method)}`, again, "main"),
    screens.button("Use another method instead", () => change(other.id)), cancelling()));
}

function change(attemptId) {
  replaces = attemptId;
  tell("If you have paid already, go back and wait. What arrives twice is sent back to you.", "wait");
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
  const kind = action && { redirect: screens.redirect, upi_intent: screens.intent, upi_qr: screens.qr }[action.kind];
  const other = live && may("replace") && screens.button("Use another method", () => change(live.id));
  const links = screens.foot([other, cancelling()]);
  if (!kind) {
    tell("We are confirming with your bank. Do not pay again.", "wait");
    return put(el("section", { class: "card end" }, el("div", { class: "spin", "aria-hidden": "true" }),
      screens.heading("Confirming your payment"),
      el("p", {}, "This can take a few minutes. You may close this page: the shop hears of it either way.")), links);
  }
  const left = el("p", { class: "left", role: "timer" });
  const card = el("section", { class: "card" }, ...kind(action, payment.amount_display).filter(Boolean), left);
  tell("Waiting for your payment. Once you have paid, do not pay again.", "wait");
  put(card, links);
  clock = screens.countDown(left, () => untilOver(action.expires_at), () => over(card));
  if (onward && action.kind === "redirect") go(action);
}

function over(card) {
  card.replaceChildren(screens.heading("The time for this is over"),
    el("p", { class: "quiet" }, "If you have paid, wait here: it shows in a moment. If not, use another method."));
  tell("We ask your bank whether you paid. Do not pay again.", "wait");
}

function go(action) {
  tell("Taking you to your bank …", "wait");
  if (action.method === "POST") document.getElementById("onward").submit();
  else location.assign(action.url);
}

// Asks once before it cancels: the second press does it.
function cancelling() {
  if (!may("cancel")) return null;
  const pressed = screens.button("Cancel this payment", () => {
    if (pressed.dataset.sure) return cancel();
    pressed.dataset.sure = "yes";
    pressed.textContent = "Yes, cancel this payment";
  }, "quietly");
  return pressed;
}

async function cancel() {
  for (const pressed of stage.querySelectorAll("button")) pressed.disabled = true;
  const { status, content } = await surely("POST", `${api}/cancel`, {});
  tell("", "", "line");
  if (status === 401) return gone();
  if (status === 200) return newest(content);
  again();
}

function end() {
  const { status, amount_display: amount, order_id: order } = payment;
  const [kind, mark, title, lines] = {
    paid: ["good", "✓", "Payment received", [`${amount} for order ${order}. Thank you!`]],
    authorized: ["good", "✓", "Payment accepted",
      [`${amount} is set aside for order ${order}. It is charged when the shop confirms the order.`]],
    cancelled: ["bad", "×", "Payment cancelled",
      [`Order ${order} was not paid. If money left your account all the same, it comes back by itself.`]],
  }[status] ?? ["bad", "!", "The time to pay is over",
    [`Order ${order} was not paid in time. If money left your account, the shop confirms the order or it comes back by itself.`]];
  if (payment.attempts.some((one) => one.conflict)) lines.push("A further payment arrived and is being sent back to you.");
  const back = new URL(payment.return_url);
  back.searchParams.set("payment_id", payment.id);
  back.searchParams.set("order_id", payment.order_id);
  document.title = title;
  tell(`${title}. ${lines.join(" ")}`, "said");
  put(screens.ending({ mark, title, lines, back: back.href, kind }));
  page.classList.remove("steps");
}

async function run() {
  await start();
  if (payment) await follow();
}

// A phone lets a page sleep while its customer is in the UPI app: look at once when they are back.
document.addEventListener("visibilitychange", () => { if (!document.hidden) looking?.abort(); });
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
addEventListener("hashchange", () => location.reload());

if (token) run();
else tell("Open this page from the shop: the link is not complete.", "bad");
