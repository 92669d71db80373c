/** Measures how long a command reads, hashes, compresses and uploads. */

import type { ByteStream, Transform } from "../../base/bytes.ts";
import type { CreateHasher, Hasher } from "../../base/hash/hasher.ts";
import type { Host } from "../../image/access/runtime_host.ts";
import type { Codec } from "../../layer/compression/codec.ts";
import type { Io } from "../io.ts";

/** A measured part of a command. Reading, hashing and compressing run beside the rest. */
type Phase = "read" | "hash" | "compress" | "upload";

/** Sums the time of each part of a command. */
export class TimeSpent {
  readonly #now: () => number;
  readonly #start: number;
  readonly #spent: Record<Phase, number> = { read: 0, hash: 0, compress: 0, upload: 0 };

  /** @param now A monotonic clock, milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
    this.#start = now();
  }

  /** Wraps the surroundings of a command to measure them. */
  watch(io: Io): Io {
    return {
      ...io,
      readInput: (signal) => this.#stream(io.readInput(signal), "read"),
      readFile: (path) => this.#stream(io.readFile(path), "read"),
      createHost: async (options) => this.#host(await io.createHost(options)),
    };
  }

  /** Seconds in total and by part: "upload" is the time in which no bytes were asked for, "waiting" that for answers and everything else. */
  describe(): string {
    const total = this.#now() - this.#start;
    const { compress, upload } = this.#spent;
    const parts = { ...this.#spent, waiting: Math.max(0, total - compress - upload) };
    const listed = Object.entries(parts).map(([phase, time]) => `${phase} ${seconds(time)}`);
    return `took ${seconds(total)}: ${listed.join(", ")}`;
  }

  #host(host: Host): Host {
    const { codec, createHasher } = host;
    return {
      ...host,
      ...(codec !== undefined && { codec: this.#codec(codec) }),
      ...(createHasher !== undefined && { createHasher: this.#hasher(createHasher) }),
    };
  }

  #codec(codec: Codec): Codec {
    const watch = (stage: Transform): Transform => (source) =>
      this.#stream(stage(source), "compress", "upload");
    return {
      compress: (format, options) => watch(codec.compress(format, options)),
      decompress: (format) => codec.decompress(format),
    };
  }

  #hasher(create: CreateHasher): CreateHasher {
    return (): Hasher => {
      const hasher = create();
      return {
        update: (chunk): void | Promise<void> => {
          const start = this.#now();
          const updated = hasher.update(chunk);
          this.#add("hash", start);
          return updated;
        },
        digest: () => hasher.digest(),
      };
    };
  }

  /** Measures how long a stream is waited for, and how long its reader does something else. */
  async *#stream(source: ByteStream, waited: Phase, elsewhere?: Phase): ByteStream {
    let start = this.#now();
    for await (const chunk of source) {
      this.#add(waited, start);
      const given = this.#now();
      yield chunk;
      if (elsewhere !== undefined) this.#add(elsewhere, given);
      start = this.#now();
    }
    this.#add(waited, start);
  }

  #add(phase: Phase, start: number): void {
    this.#spent[phase] += this.#now() - start;
  }
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(2)} s`;
}
