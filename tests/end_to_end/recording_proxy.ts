/** A proxy before a registry that writes down every request, and counts the steps that wait for each other. */

import { createServer, type IncomingMessage, request as httpRequest } from "node:http";

/** One request that passed. */
export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** Bytes of the request's body. */
  readonly sent: number;
  /** Bytes of the answer's body so far. */
  readonly received: number;
  /** From 1: requests of one step were sent without waiting for each other's answers. */
  readonly step: number;
}

/** A proxy that runs. */
export interface RecordingProxy {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** The requests so far, in the order of their answers. */
  readonly requests: readonly RecordedRequest[];
  /** Forgets them. */
  reset(): void;
}

/**
 * How long nothing must arrive before the requests at hand are let through together, in milliseconds. A client that could
 * send one more without an answer would have done so by then.
 */
const STILL = 1000;

/** Options of {@linkcode withProxy}. */
export interface ProxyOptions {
  /**
   * Whether requests are held back so that steps can be told.
   *
   * @default {true}
   */
  readonly tellsSteps?: boolean;
}

/** Puts a proxy before a registry's host while an action uses it. */
export async function withProxy<T>(
  upstream: string,
  action: (proxy: RecordingProxy) => Promise<T>,
  { tellsSteps = true }: ProxyOptions = {},
): Promise<T> {
  const requests: (RecordedRequest & { received: number })[] = [];
  let waiting: ((step: number) => void)[] = [];
  let step = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const turn = (): Promise<number> =>
    new Promise((resolve) => {
      waiting.push(resolve);
      clearTimeout(timer);
      timer = setTimeout(() => {
        step++;
        for (const release of waiting) release(step);
        waiting = [];
      }, STILL);
    });
  const server = createServer(async (request, response) => {
    const body = await readAll(request);
    const mine = tellsSteps ? await turn() : 0;
    const [host, port] = upstream.split(":");
    const { method = "GET", url: path = "", headers } = request;
    // The Host header goes along, so that the registry's Locations lead back here.
    const forwarded = httpRequest({ host, port, method, path, headers }, (answer) => {
      const recorded = {
        method,
        path,
        status: answer.statusCode ?? 0,
        sent: body.length,
        received: 0,
        step: mine,
      };
      requests.push(recorded);
      answer.on("data", (chunk) => recorded.received += chunk.length);
      // Whoever has left reads no more.
      response.on("close", () => answer.destroy());
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    forwarded.on("error", () => response.destroy());
    forwarded.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  try {
    return await action({
      host: `127.0.0.1:${port}`,
      requests,
      reset: () => {
        requests.length = 0;
        step = 0;
      },
    });
  } finally {
    clearTimeout(timer);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

async function readAll(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}
