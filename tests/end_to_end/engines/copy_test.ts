/** `--add` puts files where `COPY` of BuildKit would have put them, and as it would have. */

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { appendlayer } from "../appendlayer.ts";
import { REGISTRY_NEEDS, type RunningRegistry, withRegistry } from "../docker_registry.ts";
import { registryStore } from "../image_store.ts";
import { note } from "../notes.ts";
import { testWith } from "../program.ts";
import { openRegistry } from "../registry_http.ts";
import { withDirectory } from "../scratch.ts";
import {
  COPY_BASE,
  COPY_CASES,
  COPY_REFUSED,
  type CopyCase,
  makeCopySources,
} from "./copy_cases.ts";
import { DOCKER_NEEDS, dockerEngine, type RunningDocker } from "./docker_engine.ts";
import { INSTALLED } from "./engine.ts";
import { compareTrees, type FileTree, readTarTree } from "./file_tree.ts";
import { putLayers } from "./layered_base.ts";

const describeCase = ({ adds, chown }: CopyCase): string =>
  `${chown === undefined ? "" : `--chown ${chown} `}${adds.join(" ")}`;

/** `COPY` of a case, with its options. */
function copyLine({ adds, copy, chown }: CopyCase): string {
  const [add = ""] = adds;
  const colon = add.lastIndexOf(":");
  const words = copy ?? `${add.slice(0, colon)} ${add.slice(colon + 1)}`;
  return `COPY ${chown === undefined ? "" : `--chown=${chown} `}${words}`;
}

interface Place {
  readonly registry: RunningRegistry;
  readonly engine: RunningDocker;
  /** Where the sources are. */
  readonly context: string;
  readonly directory: string;
}

async function build(
  one: CopyCase,
  { registry, engine, context, directory }: Place,
): Promise<FileTree> {
  const dockerfile = join(directory, "Dockerfile");
  await writeFile(dockerfile, `FROM ${registry.host}/acme/app:base\n${copyLine(one)}\n`);
  const archive = join(directory, "built.tar");
  const output = `type=tar,dest=${archive}`;
  await engine.docker("build", "--file", dockerfile, "--output", output, "--quiet", context);
  return readTarTree(await readFile(archive));
}

async function append(one: CopyCase, tag: string, { registry, context }: Place): Promise<void> {
  const image = `${registry.host}/acme/app`;
  const { code, stderr } = await appendlayer([
    ...[`${image}:base`, `${image}:${tag}`],
    ...one.adds.flatMap((add) => ["--add", add]),
    ...(one.chown === undefined ? [] : ["--chown", one.chown]),
  ], { cwd: context });
  if (code !== 0) throw new Error(stderr);
}

testWith(
  [...REGISTRY_NEEDS.open, ...DOCKER_NEEDS],
  "--add makes what COPY makes, entry by entry",
  () =>
    withRegistry("open", (registry) =>
      withDirectory(async (directory) => {
        const context = join(directory, "context");
        await makeCopySources(context);
        const store = registryStore(await openRegistry(registry), "acme/app");
        await putLayers(store, "base", COPY_BASE);
        const overlay2 = await dockerEngine(INSTALLED, "overlay2");
        await overlay2.start(async (engine) => {
          const place = { registry, engine, context, directory };
          await engine.docker("pull", "--quiet", `${registry.host}/acme/app:base`);
          const failures: string[] = [];
          for (const [index, one] of COPY_CASES.entries()) {
            const tag = `copy-${index}`;
            try {
              const expected = await build(one, place);
              await append(one, tag, place);
              const actual = await engine.unpack(`${registry.host}/acme/app:${tag}`);
              const differences = compareTrees(actual, expected);
              if (differences.length > 0) {
                failures.push(`${describeCase(one)}: ${differences.join("; ")}`);
              }
            } catch (error) {
              failures.push(`${describeCase(one)}: ${error}`);
            }
          }
          for (const one of COPY_REFUSED) {
            await assert.rejects(build(one, place), describeCase(one));
            await assert.rejects(append(one, "refused", place), describeCase(one)).catch((error) =>
              failures.push(String(error))
            );
          }
          const total = COPY_CASES.length + COPY_REFUSED.length;
          note(
            `COPY: ${total - failures.length} of ${total} equal to BuildKit of ${overlay2.name}`,
          );
          assert.deepEqual(failures, []);
        });
      })),
);
