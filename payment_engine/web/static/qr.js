// The UPI QR code on a computer: beside the list of methods, and without being asked where the
// methods document says so, once a payment.
import { onPhone, thisDevice } from "./device.js";
import { call, el, fill, showStatus, tabStorage } from "./page.js";
import { codeImage, countDown, payee } from "./screens.js";
import { button, layoutMoved, spinner } from "./stage.js";
import { t } from "./texts.js";
import { paymentId, paymentPath } from "./tokens.js";

const AT_ONCE = `at-once:${paymentId}`;
const SHORTEST = 300000; // milliseconds that each gateway gives for a code
const NEVER_PAYABLE = new Set(["gateway_unreachable", "gateway_rejected", "never_started"]);

// Its element stays the same while the screen does, so that a code that arrives moves no focus.
export const codePanel = el("div", { class: "code" });
let codeTimer = null;
let startedByItself = Boolean(tabStorage.get(AT_ONCE));
let chosenSince = false; // the customer has pressed for a code
let awaited = false; // the answer to the call that starts it

const isCode = (attempt) => !onPhone() && Boolean(attempt) && attempt.method === "upi_qr";

// Whether a live attempt is a code that is here, soon is, or was here until its time was up; not one
// of which nobody knows whether the gateway made it. ``millisLeft`` until a time, negative after it.
export const hasCode = (attempt, millisLeft) => isCode(attempt)
  && (Boolean(attempt.next_action) || attempt.status === "created" || isOver(attempt, millisLeft));

// Its action is gone with its time.
const isOver = ({ next_action: action, created_at: since }, millisLeft) => !action && millisLeft(since) < -SHORTEST;

// Whether this page started the attempt before the customer had chosen a method.
export const isByItself = (attempt, { attempts }) => startedByItself && !chosenSince && isCode(attempt) && attempts.every(isCode);

export function noteCodeChosen() {
  chosenSince = true;
}

export const hasExpired = (attempt) => isCode(attempt) && Boolean(attempt.decline) && attempt.decline.code === "timed_out";

// Whether its end is no news for the customer: they did not choose it and could not pay by it.
export const endsQuietly = (attempt, payment) => hasExpired(attempt)
  || (isByItself(attempt, payment) && Boolean(attempt.decline) && NEVER_PAYABLE.has(attempt.decline.code));

export const mayStartByItself = (content, payment) => content.at_once === "upi_qr" && !startedByItself
  && !payment.attempts.length;

export const isCodeAwaited = () => awaited;

// All tabs, and the page after a reload, send one key: whichever comes first starts the attempt, and
// the others get its answer. Not repeated, since the list of methods is there if it does not work.
export async function startByItself(token) {
  startedByItself = awaited = true;
  tabStorage.set(AT_ONCE, "yes");
  const response = await call("POST", `${paymentPath}/attempts`, token, {
    headers: { "Idempotency-Key": `at-once-${paymentId}` },
    body: { method: "upi_qr", at_once: true, client: thisDevice(), hosted: true } });
  awaited = false;
  return response;
}

export function stopCode() {
  clearInterval(codeTimer);
}

// ``attempt``: the one whose code is shown, null while it is awaited. ``again`` makes another code;
// null if the payment may not have one now.
export function drawCode(attempt, { amount, millisLeft, again }) {
  stopCode();
  const action = attempt && attempt.next_action;
  const timeLeft = () => millisLeft(action.expires_at);
  const ended = (title, text) => showInPanel(t(title), el("p", { class: "quiet" }, t(text)), again && button(t("new_code"), again));
  const over = () => {
    ended("time_up", "time_up_long");
    if (codePanel.isConnected) showStatus(t("checking"), "visually-hidden");
  };
  if (attempt && attempt.decline) return ended("code_expired", "not_charged");
  if (action ? timeLeft() <= 0 : attempt && isOver(attempt, millisLeft)) return over();
  const left = el("p", { class: "left", role: action ? "timer" : null }, t("making_code"));
  showInPanel(t("qr"), el("div", { class: "qr" }, action ? codeImage(action, amount) : el("div", { class: "blank" }, spinner())),
    el("p", { class: "big" }, amount), left, el("p", { class: "hint" }, t("waiting")),
    (action && payee(action)) || el("p", { class: "quiet" }, "\u00a0"));
  if (action) codeTimer = countDown(left, timeLeft, over);
  return undefined;
}

// Where the panel is above the list, a change of its height moves what the customer may be pressing.
function showInPanel(title, ...nodes) {
  const list = codePanel.nextElementSibling;
  const top = () => list && list.getBoundingClientRect().top;
  const before = top();
  fill(codePanel, el("h3", { tabindex: "-1" }, title), ...nodes);
  if (top() !== before) layoutMoved();
}
