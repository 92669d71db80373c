/** Opens connections with the user's certificates and through proxies, and keeps them open. */

import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import type { Duplex } from "node:stream";
import { encodeBase64 } from "../../base/base64.ts";
import { onAbort } from "../../base/on_abort.ts";
import type { Environment } from "../credentials/auth_files.ts";
import { builtin, hostProcess } from "../builtin.ts";
import { proxyFor } from "./proxy.ts";
import type { TlsOptions } from "./tls_options.ts";

/** Options of a {@linkcode StartRequest}. */
export interface StartOptions extends RequestOptions {
  /** Ends what is under way to a proxy. A request is told of it only when it is connected, whenever it is destroyed. */
  readonly tunnelSignal?: AbortSignal | undefined;
}

/** Starts a request to a URL. */
export type StartRequest = (url: URL, options: StartOptions) => ClientRequest;

/** Options of {@linkcode createConnections}. */
export interface ConnectionsOptions extends TlsOptions {
  /**
   * Environment variables that name proxies.
   *
   * @default no proxy is used
   */
  readonly env?: Environment | undefined;
  /** A socket or pipe of this machine to which all requests are sent, whatever their host is. */
  readonly socketPath?: string | undefined;
}

/** TLS settings, as `node:tls` names them. */
interface TlsSettings {
  readonly ca?: string[];
  readonly cert?: string;
  readonly key?: string;
  readonly rejectUnauthorized: boolean;
}

/** Makes a function that starts requests. Connections to the same host are reused. */
export function createConnections(options: ConnectionsOptions): StartRequest {
  const settings = tlsSettings(options);
  const proxySettings = tlsSettings({ ca: options.ca });
  const http = builtin("node:http");
  const https = builtin("node:https");
  const plain = new http.Agent({ keepAlive: true });
  const secure = new https.Agent({ keepAlive: true, ...settings });
  const tunnels = new Map<string, Agent>();
  const tunnel = (proxy: URL): Agent => {
    const known = tunnels.get(proxy.href);
    if (known !== undefined) return known;
    const agent = createTunnelAgent(proxy, proxySettings, settings);
    tunnels.set(proxy.href, agent);
    return agent;
  };

  const { socketPath } = options;
  return (url, more) => {
    if (socketPath !== undefined) {
      // Not kept open: an engine might close the connection just when the next request is sent.
      return http.request({ ...more, socketPath, path: url.pathname + url.search, agent: false });
    }
    const proxy = proxyFor(url, options.env ?? {});
    const host = url.hostname.replace(/^\[|\]$/g, "");
    const path = url.pathname + url.search;
    if (url.protocol === "https:") {
      const agent = proxy === undefined ? secure : tunnel(proxy);
      return https.request({ ...more, ...settings, host, port: url.port || 443, path, agent });
    }
    if (proxy === undefined) {
      return http.request({ ...more, host, port: url.port || 80, path, agent: plain });
    }
    // A request over plain http is sent to the proxy itself, with the whole URL (RFC 9112 §3.2.2).
    return requestFrom(proxy, proxySettings, {
      ...more,
      path: `${url.origin}${path}`,
      headers: {
        ...more.headers as Record<string, string>,
        host: url.host,
        ...proxyHeaders(proxy),
      },
    });
  };
}

function tlsSettings({ ca = [], cert, key, insecure = false }: TlsOptions): TlsSettings {
  return {
    // With the default ones, which the option would replace.
    ...(ca.length === 0 ? {} : { ca: [...usualCertificates(), ...ca] }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    rejectUnauthorized: !insecure,
  };
}

/** The certificates that are trusted by default: the runtime's own, and those that the user has added for all programs. */
function usualCertificates(): readonly string[] {
  const { getCACertificates, rootCertificates } = builtin("node:tls");
  if (getCACertificates !== undefined) return getCACertificates("default");
  const extra = hostProcess?.env["NODE_EXTRA_CA_CERTS"];
  return extra
    ? [...rootCertificates, builtin("node:fs").readFileSync(extra, "utf8")]
    : rootCertificates;
}

/** Starts a request to a proxy. */
function requestFrom(proxy: URL, settings: TlsSettings, options: RequestOptions): ClientRequest {
  const host = proxy.hostname.replace(/^\[|\]$/g, "");
  return proxy.protocol === "https:"
    ? builtin("node:https").request({ ...options, ...settings, host, port: proxy.port || 443 })
    : builtin("node:http").request({ ...options, host, port: proxy.port || 80 });
}

function proxyHeaders({ username, password }: URL): Record<string, string> {
  if (username === "") return {};
  const account = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { "proxy-authorization": `Basic ${encodeBase64(account)}` };
}

/** An agent whose connections are TLS inside a tunnel (RFC 9110 §9.3.6). */
function createTunnelAgent(
  proxy: URL,
  proxySettings: TlsSettings,
  settings: TlsSettings,
): Agent {
  const agent = new (builtin("node:https").Agent)({ keepAlive: true, ...settings });
  type Callback = (error: Error | null, socket?: Duplex) => void;
  const createConnection = (options: StartOptions, callback: Callback): void => {
    const { host, port, tunnelSignal: signal } = options;
    openTunnel(proxy, proxySettings, { host: host ?? "", port: Number(port), signal }).then(
      (socket) => {
        const secure = builtin("node:tls").connect({
          ...settings,
          socket,
          ...serverName(host ?? ""),
        });
        const stop = onAbort(signal, () => secure.destroy(new Error("aborted")));
        secure.once("secureConnect", () => {
          stop();
          callback(null, secure);
        });
        secure.once("error", callback);
      },
      callback,
    );
  };
  return Object.assign(agent, { createConnection });
}

/** The names for TLS. An address must not be the server name (RFC 6066 §3); Node checks it by `host`. */
function serverName(host: string): { host: string; servername?: string } {
  return builtin("node:net").isIP(host) === 0 ? { host, servername: host } : { host };
}

/** Where a tunnel leads to. */
interface TunnelTarget {
  readonly host: string;
  readonly port: number;
  readonly signal: AbortSignal | undefined;
}

function openTunnel(
  proxy: URL,
  settings: TlsSettings,
  { host, port, signal }: TunnelTarget,
): Promise<import("node:net").Socket> {
  const authority = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  return new Promise((resolve, reject) => {
    const request = requestFrom(proxy, settings, {
      method: "CONNECT",
      path: authority,
      headers: { host: authority, ...proxyHeaders(proxy) },
      agent: false,
    });
    const stop = onAbort(signal, () => request.destroy());
    const refuse = (response: IncomingMessage): void => {
      request.destroy();
      reject(
        Object.assign(
          new Error(`the proxy ${proxy.host} answered ${response.statusCode} for ${authority}`),
          { code: "ERR_PROXY_TUNNEL" },
        ),
      );
    };
    request.once("connect", (response, socket) => {
      stop();
      if (response.statusCode === 200) resolve(socket);
      else refuse(response);
    });
    request.once("response", refuse);
    request.once("error", reject);
    request.end();
  });
}
