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
/** Longer than the longest wait for a change. */
const TIMEOUT = 40_000;

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
 * The message in a request's body, as its bytes arrived; `headers` as Node.js or fetch has them,
 * `secret` begins with `whsec_`. Throws MessageNotVerified for another signature, or one that is
 * older than five minutes.
 */
export function verified(
  secret: string,
  headers: Headers | Record<string, string | string[] | undefined>,
  body: string | Buffer,
): Schemas["MessageOut"] {
  const pairs = headers instanceof Headers ? [...headers] : Object.entries(headers);
  const given = Object.fromEntries(pairs.map(([name, value]) => [name, String(value ?? "")]));
  return new Webhook(secret).verify(body, given) as Schemas["MessageOut"];
}

async function sent(request: Request, send: typeof fetch, tries: number): Promise<Response> {
  for (let attempt = 1; ; attempt += 1) {
    const response = await answer(request, send).catch((error: unknown) => {
      if (attempt >= tries || request.signal.aborted || !repeatable(request)) throw error;
      return undefined;
    });
    if (response && (attempt >= tries || !(await passes(request, response)))) return response;
    await response?.body?.cancel();
    await pause(response ? waitOf(response, attempt) : backOff(attempt), request.signal);
  }
}

function answer(request: Request, send: typeof fetch): Promise<Response> {
  const signal = AbortSignal.any([request.signal, AbortSignal.timeout(TIMEOUT)]);
  return send(new Request(request.clone(), { signal }));
}

/** Whether a call may be sent again if nobody knows whether it arrived. */
function repeatable(request: Request): boolean {
  return request.method !== "POST" || request.headers.has("Idempotency-Key");
}

/** Whether the same call may succeed soon: as the problem document states, or by the status if the
 * call may be repeated in any case. */
async function passes(request: Request, response: Response): Promise<boolean> {
  if (response.ok || (retryAfter(response) ?? 0) > LONGEST_WAIT) return false;
  const problem: unknown = await response.clone().json().catch(() => undefined);
  if (problem && typeof problem === "object" && "retryable" in problem) return problem.retryable === true;
  return repeatable(request) && PASSING.has(response.status);
}

function waitOf(response: Response, attempt: number): number {
  return retryAfter(response) ?? backOff(attempt);
}

/** Milliseconds that the service wants to be left alone, unless it does not say, or says a date. */
function retryAfter(response: Response): number | undefined {
  const after = response.headers.get("retry-after") ?? "";
  return /^\d+$/.test(after) ? Number(after) * 1000 : undefined;
}

function backOff(attempt: number): number {
  const longest = Math.min(FIRST_WAIT * 2 ** attempt, LONGEST_WAIT);
  return longest / 2 + (Math.random() * longest) / 2;
}

/** Rejects as soon as the caller gives up. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(done, milliseconds);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      if (signal.aborted) reject(signal.reason);
      else resolve();
    }
    signal.addEventListener("abort", done);
    if (signal.aborted) done();
  });
}
