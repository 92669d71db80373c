/** Platforms (OCI image spec 1.1, image-index.md). */

/** Operating system and CPU of an image. */
export interface Platform {
  /** Operating system, as in Go's `GOOS`. */
  readonly os: string;
  /** CPU architecture, as in Go's `GOARCH`. */
  readonly architecture: string;
  /** Variant of the CPU, such as `v8`. */
  readonly variant?: string;
  /** Version of Windows. */
  readonly "os.version"?: string;
  /** Features that Windows must have. */
  readonly "os.features"?: readonly string[];
}

/** Other names of Go's architectures, which images use (containerd, platforms/database.go). */
const ALIASES: ReadonlyMap<string, readonly [architecture: string, variant?: string]> = new Map([
  ["x86_64", ["amd64"]],
  ["x86-64", ["amd64"]],
  ["aarch64", ["arm64"]],
  ["i386", ["386"]],
  ["armhf", ["arm", "v7"]],
  ["armel", ["arm", "v6"]],
]);

/** The default variant of an architecture. */
const DEFAULT_VARIANTS: ReadonlyMap<string, string> = new Map([
  ["amd64", "v1"],
  ["arm64", "v8"],
  ["arm", "v7"],
]);

const PLATFORM = /^([a-z0-9_]+)(?:\(([\w.-]+)\))?\/([a-z0-9_-]+)(?:\/([a-z0-9_.-]+))?$/;

/**
 * Parses `OS/ARCH[/VARIANT]`, in any case, or `OS(VERSION)/ARCH`, as containerd writes platforms of Windows.
 *
 * @throws {SyntaxError} if it is not one.
 */
export function parsePlatform(text: string): Platform {
  const [, os, version, name, variant] = PLATFORM.exec(text.toLowerCase()) ?? [];
  if (os === undefined || name === undefined) {
    throw new SyntaxError(
      `Cannot parse ${
        JSON.stringify(text)
      } as a platform: expected one "OS/ARCH" or "OS/ARCH/VARIANT"`,
    );
  }
  const [architecture, implied] = ALIASES.get(name) ?? [name];
  const requested = variant ?? implied;
  return {
    os: os === "macos" ? "darwin" : os,
    architecture,
    ...(requested === undefined ? {} : { variant: requested }),
    ...(version === undefined ? {} : { "os.version": version }),
  };
}

/** Writes `OS[(VERSION)]/ARCH[/VARIANT]`. */
export function formatPlatform(platform: Platform): string {
  const { os, architecture, variant, "os.version": version } = platform;
  return `${os}${version ? `(${version})` : ""}/${architecture}${variant ? `/${variant}` : ""}`;
}

/**
 * Whether an image's platform matches a requested one. Parts that the request leaves out match anything; an image without a variant has the
 * default one of its architecture.
 */
export function matchesPlatform(requested: Platform, available: Platform): boolean {
  return requested.os === available.os && requested.architecture === available.architecture &&
    (!requested.variant ||
      requested.variant === (available.variant || DEFAULT_VARIANTS.get(available.architecture))) &&
    (!requested["os.version"] ||
      `${available["os.version"] ?? ""}.`.startsWith(`${requested["os.version"]}.`));
}
