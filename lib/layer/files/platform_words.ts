/** Placeholders in a path for parts of a platform. */

import { formatPlatform, type Platform } from "../../oci/platform.ts";

const WORDS = /\{(os|arch|variant|machine)\}/g;

/** What Linux calls machines (`uname -m`), by `ARCH/VARIANT`, or `ARCH` where the variant does not matter. */
const MACHINES: ReadonlyMap<string, string> = new Map([
  ["amd64", "x86_64"],
  ["arm64", "aarch64"],
  // Without a variant it is v7, as containerd and Docker take it.
  ["arm", "armv7l"],
  ["arm/v7", "armv7l"],
  ["arm/v6", "armv6l"],
  ["386", "i686"],
  ["ppc64le", "ppc64le"],
  ["s390x", "s390x"],
  ["riscv64", "riscv64"],
]);

/** Architectures whose variants all are the same machine. */
const WITHOUT_VARIANTS: readonly string[] = ["amd64", "arm64"];

/** Whether a path has `{os}`, `{arch}`, `{variant}` or `{machine}` in it. */
export function hasPlatformWords(path: string): boolean {
  return path.search(WORDS) >= 0;
}

/**
 * Replaces the placeholders of a path: `{os}` and `{arch}` by Go's names, `{variant}`, which may be empty, and `{machine}` by what
 * `uname -m` says. Other words in braces stay.
 *
 * @throws {RangeError} if the path has `{machine}`, and that of the platform is not known.
 */
export function fillPlatformWords(path: string, platform: Platform): string {
  return path.replace(WORDS, (_, word: string) => {
    switch (word) {
      case "os":
        return platform.os;
      case "arch":
        return platform.architecture;
      case "variant":
        return platform.variant ?? "";
      default:
        return machineOf(platform, path);
    }
  });
}

/** Replaces all placeholders of a path by one text. */
export function replacePlatformWords(path: string, text: string): string {
  return path.replace(WORDS, text);
}

function machineOf(platform: Platform, path: string): string {
  const { architecture, variant } = platform;
  const isOne = !variant || WITHOUT_VARIANTS.includes(architecture);
  const machine = MACHINES.get(isOne ? architecture : `${architecture}/${variant}`);
  if (machine !== undefined) return machine;
  throw new RangeError(
    `Cannot use ${JSON.stringify(path)} for "${
      formatPlatform(platform)
    }": it has no known {machine}; {arch} and {variant} say what it is`,
  );
}
