/** Calls the product's own fetch in every way that matters, on whatever runtime this runs on, and prints what came of it. */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import process from "node:process";
import { createTlsFetch } from "../../lib/host/connection/tls_fetch.ts";

const [url = "", ca = ""] = process.argv.slice(2);
const fetch = createTlsFetch({ ca: [readFileSync(ca, "utf8")] });
const results: Record<string, unknown> = {};

const CHUNK = 262_144;
const data = new Uint8Array(4 * 1024 * 1024).map((_, index) => (index * 2_654_435_761) >>> 11);
const hash = createHash("sha256").update(data).digest("hex");

interface Source {
  readonly stream: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly given: () => number;
  readonly cancelled: () => boolean;
}

/** Waits for what comes at once, or, on a busy machine, in seconds. */
async function waitUntil(is: () => boolean): Promise<void> {
  for (let turn = 0; turn < 3_000 && !is(); turn++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** A stream that gives so many bytes, and then ends, fails or goes on without end. */
function source(size: number, failure?: Error): Source {
  let given = 0;
  let cancelled = false;
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller): void {
      if (given < size) {
        const chunk = data.slice(given % data.length, given % data.length + CHUNK);
        given += chunk.length;
        controller.enqueue(chunk);
      } else if (failure !== undefined) controller.error(failure);
      else controller.close();
    },
    cancel(): void {
      cancelled = true;
    },
  }, { highWaterMark: 0 });
  return { stream, given: () => given, cancelled: () => cancelled };
}

async function put(
  path: string,
  body: BodyInit | null,
  headers: HeadersInit = {},
): Promise<unknown> {
  const response = await fetch(url + path, { method: "PUT", body, headers, redirect: "manual" });
  return [response.status, await response.text()];
}

async function attempt(name: string, action: () => Promise<unknown>): Promise<void> {
  try {
    results[name] = await action();
  } catch (error) {
    const { name: kind, message, code } = error as Error & { code?: string };
    results[name] = { kind, message, code };
  }
}

async function main(): Promise<void> {
  await attempt("get", async () => {
    const response = await fetch(`${url}/echo?a=b`, { headers: { "x-a": "1" } });
    return [response.status, response.url === `${url}/echo?a=b`, await response.json()];
  });
  await attempt("head", async () => (await fetch(`${url}/echo`, { method: "HEAD" })).status);
  await attempt("no content", async () => {
    const response = await fetch(`${url}/204`, {});
    return [response.status, response.body];
  });
  await attempt("redirect", async () => {
    const response = await fetch(`${url}/redirect`, { redirect: "manual" });
    await response.body?.cancel();
    return [response.status, response.headers.get("location")];
  });
  await attempt("cookies", async () => {
    const response = await fetch(`${url}/cookies`, {});
    await response.body?.cancel();
    return response.headers.getSetCookie();
  });
  await attempt("empty post", () => put("/hash", null));
  await attempt("text", () => put("/hash", "hello"));
  await attempt("bytes", async () => JSON.stringify(await put("/hash", data)).includes(hash));
  await attempt(
    "blob",
    async () => JSON.stringify(await put("/hash", new Blob([data]))).includes(hash),
  );
  await attempt(
    "stream",
    async () =>
      JSON.stringify(await put("/hash", source(data.length).stream)).includes(`chunked ${hash}`),
  );
  await attempt("stream of known length", async () => {
    const answer = await put("/hash", source(data.length).stream, {
      "content-length": `${data.length}`,
    });
    return JSON.stringify(answer).includes(`${data.length} ${hash}`);
  });
  await attempt(
    "too long",
    () => put("/short", source(data.length).stream, { "content-length": "1000000" }),
  );
  await attempt(
    "too short",
    () => put("/long", source(CHUNK).stream, { "content-length": "1000000" }),
  );
  await attempt(
    "broken source",
    () => put("/broken", source(CHUNK, new Error("the source broke")).stream),
  );
  await attempt("early answer", async () => {
    const { stream, given, cancelled } = source(Infinity);
    const answer = await put("/early", stream);
    const before = given();
    await waitUntil(cancelled);
    await new Promise((resolve) => setTimeout(resolve, 200));
    return [answer, cancelled(), given() - before];
  });
  await attempt("stalled server", async () => {
    const { stream, given, cancelled } = source(Infinity);
    const controller = new AbortController();
    const sending = fetch(`${url}/stall`, {
      method: "PUT",
      body: stream,
      signal: controller.signal,
    });
    await new Promise((resolve) => setTimeout(resolve, 700));
    const taken = given();
    controller.abort(new Error("my own reason"));
    const reason = await sending.then(() => "answered", (error) => (error as Error).message);
    await waitUntil(cancelled);
    return [reason, taken < 32 * 1024 * 1024, cancelled()];
  });
  await attempt("aborted answer", async () => {
    const controller = new AbortController();
    const { body } = await fetch(`${url}/endless`, { signal: controller.signal });
    const reader = body?.getReader();
    await reader?.read();
    controller.abort(new Error("my own reason"));
    while (!(await reader?.read())?.done);
  });
  await attempt(
    "aborted before",
    () => fetch(`${url}/echo`, { signal: AbortSignal.abort(new Error("my own reason")) }),
  );
  await attempt("cut answer", async () => await (await fetch(`${url}/cut`, {})).text());
  await attempt("nobody there", () => fetch("https://127.0.0.1:1/", {}));
  await attempt("connections", async () => {
    const before = Number(await (await fetch(`${url}/connections`, {})).text());
    for (let count = 0; count < 5; count++) await (await fetch(`${url}/echo`, {})).text();
    return Number(await (await fetch(`${url}/connections`, {})).text()) - before;
  });
  await attempt("dropped answers", async () => {
    const before = Number(await (await fetch(`${url}/connections`, {})).text());
    for (let count = 0; count < 5; count++) {
      await (await fetch(`${url}/hash`, { method: "PUT", body: "a" })).body?.cancel();
    }
    await (await fetch(`${url}/endless`, {})).body?.cancel();
    return Number(await (await fetch(`${url}/connections`, {})).text()) - before;
  });
  results["whole"] = await (await fetch(`${url}/whole`, {})).json();
  process.stdout.write(JSON.stringify(results), () => {
    // Others end by themselves: nothing of all this may keep them. Deno 2.9 keeps a connection whose second request is destroyed.
    if ("Deno" in globalThis) process.exit(0);
  });
}

main();
