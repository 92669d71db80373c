/** What a user proves to be allowed with. */

/** One of the forms that registries accept. */
export type Credential =
  | { readonly username: string; readonly password: string }
  /** An OAuth2 refresh token, exchanged at the token endpoint. */
  | { readonly identityToken: string }
  /** A Bearer token, sent to the registry as it is. */
  | { readonly registryToken: string };

/** What a credential is wanted for. */
export interface CredentialRequest {
  /** The registry as it was named: `ghcr.io`, `docker.io`, `localhost:5000`. */
  readonly registry: string;
  /** The repository's path: `acme/app`. */
  readonly repository: string;
  /** Ends the search; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Finds the credential for a repository; undefined means anonymous. A source that is broken throws: never anonymous by accident. */
export type CredentialSource = (request: CredentialRequest) => Promise<Credential | undefined>;
