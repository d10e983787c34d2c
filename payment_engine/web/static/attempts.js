// Calls that start or end something: repeated under one key until they are answered, so that
// whatever broke, it happened once; and the text for each refusal.
import { shopLink } from "./embed.js";
import { call, el, pause, randomKey, showStatus } from "./page.js";
import { foot, heading } from "./stage.js";
import { hasText, t } from "./texts.js";

const MAX_RETRIES = 8;
const WAITS = new Set(["too_many_requests", "too_many_declines"]);
const DEAD_ENDS = new Set(["too_many_attempts", "limit_exceeded"]);

export function showOffline(status) {
  showStatus(t(status && navigator.onLine ? "service_busy" : "offline"), "wait", "line");
}

export async function postWithRetry(path, token, body) {
  const headers = { "Idempotency-Key": randomKey() };
  for (let retries = 0; ; retries += 1) {
    const response = await call("POST", path, token, { body, headers });
    const inProgress = response.content && response.content.code === "idempotency_in_progress";
    const retryable = response.status === 0 || response.status >= 500 || inProgress;
    if (!retryable || retries === MAX_RETRIES) {
      showStatus("", "", "line");
      return response;
    }
    if (!inProgress) showOffline(response.status);
    await pause(Math.min(1000 * 2 ** retries, 8000));
  }
}

// What a refusal means for the customer, and what to do about it.
export function refusalText(content) {
  const code = content && content.code;
  if (code === "limit_exceeded" && hasText(`refused.${content.limit}`)) return t(`refused.${content.limit}`);
  if (WAITS.has(code)) return t(`refused.${code}`, Math.ceil((content.retry_after || 60) / 60));
  return t(hasText(`refused.${code}`) ? `refused.${code}` : "not_started");
}

// Whether no other method would fare better.
export const isDeadEnd = (content) => Boolean(content) && DEAD_ENDS.has(content.code);

export function deadEnd(content, back, links) {
  return [el("section", { class: "card end open" }, el("div", { class: "mark", "aria-hidden": "true" }, "!"),
    heading(t("dead_end")), el("p", {}, refusalText(content)), shopLink(back)),
  foot(links)];
}
