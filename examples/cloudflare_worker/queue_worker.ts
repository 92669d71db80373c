/**
 * A Cloudflare Worker that appends the layer in a bucket to many images, by a queue:
 *
 *     tar czf - certs | curl -T - -H "Authorization: Bearer $SECRET" https://worker.example/layer
 *     curl -T images.txt -H "Authorization: Bearer $SECRET" https://worker.example/images
 *     curl -X POST -H "Authorization: Bearer $SECRET" https://worker.example/run
 *     curl -H "Authorization: Bearer $SECRET" https://worker.example/results
 *
 * The list has BASE and TARGET in a line. The queue sends an image that fails again, and puts one that fails too often into the dead
 * letter queue. What has become of each is in a namespace of KV. By its schedule the Worker does the whole list: what has the layer is
 * left as it is.
 */

import { appendBatch, type BatchJob } from "../../lib/entries/batch.ts";
import { answer, refuseStranger } from "./caller.ts";

/** A message of a queue, as far as it is used here. */
interface Message {
  readonly body: BatchJob;
  ack(): void;
  retry(options?: { readonly delaySeconds?: number }): void;
}

interface MessageBatch {
  readonly queue: string;
  readonly messages: readonly Message[];
}

/** The Worker's bindings. */
export interface Env {
  /** What callers prove themselves by. */
  readonly SECRET?: string;
  /** The only registry that is spoken to, and what it knows the Worker by. */
  readonly REGISTRY: string;
  readonly REGISTRY_USER?: string;
  readonly REGISTRY_PASSWORD?: string;
  /** The name of the dead letter queue. */
  readonly DEAD_QUEUE: string;
  readonly QUEUE: { sendBatch(messages: Iterable<{ readonly body: BatchJob }>): Promise<unknown> };
  readonly FILES: {
    get(key: string): Promise<
      { readonly body: ReadableStream<Uint8Array>; text(): Promise<string> } | null
    >;
    put(key: string, value: ReadableStream<Uint8Array>): Promise<unknown>;
  };
  readonly RESULTS: {
    put(key: string, value: string): Promise<void>;
    get(key: string): Promise<string | null>;
    list(options: { readonly cursor?: string | undefined }): Promise<{
      readonly keys: readonly { readonly name: string }[];
      readonly list_complete: boolean;
      readonly cursor?: string;
    }>;
  };
}

/** Messages that a queue takes at a time. */
const MOST_MESSAGES = 100;

/** Seconds after which the queue sends an image again that has failed. */
const RETRY_DELAY = 1;

/** Answers a request. */
async function handle(request: Request, env: Env): Promise<Response> {
  const refusal = await refuseStranger(request, env.SECRET);
  if (refusal !== undefined) return refusal;
  const key = new URL(request.url).pathname.slice(1);
  switch (`${request.method} ${key}`) {
    case "PUT layer":
    case "PUT images":
      if (request.body === null) return answer(400, "there is no body");
      await env.FILES.put(key, request.body);
      return Response.json({ stored: key });
    case "POST run":
      return Response.json({ sent: await sendList(env) });
    case "GET results":
      return Response.json(await readResults(env));
    default:
      return answer(404, "PUT layer or images, POST run, GET results");
  }
}

/** The producer: puts each line of the list into the queue. */
async function sendList(env: Env): Promise<number> {
  const list = await (await env.FILES.get("images"))?.text() ?? "";
  const messages = list.split("\n").flatMap((line) => {
    const [base = "", target, ...rest] = line.trim().split(/\s+/);
    if (base === "" || base.startsWith("#")) return [];
    if (target === undefined || rest.length > 0) throw new Error(`BASE and TARGET: ${line}`);
    return [{ body: { base, target } }];
  });
  for (let at = 0; at < messages.length; at += MOST_MESSAGES) {
    await env.QUEUE.sendBatch(messages.slice(at, at + MOST_MESSAGES));
  }
  return messages.length;
}

/** The consumer: makes the images of some messages, and says of each whether it has to come again. */
async function consume({ queue, messages }: MessageBatch, env: Env): Promise<void> {
  if (queue === env.DEAD_QUEUE) {
    for (const message of messages) {
      await env.RESULTS.put(message.body.target, JSON.stringify({ status: "dead" }));
      message.ack();
    }
    return;
  }
  const { REGISTRY_USER: username, REGISTRY_PASSWORD: password } = env;
  const jobs = messages.map((message) => ({ ...message.body, message }));
  const results = appendBatch(jobs, {
    layers: [async (): Promise<ReadableStream<Uint8Array>> => {
      const layer = await env.FILES.get("layer");
      if (layer === null) throw new Error("there is no layer: PUT it to /layer");
      return layer.body;
    }],
    jobs: 4,
    ...(username && password && { credentials: { [env.REGISTRY]: { username, password } } }),
  });
  for await (const { job, ...result } of results) {
    const isFailed = result.status === "failed";
    const value = isFailed
      ? { status: result.status, error: String(result.error) }
      : { status: result.status, digest: result.image.digest };
    await env.RESULTS.put(job.target, JSON.stringify(value));
    if (isFailed) job.message.retry({ delaySeconds: RETRY_DELAY });
    else job.message.ack();
  }
}

/** The schedule: the whole list again. */
async function sendListAgain(_event: unknown, env: Env): Promise<void> {
  await sendList(env);
}

/** What has become of the images, by target. */
async function readResults({ RESULTS }: Env): Promise<Record<string, unknown>> {
  const results: Record<string, unknown> = {};
  let cursor: string | undefined;
  do {
    const page = await RESULTS.list({ cursor });
    for (const { name } of page.keys) results[name] = JSON.parse(await RESULTS.get(name) ?? "null");
    cursor = page.list_complete ? undefined : page.cursor;
  } while (cursor !== undefined);
  return results;
}

/** The Worker. */
const worker: {
  readonly fetch: typeof handle;
  readonly queue: typeof consume;
  readonly scheduled: typeof sendListAgain;
} = { fetch: handle, queue: consume, scheduled: sendListAgain };

export default worker;
