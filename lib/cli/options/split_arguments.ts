/**
 * Splits a command line into options and operands, as `parseArgs` of `node:util` does. Bun takes a millisecond and most of a megabyte to
 * load that module, of the ten milliseconds of a short command.
 */

import type { Option } from "./option.ts";

/** An option as it was given. `name` is the flag without the dashes, or an unknown letter. */
export interface GivenOption {
  readonly kind: "option";
  readonly name: string;
  /** As it was written, without its value: `--env`, `-q`. */
  readonly written: string;
  readonly value: string | undefined;
  /** Whether the value was written in the same argument. */
  readonly isInline: boolean;
}

/** An argument that is no option. */
export interface GivenOperand {
  readonly kind: "operand";
  readonly value: string;
}

/** Splits arguments one after the other. Unknown options count as switches. */
export function* splitArguments(
  args: readonly string[],
  options: ReadonlyMap<string, Option>,
): Generator<GivenOption | GivenOperand, void> {
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (arg === "--") {
      for (const value of rest) yield { kind: "operand", value };
      return;
    }
    if (arg === "-" || !arg.startsWith("-")) {
      yield { kind: "operand", value: arg };
    } else if (arg.startsWith("--")) {
      const end = arg.indexOf("=", 3);
      const written = end < 0 ? arg : arg.slice(0, end);
      const name = written.slice(2);
      const isInline = end >= 0;
      const takesNext = !isInline && needsValue(options.get(name));
      const value = isInline ? arg.slice(end + 1) : takesNext ? rest.shift() : undefined;
      yield { kind: "option", name, written, value, isInline };
    } else {
      // Several letters: switches, and perhaps a last one with a value.
      for (let index = 1; index < arg.length; index++) {
        const letter = arg.charAt(index);
        const name = flagOf(letter, options);
        const takesRest = needsValue(options.get(name));
        const inline = takesRest ? arg.slice(index + 1) : "";
        const isInline = inline !== "";
        const value = isInline ? inline : takesRest ? rest.shift() : undefined;
        yield { kind: "option", name, written: `-${letter}`, value, isInline };
        if (takesRest) break;
      }
    }
  }
}

/** Whether the next argument is an option's value. Not for a switch, nor if the value may be left out. */
function needsValue(option: Option | undefined): boolean {
  return option !== undefined && option.value !== undefined && option.isOptional !== true;
}

function flagOf(letter: string, options: ReadonlyMap<string, Option>): string {
  for (const [flag, { short }] of options) if (short === letter) return flag;
  return letter;
}
