/** The requests of the Engine API that are needed for images (Docker Engine API 1.41 and later, which Podman speaks too). */

import { abortableStream } from "../base/abortable_stream.ts";
import type { Bytes, ByteStream } from "../base/bytes.ts";
import { collectBytes } from "../base/collect.ts";
import { printable } from "../base/printable.ts";
import { fromReadable, toReadable } from "../base/readable.ts";
import { formatJson, isJsonObject, type JsonObject } from "../oci/json.ts";
import type { Platform } from "../oci/platform.ts";
import type { Transfer } from "../storage/transfer.ts";
import type { EngineConnection, FindEngine } from "./engine_connection.ts";

/** Bytes of an answer that are read at most. Ten thousand images take some 5 MiB. */
const LARGEST_ANSWER = 16 * 1024 * 1024;
/** Bytes of what an engine tells while it loads. */
const LARGEST_REPORT = 1024 * 1024;
/** Characters of an engine's message that are shown. */
const LONGEST_MESSAGE = 500;

/** Milliseconds that an engine has to take something away. */
const REMOVAL_TIMEOUT = 10_000;

/** How an engine keeps images, which decides what may be left out of an archive for it. */
export type EngineKind = "classic" | "containerd" | "podman";

/** What a request has beside its path. */
type EngineRequest = Omit<RequestInit, "signal"> & {
  readonly signal: AbortSignal | undefined;
  readonly duplex?: "half";
};

/** An engine's refusal. */
export class EngineError extends Error {
  override readonly name = "EngineError";
  /** Status of the answer; undefined where it came in the body of a good one. */
  readonly status: number | undefined;

  constructor(message: string, status?: number, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

/** Asks one engine. It is looked for when it is first asked. */
export class EngineClient {
  readonly #find: FindEngine;
  readonly #transfer: Transfer;
  #connection: Promise<EngineConnection> | undefined;
  #ping: Promise<Headers> | undefined;
  #kind: Promise<EngineKind> | undefined;
  #version: Promise<JsonObject> | undefined;

  constructor(find: FindEngine, transfer: Transfer) {
    this.#find = find;
    this.#transfer = transfer;
  }

  /** What it says of itself with nothing else. */
  ping(signal: AbortSignal | undefined): Promise<Headers> {
    return this.#ping ??= this.head("/_ping", signal);
  }

  /**
   * How it keeps images.
   *
   * @param image What it knows of any image: it tells with less ado than `/info`, which starts programs to learn their versions.
   */
  kind(signal: AbortSignal | undefined, image?: JsonObject): Promise<EngineKind> {
    return this.#kind ??= (async (): Promise<EngineKind> => {
      const kind = kindBy(await this.ping(signal), image);
      if (kind !== undefined) return kind;
      const { DriverStatus: status } = await this.#get("/info", signal);
      const isContainerd = JSON.stringify(status ?? []).includes("io.containerd.snapshotter");
      return isContainerd ? "containerd" : "classic";
    })();
  }

  /** The platform that it runs on. */
  async platform(signal: AbortSignal | undefined): Promise<Platform | undefined> {
    const { Os: os, Arch: architecture } = await (this.#version ??= this.#get("/version", signal));
    return typeof os === "string" && typeof architecture === "string"
      ? { os, architecture }
      : undefined;
  }

  /** What it knows of an image; undefined where there is none of that name. */
  async image(
    name: string,
    signal: AbortSignal | undefined,
    query = "",
  ): Promise<JsonObject | undefined> {
    try {
      return await this.#get(`/images/${encodeName(name)}/json${query}`, signal);
    } catch (error) {
      if (error instanceof EngineError && error.status === 404) return undefined;
      throw error;
    }
  }

  /** The steps of an image, the newest first. */
  async history(name: string, signal: AbortSignal | undefined): Promise<readonly JsonObject[]> {
    return requireObjects(await this.#getAny(`/images/${encodeName(name)}/history`, signal));
  }

  /** All images. */
  async images(signal: AbortSignal | undefined): Promise<readonly JsonObject[]> {
    return requireObjects(await this.#getAny("/images/json", signal));
  }

  /** Gives an image a further name. */
  async tag(
    image: string,
    repository: string,
    tag: string,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const query = new URLSearchParams({ repo: repository, tag });
    const path = `/images/${encodeName(image)}/tag?${query}`;
    await this.#collect(await this.#request(path, { method: "POST", signal }), path, signal);
  }

  /** An image as an archive of Docker's. */
  save(name: string, signal: AbortSignal | undefined): ByteStream {
    return this.stream(`/images/${encodeName(name)}/get`, signal);
  }

  /**
   * Hands an archive to the engine.
   *
   * @throws {EngineError} if it does not take it.
   */
  async load(archive: ByteStream, signal: AbortSignal | undefined): Promise<void> {
    const counted = this.#counted(archive);
    const response = await this.#request("/images/load?quiet=1", {
      method: "POST",
      headers: { "content-type": "application/x-tar" },
      body: toReadable(counted),
      duplex: "half",
      signal,
    });
    const report = await collectBytes(this.#body(response, signal), {
      limit: LARGEST_REPORT,
      what: "what the engine says of the archive",
    });
    for (const line of new TextDecoder().decode(report).split("\n")) {
      const message = errorIn(line);
      if (message !== undefined) {
        throw new EngineError(await this.#failure("load the image", message));
      }
    }
  }

  /**
   * Takes something away: an image, or a container with its volumes. It is not part of what may be aborted, but may not take for ever.
   *
   * @param path Of the API: `/images/NAME` or `/containers/ID`.
   */
  async remove(path: string): Promise<void> {
    const signal = AbortSignal.timeout(REMOVAL_TIMEOUT);
    await this.#collect(await this.#request(path, { method: "DELETE", signal }), path, signal);
  }

  /** The headers of an answer that has nothing else. */
  async head(path: string, signal: AbortSignal | undefined): Promise<Headers> {
    const { headers, body } = await this.#request(path, { method: "HEAD", signal });
    await body?.cancel();
    return headers;
  }

  /** The body of an answer. */
  async *stream(path: string, signal: AbortSignal | undefined): ByteStream {
    yield* this.#body(await this.#request(path, { signal }), signal);
  }

  /** Sends a JSON object, and gives the one that is answered. */
  post(path: string, body: JsonObject, signal: AbortSignal | undefined): Promise<JsonObject> {
    const headers = { "content-type": "application/json" };
    return this.#get(path, signal, { method: "POST", headers, body: formatJson(body) });
  }

  async #get(
    path: string,
    signal: AbortSignal | undefined,
    init?: Omit<EngineRequest, "signal">,
  ): Promise<JsonObject> {
    const answer = await this.#getAny(path, signal, init);
    if (isJsonObject(answer)) return answer;
    throw new EngineError(await this.#failure(`ask for ${path}`, "it answered no JSON object"));
  }

  async #getAny(
    path: string,
    signal: AbortSignal | undefined,
    init?: Omit<EngineRequest, "signal">,
  ): Promise<unknown> {
    const response = await this.#request(path, { ...init, signal });
    const bytes = await this.#collect(response, path, signal);
    try {
      return JSON.parse(new TextDecoder().decode(bytes));
    } catch {
      throw new EngineError(await this.#failure(`ask for ${path}`, "it answered no JSON"));
    }
  }

  #collect(response: Response, path: string, signal: AbortSignal | undefined): Promise<Bytes> {
    return collectBytes(this.#body(response, signal), {
      limit: LARGEST_ANSWER,
      what: `the engine's answer to ${path}`,
    });
  }

  async #request(path: string, init: EngineRequest): Promise<Response> {
    const { url, fetch, address, from } = await (this.#connection ??= this.#find());
    const { signal, ...others } = init;
    this.#transfer.requests++;
    let response: Response;
    try {
      response = await fetch(`${url}${path}`, {
        redirect: "manual",
        ...others,
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (cause) {
      signal?.throwIfAborted();
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`Cannot reach the engine "${address}" (${from}): ${reason}`, { cause });
    }
    if (response.status >= 200 && response.status < 300) return response;
    const bytes = await this.#collect(response, path, signal);
    const text = new TextDecoder().decode(bytes);
    const message = errorIn(text) ?? `it answered ${response.status}`;
    throw new EngineError(await this.#failure(`ask for ${path}`, message), response.status);
  }

  async #failure(action: string, reason: string): Promise<string> {
    const { address } = await (this.#connection ??= this.#find());
    return `Cannot ${action} at the engine "${address}": ${printable(reason, LONGEST_MESSAGE)}`;
  }

  async *#body(response: Response, signal: AbortSignal | undefined): ByteStream {
    if (response.body === null) return;
    for await (const chunk of abortableStream(fromReadable(response.body), signal)) {
      this.#transfer.bytesDownloaded += chunk.length;
      yield chunk;
    }
  }

  async *#counted(archive: ByteStream): ByteStream {
    for await (const chunk of archive) {
      yield chunk;
      this.#transfer.bytesUploaded += chunk.length;
    }
  }
}

/** How an engine keeps images, as far as its headers and an image tell. What Podman answers to `/version` takes it 0.3 seconds. */
function kindBy(headers: Headers, image: JsonObject | undefined): EngineKind | undefined {
  if (headers.has("libpod-api-version")) return "podman";
  const [, minor] = /^1\.(\d+)$/.exec(headers.get("api-version") ?? "") ?? [];
  // Docker before 23 has no containerd's store.
  if (Number(minor) < 42) return "classic";
  // Docker from 28 on, and only with that store.
  if (isJsonObject(image?.["Descriptor"])) return "containerd";
  return image !== undefined && Number(minor) >= 48 ? "classic" : undefined;
}

/** A name in a path: its slashes stay, as the API has them. */
function encodeName(name: string): string {
  return name.split("/").map(encodeURIComponent).join("/");
}

/** The message of an answer, or of a line of a report, that is an error. */
function errorIn(line: string): string | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (!isJsonObject(value)) return undefined;
    const { error, message, cause } = value;
    return [error, message, cause].find((text): text is string => typeof text === "string");
  } catch {
    return undefined;
  }
}

function requireObjects(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
