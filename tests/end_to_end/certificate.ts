/** Certificates made by openssl: a private authority, and one that it signs for loopback. */

import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { succeed } from "./program.ts";

/** Paths of PEM files. */
export interface Certificate {
  readonly ca: string;
  /** A directory that holds the authority alone. */
  readonly directory: string;
  readonly certificate: string;
  readonly key: string;
}

/** Makes an authority and a server's certificate for 127.0.0.1 and localhost. */
export async function makeCertificate(directory: string): Promise<Certificate> {
  const at = (name: string): string => join(directory, name);
  await makeSelfSigned(directory, "ca", "appendlayer test authority");
  await writeFile(at("san"), "subjectAltName=IP:127.0.0.1,DNS:localhost\n");
  await succeed(
    [
      ..."openssl req -new -newkey rsa:2048 -nodes -subj /CN=localhost".split(" "),
      "-keyout",
      at("server.key"),
      "-out",
      at("server.csr"),
    ],
  );
  await succeed([
    ..."openssl x509 -req -days 2 -CAcreateserial".split(" "),
    "-in",
    at("server.csr"),
    "-CA",
    at("ca.crt"),
    "-CAkey",
    at("ca.key"),
    "-extfile",
    at("san"),
    "-out",
    at("server.crt"),
  ]);
  // A directory with nothing but the authority, as container tools want it.
  await mkdir(at("certificates"));
  await copyFile(at("ca.crt"), join(at("certificates"), "ca.crt"));
  return {
    ca: at("ca.crt"),
    directory: at("certificates"),
    certificate: at("server.crt"),
    key: at("server.key"),
  };
}

/** Makes `NAME.key` and a `NAME.crt` that vouches for itself. */
export async function makeSelfSigned(
  directory: string,
  name: string,
  subject: string,
): Promise<void> {
  await succeed([
    ..."openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj".split(" "),
    `/CN=${subject}`,
    "-keyout",
    join(directory, `${name}.key`),
    "-out",
    join(directory, `${name}.crt`),
  ]);
}
