/** Words in a path that stand for parts of a platform. */

import { formatPlatform, type Platform } from "../../oci/platform.ts";

const WORDS = /\{(os|arch|variant|machine)\}/g;

/** What Linux calls machines (`uname -m`), by `ARCH/VARIANT`, or `ARCH` where the variant does not matter. */
const MACHINES: ReadonlyMap<string, string> = new Map([
  ["amd64", "x86_64"],
  ["arm64", "aarch64"],
  // Without a variant an ARM image is for the seventh, as containerd and Docker take it.
  ["arm", "armv7l"],
  ["arm/v7", "armv7l"],
  ["arm/v6", "armv6l"],
  ["386", "i686"],
  ["ppc64le", "ppc64le"],
  ["s390x", "s390x"],
  ["riscv64", "riscv64"],
]);

/** Architectures of which any variant is one machine. */
const WITHOUT_VARIANTS: readonly string[] = ["amd64", "arm64"];

/** Whether a path has `{os}`, `{arch}`, `{variant}` or `{machine}` in it. */
export function hasPlatformWords(path: string): boolean {
  return path.search(WORDS) >= 0;
}

/**
 * Puts a platform's parts into a path: `{os}` and `{arch}` as Go has them, `{variant}`, which may be empty, and `{machine}` as `uname -m`
 * has it. Other words in braces stay.
 *
 * @throws {RangeError} if the platform has no known machine, and the path asks for it.
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

/** Puts one text in the place of all words. */
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
