/**
 * A Cloudflare Worker that appends a layer to an image on request:
 *
 *     tar cf - site | curl -T - -H "Authorization: Bearer $SECRET" "https://worker.example/?from=1&to=2"
 *
 * The archive goes through the Worker into the registry as it arrives. Where it may go is set by the Worker's own variables,
 * never by the caller.
 */

import {
  appendLayer,
  AuthError,
  DigestMismatchError,
  LayerError,
  NotFoundError,
  RegistryError,
} from "../../mod.ts";

/** The Worker's variables and secrets. */
export interface Env {
  /** The image without a tag, as in `ghcr.io/acme/site`. */
  readonly IMAGE: string;
  /** What callers prove themselves by. */
  readonly SECRET?: string;
  readonly REGISTRY_USER?: string;
  readonly REGISTRY_PASSWORD?: string;
}

/** Characters of a secret that is not guessed. */
const SHORTEST_SECRET = 16;

const TAG = /^\w[\w.-]{0,127}$/;

/** Answers a request. */
async function handle(request: Request, env: Env): Promise<Response> {
  const { SECRET: secret = "" } = env;
  if (secret.length < SHORTEST_SECRET) {
    return answer(
      500,
      `the Worker's SECRET is missing, or has fewer than ${SHORTEST_SECRET} characters`,
    );
  }
  if (!await isCaller(request, secret)) return answer(401, "a secret is needed");
  if (request.method !== "PUT" || request.body === null) return answer(405, "PUT a tar");
  const parameters = new URL(request.url).searchParams;
  const [from, to] = [parameters.get("from") ?? "", parameters.get("to") ?? ""];
  if (!TAG.test(from) || !TAG.test(to)) return answer(400, "?from=TAG&to=TAG are needed");
  const { REGISTRY_USER: username, REGISTRY_PASSWORD: password } = env;
  try {
    const result = await appendLayer(`${env.IMAGE}:${from}`, `${env.IMAGE}:${to}`, {
      layers: [request.body],
      ...(username && password &&
        { credentials: { [env.IMAGE]: { username, password } } }),
      signal: request.signal,
    });
    return Response.json(result);
  } catch (error) {
    return answer(statusOf(error), error instanceof Error ? error.message : "failed");
  }
}

/** Whose fault it was: the caller's archive or tag, or the registry behind. */
function statusOf(error: unknown): number {
  if (error instanceof LayerError) return 422;
  if (error instanceof NotFoundError) return 404;
  const isUpstream = error instanceof RegistryError || error instanceof AuthError ||
    error instanceof DigestMismatchError;
  return isUpstream ? 502 : 500;
}

/** Compares hashes, so that the time it takes tells nothing of the secret. */
async function isCaller(request: Request, secret: string): Promise<boolean> {
  const hash = async (text: string): Promise<Uint8Array> =>
    new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  const given = await hash(request.headers.get("authorization") ?? "");
  const expected = await hash(`Bearer ${secret}`);
  return given.every((byte, index) => byte === expected[index]);
}

function answer(status: number, error: string): Response {
  return Response.json({ error }, { status });
}

/** The Worker. */
const worker: { readonly fetch: typeof handle } = { fetch: handle };

export default worker;
