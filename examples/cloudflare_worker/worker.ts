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
import { answer, refuseStranger } from "./caller.ts";

/** The Worker's variables and secrets. */
export interface Env {
  /** The image without a tag, as in `ghcr.io/acme/site`. */
  readonly IMAGE: string;
  /** What callers prove themselves by. */
  readonly SECRET?: string;
  readonly REGISTRY_USER?: string;
  readonly REGISTRY_PASSWORD?: string;
}

const TAG = /^\w[\w.-]{0,127}$/;

/** Answers a request. */
async function handle(request: Request, env: Env): Promise<Response> {
  const refusal = await refuseStranger(request, env.SECRET);
  if (refusal !== undefined) return refusal;
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

/** The Worker. */
const worker: { readonly fetch: typeof handle } = { fetch: handle };

export default worker;
