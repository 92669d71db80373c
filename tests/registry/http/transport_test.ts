/** Retries, waiting, limits and redirects, by a clock that jumps. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { collectBytes } from "../../../lib/base/collect.ts";
import { RegistryError } from "../../../lib/registry/http/registry_error.ts";
import { createVirtualClock } from "../../fake_registry/clock.ts";
import type { Fault } from "../../fake_registry/fault.ts";
import { randomBytes, testSource } from "../blob_sources.ts";
import { createClient } from "../client.ts";
import { askForBasic, askForBearer, createRecorder, redirectTo } from "../recorder.ts";
import { Registries } from "../../../lib/registry/registries.ts";

const BYTES = randomBytes(30_000, 4);

function failing(status: number, times: number, headers?: Record<string, string>): Fault {
  return { method: "HEAD", times, action: { kind: "status", status, ...(headers && { headers }) } };
}

for (const status of [408, 429, 500, 502, 503, 504, 522, 524]) {
  test(`${status} is tried again`, async () => {
    const { repository, registry } = createClient({ faults: [failing(status, 4)] });
    assert.equal(await repository.headManifest("a"), undefined);
    assert.equal(registry.requests.length, 5);
  });
}
for (const status of [400, 403, 409, 411, 413, 415, 501]) {
  test(`${status} is not tried again`, async () => {
    const { repository, registry } = createClient({ faults: [failing(status, 1)] });
    await assert.rejects(repository.headManifest("a"), (error) => {
      assert.ok(error instanceof RegistryError);
      assert.equal(error.status, status);
      return true;
    });
    assert.equal(registry.requests.length, 1);
  });
}

test("five attempts are all, and the answer of the last one is told", async () => {
  const { repository, registry } = createClient({ faults: [failing(503, 9)] });
  await assert.rejects(repository.headManifest("a"), { message: /registry answered 503, UNKNOWN/ });
  assert.equal(registry.requests.length, 5);
});

test("retries says how many", async () => {
  const { repository, registry } = createClient({ faults: [failing(503, 9)] }, { retries: 1 });
  await assert.rejects(repository.headManifest("a"));
  assert.equal(registry.requests.length, 2);
});

test("attempts back off, further each time", async () => {
  const { repository, clock } = createClient({ faults: [failing(500, 4)] }, { random: () => 0.5 });
  const start = clock.now();
  await repository.headManifest("a");
  assert.equal(clock.now() - start, 0.5 * (250 + 500 + 1_000 + 2_000));
});

test("Retry-After is honoured, in seconds and as a date", async () => {
  const clock = createVirtualClock();
  for (const retryAfter of ["7", new Date(clock.now() + 7_000).toUTCString()]) {
    const client = createClient({ faults: [failing(429, 1, { "retry-after": retryAfter })] });
    const start = client.clock.now();
    await client.repository.headManifest("a");
    assert.equal(client.clock.now() - start, 7_000);
  }
});

test("a Retry-After that is too long is told rather than waited for", async () => {
  const { repository, clock } = createClient({
    faults: [failing(429, 1, { "retry-after": "3600" })],
  });
  const start = clock.now();
  await assert.rejects(repository.headManifest("a"), {
    message:
      'Cannot find manifest "a" of "registry.test/acme/app": registry answered 429: it asks to wait 3600 seconds',
  });
  assert.equal(clock.now(), start);
});

test("a host that is asked too much is left alone by all requests", async () => {
  const { repository, registry, clock } = createClient({
    faults: [failing(429, 1, { "retry-after": "10" })],
  });
  const start = clock.now();
  const first = repository.headManifest("a");
  await new Promise((resolve) => setTimeout(resolve, 0));
  await Promise.all([first, repository.headManifest("b"), repository.headManifest("c")]);
  assert.equal(clock.now() - start, 10_000);
  assert.equal(registry.requests.length, 4);
});

test("an answer that never comes is given up after the timeout, and tried again", async () => {
  const { repository, registry, clock } = createClient({
    faults: [{ method: "HEAD", times: 2, action: { kind: "silent" } }],
  }, { random: () => 0 });
  const start = clock.now();
  assert.equal(await repository.headManifest("a"), undefined);
  assert.equal(registry.requests.length, 3);
  assert.equal(clock.now() - start, 120_000);
});

test("a connection that hangs after a refusal is left after three seconds", async () => {
  const { repository, clock } = createClient({
    faults: [
      { method: "PUT", times: 2, action: { kind: "status", status: 400 } },
      // Both refusals leave a connection, and so does what a request meets when none is left.
      { method: "HEAD", path: /blobs/, after: 1, times: 2, action: { kind: "silent" } },
      { method: "HEAD", path: /blobs/, after: 2, action: { kind: "silent" } },
    ],
  }, { random: () => 0 });
  const put = (): Promise<unknown> =>
    repository.putManifest("a", {
      bytes: new Uint8Array([123, 125]),
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      digest: `sha256:${"0".repeat(64)}`,
    });
  const head = async (): Promise<number> => {
    const start = clock.now();
    await repository.hasBlob(`sha256:${"0".repeat(64)}`);
    return clock.now() - start;
  };
  assert.equal(await head(), 0);
  await assert.rejects(put(), RegistryError);
  await assert.rejects(put(), RegistryError);
  assert.equal(await head(), 6_000);
  assert.equal(await head(), 60_000, "a registry that is silent has its time");
});

test("an answer that is slow, but not too slow, is waited for", async () => {
  const { repository, registry } = createClient({
    faults: [{ method: "HEAD", action: { kind: "slow", duration: 59_000 } }],
  });
  await repository.headManifest("a");
  assert.equal(registry.requests.length, 1);
});

test("a registry may take its time to store a blob", async () => {
  const cases = [
    ["PUT", 1_000, 59_000],
    ["PATCH", 30_000, 290_000],
    ["PUT", 25_000_000, 80_000],
  ] as const;
  for (const [method, size, duration] of cases) {
    const { repository, registry } = createClient({
      faults: [{ method, action: { kind: "slow", duration } }],
    });
    const { digest } = await repository.putBlob(testSource(randomBytes(size)), { probe: false });
    assert.ok(registry.store.repository("acme/app").blobs.has(digest));
    assert.equal(registry.requests.length, size > 8_000 ? 3 : 2, "nothing was sent twice");
  }
});

test("a fetch that heeds no signal is given up after the timeout", async () => {
  const { repository } = createClient({}, { fetch: () => new Promise(() => {}), retries: 0 });
  await assert.rejects(repository.headManifest("a"), /nothing came for 60 seconds/);
});

test("a registry that does not store a small blob is given up after the timeout", async () => {
  const { repository, registry, clock } = createClient({
    faults: [{ method: "PUT", action: { kind: "silent" } }],
  }, { random: () => 0 });
  const start = clock.now();
  await repository.putBlob(testSource(randomBytes(1_000)), { probe: false });
  assert.ok(clock.now() - start < 70_000, `${clock.now() - start} ms`);
  assert.ok(registry.requests.length > 2);
});

test("a source that is slow is not taken for a registry that is silent", async () => {
  const { repository, registry, clock } = createClient();
  const source = testSource(BYTES, { chunkSize: 5_000, before: () => clock.delay(100_000) });
  const { digest } = await repository.putBlob(source);
  assert.ok(registry.store.repository("acme/app").blobs.has(digest));
  assert.equal(registry.requests.length, 3, "nothing was sent twice");
});

test("a reader that is slow is not taken for a registry that is silent", async () => {
  const clock = createVirtualClock();
  let left = 3;
  const body = new ReadableStream({
    pull: (controller) => left-- > 0 ? controller.enqueue(BYTES.slice()) : controller.close(),
  }, { highWaterMark: 0 });
  const recorder = createRecorder({ "https://registry.test": () => new Response(body) });
  const { now, delay } = clock;
  const registries = new Registries({ fetch: recorder.fetch, now, delay });
  const repository = registries.open("registry.test", "acme/app", "pull");
  const read = repository.getBlob({ digest: `sha256:${"a".repeat(64)}`, size: 90_000 });
  let size = 0;
  await assert.rejects(async () => {
    for await (const chunk of read) {
      size += chunk.length;
      await clock.delay(100_000);
    }
  }, { name: "DigestMismatchError" });
  assert.equal(size, 90_000);
  assert.equal(recorder.seen.length, 1);
});

test("a signal ends a request, with its reason", async () => {
  const controller = new AbortController();
  const reason = new DOMException("out of time", "TimeoutError");
  const { repository, clock } = createClient({
    faults: [{ times: 99, action: { kind: "silent" } }],
  });
  const { signal } = controller;
  void clock.delay(1_000).then(() => controller.abort(reason));
  await assert.rejects(repository.headManifest("a", { signal }), (error) => error === reason);
});

test("a signal ends a wait between attempts at once", async () => {
  const controller = new AbortController();
  const reason = new DOMException("out of time", "TimeoutError");
  const { repository, clock } = createClient({
    faults: [failing(429, 1, { "retry-after": "100" })],
  });
  const { signal } = controller;
  const start = clock.now();
  void clock.delay(1_000).then(() => controller.abort(reason));
  await assert.rejects(repository.headManifest("a", { signal }), (error) => error === reason);
  assert.equal(clock.now() - start, 1_000);
});

test("a redirect that a browser hides is followed by the browser, for GET and HEAD only", async () => {
  const calls: string[] = [];
  const fetch = (_url: string, { method, redirect }: RequestInit): Promise<Response> => {
    calls.push(`${method} ${redirect}`);
    if (redirect === "follow") return Promise.resolve(new Response(null, { status: 404 }));
    const hidden = new Response(null, { status: 200 });
    Object.defineProperties(hidden, { type: { value: "opaqueredirect" }, status: { value: 0 } });
    return Promise.resolve(hidden);
  };
  const repository = new Registries({ fetch }).open("registry.test", "acme/app", "push");
  assert.equal(await repository.headManifest("a"), undefined);
  await assert.rejects(repository.putBlob(testSource(BYTES)), /registry answered 0$/);
  assert.deepEqual(calls.slice(0, 3), ["HEAD manual", "HEAD follow", "POST manual"]);
  assert.ok(!calls.includes("POST follow"));
});

test("a signal ends a wait between attempts at once", async () => {
  const { repository, clock } = createClient({ faults: [failing(503, 9)] }, { random: () => 0.99 });
  const controller = new AbortController();
  const reason = new Error("enough");
  const { signal } = controller;
  void clock.delay(100).then(() => controller.abort(reason));
  await assert.rejects(repository.headManifest("a", { signal }), (error) => error === reason);
});

test("no more requests than the limit wait for their answers", async () => {
  let waiting = 0;
  let most = 0;
  const recorder = createRecorder({
    "https://registry.test": async () => {
      most = Math.max(most, ++waiting);
      await new Promise((resolve) => setTimeout(resolve, 0));
      waiting--;
      return new Response(null, { status: 404 });
    },
  });
  const registries = new Registries({ fetch: recorder.fetch, concurrency: 3 });
  const repository = registries.open("registry.test", "acme/app", "pull");
  await Promise.all(Array.from({ length: 20 }, (_, index) => repository.headManifest(`${index}`)));
  assert.equal(most, 3);
});

test("a registry that does not answer keeps no other waiting", async () => {
  let answer: (response: Response) => void = () => {};
  const recorder = createRecorder({
    "https://slow.test": () => new Promise<Response>((resolve) => answer = resolve),
    "https://registry.test": () => new Response(null, { status: 404 }),
  });
  const registries = new Registries({ fetch: recorder.fetch, concurrency: 1 });
  const slow = registries.open("slow.test", "acme/app", "pull").headManifest("1");
  const other = registries.open("registry.test", "acme/app", "pull").headManifest("1");
  assert.equal(await other, undefined);
  answer(new Response(null, { status: 404 }));
  assert.equal(await slow, undefined);
});

test("uploads that wait for downloads through the same limit do not wait for ever", async () => {
  const { registry, registries, repository } = createClient({}, { concurrency: 1 });
  const blobs = await Promise.all([1, 2, 3, 4].map(async (seed) => {
    const bytes = randomBytes(30_000, seed);
    return { digest: await registry.store.seedBlob("vendor/base", bytes), size: bytes.length };
  }));
  const base = registries.open("registry.test", "vendor/base", "pull");
  await Promise.all(
    blobs.map((blob) =>
      repository.putBlob({ ...blob, replayable: true, open: () => base.getBlob(blob) })
    ),
  );
  assert.equal(registry.store.repository("acme/app").blobs.size, 4);
});

test("a redirect within the registry keeps its credentials", async () => {
  const recorder = createRecorder({
    "https://registry.test": ({ url, headers }) => {
      if (!headers.has("authorization")) {
        return new Response(null, { status: 401, headers: { "www-authenticate": "Basic" } });
      }
      return url.pathname === "/moved" ? new Response(null, { status: 404 }) : redirectTo("/moved");
    },
  });
  const credentials = () => Promise.resolve({ username: "u", password: "p" });
  const registries = new Registries({ fetch: recorder.fetch, credentials });
  const repository = registries.open("registry.test", "acme/app", "pull");
  assert.equal(await repository.headManifest("a"), undefined);
});

test("redirects that go in a circle end", async () => {
  const recorder = createRecorder({ "https://registry.test": () => redirectTo("/again") });
  const registries = new Registries({ fetch: recorder.fetch });
  const repository = registries.open("registry.test", "acme/app", "pull");
  await assert.rejects(repository.headManifest("a"), { message: /: more than 5 redirects$/ });
  assert.equal(recorder.seen.length, 6);
});

test("a certificate that is not trusted is told at once, and never answered with plain http", async () => {
  for (const host of ["registry.test", "localhost:5000"]) {
    const urls: string[] = [];
    const fetch = (url: string): Promise<Response> => {
      urls.push(url);
      const cause = Object.assign(new Error("self-signed certificate"), {
        code: "DEPTH_ZERO_SELF_SIGNED_CERT",
      });
      return Promise.reject(new TypeError("fetch failed", { cause }));
    };
    const repository = new Registries({ fetch }).open(host, "acme/app", "pull");
    await assert.rejects(repository.headManifest("a"), {
      message:
        `Cannot find manifest "a" of "${host}/acme/app": no answer from https://${host}: self-signed certificate`,
    });
    assert.equal(urls.length, 1);
  }
});

test("a failed connection shows nothing of a signed URL, and keeps its name and code", async () => {
  const signed = "https://s3.test/blob(1)?X-Amz-Signature=hunter2)&x=1";
  const fetch = (url: string): Promise<Response> => {
    if (url.startsWith("https://registry.test/")) return Promise.resolve(redirectTo(signed));
    const reason = Object.assign(new Error("connection refused"), {
      code: "ECONNREFUSED",
      path: signed,
    });
    // As Deno writes it, and as Bun and Node chain it.
    const text = `error sending request for url (${signed}): client error (Connect)`;
    const cause = new AggregateError([reason, new Error(signed)], text);
    return Promise.reject(new TypeError(text, { cause }));
  };
  const repository = new Registries({ fetch, retries: 0 }).open("registry.test", "a/b", "pull");
  await assert.rejects(repository.headManifest("a"), (error) => {
    assert.ok(error instanceof RegistryError);
    assert.ok(!inspect(error, { depth: 9, showHidden: true }).includes("hunter2"));
    assert.match(error.message, /: connection refused$/);
    const { cause: outer } = error as { cause?: unknown };
    assert.ok(outer instanceof Error);
    assert.equal(outer.name, "TypeError");
    assert.match(outer.message, /\(https:\/\/s3\.test\/blob\(1\)\?…\): client error/);
    const inner = (outer.cause as Error).cause as Error & { code?: string };
    assert.deepEqual([inner.message, inner.code], ["connection refused", "ECONNREFUSED"]);
    return true;
  });
});

test("a redirect's target that does not answer is named", async () => {
  const fetch = (url: string): Promise<Response> =>
    url.startsWith("https://registry.test/")
      ? Promise.resolve(redirectTo("https://s3.test:8443/blob?sig=hunter2"))
      : Promise.reject(new TypeError("self-signed certificate"));
  const repository = new Registries({ fetch, retries: 0 }).open("registry.test", "a/b", "pull");
  await assert.rejects(repository.headManifest("a"), {
    message: /: no answer from https:\/\/s3\.test:8443: self-signed certificate$/,
  });
});

test("a download that breaks off shows nothing of a signed URL", async () => {
  const signed = "https://s3.test/blob?X-Amz-Signature=hunter2";
  const fetch = (url: string): Promise<Response> => {
    if (url.startsWith("https://registry.test/")) return Promise.resolve(redirectTo(signed));
    const failure = Object.assign(new Error(`error reading ${signed}`), { path: signed });
    return Promise.resolve(
      new Response(new ReadableStream({ pull: (controller) => controller.error(failure) })),
    );
  };
  const repository = new Registries({ fetch, retries: 0 }).open("registry.test", "a/b", "pull");
  const digest = `sha256:${"a".repeat(64)}` as const;
  await assert.rejects(collectBytes(repository.getBlob({ digest, size: 9 })), (error) => {
    assert.match((error as Error).message, /the answer broke off: error reading https:.*blob\?…$/);
    assert.ok(!inspect(error, { depth: 9, showHidden: true }).includes("hunter2"));
    return true;
  });
});

test("a failure that is no error is told as text, without a signed URL's query", async () => {
  const fetch = (): Promise<Response> => Promise.reject("lost https://s3.test/?sig=hunter2");
  const repository = new Registries({ fetch, retries: 0 }).open("registry.test", "a/b", "pull");
  await assert.rejects(repository.headManifest("a"), { message: /: lost https:\/\/s3.test\/\?…$/ });
});

test("a credential that no header may hold is refused without being shown", async () => {
  const fetch = () => Promise.resolve(askForBearer("https://registry.test/token"));
  for (const registryToken of ["hunter2\nX-Evil: 1", "hunter2\r", "hunter2\u2028", "hünter2"]) {
    const credentials = () => Promise.resolve({ registryToken });
    const repository = new Registries({ fetch, credentials, retries: 0 })
      .open("registry.test", "a/b", "pull");
    await assert.rejects(repository.headManifest("a"), (error) => {
      assert.ok(error instanceof RegistryError);
      assert.match(error.message, /: the credential has a character that no header may hold$/);
      assert.ok(!/h[uü]nter2/.test(inspect(error, { depth: 9 })));
      return true;
    });
  }
});

test("plain http is never used for another host, whatever fails", async () => {
  const urls: string[] = [];
  const fetch = (url: string): Promise<Response> => {
    urls.push(url);
    return Promise.reject(new TypeError("fetch failed"));
  };
  const options = { fetch, random: () => 0 };
  const repository = new Registries(options).open("registry.test", "acme/app", "pull");
  await assert.rejects(repository.headManifest("a"));
  assert.ok(urls.every((url) => url.startsWith("https:")));
});

test("plainHttp uses http at once", async () => {
  const recorder = createRecorder({
    "http://registry.test": () => new Response(null, { status: 404 }),
  });
  const registries = new Registries({ fetch: recorder.fetch, plainHttp: ["registry.test"] });
  await registries.open("registry.test", "acme/app", "pull").headManifest("a");
  assert.equal(recorder.seen.length, 1);
});

test("plainHttp for every registry is an error where one answers https, and no secret goes there", async () => {
  const recorder = createRecorder({
    "http://registry.test": askForBasic,
    "https://registry.test": () => new Response(null, { status: 404 }),
    "http://other.test": () => new Response(null, { status: 404 }),
  });
  const credentials = () => Promise.resolve({ username: "user", password: "secret" });
  const registries = new Registries({ fetch: recorder.fetch, credentials, plainHttp: true });
  await assert.rejects(
    registries.open("registry.test", "acme/app", "pull").headManifest("a"),
    /Cannot speak plain http to every registry: "registry\.test" answers https; /,
  );
  assert.ok(recorder.seen.every(({ headers }) => !headers.has("authorization")));
  assert.equal(
    await registries.open("other.test", "acme/app", "pull").headManifest("a"),
    undefined,
  );
});

test("https that answers nothing on this machine is given up for http, which is tried beside it", async () => {
  const clock = createVirtualClock();
  const recorder = createRecorder({
    "https://localhost:5000": () => new Promise(() => {}),
    "http://localhost:5000": () => new Response(null, { status: 404 }),
  });
  const { now, delay } = clock;
  const registries = new Registries({ fetch: recorder.fetch, now, delay });
  const start = clock.now();
  const repository = registries.open("localhost:5000", "acme/app", "pull");
  assert.equal(await repository.headManifest("a"), undefined);
  assert.ok(clock.now() - start <= 2_000, `${clock.now() - start} ms`);
});

test("https that is slow on this machine is preferred where it answers", async () => {
  const clock = createVirtualClock();
  const recorder = createRecorder({
    "https://localhost:5000": async () => {
      await clock.delay(900);
      return new Response(null, { status: 404 });
    },
    "http://localhost:5000": () => new Response(null, { status: 404 }),
  });
  const { now, delay } = clock;
  const registries = new Registries({ fetch: recorder.fetch, now, delay });
  await registries.open("localhost:5000", "acme/app", "pull").headManifest("a");
  assert.deepEqual(recorder.at("http://localhost:5000"), []);
});

test("a name of the local network is not spoken to over http by itself", async () => {
  const recorder = createRecorder({ "http://nas.local": askForBasic });
  const credentials = () => Promise.resolve({ username: "user", password: "secret" });
  const registries = new Registries({ fetch: recorder.fetch, credentials, retries: 0 });
  await assert.rejects(registries.open("nas.local", "acme/app", "pull").headManifest("a"));
  assert.deepEqual(recorder.at("http://nas.local"), []);
});

test("Docker Hub is reached under its other name", async () => {
  const recorder = createRecorder({
    "https://registry-1.docker.io": () => new Response(null, { status: 404 }),
  });
  const registries = new Registries({ fetch: recorder.fetch });
  const repository = registries.open("docker.io", "library/ubuntu", "pull");
  await repository.headManifest("a");
  assert.equal(repository.name, "docker.io/library/ubuntu");
});

test("the registry's warnings are passed on, once each", async () => {
  const headers = { warning: '299 - "soon read-only", 299 - "really"' };
  const recorder = createRecorder({
    "https://registry.test": () => new Response(null, { status: 404, headers }),
  });
  const warnings: string[] = [];
  const onWarning = (message: string): void => void warnings.push(message);
  const registries = new Registries({ fetch: recorder.fetch, onWarning });
  const repository = registries.open("registry.test", "acme/app", "pull");
  await repository.headManifest("a");
  await repository.headManifest("b");
  assert.deepEqual(warnings, ["soon read-only", "really"]);
});

test("https that is slow on this machine is waited for where http is refused as the wrong scheme", async () => {
  const clock = createVirtualClock();
  const recorder = createRecorder({
    "https://localhost:5000": async () => {
      await clock.delay(5_000);
      return new Response(null, { status: 404 });
    },
    // As servers of Go and nginx answer on a port of TLS.
    "http://localhost:5000": () => new Response("sent to an HTTPS server", { status: 400 }),
  });
  const { now, delay } = clock;
  const registries = new Registries({ fetch: recorder.fetch, now, delay });
  const repository = registries.open("localhost:5000", "acme/app", "pull");
  assert.equal(await repository.headManifest("a"), undefined);
  assert.deepEqual(
    recorder.at("http://localhost:5000").map(({ url }) => url.pathname),
    ["/v2/"],
  );
});

// Reading blobs

test("a download that is cut goes on from there", async () => {
  const { repository, registry } = createClient({
    faults: [
      { method: "GET", action: { kind: "cut answer", bytes: 10_000 } },
      { method: "GET", action: { kind: "silent answer", bytes: 5_000 } },
    ],
  });
  const digest = await registry.store.seedBlob("acme/app", BYTES);
  assert.deepEqual(await collectBytes(repository.getBlob({ digest, size: BYTES.length })), BYTES);
  const ranges = registry.requests.map(({ headers }) => headers["range"]);
  assert.deepEqual(ranges, [undefined, "bytes=10000-", "bytes=15000-"]);
});

test("a download from a server that knows no ranges starts anew, and yields nothing twice", async () => {
  let calls = 0;
  const recorder = createRecorder({
    "https://registry.test": () => new Response(calls++ > 1 ? BYTES : BYTES.slice(0, 8_000)),
  });
  const clock = createVirtualClock();
  const { now, delay } = clock;
  const registries = new Registries({ fetch: recorder.fetch, now, delay });
  const repository = registries.open("registry.test", "acme/app", "pull");
  const { createHash } = await import("node:crypto");
  const digest = `sha256:${createHash("sha256").update(BYTES).digest("hex")}` as const;
  assert.deepEqual(await collectBytes(repository.getBlob({ digest, size: BYTES.length })), BYTES);
});

test("a download that never gets on is given up", async () => {
  const { repository, registry } = createClient({
    faults: [{ method: "GET", times: 99, action: { kind: "cut answer", bytes: 0 } }],
  });
  const digest = await registry.store.seedBlob("acme/app", BYTES);
  const read = collectBytes(repository.getBlob({ digest, size: BYTES.length }));
  await assert.rejects(read, {
    name: "RegistryError",
    message: /the answer broke off: read ECONNRESET$/,
  });
  assert.equal(registry.requests.length, 5);
});

test("a download that is not read to its end is let go of", async () => {
  let isCancelled = false;
  const body = new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(1_000)),
    cancel: () => void (isCancelled = true),
  });
  const recorder = createRecorder({ "https://registry.test": () => new Response(body) });
  const registries = new Registries({ fetch: recorder.fetch });
  const repository = registries.open("registry.test", "acme/app", "pull");
  const digest = `sha256:${"a".repeat(64)}` as const;
  for await (const _ of repository.getBlob({ digest, size: 1e9 })) break;
  assert.ok(isCancelled);
});
