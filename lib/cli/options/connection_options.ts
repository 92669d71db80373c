/** Options for the connection to registries. */

import { collectBytes } from "../../base/collect.ts";
import type { TlsOptions } from "../../host/connection/tls_options.ts";
import type { AccessOptions } from "../../image/access/access.ts";
import type { Session } from "../commands/session.ts";
import type { Io } from "../io.ts";
import { UsageError } from "../usage_error.ts";
import {
  badValue,
  flag,
  optionalList,
  type OptionGroup,
  optionGroup,
  repeated,
  single,
} from "./option.ts";
import { parseDuration } from "./parse_duration.ts";
import { parseHost, parseSeconds, parseText, parseWhole } from "./values.ts";

/** The most bytes of a file of certificates. */
const LARGEST_PEM = 4 * 1024 * 1024;

/** What the reader of the options needs. */
export interface ConnectionContext {
  readonly session: Session;
  /** Registries that the operands name, the target's last. */
  readonly registries: readonly string[];
}

/** The options of the connection. Their reader makes the host. */
export const CONNECTION_OPTIONS: OptionGroup<[ConnectionContext], Promise<AccessOptions>> =
  optionGroup(
    "Connection",
    {
      plainHttp: optionalList({
        value: "HOST",
        about: "speak http instead of https, to HOST (alone: to every registry)",
        parse: parseHost,
      }),
      insecure: flag({ about: "accept any certificate of the registries that are named" }),
      ca: repeated({
        value: "FILE",
        about: "trust the certificates in FILE (PEM), too",
        parse: parseText,
      }),
      cert: single({
        value: "FILE",
        about: "show this certificate (PEM) to the registries that are named",
        parse: parseText,
      }),
      key: single({
        value: "FILE",
        about: "use this private key (PEM) with --cert",
        parse: parseText,
      }),
      trustRealm: repeated({
        value: "HOST",
        about: "let HOST see credentials as the token service of a registry",
        parse: parseText,
      }),
      retryFor: single({
        value: "DURATION",
        about: "try again what fails for so long, as in 30s or 2m (default: 5 attempts)",
        parse: parseDuration,
      }),
      timeout: single({
        value: "SECONDS",
        about: "fail a request after so much silence (default: 60)",
        parse: parseSeconds,
      }),
      concurrency: single({
        value: "N",
        about: "move N blobs at a time (default: 4)",
        parse: parseWhole(1, 256),
      }),
    },
    (
      { plainHttp, insecure, ca, cert, key, trustRealm, retryFor, timeout, concurrency, ...unread },
      { session, registries },
    ) => {
      async function prepare(): Promise<AccessOptions> {
        const { io, signal } = session;
        const hosts = [
          ...registries,
          ...trustRealm.filter((host) => URL.canParse(`https://${host}`)),
        ];
        const tls = await readTlsOptions({ insecure, ca, cert, key, hosts }, io);
        return {
          host: await io.createHost({ env: io.env, tls }),
          plainHttp,
          trustRealms: trustRealm,
          retryFor,
          timeout,
          concurrency,
          signal,
          onProgress: session.showProgress,
          onWarning: (message, { hint }) => session.warn(message, hint),
        };
      }
      return { result: prepare(), unread };
    },
  );

/** The options of TLS, with paths of PEM files. */
interface TlsPaths {
  readonly insecure: boolean;
  readonly ca: readonly string[];
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly hosts: readonly string[];
}

async function readTlsOptions(
  { insecure, ca, cert, key, hosts }: TlsPaths,
  io: Io,
): Promise<TlsOptions | undefined> {
  if (key !== undefined && cert === undefined) {
    throw new UsageError("Cannot use --key without --cert: it is the key of that certificate");
  }
  if (ca.length === 0 && cert === undefined && !insecure) return undefined;
  return {
    ca: await Promise.all(ca.map((path) => readPem(io, "ca", path))),
    cert: cert === undefined ? undefined : await readPem(io, "cert", cert),
    // Certificate and key may be in one file.
    key: cert === undefined ? undefined : await readPem(io, "key", key ?? cert),
    insecure,
    hosts,
  };
}

async function readPem(io: Io, flag: string, path: string): Promise<string> {
  let text: string;
  try {
    const what = `"${path}"`;
    text = new TextDecoder().decode(
      await collectBytes(io.readFile(path), { limit: LARGEST_PEM, what }),
    );
  } catch (error) {
    throw badValue(flag, error);
  }
  const kind = flag === "key" ? "PRIVATE KEY" : "CERTIFICATE";
  if (text.includes(`${kind}-----`)) return text;
  throw new UsageError(
    `Cannot use --${flag}: "${path}" has no "BEGIN ${kind}", as a PEM file does`,
  );
}
