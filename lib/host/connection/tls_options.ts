/** Options of TLS: trusted certificates, and the client's own. */

/** Certificates, for which web `fetch` has no options. */
export interface TlsOptions {
  /** Certificates to trust beside the default ones, PEM. */
  readonly ca?: readonly string[] | undefined;
  /** The client's certificate, PEM. */
  readonly cert?: string | undefined;
  /** Its private key, PEM. */
  readonly key?: string | undefined;
  /**
   * Whether to accept any certificate.
   *
   * @default {false}
   */
  readonly insecure?: boolean | undefined;
  /**
   * The registries that `cert`, `key` and `insecure` are for: `HOST[:PORT]`, as the user names them. They count for all ports of these
   * hosts. Other hosts, and all proxies, get no client certificate and need a valid one.
   *
   * @default all hosts
   */
  readonly hosts?: readonly string[] | undefined;
}
