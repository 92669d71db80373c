/** An upload session of a registry: where it goes on, how far it has come (OCI distribution spec 1.1, Pushing blobs). */

import { onAbort } from "../../base/on_abort.ts";
import type { Exchange } from "../http/exchange.ts";
import { type Endpoint, type EndpointRequest, failed } from "../http/endpoint.ts";
import { resolveLocation } from "./upload_location.ts";
import { parseUploadRange } from "./range.ts";
import { redactUrl } from "../http/redact.ts";
import { RegistryError } from "../http/registry_error.ts";
import { dropBody } from "../http/response_body.ts";
import type { Answer } from "../http/transport.ts";

/** Milliseconds that giving up a session may take. */
const CANCEL_TIMEOUT = 1_000;

/** What all requests of an upload have in common. */
export interface UploadTarget {
  readonly endpoint: Endpoint;
  readonly action: string;
  readonly repository: string;
  readonly scopes: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

/** One request of a session. */
export interface SessionRequest {
  readonly method: "GET" | "PATCH" | "PUT" | "DELETE";
  /** @default the session's own place */
  readonly target?: URL | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: (exchange: Exchange) => BodyInit;
  readonly streams?: boolean;
  /** @default {() => true} */
  readonly canRepeat?: () => boolean;
  /** @default {false} */
  readonly repeats?: boolean;
  /** Further milliseconds of silence; see `TransportRequest`. */
  readonly extraTimeout: number;
  /** Statuses that are well. */
  readonly accepts: readonly number[];
}

/** A session that was begun. */
export class UploadSession {
  /** Bytes that each chunk but the last must have. */
  readonly chunkMinLength: number | undefined;
  /** Bytes that no chunk may exceed. */
  readonly chunkMaxLength: number | undefined;
  readonly #target: UploadTarget;
  readonly #origin: URL;
  #url: URL;

  /** @param answer The 202 that began it; its body is not read. */
  constructor(target: UploadTarget, answer: Answer) {
    this.#target = target;
    this.#origin = new URL(answer.url.origin);
    this.#url = answer.url;
    this.#move(answer, "POST");
    this.chunkMinLength = positive(answer.response.headers.get("oci-chunk-min-length"));
    this.chunkMaxLength = positive(answer.response.headers.get("oci-chunk-max-length"));
  }

  /** Where the next request of the session goes. */
  get url(): URL {
    return this.#url;
  }

  /**
   * Sends a request and follows the session to its new place.
   *
   * @returns the status.
   * @throws {RegistryError} if the answer is not one of those that are well.
   */
  async send(request: SessionRequest): Promise<number> {
    const { endpoint, ...common } = this.#target;
    const { accepts, method, target = this.#url, ...rest } = request;
    const full: EndpointRequest = { repeats: false, ...common, ...rest, method, target };
    return await endpoint.send(full, async (answer) => {
      const { response, exchange } = answer;
      if (!accepts.includes(response.status)) throw await failed(full, answer);
      await dropBody(response, exchange);
      if (method === "GET" || method === "PATCH") this.#moveIfTold(answer, method);
      return response.status;
    });
  }

  /** Bytes that the registry has; it may not tell truly, so that the digest decides in the end. */
  async offset(): Promise<number> {
    const { endpoint, ...common } = this.#target;
    const full: EndpointRequest = { ...common, method: "GET", target: this.#url };
    return await endpoint.send(full, async (answer) => {
      const { response, exchange } = answer;
      if (response.status !== 204 && response.status !== 200 && response.status !== 202) {
        throw await failed(full, answer);
      }
      await dropBody(response, exchange);
      this.#moveIfTold(answer, "GET");
      return parseUploadRange(response.headers.get("range"));
    });
  }

  /** Tells the registry that nothing will come. Whatever it answers is well: it forgets the session by itself in time. */
  async cancel(): Promise<void> {
    const { endpoint, ...common } = this.#target;
    // Also after an abort, which is when most sessions are given up.
    const { signal, close } = delayedAbort(AbortSignal.abort());
    const request = { ...common, method: "DELETE", target: this.#url, repeats: false, signal };
    await endpoint.send(request, ({ response, exchange }) => dropBody(response, exchange))
      .catch(() => {}).finally(close);
  }

  /** A closing PUT may lose its place, any other request may keep it. */
  #moveIfTold(answer: Answer, method: string): void {
    if (answer.response.headers.has("location")) this.#move(answer, method);
  }

  #move({ response, url }: Answer, method: string): void {
    try {
      this.#url = resolveLocation(response.headers.get("location"), url, this.#origin);
    } catch (cause) {
      const { message } = cause as Error;
      throw new RegistryError(`${this.#target.action}: ${message}`, {
        method,
        url: redactUrl(url),
        status: response.status,
        cause,
      });
    }
  }
}

/** Asks for a session. */
export async function startSession(target: UploadTarget): Promise<UploadSession> {
  const { endpoint, ...common } = target;
  const path = `/v2/${target.repository}/blobs/uploads/`;
  target.signal?.throwIfAborted();
  const { signal, close } = delayedAbort(target.signal);
  const request: EndpointRequest = { ...common, method: "POST", target: path, signal };
  return await endpoint.send(request, async (answer) => {
    if (answer.response.status !== 202) throw await failed(request, answer);
    await dropBody(answer.response, answer.exchange);
    return new UploadSession(target, answer);
  }).finally(close);
}

/**
 * A signal that is aborted somewhat later than another, so that a session that is just being made can still be found and cancelled. It is
 * closed when it is needed no longer: a timer that goes on would keep a program from ending.
 */
function delayedAbort(signal: AbortSignal | undefined): { signal: AbortSignal; close(): void } {
  const controller = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const linger = (): void => {
    timer = setTimeout(() => controller.abort(signal?.reason), CANCEL_TIMEOUT);
  };
  if (signal?.aborted) linger();
  const stopListening = onAbort(signal, linger);
  return {
    signal: controller.signal,
    close(): void {
      clearTimeout(timer);
      stopListening();
    },
  };
}

function positive(header: string | null): number | undefined {
  return /^[1-9]\d{0,14}$/.test(header ?? "") ? Number(header) : undefined;
}
