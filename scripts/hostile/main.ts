/**
 * Runs attacks of hostile registries, archives and sockets against the command, and prints for each the memory, the time and how the
 * command ended.
 *
 *     node|deno|bun scripts/hostile/main.ts [--brief] [--on=registry|archive|socket] [--verb=VERB] [--timeout=SECONDS] -- PROGRAM ARGUMENT…
 *
 * The command may never take more than 400 MB or exceed the deadline, print a stack trace, or leave a wrong image behind.
 */

import { spawn } from "node:child_process";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { type ArchiveAttack, ARCHIVES, writePieces } from "./archives.ts";
import { type Attack, ATTACKS } from "./attacks.ts";
import { serveRegistry } from "./registry.ts";
import { serveEngine, type SocketAttack, SOCKETS } from "./sockets.ts";

/** How an attack ended. */
export interface Outcome {
  readonly attack: string;
  readonly verb: Verb;
  /** The process's peak memory in MB. */
  readonly memory: number;
  /** Milliseconds. */
  readonly time: number;
  /** The exit status; undefined if it had to be killed. */
  readonly status: number | undefined;
  /** The last line of its output. */
  readonly said: string;
  /** What is wrong with the outcome; undefined if nothing is. */
  readonly flaw: string | undefined;
}

/** The operations that are run against attacks. */
export type Verb = "append" | "copy" | "inspect" | "read" | "read all" | "sync" | "export";

/** The operations for attacks in documents, which all verbs read, and for those in layers. */
const VERBS: readonly Verb[] = ["append", "copy", "inspect"];
const READING: readonly Verb[] = ["read", "read all", "sync"];

/** An attack of a registry, an archive or a socket. */
export type AnyAttack = Attack | ArchiveAttack | SocketAttack;

/** Options of {@linkcode play}. */
export interface PlayOptions {
  /** The program and its first arguments. */
  readonly command: readonly [string, ...string[]];
  /** @default those of a registry */
  readonly attacks?: readonly AnyAttack[];
  readonly verbs?: readonly Verb[];
  /** Seconds that a request may take. @default {3} */
  readonly timeout?: number;
  readonly onOutcome?: (outcome: Outcome) => void;
}

/** The most MB that the command may take. */
const MOST_MEMORY = 400;

/** One call of the program against an attack. */
interface Trial {
  readonly verb: Verb;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The most seconds that it may take. */
  readonly deadline: number;
  /** Whether something is left that must not exist after a failure. */
  readonly leaves?: () => boolean;
}

/** A prepared attack. */
interface Stage {
  /** @param directory Empty but for a "file". */
  trial(verb: Verb, directory: string): Trial;
  readonly verbs: readonly Verb[];
  close(): Promise<void>;
}

/** Runs attacks, one after the other. */
export async function play(options: PlayOptions): Promise<Outcome[]> {
  const { command, attacks = ATTACKS, verbs, timeout = 3 } = options;
  const outcomes: Outcome[] = [];
  for (const attack of attacks) {
    const place = mkdtempSync(join(tmpdir(), "hostile-"));
    const stage = await stageOf(attack, place, timeout);
    for (const verb of stage.verbs) {
      if (verbs !== undefined && !verbs.includes(verb)) continue;
      // An outer directory, in which files show that are written outside of the inner one.
      const outer = mkdtempSync(join(tmpdir(), "hostile-"));
      const directory = join(outer, "inner");
      mkdirSync(directory);
      writeFileSync(join(directory, "file"), "content");
      mkdirSync(join(directory, "tree"));
      writeFileSync(join(directory, "tree", "file"), "content");
      const { args, env, deadline, leaves } = stage.trial(verb, directory);
      const result = await run([...command, ...args], { env, deadline: deadline * 1_000 });
      const isOutside = readdirSync(outer).length > 1;
      const outcome = judge({ attack: attack.name, verb, ...result }, {
        isOutside,
        isLeft: leaves?.() ?? false,
      });
      outcomes.push(outcome);
      options.onOutcome?.(outcome);
      rmSync(outer, { recursive: true, force: true });
    }
    await stage.close();
    rmSync(place, { recursive: true, force: true });
  }
  return outcomes;
}

async function stageOf(attack: AnyAttack, place: string, timeout: number): Promise<Stage> {
  const limits = [`--timeout=${timeout}`];
  if ("pieces" in attack) {
    const path = join(place, "a.tar");
    writePieces(path, attack.pieces());
    const image = `${attack.kind ?? "docker-archive"}:${path}`;
    return {
      verbs: ["inspect", "copy", "read all", "export"],
      trial: (verb, directory) => ({
        verb,
        args: argumentsOf(verb, image, `docker-archive:${directory}/out`, directory),
        deadline: verb === "inspect" ? 30 : 90,
        leaves: () => verb === "copy" ? hasImage(directory) : existsSync(join(directory, "out")),
      }),
      close: () => Promise.resolve(),
    };
  }
  if (SOCKETS.includes(attack as SocketAttack)) {
    const path = join(place, "s.sock");
    const server = await serveEngine(path, attack);
    return {
      verbs: ["inspect", "copy", "read"],
      trial: (verb, directory) => ({
        verb,
        args: [
          ...argumentsOf(verb, "docker-daemon:base:1", "docker-daemon:site:1", directory),
          ...limits,
        ],
        env: { DOCKER_HOST: `unix://${path}` },
        // An engine may take sixty timeouts to unpack an archive.
        deadline: 20 + 62 * timeout,
        leaves: () => hasImage(directory),
      }),
      close: () => closeServer(server),
    };
  }
  const { server, puts } = await serveRegistry(attack as Attack);
  const { port } = server.address() as AddressInfo;
  const image = `127.0.0.1:${port}/acme/app`;
  return {
    verbs: (attack as Attack).isLayer ? READING : VERBS,
    trial(verb, directory): Trial {
      puts.clear();
      return {
        verb,
        args: [
          ...argumentsOf(verb, `${image}:1`, `${image}:2`, directory),
          ...["--plain-http", ...limits, "--retry-for=0"],
        ],
        deadline: verb === "read all" || verb === "sync" ? 90 : 10 + 4 * timeout,
        leaves: () => puts.has("2"),
      };
    },
    close: () => closeServer(server),
  };
}

function argumentsOf(
  verb: Verb,
  image: string,
  target: string,
  directory: string,
): readonly string[] {
  const onto = ["append", image, target, "--no-cache"];
  const append = [...onto, "--add"];
  switch (verb) {
    case "append":
      return [...append, `${directory}/file:/file`];
    // A directory of the base may be a link, or another user's.
    case "read":
      return [...append, `${directory}/file:/srv/data/file`];
    case "read all":
      return [...append, `${directory}/file:/srv/data/file`, "--read-base=all"];
    case "sync":
      return [...onto, "--sync", `${directory}/tree:/srv/data`];
    case "copy":
      return ["copy", image, `oci:${directory}/layout:1`];
    case "inspect":
      return ["inspect", "--json", image];
    case "export":
      return ["export", image, "--output", `${directory}/out`];
  }
}

/** Whether the layout that a copy goes to names an image. */
function hasImage(directory: string): boolean {
  const index = join(directory, "layout/index.json");
  return existsSync(index) && readFileSync(index, "utf8").includes('"digest"');
}

async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

function judge(
  result: Omit<Outcome, "flaw">,
  { isOutside, isLeft }: { readonly isOutside: boolean; readonly isLeft: boolean },
): Outcome {
  const { memory, status, said } = result;
  let flaw: string | undefined;
  if (status === undefined) flaw = "no end";
  else if (memory > MOST_MEMORY) flaw = "memory";
  else if (status > 2) flaw = "it crashed";
  else if (/^\s+at |RangeError: Maximum|panic/m.test(said)) flaw = "a stack trace";
  else if (isOutside) flaw = "written outside";
  else if (status !== 0 && isLeft) flaw = "an image of what failed";
  return { ...result, said: said.trim().split("\n").at(-1)?.slice(0, 110) ?? "", flaw };
}

/** Runs a program and watches its memory. */
async function run(
  [program = "", ...args]: readonly string[],
  { env = {}, deadline }: {
    readonly env?: Readonly<Record<string, string>> | undefined;
    readonly deadline: number;
  },
): Promise<Pick<Outcome, "memory" | "time" | "status" | "said">> {
  const start = Date.now();
  const child = spawn(program, args, {
    env: { ...process.env, ...env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (chunk) => {
    if (said.length < 65_536) said += chunk;
  });
  let memory = 0;
  const watch = setInterval(() => memory = Math.max(memory, peakOf(child.pid)), 5);
  let isKilled = false;
  const timer = setTimeout(() => {
    isKilled = true;
    child.kill("SIGKILL");
  }, deadline);
  const status = await new Promise<number>((resolve) =>
    child.on("close", (code, signal) => resolve(code ?? (signal === null ? 1 : 137)))
  );
  clearInterval(watch);
  clearTimeout(timer);
  return { memory, time: Date.now() - start, status: isKilled ? undefined : status, said };
}

/** The peak of a process's resident memory in MB. */
function peakOf(pid: number | undefined): number {
  try {
    const [, kilobytes] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    return Math.round(Number(kilobytes ?? 0) / 1_000);
  } catch {
    return 0;
  }
}

/** One line of the table. */
export function formatOutcome({ attack, verb, memory, time, status, said, flaw }: Outcome): string {
  const end = status === undefined ? "killed" : `exit ${status}`;
  return [
    attack.padEnd(46),
    verb.padEnd(8),
    `${memory} MB`.padStart(7),
    `${(time / 1_000).toFixed(1)} s`.padStart(7),
    end.padEnd(7),
    flaw === undefined ? "" : `FLAW: ${flaw};`,
    said,
  ].join("  ");
}

async function main(): Promise<void> {
  const own = process.argv.slice(2);
  const place = own.indexOf("--");
  const [program, ...args] = own.slice(place + 1);
  if (place < 0 || program === undefined) throw new TypeError("expected -- PROGRAM ARGUMENT…");
  const flags = own.slice(0, place);
  const verbs = flags.filter((flag) => flag.startsWith("--verb=")).map((flag) =>
    flag.slice(7) as Verb
  );
  const valueOf = (name: string): string | undefined =>
    flags.find((flag) => flag.startsWith(`--${name}=`))?.slice(name.length + 3);
  const on = valueOf("on");
  const timeout = valueOf("timeout");
  const attacks = Object.entries({ registry: ATTACKS, archive: ARCHIVES, socket: SOCKETS })
    .flatMap(([place, list]): readonly AnyAttack[] => on === undefined || on === place ? list : []);
  const outcomes = await play({
    command: [program, ...args],
    attacks: flags.includes("--brief") ? attacks.filter(({ isBrief }) => isBrief) : attacks,
    ...(verbs.length > 0 && { verbs }),
    ...(timeout !== undefined && { timeout: Number(timeout) }),
    onOutcome: (outcome) => void process.stdout.write(`${formatOutcome(outcome)}\n`),
  });
  const flawed = outcomes.filter(({ flaw }) => flaw !== undefined).length;
  const most = Math.max(...outcomes.map(({ memory }) => memory));
  process.stdout.write(`${outcomes.length} played, ${flawed} flawed, at most ${most} MB\n`);
  process.exitCode = flawed === 0 ? 0 : 1;
}

if (/hostile[\\/]main\.(?:ts|mjs)$/.test(process.argv[1] ?? "")) main();
