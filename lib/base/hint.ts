/** What can be done about an error or a warning, as data: the message is the library's, and whoever shows it adds words of their own. */

/** What can be done. */
export type Hint =
  /** Give credentials for a registry: option `credentials`. */
  | { readonly kind: "log-in"; readonly registry: string }
  /** Replace the credentials that a registry has refused. */
  | { readonly kind: "refused-credential"; readonly registry: string }
  /** Look for the tag that was meant: `name` is the repository with its registry. */
  | { readonly kind: "find-tag"; readonly name: string; readonly tag: string }
  /** Ask another host: what answered is a site, or a proxy's page. */
  | { readonly kind: "web-page" }
  /** Let what is before the registry pass larger requests. */
  | { readonly kind: "too-large" }
  /** Trust the host of a token service with credentials: option `trustRealms`. */
  | { readonly kind: "trust-realm"; readonly host: string }
  /** Read the base's layers: option `readBase`. */
  | { readonly kind: "read-base" }
  /** Let all that a directory of the image has be deleted: option `allowEmpty`. */
  | { readonly kind: "allow-empty" }
  /** Delete an image by its digest, with all of its tags, where a registry deletes no tags. */
  | { readonly kind: "delete-by-digest"; readonly name: string };

/** Something to tell, and what can be done about it, where that is known. */
export interface Finding {
  /** A sentence. */
  readonly message: string;
  /** What can be done. */
  readonly hint?: Hint;
}
