/** Formats sizes. */

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

/** A number of bytes with some three digits and a unit: `4.2 MiB`; empty if it is not known. */
export function formatSize(bytes: number | undefined): string {
  if (bytes === undefined) return "";
  let amount = bytes;
  let unit = 0;
  while (amount >= 1000 && unit < UNITS.length - 1) {
    amount /= 1024;
    unit++;
  }
  return `${unit > 0 && amount < 99.95 ? amount.toFixed(1) : Math.round(amount)} ${UNITS[unit]}`;
}
