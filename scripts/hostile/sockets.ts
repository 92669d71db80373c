/** The attacks of a hostile engine. */

import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { encodeHeaders } from "../../lib/tar/encode.ts";
import { type Answerer, drip, endless } from "./attacks.ts";
import { LAYERS } from "./layers.ts";

/** An engine that is honest except for one thing. */
export interface SocketAttack {
  /** What is wrong, in a few words, for the table. */
  readonly name: string;
  /** Whether it is one of the few that also run with `--brief`. */
  readonly isBrief?: boolean;
  readonly answer: Answerer;
}

const MIB = 1024 * 1024;
const MANIFEST = "application/vnd.oci.image.manifest.v1+json";

const LAYER = tar(["srv/data/old", "old"]);
const CONFIG = Buffer.from(JSON.stringify({
  architecture: "amd64",
  os: "linux",
  config: { User: "1000" },
  rootfs: { type: "layers", diff_ids: [digestOf(LAYER)] },
}));
const IMAGE = {
  Id: digestOf(CONFIG),
  Os: "linux",
  Architecture: "amd64",
  Size: LAYER.length,
  Config: { User: "1000" },
  RootFS: { Type: "layers", Layers: [digestOf(LAYER)] },
};
const LIST = JSON.stringify([{ Config: "c.json", RepoTags: ["base:1"], Layers: ["l.tar"] }]);

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** An archive of small files. */
function tar(...files: readonly (readonly [path: string, content: Uint8Array | string])[]): Buffer {
  return Buffer.concat([
    ...files.flatMap(([path, content]) => {
      const size = Buffer.byteLength(content);
      return [
        encodeHeaders({ path, type: "file", mode: 0o644, uid: 0, gid: 0, mtime: 0, size }),
        Buffer.from(content),
        Buffer.alloc((512 - size % 512) % 512),
      ];
    }),
    Buffer.alloc(1024),
  ]);
}

const DIRECTORY = Buffer.concat([
  encodeHeaders({
    path: "data",
    type: "directory",
    mode: 0o755,
    uid: 7,
    gid: 7,
    mtime: 0,
    size: 0,
  }),
  Buffer.alloc(1024),
]);
const STATUS = Buffer.from(JSON.stringify({ name: "data", mode: 2 ** 31 + 0o755 }));

/** The kinds of requests. */
type Question =
  | "ping"
  | "info"
  | "image"
  | "history"
  | "list"
  | "create"
  | "look"
  | "read"
  | "load"
  | "export"
  | "remove";

const QUESTIONS: Readonly<Record<Question, RegExp>> = {
  ping: /^HEAD \/_ping/,
  info: /^GET \/info/,
  image: /^GET \/images\/[^/]+\/json/,
  history: /^GET \/images\/[^/]+\/history/,
  list: /^GET \/images\/json/,
  create: /^POST \/containers\/create/,
  look: /^HEAD \/containers\/[^/]+\/archive/,
  read: /^GET \/containers\/[^/]+\/archive/,
  load: /^POST \/images\/load/,
  export: /^GET \/images\/[^/]+\/get/,
  remove: /^DELETE \/containers\//,
};

function isAbout({ method, url }: IncomingMessage, question: Question): boolean {
  return QUESTIONS[question].test(`${method} ${url}`);
}

function on(
  question: Question,
  name: string,
  answer: (response: ServerResponse) => unknown,
  isBrief = false,
): SocketAttack {
  return {
    name: `${question}: ${name}`,
    isBrief,
    answer: (request, response): boolean => {
      if (!isAbout(request, question)) return false;
      request.resume();
      answer(response);
      return true;
    },
  };
}

/** Makes a handler that answers a JSON text. */
function says(text: string, status = 200): (response: ServerResponse) => unknown {
  return (response) => response.writeHead(status).end(text);
}

function image(more: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ ...IMAGE, ...more });
}

/** An export with a hostile layer. */
function exported(name: string): Buffer {
  const { bytes } = LAYERS[name]?.() ?? {};
  if (bytes === undefined) throw new TypeError(`There is no layer "${name}"`);
  return tar(["manifest.json", LIST], ["c.json", CONFIG], ["l.tar", bytes]);
}

const ALL = Object.keys(QUESTIONS) as readonly Question[];
const BRIEF: ReadonlySet<Question> = new Set(["ping", "image", "look"]);
/** The kinds of requests whose answers have a body. */
const WITH_BODY = ALL.filter((question) => question !== "ping" && question !== "look");

/** All attacks. */
export const SOCKETS: readonly SocketAttack[] = [
  ...ALL.map((question) => on(question, "silence", () => {}, BRIEF.has(question))),
  ...WITH_BODY.map((question) =>
    on(
      question,
      "an answer without end",
      (response) => endless(response, "["),
      question === "image",
    )
  ),
  ...WITH_BODY.map((question) =>
    on(question, "a byte now and then", (response) => drip(response, 200), question === "read")
  ),
  ...(["image", "load", "create"] as const).map((question) =>
    on(
      question,
      "an error without end",
      (response) => endless(Object.assign(response, { statusCode: 500 }), "x"),
    )
  ),
  on("image", "a connection that ends at once", (response) => response.destroy()),
  on("image", "no HTTP at all", (response) => response.socket?.end("SSH-2.0-OpenSSH_9.9\r\n")),
  on("image", "a header without end", (response) => {
    const { socket } = response;
    const go = (): void => {
      while (socket?.writable && socket.write(`X-A: ${"x".repeat(60_000)}\r\n`));
      socket?.once("drain", go);
    };
    socket?.write("HTTP/1.1 200 OK\r\n");
    go();
  }),
  on("image", "HTML", says("<html>")),
  on(
    "image",
    "a redirect to a file",
    (response) => response.writeHead(307, { location: "file:///etc/passwd" }).end(),
  ),
  on(
    "image",
    "a redirect to the metadata server",
    (response) => response.writeHead(307, { location: "http://169.254.169.254/latest/" }).end(),
  ),
  on("image", "100,000 levels", says("[".repeat(100_000)), true),
  on(
    "image",
    "150,000 layers",
    says(image({
      RootFS: { Type: "layers", Layers: Array.from({ length: 150_000 }, () => digestOf(LAYER)) },
    })),
  ),
  on("image", "5 million objects", says(`[${"{},".repeat(5_000_000)}{}]`), true),
  on("image", "an ID with a path", says(image({ Id: "../../etc/passwd" }))),
  on("image", "an error with escape sequences", says('{"message":"\\u001b[2J\\u202e"}', 500)),
  on("image", "a size of a petabyte", says(image({ Size: 2 ** 50 }))),
  on(
    "image",
    "a descriptor of containerd's store that lies",
    says(image({
      Descriptor: { mediaType: MANIFEST, digest: `sha256:${"0".repeat(64)}`, size: 2 ** 50 },
      Manifests: [{
        Kind: "image",
        Available: true,
        Descriptor: { mediaType: MANIFEST, digest: `sha256:${"0".repeat(64)}`, size: 2 ** 50 },
      }],
    })),
  ),
  on("history", "400,000 steps", says(`[${'{"Size":0},'.repeat(400_000)}{}]`)),
  on("create", "an ID with a path", says('{"Id":"../../images/base"}', 201)),
  on(
    "look",
    "a status of 12 KB",
    (response) =>
      response.writeHead(200, { "x-docker-container-path-stat": "x".repeat(12_000) }).end(),
  ),
  on("read", "something else than an archive", (response) => response.end("x".repeat(5_000))),
  on("read", "a name of 1 MB", (response) =>
    response.end(encodeHeaders({
      path: "n".repeat(MIB - 1_000),
      type: "directory",
      mode: 0o755,
      uid: 0,
      gid: 0,
      mtime: 0,
      size: 0,
    }))),
  on("load", "a report of an error", says('{"error":"no \\u001b[2J"}'), true),
  on("export", "zeros without end", (response) => endless(response, "\0"), true),
  on(
    "export",
    "a layer of gzip with 64 GiB of zeros at its end",
    (response) => response.end(exported("64 GiB of zeros behind the archive's end")),
  ),
  on(
    "export",
    "a layer that is not the one",
    (response) =>
      response.end(tar(["manifest.json", LIST], ["c.json", CONFIG], ["l.tar", "other"])),
  ),
  on("export", "a layer that lies outside", (response) =>
    response.end(tar([
      "manifest.json",
      LIST.replace("l.tar", "../../../../etc/passwd"),
    ], ["c.json", CONFIG]))),
];

/** Serves a hostile engine at a socket. */
export async function serveEngine(path: string, attack: SocketAttack): Promise<Server> {
  let loaded = false;
  const server = createServer((request, response) => {
    response.on("error", () => {});
    response.setHeader("api-version", "1.41");
    if (attack.answer(request, response)) return;
    const end = (value: unknown): unknown => response.end(JSON.stringify(value));
    const question = ALL.find((one) => isAbout(request, one));
    if (question === "load") {
      request.on("end", () => {
        loaded = true;
        end({ stream: "Loaded image: site:1" });
      }).resume();
      return;
    }
    request.resume();
    if (question === "ping") return void response.end();
    if (question === "info") return void end({ DriverStatus: [] });
    if (question === "list") return void end([{ Id: IMAGE.Id }]);
    if (question === "history") return void end([{ Created: 0, CreatedBy: "x", Size: 4 }]);
    if (question === "create") return void response.writeHead(201).end('{"Id":"c1"}');
    if (question === "remove") return void response.writeHead(204).end();
    if (question === "image" && (loaded || !request.url?.includes("site"))) return void end(IMAGE);
    if (question === "look" || question === "read") {
      response.setHeader("x-docker-container-path-stat", STATUS.toString("base64"));
      return void response.end(question === "read" ? DIRECTORY : undefined);
    }
    if (question === "export") {
      return void response.end(
        tar(["manifest.json", LIST], ["c.json", CONFIG], ["l.tar", LAYER]),
      );
    }
    if (request.url === "/version") return void end({ Os: "linux", Arch: "amd64" });
    response.writeHead(404).end('{"message":"no such image"}');
  });
  server.on("clientError", () => {});
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return server;
}
