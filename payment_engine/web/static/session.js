// Who is signed in: the key is in this page's memory alone, and is forgotten after fifteen idle minutes.
import { call } from "./page.js";

const IDLE_MILLIS = 15 * 60 * 1000;

const session = { key: null, actor: "", merchant: "", roles: [] };
let idleTimer = 0;
let whenLeft = () => {};

// Calls ``left`` when the session ends, with the reason.
export function onLeave(left) {
  whenLeft = left;
  for (const kind of ["keydown", "pointerdown"]) document.addEventListener(kind, stayAwake);
}

// Whether the key is valid; what is wrong otherwise.
export async function signIn(key) {
  const { status, content } = await call("GET", "/v1/admin/me", key);
  if (status !== 200) return problemOf(status, content);
  Object.assign(session, content, { key });
  stayAwake();
  return "";
}

export function signOut(reason = "") {
  if (!session.key) return;
  clearTimeout(idleTimer);
  Object.assign(session, { key: null, actor: "", merchant: "", roles: [] });
  whenLeft(reason);
}

function stayAwake() {
  if (!session.key) return;
  clearTimeout(idleTimer);
  idleTimer = setTimeout(() => signOut("You were signed out after 15 idle minutes."), IDLE_MILLIS);
}

export const signedIn = () => session.key !== null;
export const whoAmI = () => `${session.actor} · ${session.merchant} · ${session.roles.join(", ")}`;
export const mayDo = (roles) => roles.every((role) => session.roles.includes(role));

// What the service answers to the person: the document and how many seconds old it may be, or the text of what is wrong.
export async function ask(method, path, body) {
  const { status, content, age } = await call(method, path, session.key, { body });
  if (status === 401) signOut("This key is not valid any more.");
  return status >= 200 && status < 300 ? { content, age } : { problem: problemOf(status, content) };
}

function problemOf(status, content) {
  if (status === 0) return "The service cannot be reached.";
  if (status === 401) return "This key is not valid.";
  return content?.detail ?? `The service returned ${status}.`;
}
