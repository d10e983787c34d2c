// The hosted checkout: one payment, opened by the token in the address's fragment.
import { cardForm } from "/static/card.js";
import { call, el, tell } from "/static/page.js";

const id = location.pathname.split("/").pop();
const token = location.hash.slice(1);
const api = `/v1/payments/${encodeURIComponent(id)}`;
const stage = document.getElementById("stage");
const PLATFORM = /android/i.test(navigator.userAgent) ? "android"
  : /iphone|ipad/i.test(navigator.userAgent) ? "ios" : "desktop";

let payment = null;
let clock = null;
let replaces;

async function start() {
  const { status, content } = await call("GET", api, token);
  if (status !== 200) {
    tell(status === 401 ? "This payment link is not valid any more. Go back to the shop and try again."
      : "This payment cannot be found.", "bad");
    return;
  }
  show(content);
  follow();
}

// Reads again whenever the payment changes; the wait is the server's, not a timer of ours.
async function follow() {
  while (["open", "pending", "authorized"].includes(payment.status)) {
    const seen = payment.version;
    try {
      const { status, content } = await call("GET", `${api}?wait=25`, token,
        { headers: { "If-None-Match": `"${seen}"` } });
      if (status === 200 && content.version !== payment.version) show(content);
      else if (status === 401) return tell("This payment link is not valid any more.", "bad");
      else if (status > 304) await pause(3000);
    } catch {
      tell("You seem to be offline. We keep trying; do not pay again.", "wait");
      await pause(3000);
    }
  }
}

function show(next) {
  payment = next;
  clearInterval(clock);
  summarise();
  const live = [...payment.attempts].reverse().find((attempt) => attempt.next_action);
  if (payment.status === "paid") return end("Payment received. Thank you!", "good");
  if (payment.status === "authorized") return end("The amount is blocked, not yet charged.", "good");
  if (payment.status === "cancelled") return end("This payment was cancelled.", "bad");
  if (payment.status === "expired") return end("The time to pay is over. Nothing more will be charged.", "bad");
  if (payment.status === "pending" && live) return act(live);
  if (payment.status === "pending") return waiting();
  const last = payment.attempts.at(-1);
  if (last?.decline) tell(last.decline.message, "bad");
  else tell("");
  offer();
}

function summarise() {
  document.getElementById("order").textContent = `Order ${payment.order_id}`;
  const rows = payment.breakdown.map((line) => el("tr", {},
    el("td", {}, line.label, line.note ? el("div", { class: "quiet" }, line.note) : null),
    el("td", {}, line.amount_display)));
  rows.push(el("tr", { class: "total" }, el("td", {}, "To be paid"), el("td", {}, payment.amount_display)));
  const summary = document.getElementById("summary");
  summary.hidden = false;
  summary.replaceChildren(el("h2", {}, "Order summary"),
    el("table", { class: "lines" }, el("tbody", {}, ...rows)));
}

async function offer() {
  const { status, content } = await call("GET", `${api}/methods?platform=${PLATFORM}`, token);
  if (status !== 200) return tell("We cannot show ways to pay right now. Reload in a moment.", "bad");
  const items = content.groups.flatMap((group) => group.items).filter((item) => item.enabled);
  const first = content.recommended.map((item) => item.id);
  items.sort((a, b) => rank(first, a) - rank(first, b));
  const buttons = items.map((item) => el("button", { type: "button", onclick: () => pick(item) },
    item.label, item.health === "fluctuating" ? el("small", {}, "Slow at the moment") : null));
  stage.replaceChildren(el("section", { class: "card" }, el("h2", {}, "How would you like to pay?"),
    el("div", { class: "choices" }, ...buttons)),
    el("div", { class: "foot" }, el("button", { type: "button", onclick: cancel }, "Cancel this payment")));
}

function rank(first, item) {
  const place = first.indexOf(item.id);
  return place < 0 ? first.length : place;
}

function pick(item) {
  if (item.kind === "card") {
    stage.replaceChildren(cardForm(item.card_entry, payment.amount_display,
      (card_token) => attempt({ method: "card", card_token }), offer));
    stage.querySelector("input").focus();
    return;
  }
  attempt({ method: item.kind, ...(item.app ? { app: item.app } : {}) });
}

async function attempt(body) {
  for (const button of stage.querySelectorAll("button")) button.disabled = true;
  tell("Starting the payment …", "wait");
  const sent = { ...body, client: { platform: PLATFORM }, ...(replaces ? { replaces } : {}) };
  const key = { "Idempotency-Key": crypto.randomUUID() };
  const { status, content } = await call("POST", `${api}/attempts`, token, { body: sent, headers: key })
    .catch(() => ({ status: 0 }));
  replaces = undefined;
  if (status === 201) {
    if (content.payment.version >= payment.version) show(content.payment);
    return;
  }
  if (status === 409 && content?.code === "attempt_in_progress") return busy(content);
  tell(content?.detail ?? "We could not start the payment. Nothing was charged. Try again.", "bad");
  offer();
}

function busy(problem) {
  tell("Another attempt is in progress. Do not pay twice.", "wait");
  stage.replaceChildren(el("section", { class: "card choices" },
    el("button", { type: "button", onclick: () => change(problem.attempt.id) }, "Use another method instead"),
    el("button", { type: "button", onclick: cancel }, "Cancel this payment")));
}

function change(attemptId) {
  replaces = attemptId;
  clearInterval(clock);
  tell("");
  offer();
}

function act(live) {
  const action = live.next_action;
  const parts = { redirect, upi_intent: intent, upi_qr: qr }[action.kind]?.(action) ?? [];
  tell("Waiting for your payment. Do not pay again.", "wait");
  const left = el("p", { class: "quiet" });
  stage.replaceChildren(el("section", { class: "card" }, ...parts, left),
    el("div", { class: "foot" },
      el("button", { type: "button", onclick: () => change(live.id) }, "Use another method"),
      el("button", { type: "button", onclick: cancel }, "Cancel this payment")));
  countDown(left, action.expires_at);
}

function qr(action) {
  const picture = new DOMParser().parseFromString(action.svg, "text/html").body.firstElementChild;
  picture.setAttribute("role", "img");
  picture.setAttribute("aria-label", `UPI QR code for ${payment.amount_display}`);
  return [el("h2", {}, "Scan with any UPI app"), el("div", { class: "qr" }, document.importNode(picture, true)),
    payee(action)];
}

function intent(action) {
  const links = action.apps.map((app) => el("a", { class: "button", href: app.uri }, app.label));
  return [el("h2", {}, "Open your UPI app"), el("div", { class: "choices" }, ...links,
    el("a", { class: "button main", href: action.uri }, "Choose an app on this phone")), payee(action)];
}

function redirect(action) {
  const fields = Object.entries(action.fields).map(([name, value]) => el("input", { type: "hidden", name, value }));
  const go = action.method === "POST"
    ? el("form", { method: "post", action: action.url }, ...fields, el("button", { class: "main" }, "Continue to your bank"))
    : el("a", { class: "button main", href: action.url }, "Continue to your bank");
  return [el("h2", {}, "Your bank asks for your confirmation"), go];
}

function payee(action) {
  return action.payee_name ? el("p", { class: "quiet" }, `You will see the name ${action.payee_name}.`) : null;
}

function countDown(place, until) {
  const behind = Date.parse(payment.server_time) - Date.now();
  const tick = () => {
    const seconds = Math.max(0, Math.round((Date.parse(until) - Date.now() - behind) / 1000));
    place.textContent = seconds ? `Valid for ${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`
      : "The time is over; we ask the bank once more.";
  };
  tick();
  clock = setInterval(tick, 1000);
}

function waiting() {
  tell("We are confirming with your bank. Do not pay again.", "wait");
  const live = payment.attempts.at(-1);
  stage.replaceChildren(el("div", { class: "foot" },
    el("button", { type: "button", onclick: () => change(live.id) }, "Use another method")));
}

async function cancel() {
  const key = { "Idempotency-Key": crypto.randomUUID() };
  const { status, content } = await call("POST", `${api}/cancel`, token, { body: {}, headers: key });
  if (status === 200) show(content);
  else tell(content?.detail ?? "This payment could not be cancelled.", "bad");
}

function end(text, kind) {
  tell(text, kind);
  const back = new URL(payment.return_url);
  back.searchParams.set("payment_id", payment.id);
  back.searchParams.set("order_id", payment.order_id);
  stage.replaceChildren(el("a", { class: "button main", href: back.href }, "Back to the shop"));
}

const pause = (millis) => new Promise((done) => setTimeout(done, millis));

if (token) start();
else tell("Open this page from the shop: the link is not complete.", "bad");
