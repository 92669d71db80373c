/** {@linkcode exercise} as a worker: `/?registry=HOST&digest=DIGEST`. */

import { exercise } from "./two_origins_client.ts";

async function answer(request: Request): Promise<Response> {
  const { searchParams } = new URL(request.url);
  const outcomes = await exercise(
    searchParams.get("registry") ?? "",
    searchParams.get("digest") ?? "",
  );
  return Response.json(outcomes);
}

const worker: { readonly fetch: (request: Request) => Promise<Response> } = { fetch: answer };

export default worker;
