import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Bytes, ByteStream } from "../../lib/base/bytes.ts";
import { collectBytes } from "../../lib/base/collect.ts";
import { fromReadable } from "../../lib/base/readable.ts";
import { EngineRequests } from "../../lib/engine/engine_requests.ts";
import { createTransfer } from "../../lib/storage/transfer.ts";

/** Milliseconds. */
const TIMEOUT = 20;

function requests(
  answer: (init: RequestInit) => Response | Promise<Response>,
): EngineRequests {
  return new EngineRequests({
    find: () =>
      Promise.resolve({
        address: "unix:///fake.sock",
        from: "a test",
        url: "http://localhost",
        fetch: async (_url, init) => await answer(init),
      }),
    transfer: createTransfer(),
    timeout: TIMEOUT,
  });
}

/** One that does not even heed its signal. */
const silent = (): Promise<Response> => new Promise(() => {});

/** A byte whenever one is asked for, some milliseconds later. */
function dripping(): Response {
  return new Response(
    new ReadableStream({
      async pull(controller): Promise<void> {
        await new Promise((resolve) => setTimeout(resolve, 5));
        controller.enqueue(new Uint8Array(1));
      },
    }),
  );
}

async function* one(): ByteStream {
  yield await Promise.resolve(new Uint8Array(1));
}

describe("EngineRequests", () => {
  const SLOW: readonly (readonly [
    what: string,
    answer: () => Response | Promise<Response>,
    ask: (of: EngineRequests) => Promise<unknown>,
    reason: RegExp,
  ])[] = [
    ["silence", silent, (of) => of.ask("/x", {}), /Cannot ask for \/x at the engine .* in all$/],
    ["a byte now and then", dripping, (of) => of.ask("/x", {}), /more than 0\.02 seconds in all$/],
    [
      "silence in the place of a stream",
      silent,
      (of) => collectBytes(of.stream("/x", undefined)),
      /nothing came for 0\.2 seconds$/,
    ],
    [
      "a stream of a byte now and then",
      dripping,
      (of) => collectBytes(of.stream("/x", undefined)),
      /less than 1 KiB a second came for 0\.2 seconds$/,
    ],
    [
      "an archive that is not read",
      silent,
      (of) => of.send("/x", one(), undefined),
      /nothing came for 0\.2 seconds$/,
    ],
    [
      "silence after an archive",
      async ({ body }: RequestInit = {}): Promise<Response> => {
        await collectBytes(fromReadable(body as ReadableStream<Bytes>));
        return await silent();
      },
      (of) => of.send("/x", one(), undefined),
      /nothing came for 0\.2 seconds$/,
    ],
  ];
  for (const [what, answer, ask, reason] of SLOW) {
    test(`it waits no longer than it may for ${what}`, async () => {
      await assert.rejects(ask(requests(answer)), reason);
    });
  }

  test("it ends a request whose archive fails, and throws what that throws", async () => {
    const failure = new Error("the base is gone");
    // deno-lint-ignore require-yield
    async function* archive(): ByteStream {
      await Promise.resolve();
      throw failure;
    }
    let sent: AbortSignal | null | undefined;
    const engine = requests(({ signal, body }) => {
      sent = signal;
      fromReadable(body as ReadableStream<Bytes>)[Symbol.asyncIterator]().next().catch(() => {});
      return silent();
    });
    await assert.rejects(engine.send("/x", archive(), undefined), failure);
    assert.equal(sent?.reason, failure);
  });

  test("it says what a refusal says that is no JSON", async () => {
    const headers = { "content-type": "text/plain; charset=utf-8" };
    const text = "Client sent an HTTP request to an HTTPS server.\n";
    await assert.rejects(
      requests(() => new Response(text, { status: 400, headers })).ask("/x", {}),
      /it answered 400: Client sent an HTTP request to an HTTPS server\.$/,
    );
    await assert.rejects(
      requests(() =>
        new Response("<html>", { status: 502, headers: { "content-type": "text/html" } })
      ).ask("/x", {}),
      /it answered 502$/,
    );
  });

  test("it ends with the reason of its signal", async () => {
    const controller = new AbortController();
    const asked = requests(silent).ask("/x", {}, { signal: controller.signal });
    controller.abort(new Error("enough"));
    await assert.rejects(asked, /^Error: enough$/);
  });
});
