/** Credentials of users, and where they come from. */

/** A credential, in one of the forms that registries accept. */
export type Credential =
  | { readonly username: string; readonly password: string }
  /** An OAuth2 refresh token, exchanged at the token endpoint. */
  | { readonly identityToken: string }
  /** A Bearer token, sent to the registry as it is. */
  | { readonly registryToken: string };

/** What a credential is needed for. */
export interface CredentialRequest {
  /** The registry as the user named it: `ghcr.io`, `docker.io`, `localhost:5000`. */
  readonly registry: string;
  /** The repository's path: `acme/app`. */
  readonly repository: string;
  /** Whether something is to be written there. A credential that names no registry is for such registries only. @default {false} */
  readonly isTarget?: boolean | undefined;
  /** Ends the search; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Finds the credential for a repository; undefined means anonymous. A broken source throws, so that access is never anonymous by accident. */
export type CredentialSource = (request: CredentialRequest) => Promise<Credential | undefined>;

/**
 * Checks the credential of a source, since programs without types might send "undefined" as a password.
 *
 * @throws {TypeError} if it has none of the forms. The message holds no secret.
 */
export function checkCredential(
  credential: Credential | null | undefined,
  registry: string,
): Credential | undefined {
  if (credential === undefined || credential === null) return undefined;
  const fields = FORMS.find(([name]) => name in Object(credential)) ?? [];
  const isWhole = fields.every((field) =>
    typeof (credential as Readonly<Record<string, unknown>>)[field] === "string"
  );
  if (fields.length > 0 && isWhole) return credential;
  throw new TypeError(
    `Cannot use the credential for "${registry}": expected { username, password }, { identityToken } or { registryToken }, each a text`,
  );
}

const FORMS: readonly (readonly [string, ...string[]])[] = [
  ["username", "password"],
  ["identityToken"],
  ["registryToken"],
];
