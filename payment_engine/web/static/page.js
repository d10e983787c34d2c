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

export function tell(text, kind = "") {
  const status = document.getElementById("status");
  status.hidden = !text;
  status.className = `status ${kind}`;
  status.textContent = text;
}

export async function call(method, path, token, { body, headers = {}, signal } = {}) {
  const sent = { Authorization: `Bearer ${token}`, ...headers };
  if (body !== undefined) sent["Content-Type"] = "application/json";
  const answer = await fetch(path, { method, headers: sent, signal,
    body: body === undefined ? undefined : JSON.stringify(body) });
  const content = answer.status === 304 ? null : await answer.json().catch(() => null);
  return { status: answer.status, content };
}
