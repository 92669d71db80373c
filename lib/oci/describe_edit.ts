/** Describes the changes to a config for the history of an image, in the words of Dockerfiles. */

import type { ConfigEdit } from "./config_edit.ts";

type Describe = (edit: ConfigEdit) => string | undefined;

/** The instructions, in the usual order of Dockerfiles. */
const STEPS: readonly Describe[] = [
  ({ labels }) => settings("LABEL", labels),
  ({ env }) => settings("ENV", env),
  ({ shell }) => words("SHELL", shell),
  ({ workdir }) => text("WORKDIR", workdir),
  ({ user }) => text("USER", user),
  ({ expose }) => list("EXPOSE", expose),
  ({ volumes }) => words("VOLUME", volumes),
  ({ stopSignal }) => text("STOPSIGNAL", stopSignal),
  ({ healthcheck }) => words("HEALTHCHECK", healthcheck && healthcheck.test),
  ({ entrypoint }) => words("ENTRYPOINT", entrypoint),
  ({ cmd }) => words("CMD", cmd),
];

/** One line for each kind of change: `ENV MODE=production`. A removed name is followed by `-`, which Dockerfiles do not have. */
export function describeEdit(edit: ConfigEdit): readonly string[] {
  return STEPS.map((describe) => describe(edit)).filter((line) => line !== undefined);
}

function settings(
  name: string,
  values: Readonly<Record<string, string | null>> | undefined,
): string | undefined {
  const pairs = Object.entries(values ?? {}).map(([key, value]) =>
    value === null ? `${key}-` : `${key}=${/[\s"'\\]/.test(value) ? JSON.stringify(value) : value}`
  );
  return pairs.length === 0 ? undefined : [name, ...pairs].join(" ");
}

function words(name: string, value: readonly string[] | null | undefined): string | undefined {
  if (value === undefined) return undefined;
  return value === null ? `${name} -` : `${name} ${JSON.stringify(value)}`;
}

function list(name: string, value: readonly string[] | null | undefined): string | undefined {
  if (value === undefined) return undefined;
  return [name, ...value ?? ["-"]].join(" ");
}

function text(name: string, value: string | null | undefined): string | undefined {
  return value === undefined ? undefined : `${name} ${value ?? "-"}`;
}
