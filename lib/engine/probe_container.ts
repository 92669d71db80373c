/** Looks up files of an image by means of a container that is created of it, never started, and removed again. */

import { abortable } from "../base/abortable.ts";
import { decodeBase64 } from "../base/base64.ts";
import type { ByteStream } from "../base/bytes.ts";
import { expectLater } from "../base/expect_later.ts";
import { isJsonObject } from "../oci/json.ts";
import type { ImageFiles, RepositoryOptions } from "../storage/repository.ts";
import type { TarEntryHeader } from "../tar/entry.ts";
import { TarScanner } from "../tar/scanner.ts";
import { TarError } from "../tar/tar_error.ts";
import type { EngineClient } from "./engine_client.ts";
import { EngineError } from "./engine_error.ts";

/** How many timeouts an engine has to create a container: some storage drivers copy the whole image. */
const FOR_CREATION = 5;
/** Bits of Go's `fs.FileMode`. */
const GO_DIRECTORY = 31;
const GO_SYMLINK = 27;
/** The most bytes of an archive that are read to find its first entry. */
const LARGEST_HEADER = 1024 * 1024;

/** Asks an engine for the entries of an image at given paths. */
export class ProbeContainer implements ImageFiles {
  readonly #client: EngineClient;
  readonly #image: string;
  #id: Promise<string> | undefined;
  #removal: Promise<void> | undefined;

  /** The container is created with the first lookup. */
  constructor(client: EngineClient, image: string) {
    this.#client = client;
    this.#image = image;
  }

  /**
   * The entry at a path whose parents are no links; undefined if there is none. Of a file, only its type is certain.
   *
   * @throws {EngineError} if the engine refuses.
   */
  async find(
    path: string,
    { signal }: RepositoryOptions = {},
  ): Promise<TarEntryHeader | undefined> {
    const place = await this.#placeOf(path, signal);
    let headers: Headers;
    try {
      headers = await this.#client.head(place, signal);
    } catch (error) {
      if (!isMissing(error)) throw error;
      await this.#requireContainer(path, signal);
      return undefined;
    }
    const mode = modeIn(headers);
    // The engine would send a file's whole content after its header, so that the file is not read.
    if (mode !== undefined && !hasBit(mode, GO_DIRECTORY) && !hasBit(mode, GO_SYMLINK)) {
      return { path, type: "file", mode: mode % 0o1000, uid: 0, gid: 0, mtime: 0, size: 0 };
    }
    const entry = await this.#firstEntry(place, signal);
    return { ...entry, path };
  }

  /** A tar of what is at a path. Its first entry is the path itself, named by its last segment. */
  async *read(path: string, { signal }: RepositoryOptions = {}): ByteStream {
    yield* this.#client.stream(await this.#placeOf(path, signal), signal);
  }

  /** Removes the container, if there is one. Never fails. */
  async dispose(): Promise<void> {
    if (this.#id !== undefined) await (this.#removal ??= this.#remove(this.#id));
  }

  async #remove(made: Promise<string>): Promise<void> {
    const id = await made.catch(() => undefined);
    if (id === undefined) return;
    // `v=1` removes the volumes that the image declares too.
    await this.#client.remove(`/containers/${id}?v=1&force=1`).catch(() => {});
  }

  /** Creates the container. This is not aborted, since its identifier has to be known to remove it. */
  async #create(): Promise<string> {
    const { Id: id } = await this.#client.post("/containers/create", {
      Image: this.#image,
      // The image may have no command, and engines create a missing working directory.
      Entrypoint: ["/"],
      Cmd: ["/"],
      WorkingDir: "/",
      NetworkDisabled: true,
      Labels: { "appendlayer.purpose": "asks the image for its directories" },
    }, { timeouts: FOR_CREATION });
    if (typeof id === "string" && /^[\w-]+$/.test(id)) return id;
    throw new EngineError("Cannot make a container of the base: the engine answered no ID");
  }

  /**
   * Makes sure that it is the path that is missing, not the container: one that is never started may be removed by a `prune`.
   *
   * @throws {EngineError} if the container is gone.
   */
  async #requireContainer(path: string, signal: AbortSignal | undefined): Promise<void> {
    try {
      await this.#client.head(await this.#placeOf("", signal), signal);
    } catch (error) {
      if (!isMissing(error)) throw error;
      throw new EngineError(
        `Cannot ask the base for "/${path}": the container made for that was taken away by somebody else; try again`,
        404,
        { cause: error },
      );
    }
  }

  async #placeOf(path: string, signal: AbortSignal | undefined): Promise<string> {
    const id = await abortable(this.#id ??= expectLater(this.#create()), signal);
    return `/containers/${id}/archive?${new URLSearchParams({ path: `/${path}` })}`;
  }

  async #firstEntry(place: string, signal: AbortSignal | undefined): Promise<TarEntryHeader> {
    let first: TarEntryHeader | undefined;
    const scanner = new TarScanner({ onEntry: (entry) => first ??= entry });
    let bytes = 0;
    let cause: unknown;
    try {
      for await (const chunk of this.#client.stream(place, signal)) {
        scanner.write(chunk);
        // Returns without waiting for the rest of the archive.
        if (first !== undefined) return first;
        if ((bytes += chunk.length) > LARGEST_HEADER) break;
      }
    } catch (error) {
      if (!(error instanceof TarError)) throw error;
      cause = error;
    }
    const message = `Cannot ask for ${place} at the engine: it answered no archive`;
    throw new EngineError(message, undefined, { cause });
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof EngineError && error.status === 404;
}

/** The mode of `X-Docker-Container-Path-Stat`. */
function modeIn(headers: Headers): number | undefined {
  try {
    const text = decodeBase64(headers.get("x-docker-container-path-stat") ?? "");
    const status: unknown = JSON.parse(new TextDecoder().decode(text));
    const mode = isJsonObject(status) ? status["mode"] : undefined;
    return typeof mode === "number" && Number.isSafeInteger(mode) ? mode : undefined;
  } catch {
    return undefined;
  }
}

function hasBit(mode: number, bit: number): boolean {
  return Math.floor(mode / 2 ** bit) % 2 === 1;
}
