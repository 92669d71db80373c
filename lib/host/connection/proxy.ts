/** Finds the proxy for a request, by the variables that curl and others agree on. */

import { isUnproxiedHost } from "../../registry/auth/private_host.ts";
import type { Environment } from "../credentials/auth_files.ts";

/**
 * The proxy for a URL: `HTTPS_PROXY` or `HTTP_PROXY`, else `ALL_PROXY`, unless `NO_PROXY` names its host. Lower-case names come first;
 * an empty variable counts as unset. This machine, and hosts that only it can reach, never have one, as in Go's `ProxyFromEnvironment`:
 * passwords for a local registry and tokens of the metadata server are sent in clear text.
 *
 * @throws {SyntaxError} if the variable holds no http(s) URL. The message leaves out the password.
 */
export function proxyFor(url: URL, env: Environment): URL | undefined {
  if (isUnproxiedHost(url.hostname)) return undefined;
  const names = url.protocol === "https:"
    ? ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]
    : ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"];
  const name = names.find((candidate) => env[candidate]);
  const text = name === undefined ? undefined : env[name];
  if (text === undefined || isExempt(url, env["no_proxy"] || env["NO_PROXY"] || "")) {
    return undefined;
  }
  const proxy = readUrl(text.includes("://") ? text : `http://${text}`);
  if (proxy?.protocol === "http:" || proxy?.protocol === "https:") return proxy;
  throw new SyntaxError(`Cannot use the proxy that ${name} names: expected http://HOST:PORT`);
}

/** Parses a URL as `URL.parse` does, which Node has from 22 on. */
function readUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

/** All configured proxies, whatever the host is. */
export function configuredProxies(env: Environment): string[] {
  return ["http", "https", "all"].flatMap((scheme) =>
    env[`${scheme}_proxy`] || env[`${scheme.toUpperCase()}_PROXY`] || []
  );
}

/** Whether a list of `HOST[:PORT]`, `.DOMAIN`, `*.DOMAIN`, `ADDRESS/BITS` and `*` names a URL's host. */
function isExempt(url: URL, list: string): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, "").toLowerCase();
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  return list.split(/[\s,]+/).some((entry) => {
    if (entry === "") return false;
    if (entry === "*") return true;
    const [, bracketed, plain, entryPort] =
      /^(?:\[([^\]]+)\]|([^:]+|.*:.*:.*?))(?::(\d+))?$/.exec(entry) ?? [];
    const name = (bracketed ?? plain ?? entry).toLowerCase().replace(/^\*?\./, "");
    if (entryPort !== undefined && entryPort !== port) return false;
    return host === name || host.endsWith(`.${name}`) || isInBlock(host, name);
  });
}

/** Whether an IPv4 address is in a block such as `10.0.0.0/8`. */
function isInBlock(host: string, block: string): boolean {
  const [network = "", bits = ""] = block.split("/");
  const address = addressNumber(host);
  const start = addressNumber(network);
  if (address === undefined || start === undefined || !/^\d{1,2}$/.test(bits)) return false;
  const size = 2 ** (32 - Number(bits));
  return Math.floor(address / size) === Math.floor(start / size);
}

function addressNumber(text: string): number | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part))) return undefined;
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0);
}
