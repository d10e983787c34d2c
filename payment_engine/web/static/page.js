// Shared by both pages: elements built without HTML strings, API calls, storage of this tab.

export function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value != null) element.setAttribute(key, value);
  }
  element.append(...children.filter((child) => child != null));
  return element;
}

// Shows a message in one of the page's live regions; an empty text hides it.
export function showStatus(text, kind = "", region = "status") {
  const status = document.getElementById(region);
  status.hidden = !text;
  status.className = `status ${kind}`;
  if (status.textContent !== text) status.textContent = text;
}

// The HTTP status, the parsed JSON body (null if there is none) and after how many milliseconds to
// ask again.
export async function call(method, path, token, { body, headers = {}, signal } = {}) {
  const allHeaders = { Authorization: `Bearer ${token}`, ...headers };
  if (body !== undefined) allHeaders["Content-Type"] = "application/json";
  const response = await fetch(path, { method, headers: allHeaders, signal, cache: "no-store",
    body: body === undefined ? undefined : JSON.stringify(body) });
  const content = response.status === 304 ? null : await response.json().catch(() => null);
  const retryAfter = 1000 * (Number(response.headers.get("Retry-After")) || 0);
  return { status: response.status, content, retryAfter };
}

const RUPEES = new Intl.NumberFormat("en-IN", { style: "currency", currency: "INR" });

// Paise as the service writes them.
export const rupees = (paise) => RUPEES.format(paise / 100);

export const pause = (millis) => new Promise((resolve) => setTimeout(resolve, millis));

// sessionStorage where the browser allows it; without it, the page works until it is reloaded.
export const tabStorage = {
  get: (name) => { try { return sessionStorage.getItem(name); } catch { return null; } },
  set: (name, value) => { try { sessionStorage.setItem(name, value); return true; } catch { return false; } },
  remove: (name) => { try { sessionStorage.removeItem(name); } catch { /* not available */ } },
};
