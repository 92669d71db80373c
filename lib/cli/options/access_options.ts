/** How registries are reached, from the command line. */

import { collectBytes } from "../../base/collect.ts";
import type { TlsOptions } from "../../host/connection/tls_options.ts";
import type { AccessOptions } from "../../image/access/access.ts";
import type { Arguments } from "./arguments.ts";
import type { Io } from "../io.ts";
import type { Session } from "../commands/session.ts";
import { UsageError } from "../usage_error.ts";
import { parseSeconds, parseWhole } from "./values.ts";

/** Bytes of a file of certificates. */
const LARGEST_PEM = 4 * 1024 * 1024;

/**
 * Reads the connection's options and prepares the host.
 *
 * @param registries Those that the operands name, TARGET's last.
 * @throws {UsageError} if one has a bad value.
 */
export async function readAccessOptions(
  args: Arguments,
  session: Session,
  registries: readonly string[],
): Promise<AccessOptions> {
  const { io, signal } = session;
  const tls = await readTlsOptions(args, io, registries);
  return {
    host: await io.createHost({ env: io.env, tls, registry: registries.at(-1) }),
    plainHttp: args.has("plain-http"),
    trustRealms: args.all("trust-realm"),
    retries: args.parsed("retries", parseWhole(0, 100)),
    timeout: args.parsed("timeout", parseSeconds),
    concurrency: args.parsed("concurrency", parseWhole(1, 256)),
    signal,
    onProgress: session.showProgress,
    onWarning: (message) => session.warn(message),
  };
}

async function readTlsOptions(
  args: Arguments,
  io: Io,
  registries: readonly string[],
): Promise<TlsOptions | undefined> {
  if (args.has("key") && !args.has("cert")) {
    throw new UsageError("Cannot use --key without --cert: it is the key of that certificate");
  }
  const ca = await Promise.all(args.all("ca").map((path) => readPem(io, "ca", path)));
  const certPath = args.text("cert");
  if (ca.length === 0 && certPath === undefined && !args.has("insecure")) return undefined;
  return {
    ca,
    cert: certPath === undefined ? undefined : await readPem(io, "cert", certPath),
    // Many keep both in one file.
    key: certPath === undefined
      ? undefined
      : await readPem(io, "key", args.text("key") ?? certPath),
    insecure: args.has("insecure"),
    hosts: [
      ...registries,
      ...args.all("trust-realm").filter((host) => URL.canParse(`https://${host}`)),
    ],
  };
}

async function readPem(io: Io, option: string, path: string): Promise<string> {
  let text: string;
  try {
    const what = `"${path}"`;
    text = new TextDecoder().decode(
      await collectBytes(io.readFile(path), { limit: LARGEST_PEM, what }),
    );
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`Cannot use --${option}: ${reason}`, { cause: error });
  }
  const kind = option === "key" ? "PRIVATE KEY" : "CERTIFICATE";
  if (text.includes(`${kind}-----`)) return text;
  throw new UsageError(
    `Cannot use --${option}: "${path}" has no "BEGIN ${kind}", as a PEM file does`,
  );
}
