/** Reads Debian's lists of packages. */

/** A package. */
export interface Package {
  readonly name: string;
  /** The path in the archive. */
  readonly path: string;
  readonly sha256: string;
  /** The names of packages that it depends on; the first of alternatives. */
  readonly depends: readonly string[];
}

/** Packages by name; the last version in the list counts. */
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

/** Packages and the libraries that they depend on, each once. Other dependencies have to be on the machine. */
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
