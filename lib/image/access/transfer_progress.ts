/** What is told of transfers while they are under way. */

/**
 * Progress of one transfer: a new layer that is read or sent, a blob of the base that is copied or read. Counts are bytes from its start;
 * they go back when an upload restarts. What is read has a total where the input's size is known. Or for how many requests a host is
 * waited for just now.
 */
export type Progress =
  | {
    readonly kind: "read";
    readonly layer: number;
    readonly bytes: number;
    readonly total?: number | undefined;
  }
  | { readonly kind: "upload"; readonly layer: number; readonly bytes: number }
  | {
    readonly kind: "copy";
    readonly digest: string;
    readonly bytes: number;
    readonly total: number;
  }
  | {
    readonly kind: "base";
    readonly digest: string;
    readonly bytes: number;
    readonly total?: number | undefined;
  }
  | { readonly kind: "wait"; readonly host: string; readonly requests: number };
