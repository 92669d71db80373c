/** A token service as docker-registry's `auth: token` wants it: RS256 JWTs with the signer's certificate in the header. */

import { createSign, randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { makeSelfSigned } from "./certificate.ts";

/** What the service knows and tells. */
export interface TokenService {
  readonly realm: string;
  readonly service: string;
  readonly issuer: string;
  /** The PEM file by which the registry checks tokens. */
  readonly certificate: string;
  /** The scopes of every request so far, each request's joined by a space. */
  readonly asked: readonly string[];
}

/** Who may push; anybody may pull. */
export interface TokenUser {
  readonly username: string;
  readonly password: string;
}

/** Runs the service on a free loopback port while an action uses it. */
export async function withTokenService<T>(
  directory: string,
  user: TokenUser,
  action: (service: TokenService) => Promise<T>,
): Promise<T> {
  await makeSelfSigned(directory, "token", "appendlayer test tokens");
  const certificate = join(directory, "token.crt");
  const key = await readFile(join(directory, "token.key"), "utf8");
  const chain = (await readFile(certificate, "utf8")).replace(/-----[^-]+-----|\s/g, "");
  const [service, issuer] = ["registry.test", "tokens.test"];
  const asked: string[] = [];
  const expected = `Basic ${btoa(`${user.username}:${user.password}`)}`;
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "", "http://localhost");
    const scopes = url.searchParams.getAll("scope").flatMap((scope) => scope.split(" "));
    asked.push(scopes.join(" "));
    const { authorization } = request.headers;
    if (authorization !== undefined && authorization !== expected) {
      response.writeHead(401).end();
      return;
    }
    const access = scopes.filter((scope) => scope !== "").map((scope) => {
      const [type, name, actions = ""] = scope.split(":");
      const granted = actions.split(",").filter((verb) => authorization || verb === "pull");
      return { type, name, actions: granted };
    });
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: issuer,
      sub: authorization ? user.username : "",
      aud: service,
      exp: now + 300,
      nbf: now - 10,
      iat: now,
      jti: randomUUID(),
      access,
    };
    const head = encode({ typ: "JWT", alg: "RS256", x5c: [chain] });
    const signed = `${head}.${encode(claims)}`;
    const signature = createSign("RSA-SHA256").update(signed).sign(key, "base64url");
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ token: `${signed}.${signature}`, expires_in: 300 }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  const realm = `http://127.0.0.1:${port}/token`;
  try {
    return await action({ realm, service, issuer, certificate, asked });
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
