/** Options of TLS: trusted certificates, and the client's own. */

/** Certificates, and which to accept: what web `fetch` has no options for. */
export interface TlsOptions {
  /** Certificates to trust beside the usual ones, PEM. */
  readonly ca?: readonly string[] | undefined;
  /** A certificate to show, PEM. */
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
   * The registries that `cert`, `key` and `insecure` are for: `HOST[:PORT]`, as they are named. Whatever is served on another port of
   * their hosts counts as theirs. Other hosts, and proxies in any case, are shown no certificate and need a valid one.
   *
   * @default all hosts
   */
  readonly hosts?: readonly string[] | undefined;
}
