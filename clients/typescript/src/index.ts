/** A client of the Payment Engine for order services: typed by the API's own description. */

import createClient, { type Client } from "openapi-fetch";
import { Webhook, WebhookVerificationError } from "standardwebhooks";

import type { components, paths } from "./schema.js";

export type Schemas = components["schemas"];
export type PaymentEngine = Client<paths>;
export { WebhookVerificationError as MessageNotVerified };

export interface Options {
  /** How often a call is sent at most. */
  tries?: number;
  fetch?: typeof fetch;
}

const PASSING = new Set([408, 429, 502, 503, 504]);
const FIRST_WAIT = 250;
const LONGEST_WAIT = 10_000;

/**
 * A typed client: `engine.POST("/v1/payments", { params, body })` gives `{ data, error, response }`.
 * `key` is the order service's own. Calls are repeated, with the Idempotency-Key that they have,
 * while nobody answers or the answer says that the same call may succeed later.
 */
export function createPaymentEngine(baseUrl: string, key: string, options: Options = {}): PaymentEngine {
  const { tries = 4, fetch: send = fetch } = options;
  return createClient<paths>({
    baseUrl,
    headers: { Authorization: `Bearer ${key}` },
    fetch: (request) => sent(request, send, tries),
  });
}

/**
 * The message in a request's body, as its bytes arrived; `secret` begins with `whsec_`. Throws
 * MessageNotVerified for another signature, or one that is older than five minutes.
 */
export function verified(
  secret: string,
  headers: Record<string, string>,
  body: string | Buffer,
): Schemas["MessageOut"] {
  return new Webhook(secret).verify(body, headers) as Schemas["MessageOut"];
}

async function sent(request: Request, send: typeof fetch, tries: number): Promise<Response> {
  for (let attempt = 1; ; attempt += 1) {
    const last = attempt >= tries;
    try {
      const response = await send(request.clone());
      if (last || !(await passes(response))) return response;
      await pause(waitOf(response, attempt));
    } catch (error) {
      if (last || request.signal.aborted) throw error;
      await pause(backOff(attempt));
    }
  }
}

/** Whether the same call may succeed later. Every call may be repeated: it only reads, has an
 * Idempotency-Key, or has the same effect twice. */
async function passes(response: Response): Promise<boolean> {
  if (PASSING.has(response.status)) return true;
  if (response.ok || !response.headers.get("content-type")?.includes("json")) return false;
  const problem = (await response.clone().json()) as { retryable?: boolean };
  return problem.retryable === true;
}

function waitOf(response: Response, attempt: number): number {
  const after = Number(response.headers.get("retry-after") ?? Number.NaN);
  return Number.isFinite(after) ? Math.min(after * 1000, LONGEST_WAIT) : backOff(attempt);
}

function backOff(attempt: number): number {
  const longest = Math.min(FIRST_WAIT * 2 ** attempt, LONGEST_WAIT);
  return longest / 2 + (Math.random() * longest) / 2;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
