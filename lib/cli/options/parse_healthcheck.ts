/** Parses the value of `--healthcheck`, which is that of HEALTHCHECK in a Dockerfile. */

import type { Healthcheck } from "../../oci/config_edit.ts";
import { parseDuration } from "./parse_duration.ts";

const FLAG = /^\s*--([a-z-]+)=(\S+)\s*/;

/**
 * Parses `[--interval=30s] [--timeout=5s] [--start-period=1m] [--start-interval=1s] [--retries=3] [CMD] COMMAND`, `NONE`, or a JSON
 * array of the command's words. As in Docker, anything that is no JSON is a shell command, even `[ -f /x ]`, and 0 means the default. An
 * empty text is null, which unsets it.
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
  if (/^\s*--/.test(rest)) {
    throw new SyntaxError(
      `expected "--NAME=VALUE" before the command, got ${JSON.stringify(text)}`,
    );
  }
  const command = rest.replace(/^\s*CMD(?:\s+|$)/, "").trim();
  const words = parseWords(command);
  if (command === "" || words?.length === 0) {
    throw new SyntaxError(
      `expected a command, as in "curl -f localhost" or ["curl","-f","localhost"], got ${
        JSON.stringify(text)
      }`,
    );
  }
  return {
    test: words === undefined ? ["CMD-SHELL", command] : ["CMD", ...words],
    interval: settings["interval"] || undefined,
    timeout: settings["timeout"] || undefined,
    startPeriod: settings["start-period"] || undefined,
    startInterval: settings["start-interval"] || undefined,
    retries: settings["retries"] || undefined,
  };
}

/** The words of a JSON array; undefined if it is none. Docker refuses an array of anything but strings. */
function parseWords(command: string): string[] | undefined {
  let words: unknown;
  try {
    words = JSON.parse(command);
  } catch {
    return undefined;
  }
  if (!Array.isArray(words)) return undefined;
  if (words.every((word) => typeof word === "string")) return words;
  throw new SyntaxError(`expected a JSON array of strings, got ${command}`);
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
