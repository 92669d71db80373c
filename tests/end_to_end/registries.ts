/** Registries that other people wrote, and proxies before them, each as one place where the main jobs are to be done. */

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { type Certificate, makeCertificate } from "./certificate.ts";
import { type RunningRegistry, withRegistry } from "./docker_registry.ts";
import { exec, withServer } from "./program.ts";
import { freePort, withDirectory } from "./scratch.ts";

/** Where a registry is reached. */
export interface Place extends Pick<RunningRegistry, "host" | "url" | "ca"> {
  /** The registry itself, where it is reached through a proxy. */
  readonly direct?: Pick<RunningRegistry, "url">;
}

/** Lends a registry that runs to an action. */
export type WithPlace = (action: (place: Place) => Promise<void>) => Promise<void>;

/** A registry, and what it does otherwise than others. */
export interface TestedRegistry {
  /** As tests name it. */
  readonly name: string;
  /** Programs that it takes. */
  readonly programs: readonly string[];
  readonly withPlace: WithPlace;
  /** Whether an upload that was cut can go on there. */
  readonly resumes: boolean;
  /** Whether it deletes tags, as it is set up here; the others refuse. */
  readonly deletes: boolean;
  /** Whether a blob of one repository is in every other one, without a mount. */
  readonly sharesBlobs: boolean;
}

/** Whether anything accepts connections there. */
function isListening(address: string): Promise<boolean> {
  const { hostname, port } = new URL(`http://${address}`);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname, () => {
      socket.destroy();
      resolve(true);
    }).on("error", () => resolve(false));
  });
}

/** What is served from memory, and by itself. */
function inMemory(serve: (address: string) => readonly string[]): WithPlace {
  return async (action) => {
    const host = `127.0.0.1:${await freePort()}`;
    const url = `http://${host}`;
    const ready = async (): Promise<boolean> => {
      const response = await fetch(`${url}/v2/`);
      await response.body?.cancel();
      return response.ok;
    };
    await withServer(serve(host), { ready }, () => action({ host, url }));
  };
}

/** A registry of the distribution project, whose version must be the one that is told. */
function distribution(program: string, version: RegExp): WithPlace {
  return async (action) => {
    const { stdout, stderr } = await exec([program, "--version"]);
    assert.match(stdout + stderr, version);
    await withRegistry("open", action, { program, deletes: false });
  };
}

/** All that tests run on. */
export const REGISTRIES: readonly TestedRegistry[] = [
  {
    name: "docker-registry 2.8",
    programs: ["docker-registry"],
    withPlace: distribution("docker-registry", / v?2\.8/),
    resumes: false,
    deletes: false,
    sharesBlobs: false,
  },
  {
    name: "distribution v3",
    programs: ["registry"],
    withPlace: distribution("registry", /\/v3 v3\./),
    resumes: true,
    deletes: true,
    sharesBlobs: false,
  },
  {
    name: "the registry of go-containerregistry",
    programs: ["crane"],
    withPlace: inMemory((address) => ["crane", "registry", "serve", "--address", address]),
    resumes: false,
    deletes: true,
    sharesBlobs: true,
  },
  {
    name: "ociregistry",
    programs: ["ociregistry"],
    withPlace: inMemory((address) => ["ociregistry", address]),
    resumes: true,
    deletes: true,
    sharesBlobs: false,
  },
];

/** A proxy before a registry of the distribution project. */
export interface TestedProxy {
  readonly name: string;
  readonly programs: readonly string[];
  readonly withPlace: WithPlace;
}

/** What a proxy is made of: the address to listen on, the registry's, and files for TLS. */
interface ProxySetting {
  readonly listen: string;
  readonly registry: string;
  readonly directory: string;
  readonly certificate?: Certificate | undefined;
}

/** How one kind of proxy is started. */
interface ProxyKind {
  readonly program: "nginx" | "haproxy";
  /** The path before `/v2/` under which the registry behind it lies, as `/reg/`. */
  readonly prefix?: string;
  /** The registry behind it. @default {"docker-registry"} */
  readonly registry?: string;
  readonly isTls?: boolean;
  readonly config: (setting: ProxySetting) => string;
}

function nginxConfig({ directory }: ProxySetting, http: string): string {
  const places = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${directory}/${name};`);
  return `daemon off; user root; pid ${directory}/nginx.pid; error_log stderr; worker_processes 1;
events { worker_connections 256; }
http { access_log off; ${places.join(" ")} ${http} }`;
}

/** Forwards what it is told of a registry that makes absolute Locations of it. */
const FORWARD = "proxy_set_header Host $http_host; proxy_set_header X-Forwarded-Proto $scheme;";

function tlsOf({ certificate }: ProxySetting): string {
  return `ssl_certificate ${certificate?.certificate}; ssl_certificate_key ${certificate?.key};`;
}

function behind({ program, registry, prefix = "/", isTls = false, config }: ProxyKind): WithPlace {
  return (action) =>
    withDirectory(async (directory) => {
      const certificate = isTls ? await makeCertificate(directory) : undefined;
      await withRegistry("open", async ({ host, url }) => {
        const listen = `127.0.0.1:${await freePort()}`;
        const path = join(directory, "proxy.conf");
        await writeFile(path, config({ listen, registry: host, directory, certificate }));
        const command = program === "nginx"
          ? ["nginx", "-p", directory, "-c", path]
          : ["haproxy", "-db", "-f", path];
        await withServer(command, { ready: () => isListening(listen) }, () =>
          action({
            host: listen,
            url: `http${isTls ? "s" : ""}://${listen}`,
            direct: { url: `${url}${prefix.replace(/\/$/, "")}` },
            ...(certificate && { ca: certificate.ca }),
          }));
      }, { prefix, deletes: false, ...(registry !== undefined && { program: registry }) });
    });
}

const ONE_MEGABYTE = 1_048_576;

/** A proxy that lets five requests a second pass, and two more wait. */
export const LIMITED: TestedProxy = {
  name: "nginx that lets 5 requests a second pass",
  programs: ["docker-registry", "nginx"],
  withPlace: behind({
    program: "nginx",
    config: (setting) =>
      nginxConfig(
        setting,
        `limit_req_zone $binary_remote_addr zone=all:1m rate=5r/s; limit_req_status 429;
server { listen ${setting.listen}; client_max_body_size 0;
location / { limit_req zone=all burst=2; ${FORWARD} proxy_pass http://${setting.registry}; } }`,
      ),
  }),
};

/** A proxy that takes no larger bodies than nginx is told. */
function nginxOfBodies(name: string, size: string): TestedProxy {
  return {
    name,
    programs: ["docker-registry", "nginx"],
    withPlace: behind({
      program: "nginx",
      config: (setting) =>
        nginxConfig(
          setting,
          `server { listen ${setting.listen}; client_max_body_size ${size};
location / { ${FORWARD} proxy_pass http://${setting.registry}; } }`,
        ),
    }),
  };
}

/** A proxy with bodies that are too small for any blob, whatever it is cut into. */
export const TINY: TestedProxy = nginxOfBodies("nginx with bodies of 1 KB", "1k");

/** Proxies that the main jobs have to pass through. */
export const PROXIES: readonly TestedProxy[] = [
  nginxOfBodies("nginx with bodies of 1 MB", "1m"),
  {
    name: "nginx with TLS and HTTP/2, distribution v3 under a path of its own, and pages of two",
    programs: ["registry", "nginx", "openssl"],
    withPlace: behind({
      program: "nginx",
      prefix: "/reg/",
      registry: "registry",
      isTls: true,
      config: (setting) =>
        nginxConfig(
          setting,
          `server { listen ${setting.listen} ssl http2; ${tlsOf(setting)} client_max_body_size 0;
location ~ ^/v2/(.*/tags/list)$ { if ($args = "") { set $args n=2; }
${FORWARD} proxy_pass http://${setting.registry}/reg/v2/$1$is_args$args; }
location /v2/ { ${FORWARD} proxy_pass http://${setting.registry}/reg/v2/; }
location /reg/ { ${FORWARD} proxy_pass http://${setting.registry}; } }`,
        ),
    }),
  },
  {
    name: "haproxy with TLS, HTTP/2 and bodies of 1 MB",
    programs: ["docker-registry", "haproxy", "openssl"],
    withPlace: behind({
      program: "haproxy",
      isTls: true,
      config: ({ listen, registry, certificate }) =>
        `global
  ssl-load-extra-files key
  ssl-load-extra-del-ext
  tune.bufsize ${2 * ONE_MEGABYTE}
  tune.h2.initial-window-size ${2 * ONE_MEGABYTE}
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
frontend all
  bind ${listen} ssl crt ${certificate?.certificate} alpn h2,http/1.1
  http-request wait-for-body time 10s at-least ${ONE_MEGABYTE + 1}
  http-request deny deny_status 413 if { req.body_size gt ${ONE_MEGABYTE} }
  http-request set-header X-Forwarded-Proto https
  default_backend registry
backend registry
  server registry ${registry}
`,
    }),
  },
];
