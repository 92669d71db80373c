/** All engines, and tests with each of them. */

import { test } from "node:test";
import { hasProgram, testWith } from "../program.ts";
import { CONTAINERD_PROGRAMS, containerdEngine } from "./containerd_engine.ts";
import { DOCKER_NEEDS, dockerEngine } from "./docker_engine.ts";
import {
  type Engine,
  fetchedEngines,
  findProgram,
  type Installation,
  INSTALLED,
  LONG,
} from "./engine.ts";
import { PODMAN_NEEDS, podmanEngine } from "./podman_engine.ts";
import { UMOCI_NEEDS, umociEngine } from "./umoci_engine.ts";

/** An engine that there may be. */
export interface EngineKind {
  /** Product and way to store images. */
  readonly name: string;
  readonly needs: readonly string[];
  open(installation: Installation): Promise<Engine>;
}

/** Those of which the machine's own are run. */
const KINDS: readonly EngineKind[] = [
  {
    name: "Docker with overlay2",
    needs: DOCKER_NEEDS,
    open: (installation) => dockerEngine(installation, "overlay2"),
  },
  {
    name: "Docker with vfs",
    needs: DOCKER_NEEDS,
    open: (installation) => dockerEngine(installation, "vfs"),
  },
  {
    name: "containerd with its native snapshotter",
    needs: CONTAINERD_PROGRAMS,
    open: (installation) => containerdEngine(installation, "native"),
  },
  {
    name: "containerd with overlayfs",
    needs: CONTAINERD_PROGRAMS,
    open: (installation) => containerdEngine(installation, "overlayfs"),
  },
  {
    name: "Podman with overlay",
    needs: PODMAN_NEEDS,
    open: (installation) => podmanEngine(installation, "overlay"),
  },
  {
    name: "Podman with vfs",
    needs: PODMAN_NEEDS,
    open: (installation) => podmanEngine(installation, "vfs"),
  },
  {
    name: "umoci",
    needs: UMOCI_NEEDS,
    open: umociEngine,
  },
];

/** That of Docker 28 and later, which elder ones have not. */
const CONTAINERD_STORE: EngineKind = {
  name: "Docker with containerd's store",
  needs: DOCKER_NEEDS,
  open: (installation) => dockerEngine(installation, "containerd"),
};

/** Options of {@linkcode testWithEngines}. */
export interface EngineTestOptions {
  /** Which kinds to take; by its name. */
  readonly only?: (name: string) => boolean;
  /** Programs that the test takes beside the engine. */
  readonly needs?: readonly string[];
}

/** Declares a test for each engine: `NAME, ENGINE`. An engine that is not there is skipped by name, and today's are run with `--long` alone. */
export function testWithEngines(
  name: string,
  action: (engine: Engine) => Promise<void>,
  { only = (): boolean => true, needs = [] }: EngineTestOptions = {},
): void {
  for (const kind of KINDS.filter((one) => only(one.name))) {
    const title = `${name}: ${kind.name}`;
    testWith([...needs, ...kind.needs], title, async () => {
      await action(await kind.open(INSTALLED));
    });
  }
  const fetched = fetchedEngines();
  // A line of skips for each of them would be read by nobody.
  if (!LONG) {
    test(`${name}: today's engines (needs --long)`, { skip: true }, () => {});
    return;
  }
  for (const kind of [...KINDS, CONTAINERD_STORE].filter((one) => only(one.name))) {
    const title = `${name}: today's ${kind.name}`;
    const missing = [...needs, ...kind.needs].filter((program) =>
      program === "root"
        ? false
        : needs.includes(program)
        ? !hasProgram(program)
        : fetched === undefined || findProgram(fetched, program) === undefined
    );
    if (fetched === undefined || missing.length > 0) {
      test(`${title} (needs ${missing.join(", ")})`, { skip: true }, () => {});
      continue;
    }
    testWith(["root"], title, async () => {
      await action(await kind.open(fetched));
    });
  }
}

/** Whether an engine is among those that a warning names, such as "Podman" or "Docker before 23". */
export function isNamed(engine: Engine, names: readonly string[] = []): boolean {
  return names.some((name) => {
    const [, product, limit] = /^(\S+?)(?: before (\d+(?:\.\d+)*))?$/.exec(name) ?? [];
    if (product?.toLowerCase() !== engine.product.toLowerCase()) return false;
    return limit === undefined || isBefore(engine.version, limit.split(".").map(Number));
  });
}

function isBefore(version: readonly number[], limit: readonly number[]): boolean {
  for (const [index, part] of limit.entries()) {
    const own = version[index] ?? 0;
    if (own !== part) return own < part;
  }
  return false;
}
