import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import type { RequestListener } from "node:http";
import { createServer, type ServerOptions } from "node:https";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { appendlayer, type CliRuntime, onEachRuntime } from "./appendlayer.ts";
import { tarOfFiles } from "./base_image.ts";
import { type Certificate, makeCertificate } from "./certificate.ts";
import { withRegistry } from "./docker_registry.ts";
import { type Ended, succeed, testWith, withServer } from "./program.ts";
import { freePort, withDirectory } from "./scratch.ts";
import { withTunnelProxy } from "./tunnel_proxy.ts";

const DIGEST = /@sha256:[0-9a-f]{64}\n$/;
/** Reaches this machine, and is not one of its loopback addresses, which no proxy is asked for. */
const REMOTE = "0.0.0.0";
/** Larger than what sockets hold, so that back-pressure is met. */
const LAYER = tarOfFiles({
  "big.bin": crypto.getRandomValues(new Uint8Array(65_536)).join(",").repeat(20),
});

/** No authority that the machine's owner has set, and no proxy. */
const UNCONFIGURED = {
  NODE_EXTRA_CA_CERTS: undefined,
  DENO_NO_UPDATE_CHECK: "1",
  HTTP_PROXY: undefined,
  HTTPS_PROXY: undefined,
  NO_PROXY: undefined,
};

/** Appends a layer to nothing. */
async function push(
  host: string,
  runtime: CliRuntime,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Ended> {
  const command = ["scratch", `${host}/acme/${runtime.name}:1`, "--retry-for", "0", ...args];
  return await appendlayer(command, {
    runtime,
    input: await LAYER,
    env: { ...UNCONFIGURED, ...env },
  });
}

async function inspect(host: string, runtime: CliRuntime, args: string[]): Promise<Ended> {
  const command = ["inspect", `${host}/acme/app:1`, "--retry-for", "0", ...args];
  return await appendlayer(command, { runtime, env: UNCONFIGURED });
}

testWith(
  ["docker-registry", "openssl"],
  "a private authority is trusted by --ca and --insecure only",
  async () => {
    await withRegistry("tls", async ({ host, ca = "" }) => {
      await onEachRuntime(async (runtime) => {
        const trusted = await push(host, runtime, ["--ca", ca]);
        assert.equal(trusted.code, 0, `${runtime.name}: ${trusted.stderr}`);
        assert.match(trusted.stdout, DIGEST);
        const insecure = await push(host, runtime, ["--insecure"]);
        assert.equal(insecure.code, 0, `${runtime.name}: ${insecure.stderr}`);
        const refused = await push(host, runtime, []);
        assert.equal(refused.code, 1, runtime.name);
        assert.match(refused.stderr, /--ca FILE trusts/, runtime.name);
      });
    });
  },
);

testWith(
  ["docker-registry", "openssl"],
  "a registry that asks for a certificate gets the one of --cert",
  async () => {
    await withDirectory(async (directory) => {
      const certificate = await makeCertificate(directory);
      const { both, cert, key } = await makeClient(directory, certificate);
      await withGuardedRegistry(directory, certificate, async (host) => {
        await onEachRuntime(async (runtime) => {
          const ca = ["--ca", certificate.ca];
          for (const args of [["--cert", cert, "--key", key], ["--cert", both]]) {
            const { code, stderr } = await push(host, runtime, [...ca, ...args]);
            assert.equal(code, 0, `${runtime.name}: ${stderr}`);
          }
          const without = await push(host, runtime, ca);
          assert.equal(without.code, 1, runtime.name);
        });
      });
    });
  },
);

testWith(
  ["docker-registry", "openssl"],
  "proxies of the environment are used, unless NO_PROXY names the host",
  async () => {
    await withDirectory(async (directory) => {
      const { ca, key } = await makeCertificate(directory);
      const certificate = await makeServer(directory, ca, `IP:${REMOTE}`);
      await withGuardedRegistry(directory, { certificate, key }, async (local) => {
        const host = local.replace("127.0.0.1", REMOTE);
        await withTunnelProxy(async ({ host: proxy, asked }) => {
          await onEachRuntime(async (runtime) => {
            asked.length = 0;
            const env = { HTTPS_PROXY: `http://ada:p%40ss@${proxy}` };
            const tunnelled = await push(host, runtime, ["--ca", ca], env);
            assert.equal(tunnelled.code, 0, `${runtime.name}: ${tunnelled.stderr}`);
            assert.ok(asked.length > 0, runtime.name);
            for (const line of asked) {
              assert.equal(line, `CONNECT ${host} Basic ${btoa("ada:p@ss")}`);
            }
            asked.length = 0;
            const direct = await push(host, runtime, ["--ca", ca], { ...env, NO_PROXY: REMOTE });
            assert.equal(direct.code, 0, `${runtime.name}: ${direct.stderr}`);
            assert.deepEqual(asked, [], runtime.name);
          });
        });
      });
    });
  },
);

testWith(["docker-registry"], "plain http goes through HTTP_PROXY", async () => {
  await withRegistry("open", async ({ host: local }) => {
    const host = local.replace("127.0.0.1", REMOTE);
    await withTunnelProxy(async ({ host: proxy, asked }) => {
      await onEachRuntime(async (runtime) => {
        asked.length = 0;
        const { code, stderr } = await push(host, runtime, ["--plain-http"], {
          HTTP_PROXY: `http://${proxy}`,
        });
        assert.equal(code, 0, `${runtime.name}: ${stderr}`);
        assert.ok(
          asked.some((line) => line.startsWith(`POST http://${host}/v2/`)),
          asked.join("\n"),
        );
      });
    });
  });
});

testWith(
  ["docker-registry", "openssl"],
  "a registry on this machine is reached without a proxy, whatever is set",
  async () => {
    await withTunnelProxy(async ({ host: proxy, asked }) => {
      const env = { HTTP_PROXY: `http://${proxy}`, HTTPS_PROXY: `http://${proxy}` };
      await withRegistry("open", async ({ host: open }) => {
        await withRegistry("tls", async ({ host: tls, ca = "" }) => {
          await onEachRuntime(async (runtime) => {
            for (const [host, args] of [[open, ["--plain-http"]], [tls, ["--ca", ca]]] as const) {
              const { code, stderr } = await push(host, runtime, args, env);
              assert.equal(code, 0, `${runtime.name}: ${stderr}`);
            }
            assert.deepEqual(asked, [], runtime.name);
          });
        });
      });
    });
  },
);

testWith(
  ["openssl"],
  "--cert and --insecure are for the registries that are named, and no other host",
  async () => {
    await withDirectory(async (directory) => {
      const certificate = await makeCertificate(directory);
      const { both } = await makeClient(directory, certificate);
      const { ca } = certificate;
      await withClientRecorder(certificate, () => [404], async (other, othersClients) => {
        const leads: Record<string, () => Answer> = {
          blob: () => [307, { location: `https://${other}/x` }],
          token: () => [401, { "www-authenticate": `Bearer realm="https://${other}/token"` }],
        };
        for (const [kind, lead] of Object.entries(leads)) {
          await withClientRecorder(certificate, lead, async (host, clients) => {
            const named = host.replace("127.0.0.1", "localhost");
            await onEachRuntime(async (runtime) => {
              const what = `${runtime.name}, ${kind}`;
              await inspect(named, runtime, ["--ca", ca, "--cert", both]);
              assert.ok(clients.length > 0 && clients.every((name) => name === "client"), what);
              assert.ok(othersClients.length > 0, what);
              assert.ok(othersClients.every((name) => name === undefined), what);
              clients.length = 0;
              othersClients.length = 0;
              const { stderr } = await inspect(named, runtime, ["--insecure"]);
              assert.ok(clients.length > 0, what);
              assert.deepEqual(othersClients, [], what);
              assert.match(stderr, /--ca FILE trusts/, what);
              clients.length = 0;
            });
          });
        }
      });
    });
  },
);

testWith(["openssl"], "the proxy's password is for the proxy alone", async () => {
  await withDirectory(async (directory) => {
    const { ca, key } = await makeCertificate(directory);
    const certificate = await makeServer(directory, ca, `IP:${REMOTE}`);
    await withRecorder(certificate, key, async (local, headers) => {
      const host = local.replace("127.0.0.1", REMOTE);
      await withTunnelProxy(async ({ host: proxy, asked }) => {
        await onEachRuntime(async (runtime) => {
          headers.length = 0;
          asked.length = 0;
          await push(host, runtime, ["--ca", ca], { HTTPS_PROXY: `http://ada:secret@${proxy}` });
          assert.ok(asked.length > 0 && headers.length > 0, runtime.name);
          for (const header of headers) {
            assert.ok(
              !/proxy-authorization|secret|YWRhOnNlY3JldA/i.test(header),
              `${runtime.name}: ${header}`,
            );
          }
        });
      });
    });
  });
});

/** A certificate for a client, by the same authority; and with its key in one file. */
async function makeClient(
  directory: string,
  { ca }: Certificate,
): Promise<{ cert: string; key: string; both: string }> {
  const at = (name: string): string => join(directory, name);
  await succeed([
    ..."openssl req -new -newkey rsa:2048 -nodes -subj /CN=client".split(" "),
    ...["-keyout", at("client.key"), "-out", at("client.csr")],
  ]);
  // With an extension it is of version 3; rustls takes no other.
  await writeFile(at("usage"), "extendedKeyUsage=clientAuth\n");
  await succeed([
    ..."openssl x509 -req -days 2 -CAcreateserial".split(" "),
    ...["-extfile", at("usage")],
    ...["-in", at("client.csr"), "-CA", ca, "-CAkey", at("ca.key"), "-out", at("client.crt")],
  ]);
  const [cert, key] = await Promise.all(
    ["client.crt", "client.key"].map((name) => readFile(at(name), "utf8")),
  );
  await writeFile(at("both.pem"), `${cert}${key}`);
  return { cert: at("client.crt"), key: at("client.key"), both: at("both.pem") };
}

/** Another certificate for the server's key, and so for other names. */
async function makeServer(directory: string, ca: string, names: string): Promise<string> {
  const at = (name: string): string => join(directory, name);
  await writeFile(at("names"), `subjectAltName=${names}\n`);
  await succeed([
    ..."openssl x509 -req -days 2 -CAcreateserial".split(" "),
    ...["-extfile", at("names"), "-in", at("server.csr")],
    ...["-CA", ca, "-CAkey", at("ca.key"), "-out", at("named.crt")],
  ]);
  return at("named.crt");
}

/** docker-registry with a certificate; given an authority, it lets nobody in without a certificate of that. */
async function withGuardedRegistry(
  directory: string,
  { ca, certificate, key }: Partial<Certificate>,
  action: (host: string) => Promise<void>,
): Promise<void> {
  const port = await freePort();
  const host = `127.0.0.1:${port}`;
  const path = join(directory, "guarded.yml");
  await writeFile(
    path,
    JSON.stringify({
      version: "0.1",
      log: { level: "error", accesslog: { disabled: true } },
      storage: { filesystem: { rootdirectory: join(directory, "storage") } },
      http: { addr: host, tls: { certificate, key, ...(ca && { clientcas: [ca] }) } },
    }),
  );
  // Whoever connects at all finds it ready; without a certificate there is no better answer.
  const ready = async (): Promise<boolean> => {
    const { connect } = await import("node:net");
    return await new Promise((resolve) => {
      const socket = connect(port, "127.0.0.1", () => resolve(true)).on(
        "error",
        () => resolve(false),
      );
      socket.on("connect", () => socket.destroy());
    });
  };
  await withServer(["docker-registry", "serve", path], { ready }, () => action(host));
}

/** A server that notes the headers of every request, and knows no image. */
async function withRecorder(
  certificate: string,
  key: string,
  action: (host: string, headers: string[]) => Promise<void>,
): Promise<void> {
  const headers: string[] = [];
  const tls = { cert: await readFile(certificate), key: await readFile(key) };
  const listener: RequestListener = (request, response) => {
    headers.push(JSON.stringify(request.headers));
    response.writeHead(404);
    response.end();
  };
  await withHttps(tls, listener, (host) => action(host, headers));
}

/** What a server answers to every request: a status and headers. */
type Answer = [status: number, headers?: Record<string, string>];

/** A server that notes who asks: the name in the client's certificate, or undefined without one. */
async function withClientRecorder(
  { ca, certificate, key }: Certificate,
  answer: () => Answer,
  action: (host: string, clients: (string | undefined)[]) => Promise<void>,
): Promise<void> {
  const clients: (string | undefined)[] = [];
  const [authority, cert, secret] = await Promise.all(
    [ca, certificate, key].map((path) => readFile(path)),
  );
  const tls = { ca: authority, cert, key: secret, requestCert: true, rejectUnauthorized: false };
  const listener: RequestListener = ({ socket }, response) => {
    clients.push((socket as TLSSocket).getPeerCertificate().subject?.CN);
    response.writeHead(...answer()).end();
  };
  await withHttps(tls, listener, (host) => action(host, clients));
}

async function withHttps(
  tls: ServerOptions,
  listener: RequestListener,
  action: (host: string) => Promise<void>,
): Promise<void> {
  const server = createServer(tls, listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  try {
    await action(`127.0.0.1:${typeof address === "object" && address ? address.port : 0}`);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}
