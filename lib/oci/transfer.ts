/** What moved over the wire during a command. */

/** Counters that repositories add to. */
export interface Transfer {
  requests: number;
  bytesUploaded: number;
  bytesDownloaded: number;
  blobsMounted: number;
  blobsCopied: number;
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
