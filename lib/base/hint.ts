/** What can be done about an error or a warning, as data, which a program shows in words of its own. */

/** What can be done. */
export type Hint =
  /** Give credentials for a registry: option `credentials`. */
  | { readonly kind: "log-in"; readonly registry: string }
  /** Replace the credentials that a registry has refused. */
  | { readonly kind: "refused-credential"; readonly registry: string }
  /** Look for a similar tag: `name` is the repository with its registry. */
  | { readonly kind: "find-tag"; readonly name: string; readonly tag: string }
  /** Use another host: a web site or a proxy has answered. */
  | { readonly kind: "web-page" }
  /** Let the proxy in front of the registry accept larger requests. */
  | { readonly kind: "too-large" }
  /** Trust the host of a token service with credentials: option `trustRealms`. */
  | { readonly kind: "trust-realm"; readonly host: string }
  /** Read the base's layers: option `readBase`. */
  | { readonly kind: "read-base" }
  /** Allow everything in a directory of the image to be deleted: option `allowEmpty`. */
  | { readonly kind: "allow-empty" }
  /** Delete an image by its digest, with all of its tags, since the registry deletes no tags. */
  | { readonly kind: "delete-by-digest"; readonly name: string };

/** A message with a hint, if one is known. */
export interface Finding {
  /** A sentence. */
  readonly message: string;
  /** What can be done. */
  readonly hint?: Hint;
}
