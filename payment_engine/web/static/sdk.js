// For a page of a shop: opens the checkout in that page, or goes to it. See docs/embedding.md.
(() => {
  const service = new URL(document.currentScript.src).origin;
  const READY_LIMIT = 15000; // milliseconds after which the page goes to the checkout instead
  const COVER = { position: "fixed", top: 0, left: 0, width: "100%", height: "100%", zIndex: 2147483647,
    background: "rgba(14, 21, 28, .6)", display: "flex", justifyContent: "center", alignItems: "center" };
  const PANEL = { position: "relative", width: "100%", height: "100%", maxWidth: "30rem", maxHeight: "52rem",
    background: "#fff", overflow: "hidden", boxSizing: "border-box" };
  const FRAME = { width: "100%", height: "100%", border: 0, display: "block", colorScheme: "normal" };
  const CLOSE = { position: "absolute", top: 0, right: 0, width: "3rem", height: "3rem", border: 0, background: "none",
    font: "1.5rem/1 system-ui, sans-serif", color: "#55606e", cursor: "pointer" };
  let current = null;

  function make(name, style, attributes = {}) {
    const element = document.createElement(name);
    Object.assign(element.style, style);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  }

  function checked(url) {
    const address = new URL(url);
    if (address.origin !== service || !address.hash) {
      throw new Error(`url must be the checkout.url of a payment at ${service}, its part after # included`);
    }
    return address;
  }

  // ``on``: functions by the names of events, each called with { payment_id, status? }.
  function open({ url, mode = "page", label = "Payment", closeLabel = "Close", on = {} }) {
    const address = checked(url);
    if (current) current.close();
    if (mode === "redirect") {
      location.assign(address.href);
      return { close() {} };
    }
    return openInPage(address, { label, closeLabel, on });
  }

  function openInPage(address, { label, closeLabel, on }) {
    const id = address.pathname.split("/").pop();
    const framed = new URL(address.href);
    framed.searchParams.set("embed", location.origin);
    const before = document.activeElement;
    const overflow = document.documentElement.style.overflow;
    const cover = make("div", COVER, { role: "dialog", "aria-modal": "true", "aria-label": label });
    const panel = make("div", PANEL);
    const frame = make("iframe", FRAME, { title: label, src: framed.href, allow: "clipboard-write" });
    const button = make("button", CLOSE, { type: "button", "aria-label": closeLabel });
    const guards = [make("span", {}, { tabindex: 0 }), make("span", {}, { tabindex: 0 })];
    let status = null;
    const emit = (type, facts) => { if (on[type]) on[type]({ payment_id: id, ...facts }); };
    const timer = setTimeout(leave, READY_LIMIT);

    function remove() {
      clearTimeout(timer);
      removeEventListener("message", receive);
      document.removeEventListener("keydown", escape);
      document.documentElement.style.overflow = overflow;
      cover.remove();
      current = null;
    }
    function close() {
      if (!cover.isConnected) return;
      remove();
      if (before && before.focus) before.focus();
      emit("closed", { status });
    }
    // To the checkout as a page of its own, which goes on where this one is.
    function leave() {
      remove();
      emit("leaving");
      location.assign(`${address.href}&go`);
    }
    function escape(event) { if (event.key === "Escape") close(); }
    function receive({ origin, source, data }) {
      if (origin !== service || source !== frame.contentWindow || !data || data.from !== "payment-engine") return;
      if (data.type === "ready") {
        clearTimeout(timer);
        emit("ready");
      }
      if (data.type === "ended") {
        ({ status } = data);
        emit("ended", { status });
      }
      if (data.type === "leave") leave();
      if (data.type === "close") close();
    }

    button.textContent = "×";
    button.addEventListener("click", close);
    guards[0].addEventListener("focus", () => frame.focus());
    guards[1].addEventListener("focus", () => button.focus());
    addEventListener("message", receive);
    document.addEventListener("keydown", escape);
    document.documentElement.style.overflow = "hidden";
    panel.append(frame, button);
    cover.append(guards[0], panel, guards[1]);
    document.body.append(cover);
    frame.focus();
    current = { close };
    return current;
  }

  window.PaymentEngine = Object.freeze({ open });
})();
