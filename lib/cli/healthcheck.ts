/** Reads `--healthcheck`: what follows HEALTHCHECK in a Dockerfile. */

import type { Healthcheck } from "../oci/config_edit.ts";
import { parseList } from "./shell_words.ts";

/** Milliseconds of the units of Go's durations. */
const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const FLAG = /^\s*--([a-z-]+)=(\S+)\s*/;

/**
 * Reads `[--interval=30s] [--timeout=5s] [--start-period=1m] [--start-interval=1s] [--retries=3] [CMD] COMMAND`, `NONE`, or a JSON
 * array of the command's words. An empty text is null: unset.
 *
 * @throws {SyntaxError} if a flag is unknown or has a bad value, or the command is missing.
 */
export function parseHealthcheck(text: string): Healthcheck | null {
  if (text.trim() === "") return null;
  if (/^none$/i.test(text.trim())) return { test: ["NONE"] };
  const settings: Record<string, number> = {};
  let rest = text;
  for (let flag; (flag = FLAG.exec(rest)) !== null; rest = rest.slice(flag[0].length)) {
    const [, name = "", value = ""] = flag;
    settings[name] = readFlag(name, value);
  }
  const command = rest.replace(/^\s*CMD\s+/, "").trim();
  if (command === "") throw new SyntaxError(`expected a command, got ${JSON.stringify(text)}`);
  const words = command.startsWith("[") ? parseList(command) : null;
  return {
    test: words === null ? ["CMD-SHELL", command] : ["CMD", ...words],
    interval: settings["interval"],
    timeout: settings["timeout"],
    startPeriod: settings["start-period"],
    startInterval: settings["start-interval"],
    retries: settings["retries"],
  };
}

function readFlag(name: string, value: string): number {
  switch (name) {
    case "interval":
    case "timeout":
    case "start-period":
    case "start-interval":
      return parseDuration(value);
    case "retries":
      if (/^\d+$/.test(value)) return Number(value);
      throw new SyntaxError(`expected --retries=NUMBER, got ${JSON.stringify(value)}`);
    default:
      throw new SyntaxError(
        `--${name} is none of --interval, --timeout, --start-period, --start-interval, --retries`,
      );
  }
}

/** A duration as Go writes it: `1m30s`. */
function parseDuration(text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join("") !== text) {
    throw new SyntaxError(
      `expected a duration, as in "30s" or "1m30s", got ${JSON.stringify(text)}`,
    );
  }
  return parts.reduce((sum, [, count, unit = ""]) => sum + Number(count) * (UNITS[unit] ?? 0), 0);
}
