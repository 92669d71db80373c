/** The requests of the Docker Engine API for images (1.41 and later, which Podman implements too). */

import { parseBoundedJson } from "../base/bounded_json.ts";
import type { ByteStream } from "../base/bytes.ts";
import { formatJson, isJsonObject, type JsonObject } from "../oci/json.ts";
import type { Platform } from "../oci/platform.ts";
import { EngineError } from "./engine_error.ts";
import {
  type AskOptions,
  type EngineRequest,
  EngineRequests,
  type EngineRequestsOptions,
  errorIn,
} from "./engine_requests.ts";

/** Milliseconds that an engine has to remove an image or a container. */
const REMOVAL_TIMEOUT = 10_000;

/** How an engine stores images, which decides what may be left out of an archive for it. */
export type EngineKind = "classic" | "containerd" | "podman";

/** Sends requests to one engine, which is searched for with the first one. */
export class EngineClient {
  readonly #requests: EngineRequests;
  #ping: Promise<Headers> | undefined;
  #kind: Promise<EngineKind> | undefined;
  #version: Promise<JsonObject> | undefined;

  constructor(options: EngineRequestsOptions) {
    this.#requests = new EngineRequests(options);
  }

  /** The headers of `/_ping`, which describe the engine. */
  ping(signal: AbortSignal | undefined): Promise<Headers> {
    return this.#ping ??= this.head("/_ping", signal);
  }

  /**
   * How the engine stores images.
   *
   * @param image What it answers about any image. That is cheaper than `/info`, which runs programs to find out their versions.
   */
  kind(signal: AbortSignal | undefined, image?: JsonObject): Promise<EngineKind> {
    return this.#kind ??= (async (): Promise<EngineKind> => {
      const kind = kindBy(await this.ping(signal), image);
      if (kind !== undefined) return kind;
      const { DriverStatus: status } = await this.#get("/info", { signal });
      const isContainerd = JSON.stringify(status ?? []).includes("io.containerd.snapshotter");
      return isContainerd ? "containerd" : "classic";
    })();
  }

  /** The platform that the engine runs on. */
  async platform(signal: AbortSignal | undefined): Promise<Platform | undefined> {
    const { Os: os, Arch: architecture } =
      await (this.#version ??= this.#get("/version", { signal }));
    return typeof os === "string" && typeof architecture === "string"
      ? { os, architecture }
      : undefined;
  }

  /** What the engine answers about an image; undefined if there is no image of that name. */
  async image(
    name: string,
    signal: AbortSignal | undefined,
    query = "",
  ): Promise<JsonObject | undefined> {
    try {
      return await this.#get(`/images/${encodeName(name)}/json${query}`, { signal });
    } catch (error) {
      if (error instanceof EngineError && error.status === 404) return undefined;
      throw error;
    }
  }

  /** The history of an image, the newest step first. */
  async history(name: string, signal: AbortSignal | undefined): Promise<readonly JsonObject[]> {
    return requireObjects(await this.#getAny(`/images/${encodeName(name)}/history`, { signal }));
  }

  /** All images. */
  async images(signal: AbortSignal | undefined): Promise<readonly JsonObject[]> {
    return requireObjects(await this.#getAny("/images/json", { signal }));
  }

  /** Gives an image a further name. */
  async tag(
    image: string,
    repository: string,
    tag: string,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const query = new URLSearchParams({ repo: repository, tag });
    await this.#requests.ask(`/images/${encodeName(image)}/tag?${query}`, { method: "POST" }, {
      signal,
    });
  }

  /** An image as a Docker archive. */
  save(name: string, signal: AbortSignal | undefined): ByteStream {
    return this.stream(`/images/${encodeName(name)}/get`, signal);
  }

  /**
   * Lets the engine load an archive.
   *
   * @throws {EngineError} if it refuses.
   */
  async load(archive: ByteStream, signal: AbortSignal | undefined): Promise<void> {
    const path = "/images/load?quiet=1";
    const report = await this.#requests.send(path, archive, signal);
    for (const line of new TextDecoder().decode(report).split("\n")) {
      const message = errorIn(line);
      if (message !== undefined) {
        throw new EngineError(await this.#requests.failure("load the image", message));
      }
    }
  }

  /**
   * Removes an image, or a container with its volumes. It cannot be aborted, but has a time limit.
   *
   * @param path The path in the API: `/images/NAME` or `/containers/ID`.
   */
  async remove(path: string): Promise<void> {
    await this.#requests.ask(path, { method: "DELETE" }, {
      signal: AbortSignal.timeout(REMOVAL_TIMEOUT),
    });
  }

  /** The headers of the answer to a HEAD request. */
  async head(path: string, signal: AbortSignal | undefined): Promise<Headers> {
    return (await this.#requests.ask(path, { method: "HEAD" }, { signal })).headers;
  }

  /** The body of an answer. */
  stream(path: string, signal: AbortSignal | undefined): ByteStream {
    return this.#requests.stream(path, signal);
  }

  /** Sends a JSON object and reads the one that is answered. */
  post(path: string, body: JsonObject, options: AskOptions = {}): Promise<JsonObject> {
    const headers = { "content-type": "application/json" };
    return this.#get(path, options, { method: "POST", headers, body: formatJson(body) });
  }

  async #get(path: string, options: AskOptions, init?: EngineRequest): Promise<JsonObject> {
    const answer = await this.#getAny(path, options, init);
    if (isJsonObject(answer)) return answer;
    throw new EngineError(
      await this.#requests.failure(`ask for ${path}`, "it answered no JSON object"),
    );
  }

  async #getAny(path: string, options: AskOptions, init: EngineRequest = {}): Promise<unknown> {
    const { bytes } = await this.#requests.ask(path, init, options);
    try {
      return parseBoundedJson(new TextDecoder().decode(bytes));
    } catch (error) {
      const { message } = error as SyntaxError;
      const reason = message === "it is not JSON" ? "it answered no JSON" : message;
      throw new EngineError(await this.#requests.failure(`ask for ${path}`, reason));
    }
  }
}

/** How an engine stores images, if its headers and an image tell. Asking `/version` instead takes Podman 0.3 seconds. */
function kindBy(headers: Headers, image: JsonObject | undefined): EngineKind | undefined {
  if (headers.has("libpod-api-version")) return "podman";
  const [, minor] = /^1\.(\d+)$/.exec(headers.get("api-version") ?? "") ?? [];
  // Docker before 23 has no containerd store.
  if (Number(minor) < 42) return "classic";
  // Docker 28 and later answer this field, with containerd's store only.
  if (isJsonObject(image?.["Descriptor"])) return "containerd";
  return image !== undefined && Number(minor) >= 48 ? "classic" : undefined;
}

/** Encodes a name for a path. Slashes stay, as the API requires. */
function encodeName(name: string): string {
  return name.split("/").map(encodeURIComponent).join("/");
}

function requireObjects(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
