/** What moved over the wire during a command. */

/** Counters that repositories add to. */
export interface Transfer {
  /** HTTP requests, each attempt counted; in a dry run with those of a run that it leaves out. */
  requests: number;
  /** Bytes of bodies that were sent. */
  bytesUploaded: number;
  /** Bytes of bodies that were received. */
  bytesDownloaded: number;
  /** Blobs that appeared in another repository of the same registry without moving. */
  blobsMounted: number;
  /** Blobs that were streamed from one repository to another. */
  blobsCopied: number;
  /** Blobs that were not sent because they were there. */
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
