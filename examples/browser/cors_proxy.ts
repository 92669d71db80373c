/**
 * Stands in front of a registry that sends no CORS headers, for one page's origin:
 *
 *     deno run --allow-net cors_proxy.ts http://localhost:5000 http://localhost:3000
 *
 * The proxy holds no credentials: what the page sends goes to the registry and nowhere else.
 */

/** What a page must be able to read of a registry's answers. */
const EXPOSED =
  "Content-Length, Content-Range, Docker-Content-Digest, Link, Location, Range, WWW-Authenticate";
/** What a page may send, and what a proxy may pass on. */
const PASSED = ["accept", "authorization", "content-range", "content-type", "range"];

/** Options of {@linkcode createCorsProxy}. */
export interface CorsProxyOptions {
  /** @default the runtime's */
  readonly fetch?: ((url: URL, init: RequestInit) => Promise<Response>) | undefined;
}

/**
 * Makes the proxy's handler.
 *
 * @param registry The registry's URL.
 * @param origin The page's origin, which alone may use the proxy.
 */
export function createCorsProxy(
  registry: string,
  origin: string,
  { fetch = globalThis.fetch }: CorsProxyOptions = {},
): (request: Request) => Promise<Response> {
  const upstream = new URL(registry);
  return async (request) => {
    if (request.headers.get("origin") !== origin) {
      return new Response("not for this origin\n", { status: 403 });
    }
    const cors = new Headers({
      "access-control-allow-origin": origin,
      "access-control-expose-headers": EXPOSED,
      "vary": "Origin",
    });
    if (request.method === "OPTIONS") {
      cors.set("access-control-allow-headers", PASSED.join(", "));
      cors.set("access-control-allow-methods", "DELETE, GET, HEAD, PATCH, POST, PUT");
      cors.set("access-control-max-age", "600");
      return new Response(undefined, { status: 204, headers: cors });
    }
    const { pathname, search } = new URL(request.url);
    if (!pathname.startsWith("/v2/")) {
      return new Response("only /v2/ is served\n", { status: 404, headers: cors });
    }
    // Set, not resolved: "//elsewhere/v2/" is a path here, and as a reference it would name another host.
    const url = Object.assign(new URL(upstream), { pathname, search });
    const headers = new Headers();
    for (const name of PASSED) {
      const value = request.headers.get(name);
      if (value !== null) headers.set(name, value);
    }
    const answer = await fetch(url, {
      method: request.method,
      headers,
      body: request.body,
      redirect: "manual",
    });
    // The proxy's own headers win: a registry cannot open it to other pages.
    for (const [name, value] of answer.headers) {
      if (!cors.has(name) && !name.startsWith("access-control-")) cors.set(name, value);
    }
    // A Location within the registry leads back through here.
    const location = cors.get("location");
    if (location !== null) {
      const target = new URL(location, upstream);
      if (target.origin === upstream.origin) cors.set("location", target.pathname + target.search);
    }
    return new Response(answer.body, { status: answer.status, headers: cors });
  };
}

if (import.meta.main) {
  const [registry = "http://localhost:5000", origin = "http://localhost:3000"] = Deno.args;
  Deno.serve({ port: 8080, hostname: "127.0.0.1" }, createCorsProxy(registry, origin));
}
