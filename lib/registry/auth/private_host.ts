/** Recognizes hosts of this machine or its network. */

/** Google's metadata server, by name; its address is link-local. */
const METADATA_NAME = "metadata.google.internal";

/**
 * Whether a host is an address that is not public, or a name that never is. Names are not resolved.
 *
 * @param hostname As `URL.hostname` has it: IPv4 in its canonical form, IPv6 in brackets.
 */
export function isPrivateHost(hostname: string): boolean {
  if (isLoopbackHost(hostname)) return true;
  const host = withoutDot(hostname);
  if (host.startsWith("[")) return isPrivateIpv6(host);
  const parts = ipv4(host);
  if (parts !== undefined) return isPrivateIpv4(parts);
  // A name without a dot is resolved in the network's own domain; home.arpa is of RFC 8375.
  return !host.includes(".") || /\.(?:local|internal|localdomain|lan|home\.arpa)$/.test(host) ||
    host === "home.arpa";
}

/** Whether a host is this machine itself: `localhost`, `127.0.0.0/8`, `[::1]`. */
export function isLoopbackHost(hostname: string): boolean {
  const host = withoutDot(hostname);
  return host === "localhost" || host.endsWith(".localhost") || host === "[::1]" ||
    ipv4Within(host)?.[0] === 127;
}

/**
 * Whether a host can be reached from this machine only, and so not through a proxy: loopback, link-local addresses, and the metadata server
 * of Google's cloud, which gives tokens to all programs of this machine.
 */
export function isUnproxiedHost(hostname: string): boolean {
  const host = withoutDot(hostname);
  const [a, b] = ipv4Within(host) ?? [];
  return isLoopbackHost(host) || (a === 169 && b === 254) || /^\[fe[89ab]/.test(host) ||
    host === METADATA_NAME;
}

/** Whether a host is an address rather than a name. */
export function isAddress(hostname: string): boolean {
  return hostname.startsWith("[") || ipv4(hostname) !== undefined;
}

/** A name with a dot at its end is the same name (RFC 1034 §3.1). */
function withoutDot(hostname: string): string {
  return hostname.replace(/\.$/, "");
}

type Ipv4 = readonly [number, number, number, number];

function ipv4(hostname: string): Ipv4 | undefined {
  if (!/^\d{1,3}(?:\.\d{1,3}){3}$/.test(hostname)) return undefined;
  return hostname.split(".").map(Number) as [number, number, number, number];
}

/** The parts of an IPv4 address, or of one mapped into IPv6 (`[::ffff:127.0.0.1]`, RFC 4291 §2.5.5.2). */
function ipv4Within(hostname: string): Ipv4 | undefined {
  if (!hostname.startsWith("[::ffff:")) return ipv4(hostname);
  const groups = ipv6(hostname);
  return groups[5] === 0xffff ? fromGroups(groups, 6) : undefined;
}

function isPrivateIpv4([a, b]: Ipv4): boolean {
  // RFC 6890: this network, private use, shared address space, link local (where cloud metadata lives), benchmarks.
  return a === 0 || a === 10 || a === 127 || (a === 100 && b >= 64 && b < 128) ||
    (a === 169 && b === 254) || (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168) ||
    (a === 198 && b >> 1 === 9) || a >= 224;
}

/** The eight groups of an IPv6 address in brackets. */
function ipv6(hostname: string): number[] {
  const [head = "", tail = ""] = hostname.slice(1, -1).split("::");
  const [first, last] = [head, tail].map((text) =>
    text === "" ? [] : text.split(":").map((group) => parseInt(group, 16))
  ) as [number[], number[]];
  return [...first, ...new Array(8 - first.length - last.length).fill(0), ...last];
}

function fromGroups(groups: readonly number[], at: number): Ipv4 {
  const [high = 0, low = 0] = groups.slice(at, at + 2);
  return [high >> 8, high & 255, low >> 8, low & 255];
}

function isPrivateIpv6(hostname: string): boolean {
  const groups = ipv6(hostname);
  const [a = 0, b, c] = groups;
  // With an IPv4 address at the end: compatible (which `::` and `::1` are too) and mapped (RFC 4291 §2.5.5), translated (RFC 6052).
  const prefix = groups.slice(0, 6).join();
  if (["0,0,0,0,0,0", "0,0,0,0,0,65535", `${0x64},${0xff9b},0,0,0,0`].includes(prefix)) {
    return isPrivateIpv4(fromGroups(groups, 6));
  }
  // 6to4 (RFC 3056 §2) has the IPv4 address after its first group. Translation within a network (RFC 8215) is never public.
  if (a === 0x2002) return isPrivateIpv4(fromGroups(groups, 1));
  if (a === 0x64 && b === 0xff9b && c === 1) return true;
  // Unique local, link-local and site-local, multicast.
  return a >> 9 === 0xfc >> 1 || a >> 7 === 0xfe80 >> 7 || a >> 8 === 0xff;
}
