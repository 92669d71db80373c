/** Reads Debian's lists of packages. */

/** A package of a list. */
export interface Package {
  readonly name: string;
  /** Path in the archive. */
  readonly path: string;
  readonly sha256: string;
  /** Names of packages that it depends on; of alternatives, the first one. */
  readonly depends: readonly string[];
}

/** Packages by name; of several versions, the last one in the list. */
export function parsePackages(list: string): ReadonlyMap<string, Package> {
  const packages = new Map<string, Package>();
  for (const paragraph of list.split("\n\n")) {
    const field = (name: string): string =>
      new RegExp(`^${name}: (.*)$`, "m").exec(paragraph)?.[1] ?? "";
    const name = field("Package");
    if (name === "") continue;
    packages.set(name, {
      name,
      path: field("Filename"),
      sha256: field("SHA256"),
      depends: `${field("Pre-Depends")},${field("Depends")}`.split(",")
        .map((one) => /^\s*([^\s:|(]+)/.exec(one)?.[1] ?? "")
        .filter((one) => one !== ""),
    });
  }
  return packages;
}

/** Packages and the libraries that they depend on, each once. Programs that they depend on are the machine's. */
export function withLibraries(
  names: readonly string[],
  packages: ReadonlyMap<string, Package>,
): Package[] {
  const found = new Map<string, Package>();
  const rest = [...names];
  for (let name = rest.pop(); name !== undefined; name = rest.pop()) {
    const one = packages.get(name);
    if (one === undefined || found.has(name)) continue;
    found.set(name, one);
    rest.push(...one.depends.filter((depended) => /^(?:lib|zlib)/.test(depended)));
  }
  return [...found.values()];
}
