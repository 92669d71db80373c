/** The forms in which BASE and TARGET are given. */

import { requireLocation, type VerbOperand } from "../../image/access/verb_locations.ts";
import {
  formatLocation,
  type Location,
  locationNames,
  parseLocation,
} from "../../storage/location.ts";
import { parseRegistryName } from "../../oci/reference.ts";
import { UsageError } from "../usage_error.ts";

/** The full locations of base and target. */
export interface Operands {
  readonly base: string;
  readonly target: string;
}

/**
 * Parses `BASE TARGET`, `HOST OLD-REPOSITORY:TAG NEW-REPOSITORY:TAG` or `HOST REPOSITORY OLD-TAG NEW-TAG`; the last two are those of
 * appendlayer 2.2.
 *
 * @param pair The operands in the table of verbs and locations.
 * @throws {UsageError} if an operand is invalid.
 */
export function parseOperands(operands: readonly string[], [from, to]: OperandPair): Operands {
  const [first = "", second = "", third = "", fourth = ""] = operands;
  const [base, target] = operands.length === 2
    ? [first, second]
    : operands.length === 3
    ? [onHost(first, second), onHost(first, third)]
    : [onHost(first, withTag(second, third)), onHost(first, withTag(second, fourth))];
  return { base: parseOperand(base, from), target: parseTarget(target, to) };
}

/** Two operands in the table of verbs and locations. */
export type OperandPair = readonly [from: VerbOperand, to: VerbOperand];

/**
 * Parses an image, and returns its full location.
 *
 * @param operand The operand in the table of verbs and locations.
 * @throws {UsageError} if it is invalid, or the verb cannot use its kind of location.
 */
export function parseOperand(text: string, operand: VerbOperand): string {
  return formatLocation(readLocation(text, operand));
}

/** The registries of images that are given by full locations. */
export function registriesOf(...images: readonly string[]): string[] {
  return images.map(parseLocation).flatMap((location) =>
    location.kind === "registry" ? [location.reference.registry] : []
  );
}

/**
 * Parses the name of a registry.
 *
 * @throws {UsageError} if it is invalid.
 */
export function parseRegistry(text: string): string {
  return orUsageError(() => parseRegistryName(text));
}

function readLocation(text: string, operand: VerbOperand): Location {
  return orUsageError(() => {
    const location = parseLocation(text);
    requireLocation(operand, location);
    return location;
  });
}

/**
 * Calls a parser of an operand.
 *
 * @throws {UsageError} for any error, since the command line is wrong.
 */
export function orUsageError<Value>(read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/**
 * Parses a target, and returns its full location.
 *
 * @throws {UsageError} if it is invalid.
 */
export function parseTarget(text: string, operand: VerbOperand): string {
  if (text === "scratch") {
    throw new UsageError('Cannot use "scratch" as TARGET: it is the empty image, and only a base');
  }
  const target = readLocation(text, operand);
  if (target.kind === "scratch" || locationNames(target).digest === undefined) {
    return formatLocation(target);
  }
  throw new UsageError(
    `Cannot use ${
      JSON.stringify(text)
    } as TARGET: its digest is not known before it is made; name a tag`,
  );
}

function onHost(host: string, name: string): string {
  const [scheme = ""] = /^[a-z]+:\/\//i.exec(host) ?? [];
  if (scheme !== "") {
    throw new UsageError(
      `Cannot use ${JSON.stringify(host)} as HOST: it begins with a scheme; expected "${
        host.slice(scheme.length)
      }"${scheme === "http://" ? ", and --plain-http" : ""}`,
    );
  }
  if (host.includes("/")) {
    throw new UsageError(
      `Cannot use ${
        JSON.stringify(host)
      } as HOST: with three or four operands the first one is a registry's host; ` +
        `"appendlayer --help" shows the forms`,
    );
  }
  // By today's rules a bare word is a name at Docker Hub. In this form it is a host, which is reached by https.
  const named = /[.:]/.test(host) || host === "localhost" ? host : `${host}:443`;
  return `${named}/${name}`;
}

function withTag(repository: string, tag: string): string {
  return /^sha(256|512):/.test(tag) ? `${repository}@${tag}` : `${repository}:${tag}`;
}
