/** The client of one registry: authenticated requests by path, and the errors of its answers. */

import type { Hint } from "../../base/hint.ts";
import { printable } from "../../base/printable.ts";
import type { Authorizer } from "../auth/authorizer.ts";
import type { Allowance } from "./allowance.ts";
import { describeAnswer, describeEntries, parseErrorBody } from "./error_body.ts";
import type { Exchange } from "./exchange.ts";
import { isPassingStatus } from "./failure.ts";
import { refusalHint } from "../auth/refusal_hint.ts";
import { redactUrl } from "./redact.ts";
import { RegistryError } from "./registry_error.ts";
import { dropBody, readBody } from "./response_body.ts";
import type { Scheme } from "./scheme.ts";
import type { Answer, Transport, TransportRequest } from "./transport.ts";

/** A request to a registry. */
export interface EndpointRequest {
  /** What messages say is being done: `Cannot read manifest "1" of "ghcr.io/acme/app"`. */
  readonly action: string;
  readonly method: string;
  /** A path under the registry's origin, or a URL that the registry gave. */
  readonly target: string | URL;
  readonly repository: string;
  /** That of the repository itself comes first. */
  readonly scopes: readonly string[];
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: ((exchange: Exchange) => BodyInit) | undefined;
  readonly streams?: boolean | undefined;
  /** Whether the body can be sent again, after a 401. @default {() => true} */
  readonly canRepeat?: (() => boolean) | undefined;
  /** @default {true} */
  readonly repeats?: boolean | undefined;
  /** Further milliseconds of silence; see `TransportRequest`. @default {0} */
  readonly extraTimeout?: number | undefined;
  /** Limits its total time; see `TransportRequest`. */
  readonly allowance?: Allowance | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Options of {@linkcode Endpoint}. */
export interface EndpointOptions {
  readonly transport: Transport;
  readonly authorizer: Authorizer;
  readonly scheme: Scheme;
  readonly onWarning: ((message: string) => void) | undefined;
}

/** Characters of the header `Warning` that are read. */
const LONGEST_WARNING = 4_096;

/** Characters of an error's body that are read. */
const ERROR_LIMIT = 64 * 1024;

/** The client of one registry, shared by its repositories. */
export class Endpoint {
  readonly transport: Transport;
  readonly #options: EndpointOptions;
  readonly #warned: Set<string> = new Set();

  constructor(options: EndpointOptions) {
    this.#options = options;
    this.transport = options.transport;
  }

  /** The registry as the user named it. */
  get registry(): string {
    return this.#options.authorizer.registry;
  }

  /**
   * Sends a request.
   *
   * @param consume Reads the answer, whatever its status; {@linkcode failed} makes the error for a wrong one. It is called again if the
   * connection breaks while it reads.
   * @throws {RegistryError} if there is no answer.
   * @throws {AuthError} if the request cannot be authorised.
   */
  async send<T>(request: EndpointRequest, consume: (answer: Answer) => Promise<T>): Promise<T> {
    const { target } = request;
    if (typeof target !== "string") return await this.#sendTo(target, undefined, request, consume);
    return await this.#options.scheme.use((origin, trial) => {
      const { signal } = request;
      const both = trial && signal ? AbortSignal.any([signal, trial.signal]) : trial?.signal;
      const tried = { ...request, signal: both ?? signal };
      return this.#sendTo(new URL(origin + target), trial?.onAnswer, tried, consume);
    });
  }

  /**
   * The `Authorization` header of requests for a repository; undefined if the registry asks for none. The challenge is that of its root.
   *
   * @throws {AuthError} if there is no credential or token for it.
   */
  async authorization(
    request: Omit<EndpointRequest, "method" | "target">,
  ): Promise<string | undefined> {
    const asked = await this.send(
      { ...request, method: "GET", target: "/v2/" },
      async ({ response, exchange, url, isForeign }) => {
        await dropBody(response, exchange);
        return isForeign ? undefined : url;
      },
    );
    return await this.#options.authorizer.authorization(request, asked);
  }

  async #sendTo<T>(
    url: URL,
    onAnswer: (() => void) | undefined,
    request: EndpointRequest,
    consume: (answer: Answer) => Promise<T>,
  ): Promise<T> {
    const { authorizer, transport } = this.#options;
    const { action, repository, scopes, signal, streams } = request;
    const need = { action, repository, scopes, signal, strictly: streams };
    const { method, headers, body, repeats, extraTimeout, allowance } = request;
    const sending = { headers, body, streams, repeats, extraTimeout, allowance };
    const plain = { action, method, url, ...sending, onAnswer, signal };
    // An upload may go on at another origin, which gets no credentials (CVE-2026-50151).
    const isOwn = this.#options.scheme.isOwn(url);

    for (let isRepeated = false;;) {
      const isChallenged = authorizer.isChallenged;
      const authorization = isOwn ? await authorizer.authorization(need, url) : undefined;
      const sent = transport.send<{ readonly value: T } | undefined>(
        { ...plain, authorization },
        async (answer) => {
          const { response } = answer;
          this.#warn(response);
          // The 401 of a redirect's target is not the registry's, and starts no authentication.
          const mayLearn = response.status === 401 && isOwn && !answer.isForeign &&
            !isRepeated && request.canRepeat?.() !== false;
          if (!mayLearn || !(await this.#learn(answer, authorization, plain, need))) {
            return { value: await consume(answer) };
          }
          await dropBody(response, answer.exchange);
          return undefined;
        },
      );
      const outcome = await sent.catch(async (error) => {
        throw isOwn ? await this.#withHint(error, repository) : error;
      });
      if (outcome !== undefined) return outcome.value;
      // A challenge of an earlier run does not count as the registry's own, which it may send now.
      isRepeated = isChallenged || authorization === undefined;
    }
  }

  async #withHint(error: unknown, repository: string): Promise<unknown> {
    if (!(error instanceof RegistryError)) return error;
    const { message, method, url, status, errors, cause } = error;
    const { authorizer } = this.#options;
    const isAnonymous = await authorizer.isAnonymous(repository);
    const { registry } = authorizer;
    const text = describeEntries(errors);
    const found = refusalHint({ status, text, isAnonymous, registry });
    if (found === undefined) return error;
    const { hint = error.hint } = found;
    return new RegistryError(message + found.message, { method, url, status, errors, cause, hint });
  }

  async #learn(
    { response, url }: Answer,
    sent: string | undefined,
    request: TransportRequest,
    need: Parameters<Authorizer["learn"]>[3],
  ): Promise<boolean> {
    const { authorizer, transport } = this.#options;
    if (!response.headers.has("www-authenticate") && !authorizer.isChallenged) {
      // Google's registries sometimes refuse without a challenge; their root has one.
      await transport.send(
        {
          action: request.action,
          method: "GET",
          url: new URL("/v2/", url),
          // The target of a redirect could name a token service of its own.
          leavesOrigin: false,
          signal: request.signal,
        },
        async (root) => {
          await dropBody(root.response, root.exchange);
          if (root.response.status === 401) {
            authorizer.learn(root.response, root.url, undefined, need);
          }
        },
      );
      return authorizer.isChallenged;
    }
    return authorizer.learn(response, url, sent, need);
  }

  /** Reports each warning of the registry once (OCI distribution spec 1.1, Warnings). */
  #warn({ headers }: Response): void {
    const header = headers.get("warning")?.slice(0, LONGEST_WARNING);
    if (header === undefined) return;
    for (const [, text] of header.matchAll(/299 - "((?:[^"\\]|\\.)*)"/g)) {
      const message = printable(text?.replace(/\\(.)/g, "$1") ?? "", 500);
      if (this.#warned.has(message)) continue;
      this.#warned.add(message);
      this.#options.onWarning?.(message);
    }
  }
}

/** Makes the error for an answer with a wrong status, from its body. */
export async function failed(
  { action, method }: Pick<EndpointRequest, "action" | "method">,
  { response, url, exchange, attempts }: Answer,
  hint?: Hint,
): Promise<RegistryError> {
  const { status } = response;
  const errors = parseErrorBody(await readErrorText(response, exchange));
  const page = errors.length === 0 && isWebPage(response) ? " with a web page" : "";
  const times = isPassingStatus(status) && attempts > 1 ? ` (${attempts} attempts)` : "";
  return new RegistryError(
    `${action}: registry answered ${describeAnswer(status, errors)}${page}${times}`,
    {
      method,
      url: redactUrl(url),
      status,
      errors,
      hint: status === 413 ? { kind: "too-large" } : hint,
    },
  );
}

/** Whether an answer is a web page, as of a site or a proxy. */
export function isWebPage({ headers }: Response): boolean {
  return /^text\/html\b/i.test(headers.get("content-type") ?? "");
}

/** Makes the error for a web page in place of a registry's document. */
export async function webPageError(
  { action, method }: Pick<EndpointRequest, "action" | "method">,
  { response, url, exchange }: Answer,
): Promise<RegistryError> {
  const { status } = response;
  await dropBody(response, exchange);
  return new RegistryError(`${action}: ${url.host} answered ${status} with a web page`, {
    method,
    url: redactUrl(url),
    status,
    hint: { kind: "web-page" },
  });
}

/** Reads the text of an error, up to the limit. */
async function readErrorText(response: Response, exchange: Exchange): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  exchange.expectShort();
  try {
    for await (const chunk of readBody(response, exchange)) {
      text += decoder.decode(chunk, { stream: true });
      if (text.length > ERROR_LIMIT) break;
    }
  } catch {
    // The status is enough.
  }
  return text.slice(0, ERROR_LIMIT);
}
