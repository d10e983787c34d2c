// What both pages use: elements made without HTML strings, and calls that read problem documents.

export function el(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value != null) made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child != null));
  return made;
}

export function tell(text, kind = "", place = "status") {
  const status = document.getElementById(place);
  status.hidden = !text;
  status.className = `status ${kind}`;
  if (status.textContent !== text) status.textContent = text;
}

export async function call(method, path, token, { body, headers = {}, signal } = {}) {
  const sent = { Authorization: `Bearer ${token}`, ...headers };
  if (body !== undefined) sent["Content-Type"] = "application/json";
  const answer = await fetch(path, { method, headers: sent, signal, cache: "no-store",
    body: body === undefined ? undefined : JSON.stringify(body) });
  const content = answer.status === 304 ? null : await answer.json().catch(() => null);
  return { status: answer.status, content };
}

export const pause = (millis) => new Promise((done) => setTimeout(done, millis));

// sessionStorage, where the browser lets us; a page without it still works until it is reloaded.
export const kept = {
  get: (name) => { try { return sessionStorage.getItem(name); } catch { return null; } },
  set: (name, value) => { try { sessionStorage.setItem(name, value); return true; } catch { return false; } },
  drop: (name) => { try { sessionStorage.removeItem(name); } catch { /* nothing was kept */ } },
};
