/** Lists the tags of a repository within a time, for completions and hints. */

import { isTag, parseReference } from "../../oci/reference.ts";
import type { Session } from "../commands/session.ts";
import type { Io } from "../io.ts";
import { CONNECTION_OPTIONS } from "../options/connection_options.ts";
import type { GivenValues } from "../options/option.ts";

/** Options of {@linkcode tagsInTime}. */
export interface TagsInTimeOptions {
  /** The options of the connection, among others. */
  readonly given: GivenValues;
  readonly io: Io;
  /** Milliseconds. */
  readonly time: number;
}

/** All tags of a repository; none if that fails or takes too long. */
export async function tagsInTime(
  repository: string,
  { given, io, time }: TagsInTimeOptions,
): Promise<string[]> {
  // Loaded before the time starts.
  const { listTags } = await import("../../image/verbs/list_tags.ts");
  const { registry } = parseReference(repository);
  const controller = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<string[]>((resolve) => {
    timer = setTimeout(() => {
      controller.abort();
      resolve([]);
    }, time);
  });
  const session: Session = {
    io,
    signal: controller.signal,
    verbosity: "quiet",
    out: () => Promise.resolve(),
    warn: () => {},
    note: () => {},
    showProgress: undefined,
  };
  async function list(): Promise<string[]> {
    const access = await CONNECTION_OPTIONS.parse(given)({ session, registries: [registry] });
    const tags: string[] = [];
    for await (const tag of listTags(repository, access)) if (isTag(tag)) tags.push(tag);
    return tags;
  }
  try {
    return await Promise.race([list().catch(() => []), late]);
  } finally {
    clearTimeout(timer);
  }
}
