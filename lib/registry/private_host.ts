/** Hosts that belong to this machine or its network. */

/**
 * Whether a host is an address that is not routed publicly, or a name that is never public. Names are not looked up.
 *
 * @param hostname As `URL.hostname` has it: IPv4 in its canonical form, IPv6 in brackets.
 */
export function isPrivateHost(hostname: string): boolean {
  if (isLoopbackHost(hostname)) return true;
  if (/\.(?:local|internal|localdomain|lan)$/.test(hostname)) return true;
  if (hostname.startsWith("[")) return isPrivateIpv6(hostname.slice(1, -1));
  const parts = ipv4(hostname);
  if (parts === undefined) return false;
  const [a, b] = parts;
  // RFC 6890: this network, private use, shared address space, link local (where cloud metadata lives), benchmarks.
  return a === 0 || a === 10 || (a === 100 && b >= 64 && b < 128) || (a === 169 && b === 254) ||
    (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168) || (a === 198 && b >> 1 === 9) ||
    a >= 224;
}

/** Whether a host is this machine itself: `localhost`, `127.0.0.0/8`, `[::1]`. */
export function isLoopbackHost(hostname: string): boolean {
  return hostname === "localhost" || hostname.endsWith(".localhost") || hostname === "[::1]" ||
    ipv4(hostname)?.[0] === 127;
}

/** Whether a host is an address rather than a name. */
export function isAddress(hostname: string): boolean {
  return hostname.startsWith("[") || ipv4(hostname) !== undefined;
}

function ipv4(hostname: string): [number, number, number, number] | undefined {
  if (!/^\d{1,3}(?:\.\d{1,3}){3}$/.test(hostname)) return undefined;
  return hostname.split(".").map(Number) as [number, number, number, number];
}

function isPrivateIpv6(address: string): boolean {
  // An IPv4 address inside (RFC 4291 §2.5.5, RFC 6052) is canonically written as two hexadecimal groups.
  const embedded = /^(?:::ffff:|::|64:ff9b::)([a-f0-9]{1,4}):([a-f0-9]{1,4})$/.exec(address);
  if (embedded !== null) {
    const [high, low] = [parseInt(embedded[1] ?? "", 16), parseInt(embedded[2] ?? "", 16)];
    return isPrivateHost(`${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`);
  }
  return address === "::" || address === "::1" || /^f[cd]/.test(address) ||
    /^fe[89a-f]/.test(address) || address.startsWith("ff");
}
