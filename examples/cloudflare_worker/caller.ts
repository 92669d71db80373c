/** Tells a Worker's owner from strangers. */

/** Characters of a secret that is not guessed. */
const SHORTEST_SECRET = 16;

/**
 * Refuses whoever does not know the Worker's secret.
 *
 * @returns the answer; undefined for its owner.
 */
export async function refuseStranger(
  request: Request,
  secret = "",
): Promise<Response | undefined> {
  if (secret.length < SHORTEST_SECRET) {
    return answer(
      500,
      `the Worker's SECRET is missing, or has fewer than ${SHORTEST_SECRET} characters`,
    );
  }
  return await knowsSecret(request, secret) ? undefined : answer(401, "a secret is needed");
}

/** Compares hashes, so that the time it takes tells nothing of the secret. */
async function knowsSecret(request: Request, secret: string): Promise<boolean> {
  const hash = async (text: string): Promise<Uint8Array> =>
    new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  const given = await hash(request.headers.get("authorization") ?? "");
  const expected = await hash(`Bearer ${secret}`);
  return given.every((byte, index) => byte === expected[index]);
}

/** An answer that says what is wrong. */
export function answer(status: number, error: string): Response {
  return Response.json({ error }, { status });
}
