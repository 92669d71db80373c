/** Describes layers for the history, as a Dockerfile would, without the paths of this machine. */

import type { Addition } from "../../layer/files/addition.ts";

/** Paths of the base that are removed. */
export interface Removals {
  readonly deletions: readonly string[];
  readonly opaque: readonly string[];
}

/** `ADD dags /opt/airflow/dags`: only the last component of a source. */
export function describeAdditions(
  additions: readonly Addition[],
  { deletions, opaque }: Removals,
): string {
  return [
    ...deletions.map((path) => `DELETE ${absolute(path)}`),
    ...opaque.map((path) => `DELETE ${absolute(path)}/*`),
    ...additions.map(({ source, destination }) =>
      `ADD ${lastComponent(source)} ${absolute(destination)}`
    ),
  ].join("; ");
}

/** `ADD site.tar.gz /`, `ADD - /` for standard input. */
export function describeArchive(archive: string, prefix = "/"): string {
  return `ADD ${lastComponent(archive)} ${absolute(prefix)}`;
}

function lastComponent(path: string): string {
  const trimmed = path.replace(/[\\/]+$/, "");
  return trimmed.split(/[\\/]/).at(-1) || "/";
}

function absolute(path: string): string {
  return `/${path.replace(/^\/+/, "")}`;
}
