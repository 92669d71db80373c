import assert from "node:assert/strict";
import { createServer, request } from "node:http";
import { createLimiter } from "../../lib/base/limiter.ts";
import { putBase, tarOfFiles } from "../end_to_end/base_image.ts";
import { REGISTRY_NEEDS, USER, withRegistry } from "../end_to_end/docker_registry.ts";
import { checkImage } from "../end_to_end/image_checker.ts";
import { registryStore } from "../end_to_end/image_store.ts";
import { testWith } from "../end_to_end/program.ts";
import { openRegistry } from "../end_to_end/registry_http.ts";
import { freePort, withDirectory } from "../end_to_end/scratch.ts";
import { installMiniflare, withWorker } from "./miniflare.ts";

const SECRET = "open sesame, and again";
const MESSAGES = 50;
/** Bytes that an isolate may have. */
const MEMORY = 128 * 1024 * 1024;
/** Images whose registry refuses once, and one that is not there. */
const REFUSED_ONCE = ["team/7", "team/23"];
const MISSING = "team/49";

/** Passes requests on, but refuses the first one for the manifests of some repositories. */
async function withRefusals<T>(
  target: string,
  repositories: readonly string[],
  action: (host: string) => Promise<T>,
): Promise<T> {
  const left = new Set(repositories);
  const [hostname, port] = target.split(":");
  const server = createServer((incoming, outgoing) => {
    const { url: path = "", method, headers } = incoming;
    const [, name = ""] = /^\/v2\/(.+)\/manifests\//.exec(path) ?? [];
    // Only one that knows the user is the worker's own.
    if (headers.authorization !== undefined && left.delete(name)) {
      incoming.resume();
      outgoing.writeHead(403).end("{}");
      return;
    }
    const passed = request({ hostname, port, path, method, headers }, (response) => {
      outgoing.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(outgoing);
    });
    passed.on("error", () => outgoing.destroy());
    incoming.pipe(passed);
  });
  const own = await freePort();
  await new Promise<void>((resolve) => server.listen(own, "127.0.0.1", resolve));
  try {
    return await action(`127.0.0.1:${own}`);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

testWith(
  [...REGISTRY_NEEDS.htpasswd, "npm"],
  "a Cloudflare Worker appends to many images by a queue: 49 of 50, with one in the dead letter queue",
  () =>
    withRegistry(
      "htpasswd",
      (registry) =>
        withDirectory((directory) =>
          withRefusals(registry.host, REFUSED_ONCE, async (host) => {
            await installMiniflare(directory);
            const request = await openRegistry(registry);
            const limit = createLimiter(4);
            const names = Array.from({ length: MESSAGES }, (_, index) => `team/${index}`);
            const made = names.filter((name) => name !== MISSING);
            await Promise.all(
              made.map((name) => limit(() => putBase(registryStore(request, name), "oci", "1"))),
            );
            const consumer = { maxBatchSize: 10, maxBatchTimeout: 1, maxRetries: 2 };
            const options = {
              program: "queue_worker.ts",
              bindings: {
                SECRET,
                REGISTRY: host,
                REGISTRY_USER: USER.username,
                REGISTRY_PASSWORD: USER.password,
                DEAD_QUEUE: "images-dead",
              },
              rest: {
                queueProducers: { QUEUE: "images" },
                queueConsumers: {
                  images: { ...consumer, deadLetterQueue: "images-dead" },
                  "images-dead": { maxBatchTimeout: 1 },
                },
                r2Buckets: ["FILES"],
                kvNamespaces: ["RESULTS"],
                unsafeTriggerHandlers: true,
              },
            };
            await withWorker(directory, options, async ({ url, peak }) => {
              const ask = async (
                method: string,
                path: string,
                body?: Uint8Array<ArrayBuffer> | string,
                secret = SECRET,
              ): Promise<Response> => {
                const headers = { authorization: `Bearer ${secret}` };
                return await fetch(`${url}${path}`, {
                  method,
                  headers,
                  ...(body === undefined ? {} : { body }),
                });
              };
              const results = async (): Promise<Record<string, { status: string }>> =>
                await (await ask("GET", "results")).json();
              const until = async (isEnough: (of: (status: string) => number) => boolean) => {
                for (let attempt = 0; attempt < 1_200; attempt++) {
                  const all = Object.values(await results());
                  const of = (status: string): number =>
                    all.filter((result) => result.status === status).length;
                  if (isEnough(of)) return;
                  await new Promise((resolve) => setTimeout(resolve, 250));
                }
                assert.fail(JSON.stringify(await results()));
              };

              const stranger = await ask("PUT", "layer", "x", "guess what it is, please");
              assert.equal(stranger.status, 401, await stranger.text());
              // The process is that of the simulated queues, buckets and namespaces, too.
              const idle = peak();
              const noise = Buffer.from(crypto.getRandomValues(new Uint8Array(60_000))).toString(
                "hex",
              );
              const layer = await tarOfFiles({ "etc/ca.pem": "a certificate\n", noise });
              const list = names.map((name) => `${host}/${name}:1 ${host}/${name}:2\n`).join("");
              for (const [key, body] of [["layer", layer], ["images", list]] as const) {
                const put = await ask("PUT", key, body);
                assert.equal(put.status, 200, await put.text());
              }
              const run = await ask("POST", "run");
              assert.deepEqual(await run.json(), { sent: MESSAGES });
              await until((of) => of("done") === MESSAGES - 1 && of("dead") === 1);
              const digests = await Promise.all(made.map((name) =>
                limit(async () => {
                  const { images } = await checkImage(registryStore(request, name), "2");
                  return images[0]?.layers.length;
                })
              ));
              assert.equal(new Set(digests).size, 1);
              const dead = (await results())[`${host}/${MISSING}:2`];
              assert.deepEqual(dead, { status: "dead" });

              // By the schedule all come once more, and the images are given the same layers.
              const scheduled = await fetch(`${url}cdn-cgi/handler/scheduled`);
              assert.equal(scheduled.status, 200, await scheduled.text());
              const used = peak() - idle;
              assert.ok(used < MEMORY, `${used} bytes`);
              // deno-lint-ignore no-console -- the figure is what people ask for
              console.log(
                `${Math.round(used / 1e6)} MB of memory for ${MESSAGES} messages, above ${
                  Math.round(idle / 1e6)
                } MB of what is idle`,
              );
            });
          })
        ),
    ),
);
