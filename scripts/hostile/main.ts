/**
 * Plays attacks of a hostile registry against the command, and prints what each of them cost: memory, time, how it ended.
 *
 *     node|deno|bun scripts/hostile/main.ts [--brief] [--verb=VERB] -- PROGRAM ARGUMENT…
 *
 * Nothing may take more than 400 MB, or longer than its deadline, end with a stack trace, or leave a wrong image behind.
 */

import { spawn } from "node:child_process";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { type Attack, ATTACKS, CONTENT, IMAGE } from "./attacks.ts";

/** How an attack ended. */
export interface Outcome {
  readonly attack: string;
  readonly verb: Verb;
  /** Of the process at its height, in MB. */
  readonly memory: number;
  /** Milliseconds. */
  readonly time: number;
  /** The exit status; undefined where it had to be killed. */
  readonly status: number | undefined;
  /** What it said, its last line. */
  readonly said: string;
  /** What is wrong with that. */
  readonly flaw: string | undefined;
}

/** What is done to the registry. */
export type Verb = "append" | "copy" | "inspect" | "read" | "read all";

/** What is done where an attack is in what all verbs read, and where it is in a layer. */
const VERBS: readonly Verb[] = ["append", "copy", "inspect"];
const READING: readonly Verb[] = ["read", "read all"];

/** Options of {@linkcode play}. */
export interface PlayOptions {
  /** The program and its first arguments. */
  readonly command: readonly [string, ...string[]];
  readonly attacks?: readonly Attack[];
  readonly verbs?: readonly Verb[];
  /** Seconds that a request may take. @default {3} */
  readonly timeout?: number;
  readonly onOutcome?: (outcome: Outcome) => void;
}

/** MB that nothing may take more than. */
const MOST_MEMORY = 400;

/** Plays attacks, one after the other. */
export async function play(options: PlayOptions): Promise<Outcome[]> {
  const { command, attacks = ATTACKS, verbs, timeout = 3 } = options;
  const outcomes: Outcome[] = [];
  for (const attack of attacks) {
    const { server, puts } = await serve(attack);
    const { port } = server.address() as AddressInfo;
    for (const verb of attack.isLayer ? READING : VERBS) {
      if (verbs !== undefined && !verbs.includes(verb)) continue;
      const directory = mkdtempSync(join(tmpdir(), "hostile-"));
      writeFileSync(join(directory, "file"), "content");
      const image = `127.0.0.1:${port}/acme/app`;
      const append = ["append", `${image}:1`, `${image}:2`, "--no-cache", "--add"];
      const rest = {
        append: [...append, `${directory}/file:/file`],
        // A directory of the base may be a link, or another user's.
        read: [...append, `${directory}/file:/srv/data/file`],
        "read all": [...append, `${directory}/file:/srv/data/file`, "--read-base=all"],
        copy: ["copy", `${image}:1`, `oci:${directory}/layout:1`],
        inspect: ["inspect", "--json", `${image}:1`],
      }[verb];
      puts.clear();
      const result = await run([
        ...command,
        ...rest,
        "--plain-http",
        `--timeout=${timeout}`,
        "--retry-for=0",
      ], {
        deadline: (verb === "read all" ? 90 : 10 + 4 * timeout) * 1_000,
      });
      const outcome = judge({ attack: attack.name, verb, ...result }, puts);
      outcomes.push(outcome);
      options.onOutcome?.(outcome);
      rmSync(directory, { recursive: true, force: true });
    }
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  return outcomes;
}

function judge(
  result: Omit<Outcome, "flaw">,
  puts: ReadonlySet<string>,
): Outcome {
  const { memory, status, said } = result;
  let flaw: string | undefined;
  if (status === undefined) flaw = "no end";
  else if (memory > MOST_MEMORY) flaw = "memory";
  else if (status > 2) flaw = "it crashed";
  else if (/^\s+at |RangeError: Maximum|panic/m.test(said)) flaw = "a stack trace";
  else if (status !== 0 && puts.has("2")) flaw = "a tag of what failed";
  return { ...result, said: said.trim().split("\n").at(-1)?.slice(0, 110) ?? "", flaw };
}

/** A registry that is honest but for one attack. */
async function serve(attack: Attack): Promise<{ server: Server; puts: Set<string> }> {
  attack.prepare?.();
  const puts = new Set<string>();
  const server = createServer((request, response) => {
    response.on("error", () => {});
    if (attack.answer(request, response)) return;
    request.resume();
    const { method, url = "" } = request;
    const [, reference = ""] = /\/(?:manifests|blobs)\/([^/?]+)$/.exec(url) ?? [];
    if (url === "/v2/") return void response.writeHead(200).end("{}");
    if (method === "PUT" && url.includes("/manifests/")) {
      puts.add(reference);
      return void response.writeHead(201).end();
    }
    if (method === "POST") {
      return void response.writeHead(202, { location: "/v2/acme/app/blobs/uploads/1" }).end();
    }
    if (url.includes("/uploads/")) return void response.writeHead(201).end();
    const bytes = reference === "1" ? IMAGE : CONTENT.get(reference);
    if (bytes === undefined) return void response.writeHead(404).end();
    const type = url.includes("/manifests/")
      ? JSON.parse(bytes.toString()).mediaType
      : "application/octet-stream";
    response.writeHead(200, { "content-type": type, "content-length": bytes.length });
    response.end(method === "HEAD" ? undefined : bytes);
  });
  server.on("clientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, puts };
}

/** Runs a program and watches its memory. */
async function run(
  [program = "", ...args]: readonly string[],
  { deadline }: { readonly deadline: number },
): Promise<Pick<Outcome, "memory" | "time" | "status" | "said">> {
  const start = Date.now();
  const child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"] });
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

/** The height of a process's resident memory, in MB. */
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
  const outcomes = await play({
    command: [program, ...args],
    attacks: flags.includes("--brief") ? ATTACKS.filter(({ isBrief }) => isBrief) : ATTACKS,
    ...(verbs.length > 0 && { verbs }),
    onOutcome: (outcome) => void process.stdout.write(`${formatOutcome(outcome)}\n`),
  });
  const flawed = outcomes.filter(({ flaw }) => flaw !== undefined).length;
  const most = Math.max(...outcomes.map(({ memory }) => memory));
  process.stdout.write(`${outcomes.length} played, ${flawed} flawed, at most ${most} MB\n`);
  process.exitCode = flawed === 0 ? 0 : 1;
}

if (/hostile[\\/]main\.(?:ts|mjs)$/.test(process.argv[1] ?? "")) main();
