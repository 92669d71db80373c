/** The attacks of a hostile registry. */

import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { type HostileLayer, LAYERS } from "./layers.ts";

/** A JSON value of a document. */
type Json = Record<string, unknown>;

/** Answers a request in place of an honest registry; returns undefined if the honest answer is to be sent. */
export type Answerer = (
  request: IncomingMessage,
  response: ServerResponse,
) => boolean | void;

/** An attack. */
export interface Attack {
  /** What is wrong, in a few words, for the table. */
  readonly name: string;
  /** Whether it is one of the few that also run with `--brief`. */
  readonly isBrief?: boolean;
  /** Whether it is in a layer, which is only read if the base is read. */
  readonly isLayer?: boolean;
  /** Makes content that takes long, before the time is measured. */
  readonly prepare?: () => void;
  readonly answer: Answerer;
}

const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const INDEX = "application/vnd.oci.image.index.v1+json";
const MIB = 1024 * 1024;

/** Documents and blobs of an honest image. */
export const CONTENT: Map<string, Buffer> = new Map();

function put(bytes: Buffer): string {
  const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
  CONTENT.set(digest, bytes);
  return digest;
}

const LAYER = gzipSync(Buffer.alloc(10_240));
const CONFIG = Buffer.from(JSON.stringify({
  architecture: "amd64",
  os: "linux",
  config: {},
  rootfs: {
    type: "layers",
    diff_ids: [`sha256:${createHash("sha256").update(Buffer.alloc(10_240)).digest("hex")}`],
  },
}));

/** The honest manifest with some fields replaced. */
function manifestOf(config: Buffer, more: Json = {}): Buffer {
  return Buffer.from(JSON.stringify({
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: {
      mediaType: "application/vnd.oci.image.config.v1+json",
      digest: put(config),
      size: config.length,
    },
    layers: [{
      mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
      digest: put(LAYER),
      size: LAYER.length,
    }],
    ...more,
  }));
}

/** The honest image. */
export const IMAGE: Buffer = manifestOf(CONFIG);

const isManifest = ({ url = "", method }: IncomingMessage): boolean =>
  method !== "PUT" && /\/manifests\/1$/.test(url);
const isConfig = ({ url = "", method }: IncomingMessage): boolean =>
  method === "GET" && url.includes("/blobs/") && url.endsWith(put(CONFIG));

/** Sends a manifest. */
function send(response: ServerResponse, bytes: Buffer, mediaType = MANIFEST): true {
  response.writeHead(200, { "content-type": mediaType }).end(bytes);
  return true;
}

/** Sends an endless body, as fast as it is read. */
export function endless(response: ServerResponse, text: string, headers: Json = {}): true {
  response.writeHead(200, { "content-type": MANIFEST, ...headers } as Record<string, string>);
  const chunk = Buffer.from(text.repeat(Math.ceil(65_536 / text.length)));
  const go = (): void => {
    while (!response.destroyed && response.write(chunk));
    if (!response.destroyed) response.once("drain", go);
  };
  go();
  return true;
}

/** Sends an endless body, a byte now and then. */
export function drip(response: ServerResponse, status: number, headers: Json = {}): true {
  response.writeHead(status, { "content-type": MANIFEST, ...headers } as Record<string, string>);
  const timer = setInterval(() => response.write("["), 200);
  response.on("close", () => clearInterval(timer));
  return true;
}

function onManifest(name: string, bytes: () => Buffer, more: Partial<Attack> = {}): Attack {
  let made: Buffer | undefined;
  return {
    name,
    answer: (request, response) => isManifest(request) && send(response, made ??= bytes()),
    ...more,
  };
}

function onConfig(name: string, config: () => Buffer, more: Partial<Attack> = {}): Attack {
  let made: Buffer | undefined;
  return onManifest(name, () => made ??= manifestOf(config()), more);
}

/** An index of documents of 4 MB. */
function largeIndex(): Buffer {
  const manifests = Array.from({ length: 100 }, (_, index) => {
    const bytes = manifestOf(CONFIG, {
      annotations: { a: `${index}`.padEnd(4 * MIB - 2_000, "x") },
    });
    return {
      mediaType: MANIFEST,
      digest: put(bytes),
      size: bytes.length,
      platform: { os: "linux", architecture: `a${index}` },
    };
  });
  return Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests }));
}

const bombs = new Map<string, Buffer>();

/** Compressed data that unpacks to 256 MiB; made once, since it takes a while. */
function bomb(encoding: string): Buffer {
  let bytes = bombs.get(encoding);
  if (bytes === undefined) {
    const zeros = Buffer.alloc(256 * MIB);
    const params = { [constants.BROTLI_PARAM_QUALITY]: 1 };
    bytes = encoding === "br" ? brotliCompressSync(zeros, { params }) : gzipSync(zeros);
    bombs.set(encoding, bytes);
  }
  return bytes;
}

function encodedAttack(what: "manifest" | "upload" | "error", encoding: string): Attack {
  return {
    name: `${encoding} that unpacks to 256 MiB, as ${what}`,
    isBrief: encoding === "br" || what === "manifest",
    prepare: () => void bomb(encoding),
    answer: (request, response) => {
      const isIt = what === "upload" ? request.method === "POST" : isManifest(request);
      if (!isIt) return false;
      response.writeHead(what === "manifest" ? 200 : what === "error" ? 404 : 202, {
        "content-encoding": encoding,
        "content-type": MANIFEST,
        location: "/v2/acme/app/blobs/uploads/1",
      }).end(bomb(encoding));
      return true;
    },
  };
}

function redirecting(name: string, location: string, more: Partial<Attack> = {}): Attack {
  return {
    name,
    answer: (request, response) => {
      if (!isManifest(request)) return false;
      response.writeHead(307, { location }).end();
      return true;
    },
    ...more,
  };
}

function challenge(
  name: string,
  header: string,
  token?: (response: ServerResponse) => true,
): Attack {
  return {
    name,
    answer: (request, response) => {
      if (token !== undefined && request.url?.startsWith("/token")) return token(response);
      const realm = `http://${request.headers.host}/token`;
      response.writeHead(401, { "www-authenticate": header.replace("REALM", realm) }).end();
      return true;
    },
  };
}

const BEARER = 'Bearer realm="REALM",service="s"';
const answerable = (
  name: string,
  answer: (response: ServerResponse) => true,
  isBrief = false,
): Attack => ({
  name,
  isBrief,
  answer: (request, response) => isManifest(request) && answer(response),
});

/** An image with one hostile layer. It does not run as root, so that the owners of its directories matter. */
function onLayer(name: string, make: () => HostileLayer): Attack {
  let digest = "";
  let layer: Buffer = Buffer.alloc(0);
  let manifest: Buffer = IMAGE;
  const config = Buffer.from(JSON.stringify({
    ...JSON.parse(CONFIG.toString()),
    config: { User: "1000" },
  }));
  return {
    name,
    isLayer: true,
    prepare: () => {
      const { bytes, compression, annotations = {} } = make();
      layer = bytes;
      digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
      const mediaType = `application/vnd.oci.image.layer.v1.tar+${compression}`;
      manifest = manifestOf(config, {
        layers: [{ mediaType, digest, size: bytes.length, annotations }],
      });
    },
    answer: (request, response) => {
      if (isManifest(request)) return send(response, manifest);
      if (request.method !== "GET" || !request.url?.endsWith(digest)) return false;
      const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") ?? [];
      const part = start === undefined ? layer : layer.subarray(Number(start), Number(end) + 1);
      const range = `bytes ${start}-${end}/${layer.length}`;
      response.writeHead(start === undefined ? 200 : 206, {
        "content-length": part.length,
        ...(start !== undefined && { "content-range": range }),
      }).end(part);
      return true;
    },
  };
}

/** All attacks. */
export const ATTACKS: readonly Attack[] = [
  answerable("a manifest without end", (response) => endless(response, "["), true),
  answerable("a manifest, a byte now and then", (response) => drip(response, 200), true),
  answerable(
    "an error without end",
    (response) => endless(Object.assign(response, { statusCode: 500 }), "x"),
  ),
  answerable("an error, a byte now and then", (response) => drip(response, 404)),
  answerable("silence", () => true),
  answerable("nothing but a length", (response) => {
    response.writeHead(200, { "content-type": MANIFEST, "content-length": "4000000000" });
    response.flushHeaders();
    return true;
  }),
  answerable("a connection that ends at once", (response) => {
    response.destroy();
    return true;
  }),
  answerable("no HTTP at all", (response) => {
    response.socket?.end("SSH-2.0-OpenSSH_9.9\r\n");
    return true;
  }),
  answerable("a retry in a year", (response) => {
    response.writeHead(429, { "retry-after": "31536000" }).end();
    return true;
  }),
  answerable("HTML", (response) => send(response, Buffer.from("<html>"), "text/html")),
  answerable("an error with escape sequences", (response) => {
    const errors = [{ code: "\x1b[2J", message: "\x1b]0;x\x07\u202e" }];
    response.writeHead(403, { "content-type": "application/json" })
      .end(JSON.stringify({ errors }));
    return true;
  }),
  encodedAttack("manifest", "br"),
  encodedAttack("manifest", "gzip"),
  encodedAttack("error", "br"),
  encodedAttack("upload", "br"),
  encodedAttack("upload", "gzip"),
  redirecting("a Location of 12,000 dots", `http://127.0.0.1:1/${".".repeat(12_000)}`, {
    isBrief: true,
  }),
  redirecting("a redirect in a circle", "/v2/acme/app/manifests/1"),
  redirecting("a redirect to a file", "file:///etc/passwd"),
  redirecting("a redirect with user information", "http://a:b@127.0.0.1:1/"),
  redirecting("a redirect to the metadata server", "http://169.254.169.254/latest/"),
  onManifest(
    "100,000 levels of lists",
    () => Buffer.from(`{"schemaVersion":2,"x":${"[".repeat(100_000)}${"]".repeat(100_000)}}`),
    {
      isBrief: true,
    },
  ),
  onManifest(
    "a million empty objects",
    () => Buffer.from(`{"schemaVersion":2,"layers":[${"{},".repeat(1_000_000)}{}]}`),
  ),
  onManifest("both a manifest and an index", () => manifestOf(CONFIG, { manifests: [] })),
  onManifest(
    "a digest with a path",
    () =>
      manifestOf(CONFIG, {
        config: { mediaType: "x", digest: "sha256:../../etc/passwd", size: 1 },
      }),
  ),
  onManifest(
    "a negative size",
    () => manifestOf(CONFIG, { layers: [{ mediaType: "x", digest: put(LAYER), size: -1 }] }),
  ),
  onManifest("a layer of a petabyte", () =>
    manifestOf(CONFIG, {
      layers: [{
        mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
        digest: put(LAYER),
        size: 2 ** 50,
      }],
    })),
  onManifest("Docker's schema 1", () => Buffer.from('{"schemaVersion":1}')),
  onManifest("a field of 3 MB", () => manifestOf(CONFIG, { mediaType: "x".repeat(3 * MIB) })),
  onManifest("a manifest cut in its midst", () => IMAGE.subarray(0, 200)),
  {
    name: "an index of 100 manifests of 4 MB",
    isBrief: true,
    answer: (() => {
      let index: Buffer | undefined;
      return (request, response) =>
        isManifest(request) && send(response, index ??= largeIndex(), INDEX);
    })() as Answerer,
  },
  onManifest("an index that lists one image 20,000 times", () => {
    const entry = { mediaType: MANIFEST, digest: put(IMAGE), size: IMAGE.length };
    const manifests = Array.from({ length: 20_000 }, () => entry);
    return Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests }));
  }),
  onConfig(
    "a config of 15 MB of numbers",
    () => Buffer.from(`{"x":[${"1.0,".repeat(3_900_000)}1]}`),
    {
      isBrief: true,
    },
  ),
  onConfig("a config of 15 MB of lists", () => Buffer.from(`{"x":[${"[],".repeat(5_000_000)}1]}`)),
  onConfig("a config of 17 MB", () => Buffer.from(`{"x":"${"x".repeat(17 * MIB)}"}`)),
  onConfig("a config that is no JSON", () => Buffer.from("\0".repeat(1_000))),
  {
    name: "a config without end",
    isBrief: true,
    answer: (request, response) => isConfig(request) && endless(response, "["),
  },
  {
    name: "a config, a byte now and then",
    isBrief: true,
    answer: (request, response) => isConfig(request) && drip(response, 200),
  },
  challenge("a token without end", BEARER, (response) => endless(response, "x")),
  challenge("a token, a byte now and then", BEARER, (response) => drip(response, 200)),
  challenge("100,000 levels for a token", BEARER, (response) => {
    response.writeHead(200).end("[".repeat(100_000));
    return true;
  }),
  challenge("a challenge that asks for another repository", `${BEARER},scope="Repository:x:*"`, (
    response,
  ) => {
    response.writeHead(200).end('{"token":"x"}');
    return true;
  }),
  challenge("a realm of another host", 'Bearer realm="https://169.254.169.254/token"'),
  ...Object.entries(LAYERS).map(([name, make]) => onLayer(name, make)),
  {
    ...onLayer("a layer, a byte now and then", () => ({ bytes: LAYER, compression: "gzip" })),
    answer: (request, response) =>
      request.method === "GET" && request.url?.endsWith(put(LAYER)) === true &&
      drip(response, 200, { "content-length": LAYER.length }),
  },
  {
    ...onLayer("a layer without end", () => ({ bytes: LAYER, compression: "gzip" })),
    answer: (request, response) =>
      request.method === "GET" && request.url?.endsWith(put(LAYER)) === true &&
      endless(response, "x"),
  },
];
