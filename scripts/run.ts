/** Runs programs for the scripts, with a time limit. */

/** Options of {@linkcode run}. */
export interface RunOptions {
  readonly cwd?: string | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  /**
   * Milliseconds until the program is killed.
   *
   * @default {600_000}
   */
  readonly timeout?: number | undefined;
  /**
   * Whether the program's output is printed at once instead of being collected.
   *
   * @default {false}
   */
  readonly show?: boolean | undefined;
}

/** How a program ended. */
export interface RunResult {
  /** The exit status; 124 after the time limit, as with `timeout`, and 127 if there is no such program. */
  readonly code: number;
  /** Standard output alone; empty if it was shown. */
  readonly stdout: string;
  /** Standard output, then standard error; empty if they were shown. */
  readonly output: string;
}

/** Runs a program without standard input and waits for its end. */
export async function run(
  command: readonly [string, ...string[]],
  options: RunOptions = {},
): Promise<RunResult> {
  const { cwd, env, timeout = 600_000, show = false } = options;
  const [program, ...args] = command;
  const stdio = show ? "inherit" : "piped";
  const deadline = AbortSignal.timeout(timeout);
  try {
    const child = new Deno.Command(program, {
      args,
      ...(cwd !== undefined && { cwd }),
      ...(env !== undefined && { env: { ...env } }),
      stdin: "null",
      stdout: stdio,
      stderr: stdio,
    }).spawn();
    let lastResort: ReturnType<typeof setTimeout> | undefined;
    const kill = (): void => {
      // SIGTERM first, so that it can end its own children, as Node's test runner does.
      child.kill("SIGTERM");
      lastResort = setTimeout(() => child.kill("SIGKILL"), 5_000);
    };
    deadline.addEventListener("abort", kill);
    const collected = show ? undefined : await child.output();
    const { code } = collected ?? await child.status;
    deadline.removeEventListener("abort", kill);
    clearTimeout(lastResort);
    const text = new TextDecoder();
    const stdout = text.decode(collected?.stdout);
    const late = deadline.aborted ? `\nkilled after ${timeout / 1000} s\n` : "";
    return {
      code: deadline.aborted ? 124 : code,
      stdout,
      output: stdout + text.decode(collected?.stderr) + late,
    };
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return { code: 127, stdout: "", output: `There is no program "${program}" here\n` };
  }
}

/** Prints a line. */
export function say(line = ""): void {
  // deno-lint-ignore no-console -- a script's output is its product
  console.log(line);
}
