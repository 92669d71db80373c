/** The answers of a fake registry. */

/** Statuses whose responses have no body. */
const BODILESS = new Set([204, 205, 304]);

/** A response. */
export function answer(
  status: number,
  headers?: Record<string, string>,
  body?: BodyInit,
): Response {
  return new Response(BODILESS.has(status) ? null : body ?? null, {
    status,
    headers: headers ?? {},
  });
}

/** An error as registries write it (OCI distribution spec 1.1, Error codes). */
export function refuse(
  status: number,
  code: string,
  message: string,
  headers: Record<string, string> = {},
): Response {
  const errors = [{ code, message, detail: null }];
  return answer(
    status,
    { ...headers, "content-type": "application/json" },
    JSON.stringify({ errors }),
  );
}
