/** Requests to the token services of clouds: small JSON, without redirects to other origins. */

import { parseBoundedJson } from "../../base/bounded_json.ts";
import type { Fetch } from "../../base/fetch.ts";
import { AuthError } from "../auth/auth_error.ts";
import { describeAnswer, parseErrorBody } from "../http/error_body.ts";
import { Transport } from "../http/transport.ts";
import { readAll } from "../http/response_body.ts";

/** Options of requests to clouds; the same as for registries. */
export interface CloudOptions {
  /**
   * Sends requests.
   *
   * @default {globalThis.fetch}
   */
  readonly fetch?: Fetch | undefined;
  /**
   * How often a request is repeated after a transient failure.
   *
   * @default {4}
   */
  readonly retries?: number | undefined;
  /**
   * Milliseconds of silence after which a request has failed.
   *
   * @default {60000}
   */
  readonly timeout?: number | undefined;
  /** From 0 to below 1. @default {Math.random} */
  readonly random?: (() => number) | undefined;
  /** Milliseconds since 1970. @default {Date.now} */
  readonly now?: (() => number) | undefined;
  /**
   * Waits between attempts for a duration in milliseconds, or rejects with the signal's reason.
   *
   * @default a timer
   */
  readonly delay?:
    | ((
      duration: number,
      options: { readonly signal?: AbortSignal | undefined },
    ) => Promise<void>)
    | undefined;
}

/** One request to a cloud. */
export interface CloudRequest {
  /** What messages say is being done: `Cannot get credentials for "gcr.io"`. */
  readonly action: string;
  /** @default {"POST"} */
  readonly method?: "GET" | "POST";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** A header, in lower case, and the value that the answer must have there, which proves who answers. */
  readonly answerHeader?: readonly [name: string, value: string] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The most bytes of an answer. */
const ANSWER_LIMIT = 128 * 1024;

/**
 * Sends a request and reads the JSON object that answers it.
 *
 * @throws {AuthError} for any other answer. The message has the service's own errors, and nothing that was sent.
 */
export async function requestCloud(
  options: CloudOptions,
  { action, method = "POST", url, headers, body, answerHeader, signal }: CloudRequest,
): Promise<Readonly<Record<string, unknown>>> {
  const transport = new Transport(options);
  const request = {
    action,
    method,
    url,
    headers,
    body: body === undefined ? undefined : () => body,
    leavesOrigin: false,
    allowance: transport.createAllowance(),
    signal,
  };
  const { response, text } = await transport.send(request, async (answer) => {
    const bytes = await readAll(answer, { limit: ANSWER_LIMIT, what: "an answer" });
    return { response: answer.response, text: new TextDecoder().decode(bytes) };
  });
  const { status } = response;
  if (status !== 200) {
    const said = describeAnswer(status, parseErrorBody(text));
    throw new AuthError(`${action}: ${url.host} answered ${said}`);
  }
  if (answerHeader !== undefined) {
    const [name, value] = answerHeader;
    if (response.headers.get(name) !== value) {
      throw new AuthError(`${action}: ${url.host} is not what it should be: ${name} is missing`);
    }
  }
  try {
    const parsed: unknown = parseBoundedJson(text);
    if (typeof parsed === "object" && parsed !== null) return parsed as Record<string, unknown>;
  } catch {
    // Handled as JSON that is no object. The parser's message could hold a secret.
  }
  throw new AuthError(`${action}: ${url.host} answered something else than a JSON object`);
}

/**
 * A text field of an answer.
 *
 * @throws {AuthError} if it is missing, or cannot be part of a header.
 */
export function secretIn(
  answer: Readonly<Record<string, unknown>>,
  name: string,
  action: string,
): string {
  const value = answer[name];
  if (typeof value === "string" && /^[\x21-\x7e]+$/.test(value)) return value;
  throw new AuthError(`${action}: the answer has no ${name}`);
}
