/** Whom to trust and who to be, in TLS. */

/** What web `fetch` has no options for. */
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
}
