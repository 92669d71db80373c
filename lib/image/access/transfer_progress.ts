/** The progress of transfers. */

/**
 * Progress of a new layer that is read or uploaded, of a blob of the base that is copied or read, or of waiting for the answers to a number
 * of requests. Bytes are counted from the start of the blob, and go back when an upload restarts. The total is known if the size is.
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
