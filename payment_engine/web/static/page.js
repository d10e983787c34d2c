// Shared by all pages: elements built without HTML strings, API calls, storage of this tab.

export function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(key, value);
  }
  append(element, children);
  return element;
}

function append(element, children) {
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
}

// Replaces what an element contains.
export function fill(element, ...children) {
  element.textContent = "";
  append(element, children);
}

// Says something in one of the page's live regions, with buttons if something can be done; an empty
// text ends it. The region itself stays, or screen readers would not read it.
export function showStatus(text, kind = "", region = "status", buttons = []) {
  const status = document.getElementById(region);
  if (status.dataset.text === `${kind} ${text}` && !buttons.length) return;
  status.dataset.text = `${kind} ${text}`;
  const foot = buttons.length ? el("div", { class: "choices" }, ...buttons) : null;
  fill(status, text ? el("div", { class: `status ${kind}` }, el("p", {}, text), foot) : null);
}

const CALL_LIMIT = 20000;

// The HTTP status, the parsed JSON body (null if there is none), after how many milliseconds to
// ask again, and how many seconds old the content may be. Status 0: no answer, or none within ``limit`` milliseconds.
export async function call(method, path, token, { body, headers = {}, signal, limit = CALL_LIMIT } = {}) {
  const allHeaders = { Authorization: `Bearer ${token}`, ...headers };
  if (body !== undefined) allHeaders["Content-Type"] = "application/json";
  const ending = new AbortController();
  const end = () => ending.abort();
  const timer = setTimeout(end, limit);
  if (signal) signal.addEventListener("abort", end);
  try {
    const response = await fetch(path, { method, headers: allHeaders, signal: ending.signal, cache: "no-store",
      body: body === undefined ? undefined : JSON.stringify(body) });
    const content = response.status === 304 ? null : await response.json().catch(() => null);
    const retryAfter = 1000 * (Number(response.headers.get("Retry-After")) || 0);
    const age = Number(response.headers.get("Data-Age")) || 0;
    return { status: response.status, content, retryAfter, age };
  } catch (error) {
    return { status: 0, content: null, retryAfter: 0, age: 0 };
  } finally {
    clearTimeout(timer);
  }
}

// 32 random hexadecimal digits.
export function randomKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

const RUPEES = new Intl.NumberFormat("en-IN", { style: "currency", currency: "INR" });

// Paise as the service writes them.
export const rupees = (paise) => RUPEES.format(paise / 100);

// Ends after that long, or at once when the connection is back.
export const pause = (millis) => new Promise((resolve) => {
  const end = () => {
    clearTimeout(timer);
    removeEventListener("online", end);
    resolve();
  };
  const timer = setTimeout(end, millis);
  addEventListener("online", end);
});

// sessionStorage where the browser allows it; without it, the page works until it is reloaded.
export const tabStorage = {
  get: (name) => { try { return sessionStorage.getItem(name); } catch (error) { return null; } },
  set: (name, value) => { try { sessionStorage.setItem(name, value); return true; } catch (error) { return false; } },
  remove: (name) => { try { sessionStorage.removeItem(name); } catch (error) { /* not available */ } },
};
