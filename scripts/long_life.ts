/**
 * Calls the library very often in one process, aborting some of the calls, and measures what may leak: memory, file descriptors,
 * listeners and unhandled rejections. Runs on Deno, Bun and Node, on Node as a bundle.
 */

import { readdirSync } from "node:fs";
import process from "node:process";
import { CustomFile, Image } from "../lib/entries/container_image_builder.ts";
import { appendLayer, inspectImage } from "../lib/entries/main.ts";
import { createFakeRegistry } from "../tests/fake_registry/fake_registry.ts";
import { seedImage } from "../tests/image/fake_images.ts";

/** The resources in use at one moment. */
export interface Vitals {
  readonly calls: number;
  /** Resident memory in MiB. */
  readonly memory: number;
  /** Open file descriptors; -1 if the system does not tell. */
  readonly descriptors: number;
  /** Listeners on the signal that all calls share. */
  readonly listeners: number;
  /** Unhandled rejections so far. */
  readonly unhandled: number;
}

/**
 * Calls the library, and aborts a tenth of the calls, at ten different moments in turn.
 *
 * @param count The number of calls.
 * @param samples How often the vitals are measured.
 */
export async function liveLong(count: number, samples: number): Promise<Vitals[]> {
  const vitals: Vitals[] = [];
  let unhandled = 0;
  const count1 = (): void => void unhandled++;
  process.on("unhandledRejection", count1);
  let listeners = 0;
  const { signal } = new AbortController();
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = ((...values: Parameters<typeof add>) => {
    listeners++;
    add(...values);
  }) as typeof signal.addEventListener;
  signal.removeEventListener = ((...values: Parameters<typeof remove>) => {
    listeners--;
    remove(...values);
  }) as typeof signal.removeEventListener;
  for (let done = 0; done < count; done++) {
    // A new registry now and then, since the fake one keeps all that it is sent.
    if (done % 100 === 0) await renew();
    await callOnce(done, signal);
    if ((done + 1) % Math.ceil(count / samples) === 0) {
      vitals.push({
        calls: done + 1,
        memory: Math.round(process.memoryUsage().rss / 2 ** 20),
        descriptors: countDescriptors(),
        listeners,
        unhandled,
      });
    }
  }
  process.off("unhandledRejection", count1);
  return vitals;
}

let registry = createFakeRegistry();

async function renew(): Promise<void> {
  registry = createFakeRegistry();
  await seedImage(registry.store, "acme/app", "1");
}

const BASE = "registry.test/acme/app:1";
const TARGET = "registry.test/acme/made:1";

async function callOnce(number: number, signal: AbortSignal): Promise<void> {
  const { fetch } = registry;
  if (number % 10 === 9) {
    const controller = new AbortController();
    const call = appendLayer(BASE, TARGET, {
      fetch,
      signal: controller.signal,
      layers: [() => endless(controller)],
    });
    await call.then(() => {
      throw new Error("an aborted call went well");
    }, () => {});
  } else if (number % 3 === 0) {
    await inspectImage(BASE, { fetch, signal });
  } else {
    const image = new Image(BASE, TARGET, { fetch, signal });
    await image.addFiles({ "/a": new CustomFile({ data: `${number}` }) });
    await image.save();
  }
}

/** A layer whose reading is aborted halfway. */
async function* endless(controller: AbortController): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const pieces = new Uint8Array(1024);
  yield await Promise.resolve(pieces);
  controller.abort(new Error("enough"));
  while (true) yield await Promise.resolve(pieces);
}

function countDescriptors(): number {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    return -1;
  }
}

async function main(): Promise<void> {
  const [, , count = 10_000, samples = 5] = process.argv;
  for (const vitals of await liveLong(Number(count), Number(samples))) {
    process.stdout.write(`${JSON.stringify(vitals)}\n`);
  }
}

if (/long_life\.(?:ts|mjs)$/.test(process.argv[1] ?? "")) main();
