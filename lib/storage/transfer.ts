/** How many requests, bytes and blobs a command has transferred. */

/** Counters that repositories add to. */
export interface Transfer {
  /** HTTP requests, each attempt counted; in a dry run also those that are only sent in a real one. */
  requests: number;
  /** Bytes of request bodies. */
  bytesUploaded: number;
  /** Bytes of response bodies. */
  bytesDownloaded: number;
  /** Blobs that were mounted from another repository of the same registry. */
  blobsMounted: number;
  /** Blobs that were streamed from one repository to another. */
  blobsCopied: number;
  /** Blobs that were not sent because the target had them. */
  blobsSkipped: number;
}

/** Counters at zero. */
export function createTransfer(): Transfer {
  return {
    requests: 0,
    bytesUploaded: 0,
    bytesDownloaded: 0,
    blobsMounted: 0,
    blobsCopied: 0,
    blobsSkipped: 0,
  };
}
