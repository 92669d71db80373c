/** An upload session of a registry: its URL and its progress (OCI distribution spec 1.1, Pushing blobs). */

import { onAbort } from "../../base/on_abort.ts";
import type { Exchange } from "../http/exchange.ts";
import { type Endpoint, type EndpointRequest, failed } from "../http/endpoint.ts";
import { resolveLocation } from "./upload_location.ts";
import { parseUploadRange } from "./range.ts";
import { redactUrl } from "../http/redact.ts";
import { RegistryError } from "../http/registry_error.ts";
import { dropBody } from "../http/response_body.ts";
import type { Answer } from "../http/transport.ts";

/** Milliseconds that cancelling a session may take. */
const CANCEL_TIMEOUT = 1_000;

/** The fields that all requests of an upload have. */
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
  /** @default the session's URL */
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
  /** Successful statuses. */
  readonly accepts: readonly number[];
}

/** A session that was started. */
export class UploadSession {
  /** Bytes that each chunk but the last must have. */
  readonly chunkMinLength: number | undefined;
  /** Bytes that no chunk may exceed. */
  readonly chunkMaxLength: number | undefined;
  readonly #target: UploadTarget;
  readonly #origin: URL;
  #url: URL;

  /** @param answer The 202 that started it; its body is not read. */
  constructor(target: UploadTarget, answer: Answer) {
    this.#target = target;
    this.#origin = new URL(answer.url.origin);
    this.#url = answer.url;
    this.#move(answer, "POST");
    this.chunkMinLength = positive(answer.response.headers.get("oci-chunk-min-length"));
    this.chunkMaxLength = positive(answer.response.headers.get("oci-chunk-max-length"));
  }

  /** URL of the next request of the session. */
  get url(): URL {
    return this.#url;
  }

  /**
   * Sends a request, and takes over the session's new URL.
   *
   * @returns the status.
   * @throws {RegistryError} if the status is none of the successful ones.
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

  /** Bytes that the registry claims to have; in the end the digest decides. */
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

  /** Cancels the session. The answer does not matter: the registry also forgets the session in time. */
  async cancel(): Promise<void> {
    const { endpoint, ...common } = this.#target;
    // With a signal of its own, since most sessions are cancelled after an abort.
    const { signal, close } = delayedAbort(AbortSignal.abort());
    const request = { ...common, method: "DELETE", target: this.#url, repeats: false, signal };
    await endpoint.send(request, ({ response, exchange }) => dropBody(response, exchange))
      .catch(() => {}).finally(close);
  }

  /** Takes over the URL of an answer, if it has one. */
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

/** Starts a session. */
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
 * A signal that is aborted a little later than another, so that a session that is just being started can still be cancelled. It must be
 * closed, since a running timer would keep the program from ending.
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
