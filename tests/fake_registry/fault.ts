/** What goes wrong on the way to a fake registry, and when. */

import type { Bytes, ByteStream } from "../../lib/base/bytes.ts";
import type { Clock } from "./clock.ts";

/** One fault; it strikes once, or as often as said. */
export interface Fault {
  /** Which requests: the method, and a part of the path with its query. @default all */
  readonly method?: string | undefined;
  readonly path?: RegExp | undefined;
  /** How many matching requests pass before it strikes. @default {0} */
  readonly after?: number | undefined;
  /** How often it strikes. @default {1} */
  readonly times?: number | undefined;
  readonly action: FaultAction;
}

/** What happens. */
export type FaultAction =
  /** An answer in the registry's place; the body of the request is read to its end first. */
  | { readonly kind: "status"; readonly status: number; readonly headers?: Record<string, string> }
  /** The connection breaks after so many bytes of the request; what had come is kept where it is an upload. */
  | { readonly kind: "cut"; readonly bytes: number }
  /** The request is done, but its answer is lost. */
  | { readonly kind: "lost" }
  /** The connection breaks after so many bytes of the answer. */
  | { readonly kind: "cut answer"; readonly bytes: number }
  /** No answer ever comes. */
  | { readonly kind: "silent" }
  /** The body of the answer stops coming after so many bytes. */
  | { readonly kind: "silent answer"; readonly bytes: number }
  /** The answer takes its time; milliseconds of the clock. */
  | { readonly kind: "slow"; readonly duration: number };

/** What a broken connection looks like to `fetch`. */
export function connectionBroken(): TypeError {
  return new TypeError("fetch failed", { cause: new Error("read ECONNRESET") });
}

/** Picks the fault for each request of a plan. */
export class FaultPlan {
  readonly #faults: readonly Fault[];
  readonly #seen: Map<Fault, number> = new Map();
  /** How many faults have struck. */
  struck = 0;

  constructor(faults: readonly Fault[]) {
    this.#faults = faults;
  }

  next(method: string, path: string): FaultAction | undefined {
    for (const fault of this.#faults) {
      if (fault.method !== undefined && fault.method !== method) continue;
      if (fault.path !== undefined && !fault.path.test(path)) continue;
      const seen = this.#seen.get(fault) ?? 0;
      this.#seen.set(fault, seen + 1);
      const { after = 0, times = 1 } = fault;
      if (seen < after || seen >= after + times) continue;
      this.struck++;
      return fault.action;
    }
    return undefined;
  }
}

/** A request's body that breaks after so many bytes. */
export async function* cutBody(body: ByteStream, bytes: number): ByteStream {
  let left = bytes;
  for await (const chunk of body) {
    if (chunk.length >= left) {
      if (left > 0) yield chunk.slice(0, left);
      throw connectionBroken();
    }
    left -= chunk.length;
    yield chunk;
  }
  throw connectionBroken();
}

/** A response whose body breaks, or stops, after so many bytes. */
export function cutAnswer(response: Response, bytes: number, how: "break" | "stop"): Response {
  if (response.body === null) return response;
  const reader = response.body.getReader();
  let left = bytes;
  const body = new ReadableStream<Bytes>({
    async pull(controller): Promise<void> {
      const { done, value } = left > 0 ? await reader.read() : { done: true, value: undefined };
      if (left <= 0) {
        if (how === "break") return controller.error(connectionBroken());
        return await new Promise<void>(() => {});
      }
      if (done || value === undefined) return controller.close();
      controller.enqueue(new Uint8Array(value.subarray(0, left)));
      left -= value.length;
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
  return new Response(body, response);
}

/** Waits as long as a slow answer takes. */
export async function slow(clock: Clock | undefined, duration: number): Promise<void> {
  if (clock === undefined) throw new TypeError("a slow fault needs a clock");
  await clock.delay(duration);
}
