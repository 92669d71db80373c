import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { appendLayer, copyImage, inspectImage } from "../../../lib/entries/main.ts";
import { createFakeRegistry } from "../../fake_registry/fake_registry.ts";
import { type Json, seedImage, seedIndexOf } from "../fake_images.ts";

const IMAGES = 24;

const { console: printer } = globalThis;

/** Runs what a program runs, and gives everything that it printed and was warned of meanwhile. */
async function printed(action: () => Promise<unknown>): Promise<string[]> {
  const found: string[] = [];
  const warn = (warning: Error): void => void found.push(`${warning.name}: ${warning.message}`);
  const methods = ["log", "info", "warn", "error", "debug", "trace"] as const;
  const originals = methods.map((name) => printer[name]);
  const write = process.stderr.write;
  process.on("warning", warn);
  for (const name of methods) printer[name] = (...values) => void found.push(values.join(" "));
  process.stderr.write = (text: string | Uint8Array): boolean => found.push(String(text)) > 0;
  try {
    await action();
    // Node tells its warnings in a later turn.
    await new Promise((resolve) => setTimeout(resolve));
  } finally {
    process.off("warning", warn);
    process.stderr.write = write;
    for (const [index, name] of methods.entries()) {
      printer[name] = originals[index] ?? printer[name];
    }
  }
  return found;
}

async function setUp(): Promise<ReturnType<typeof createFakeRegistry>> {
  const registry = createFakeRegistry();
  const images: Json[] = [];
  for (let number = 0; number < IMAGES; number++) {
    const platform = { os: "linux", architecture: "arm", variant: `v${number}` };
    const image = await seedImage(registry.store, "acme/app", undefined, {
      config: { ...platform, created_by: String(number) },
    });
    images.push({ ...image, platform });
  }
  await seedIndexOf(registry.store, "1", images);
  return registry;
}

test("nothing is printed, and of nothing is warned, whatever the number of images and layers", async () => {
  const { fetch } = await setUp();
  const layers = Array.from({ length: 30 }, (_, number) => new Uint8Array(512 * (20 + number)));
  for (const layer of layers) layer.set(tarOf());
  const { signal } = new AbortController();
  const options = { host: {}, fetch, signal };
  const found = await printed(async () => {
    await appendLayer("registry.test/acme/app:1", "registry.test/acme/app:2", {
      ...options,
      layers,
    });
    await copyImage("registry.test/acme/app:2", "registry.test/acme/copy:2", options);
    await Promise.all(
      Array.from({ length: 20 }, () => inspectImage("registry.test/acme/copy:2", options)),
    );
  });
  assert.deepEqual(found, []);
});

/** An entry of a tar, as GNU tar writes it: an empty file `a`. */
function tarOf(): Uint8Array {
  const header = new Uint8Array(512);
  const set = (at: number, text: string): void => header.set(new TextEncoder().encode(text), at);
  set(0, "a");
  set(100, "0000644\0");
  set(108, "0000000\0");
  set(116, "0000000\0");
  set(124, "00000000000\0");
  set(136, "00000000000\0");
  set(156, "0");
  set(257, "ustar\x0000");
  set(148, "        ");
  const sum = header.reduce((total, byte) => total + byte, 0);
  set(148, `${sum.toString(8).padStart(6, "0")}\0 `);
  return header;
}
