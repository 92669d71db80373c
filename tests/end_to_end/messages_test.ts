/** Failures that people meet, provoked one by one, and what docs/messages.md says that they are told. */

import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer as createHttpServer, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { createServer as createSocket, type Server } from "node:net";
import { join } from "node:path";
import { appendlayer, type CliRuntime, DENO, onEachRuntime } from "./appendlayer.ts";
import { putBase, tarOfFiles } from "./base_image.ts";
import { makeCertificate } from "./certificate.ts";
import { type RunningRegistry, USER, withRegistry } from "./docker_registry.ts";
import { registryStore } from "./image_store.ts";
import { testWith } from "./program.ts";
import { TINY } from "./registries.ts";
import { openRegistry } from "./registry_http.ts";
import { freePort, withDirectory } from "./scratch.ts";

/** A row of the table. */
interface Row {
  readonly failure: string;
  readonly status: number;
  /** What is said: the message, and what is below it. Any text may stand where they have "…". */
  readonly message: string;
  readonly next: string;
}

/** What a failure is provoked with. */
interface Provocation {
  readonly args: readonly string[];
  readonly input?: Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
}

async function readTable(): Promise<Row[]> {
  const page = await readFile(new URL("../../docs/messages.md", import.meta.url), "utf8");
  return [...page.matchAll(/^\| ([^|]*?) *\| (\d+) *\| `([^|]*?)` *\| (?:`([^|]*?)`|–) *\|$/gm)]
    .map(([, failure = "", status, message = "", next = ""]) => ({
      ...{ failure, status: Number(status), message, next },
    }));
}

function pattern({ message, next, status }: Row): RegExp {
  const lines = [
    `appendlayer: ${message}`,
    next,
    status === 2 ? "appendlayer… --help shows how it is used" : "",
  ];
  const escaped = lines.filter((line) => line !== "").join("\n")
    .replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll("…", "[^\\n]*");
  return new RegExp(`(?:^|\n)${escaped}\n$`);
}

async function withListener<T>(
  server: Server,
  action: (port: number) => Promise<T>,
  path?: string,
): Promise<T> {
  await new Promise<void>((resolve) => {
    if (path === undefined) server.listen(0, "127.0.0.1", resolve);
    else server.listen(path, resolve);
  });
  try {
    const address = server.address();
    return await action(typeof address === "object" && address !== null ? address.port : 0);
  } finally {
    server.close();
    if ("closeAllConnections" in server) (server.closeAllConnections as () => void)();
  }
}

const page: RequestListener = (_request, response) => {
  response.writeHead(200, { "content-type": "text/html" }).end("<html>welcome</html>");
};

function refusing(status: number): RequestListener {
  return (request, response) => {
    request.resume();
    response.writeHead(status, { "retry-after": "0" }).end("{}");
  };
}

/** Runs a failure and compares what is said with its row. */
async function check(
  row: Row | undefined,
  { args, input, env }: Provocation,
  runtime: CliRuntime = DENO,
): Promise<void> {
  const { code, stdout, stderr } = await appendlayer(args, {
    runtime,
    ...(input === undefined ? {} : { input }),
    env,
  });
  assert.ok(row !== undefined, `no row for this: ${code} ${stderr}`);
  const context = `${runtime.name}, ${row.failure}: ${stderr}`;
  assert.equal(code, row.status, context);
  assert.equal(stdout, "", context);
  assert.match(stderr, pattern(row), context);
}

testWith(
  ["docker-registry", "htpasswd", "nginx", "openssl"],
  "docs/messages.md tells what each failure says, what to do next and how it ends",
  async () => {
    const rows = await readTable();
    const find = (failure: string): Row | undefined => rows.find((row) => row.failure === failure);
    const seen = new Set<string>();
    const provoke = async (
      failure: string,
      provocation: Provocation,
      runtime?: CliRuntime,
    ): Promise<void> => {
      seen.add(failure);
      await check(find(failure), provocation, runtime);
    };
    await withDirectory(async (directory) => {
      const tar = await tarOfFiles({ "hello.txt": "hello\n" });
      const file = join(directory, "file.txt");
      await writeFile(file, "hello\n".repeat(1_000));
      await mkdir(join(directory, "folder"));
      const layer = ["--add", `${file}:/file.txt`];
      await provokeUse(provoke, { directory, file, tar });
      await withRegistry(
        "open",
        (registry) => provokeOpen(provoke, { registry, layer }),
      );
      await withRegistry("htpasswd", (registry) => provokeGuarded(provoke, { registry, layer }));
      await TINY.withPlace(({ host }) =>
        provoke("413", {
          args: ["scratch", `${host}/acme/app:1`, ...layer, "--compression", "none"],
        })
      );
      await withRegistry(
        "tls",
        ({ host }) =>
          provoke("http spoken to a registry in Go that speaks https", {
            args: ["inspect", `${host}/acme/app:1`, "--plain-http"],
          }),
      );
      await provokeAnswers(provoke, layer);
      await onEachRuntime((runtime) =>
        provokeConnections(
          (failure, provocation) => provoke(failure, provocation, runtime),
          layer,
        )
      );
    });
    assert.deepEqual(rows.map(({ failure }) => failure).sort(), [...seen].sort());
  },
);

type Provoke = (failure: string, provocation: Provocation) => Promise<void>;

/** Mistakes on the command line and on the disk. */
async function provokeUse(
  provoke: Provoke,
  { directory, file, tar }: { directory: string; file: string; tar: Uint8Array },
): Promise<void> {
  const target = `oci:${join(directory, "layout")}:1`;
  await provoke("a misspelt command", { args: ["inspct", target] });
  await provoke("a misspelt option", { args: ["scratch", target, "--ad", file] });
  await provoke("no TARGET", { args: ["scratch"] });
  await provoke("`--add SRC DEST` with a blank", {
    args: ["scratch", target, "--add", file, "/srv"],
  });
  await provoke("a scheme before HOST", {
    args: ["http://registry.example.com", "app", "1", "2"],
  });
  await provoke("a `--digest-file` that cannot be written", {
    args: ["scratch", target, "--digest-file", join(directory, "none", "digest")],
    input: tar,
  });
  await provoke("a name with upper-case letters", { args: ["scratch", "ghcr.io/Acme/app:1"] });
  await provoke("nothing on standard input", {
    args: ["scratch", target],
    input: new Uint8Array(),
  });
  await provoke("text in place of a tar", { args: ["scratch", target, "--layer", file] });
  await provoke("a directory given to `--layer`", {
    args: ["scratch", target, "--layer", join(directory, "folder")],
  });
  await provoke("a file that is not there", {
    args: ["scratch", target, "--add", `${join(directory, "none")}:/srv/`],
  });
  await provoke("a named pipe or a device among the files", {
    args: ["scratch", target, "--add", "/dev/null:/srv/"],
  });
  const folder = join(directory, "folder");
  await withListener(createSocket(), async () => {
    const added = await appendlayer(["scratch", target, "--add", `${folder}:/srv/`]);
    assert.equal(added.code, 0, added.stderr);
    assert.equal(added.stderr, `appendlayer: left out "${folder}/app.sock": it is a socket\n`);
  }, join(folder, "app.sock"));
  await provoke("an engine that does not run", {
    args: ["scratch", "docker-daemon:app:1", "--add", `${file}:/srv/`],
    env: { DOCKER_HOST: `unix://${join(directory, "none.sock")}` },
  });
  await provoke("a local file in the place of an image", {
    args: ["./README.md", target, "--add", `${file}:/srv/`],
  });
  await provoke("a layout that is not there", {
    args: [`oci:${join(directory, "none")}:1`, target, "--add", `${file}:/srv/`],
  });
}

/** What a registry says to anybody. */
async function provokeOpen(
  provoke: Provoke,
  { registry, layer }: { registry: RunningRegistry; layer: string[] },
): Promise<void> {
  const { host } = registry;
  const store = registryStore(await openRegistry(registry), "acme/app");
  for (const tag of ["3.0.1", "3.0.2", "2.9"]) await putBase(store, "oci", tag);
  await provoke("a tag that is not there", {
    args: [`${host}/acme/app:3.0.0`, `${host}/acme/app:new`, ...layer],
  });
  await provoke("`delete` of a tag that is not there", {
    args: ["delete", `${host}/acme/app:2.8`, "--yes"],
  });
  await provoke("a repository that is not there", {
    args: [`${host}/acme/none:1`, `${host}/acme/app:new`, ...layer],
  });
  await provoke("the tags of such a repository", { args: ["tags", `${host}/acme/none`] });
  await provoke("a platform that the base does not have", {
    args: [`${host}/acme/app:2.9`, `${host}/acme/app:new`, ...layer, "--platform", "linux/s390x"],
  });
}

/** What a registry says to those that it does not know. */
async function provokeGuarded(
  provoke: Provoke,
  { registry: { host, dockerConfig }, layer }: { registry: RunningRegistry; layer: string[] },
): Promise<void> {
  const args = ["scratch", `${host}/acme/app:1`, ...layer];
  await provoke("no credentials", { args });
  const path = join(dockerConfig, "config.json");
  const known = await readFile(path);
  await writeFile(path, JSON.stringify({ auths: { [host]: { auth: btoa("ada:old") } } }));
  await provoke("a stored password that is refused", {
    args,
    env: { DOCKER_CONFIG: dockerConfig },
  });
  await writeFile(path, JSON.stringify({ credsStore: "none" }));
  await provoke("a credential helper that is not there", {
    args,
    env: { DOCKER_CONFIG: dockerConfig },
  });
  await writeFile(path, known);
  await provoke("`login` with a wrong password", {
    args: ["login", host, "--username", USER.username],
    input: new TextEncoder().encode("wrong\n"),
  });
}

/** Answers that a registry gives on a bad day, or that come from something else. */
async function provokeAnswers(provoke: Provoke, layer: string[]): Promise<void> {
  const with_ = (
    listener: RequestListener,
    action: (host: string) => Promise<void>,
  ): Promise<void> =>
    withListener(createHttpServer(listener), (port) => action(`127.0.0.1:${port}`));
  await with_(
    page,
    (host) =>
      provoke("a web page in place of a registry's answer", { args: ["inspect", `${host}/app:1`] }),
  );
  for (const status of [429, 503]) {
    await with_(
      refusing(status),
      (host) => provoke(`${status}`, { args: ["inspect", `${host}/app:1`] }),
    );
  }
  await with_(
    refusing(403),
    (host) => provoke("403", { args: ["scratch", `${host}/app:1`, ...layer] }),
  );
  // A server that takes the connection and says nothing.
  await withListener(
    createSocket((socket) => void socket.on("error", () => {})),
    (port) =>
      provoke("a registry that says nothing", {
        args: [
          "inspect",
          `127.0.0.1:${port}/app:1`,
          "--plain-http",
          "--timeout",
          "1",
          "--retry-for",
          "0",
        ],
      }),
  );
}

/** Connections that fail, in the words of each runtime. */
async function provokeConnections(
  provoke: Provoke,
  layer: string[],
): Promise<void> {
  const { certificate, key } = await withDirectory(async (directory) => {
    const made = await makeCertificate(directory);
    return { certificate: await readFile(made.certificate), key: await readFile(made.key) };
  });
  const tls = { cert: certificate, key };
  const once = ["--retry-for", "0"];
  await withListener(createTlsServer(tls, page), async (port) => {
    await provoke("http spoken to a registry that speaks https", {
      args: ["scratch", `127.0.0.1:${port}/app:1`, ...layer, "--plain-http", ...once],
    });
    await provoke("a certificate that nobody known has signed", {
      args: ["scratch", `127.0.0.1:${port}/app:1`, ...layer],
    });
  });
  // Not on this machine's own addresses, where http is tried, too.
  await withListener(createHttpServer(page), async (port) => {
    await provoke("https spoken to a registry that speaks http", {
      args: ["scratch", `0.0.0.0:${port}/app:1`, ...layer, ...once],
    });
  });
  await provoke("a port at which nobody listens", {
    args: ["inspect", `0.0.0.0:${await freePort()}/app:1`, ...once],
  });
  await provoke("a host that nobody knows", {
    args: ["inspect", "registry.invalid/app:1", ...once],
  });
}
