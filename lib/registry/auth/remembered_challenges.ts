/**
 * What registries asked for in earlier runs, so that a token can be had before a request is refused. No secret is kept: who may be told
 * one is decided anew in every run, as if the registry had just named its token service.
 */

import { oneChunk } from "../../base/bytes.ts";
import { once } from "../../base/once.ts";
import { type CacheStore, getBytes } from "../../storage/cache_store.ts";
import type { Challenge } from "./challenge.ts";
import { withChallengeScope } from "./scope.ts";

/** A challenge, and the URL that was asked for: realms may be relative. */
export interface Challenged {
  readonly challenge: Challenge;
  readonly url: URL;
}

/** Options of {@linkcode RememberedChallenges}. */
export interface RememberedChallengesOptions {
  /** @default nothing is remembered */
  readonly cache?: CacheStore | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Takes what is to end by itself. */
  readonly runInBackground: (work: Promise<unknown>) => void;
}

/** Milliseconds for which a challenge is remembered: a day, so that one that was wrong for an hour is not used for a year. */
const LIFE = 24 * 60 * 60_000;

/** What is kept. */
interface Kept {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly parameters: Readonly<Record<string, string>>;
}

/** Challenges by the origin of what was asked for. */
export class RememberedChallenges {
  readonly #options: RememberedChallengesOptions;
  readonly #recalled: Map<string, Promise<Challenged | undefined>> = new Map();

  constructor(options: RememberedChallengesOptions) {
    this.#options = options;
  }

  /** Keeps a challenge for later runs, if it is one for a token. */
  keep({ challenge, url }: Challenged): void {
    const { cache, now, runInBackground } = this.#options;
    const { scheme, parameters } = challenge;
    const realm = parameters.get("realm") ?? "";
    if (cache === undefined || scheme !== "bearer" || !URL.canParse(realm, url)) return;
    const service = parameters.get("service");
    // What is asked for besides, whatever the repository.
    const scope = withChallengeScope([], parameters.get("scope")).join(" ");
    const kept: Kept = {
      time: now(),
      parameters: {
        realm: new URL(realm, url).href,
        ...(service === undefined ? {} : { service }),
        ...(scope === "" ? {} : { scope }),
      },
    };
    const bytes = new TextEncoder().encode(JSON.stringify(kept));
    runInBackground(cache.put(nameOf(url.origin), oneChunk(bytes)));
  }

  /** What a URL's origin is known to answer, as long as it is not forgotten. */
  async recall({ origin }: URL): Promise<Challenged | undefined> {
    const { cache, now } = this.#options;
    if (cache === undefined) return undefined;
    return await once(this.#recalled, origin, async () => {
      const bytes = await getBytes(cache, nameOf(origin));
      const kept = bytes && readKept(new TextDecoder().decode(bytes));
      const age = now() - (kept?.time ?? NaN);
      // From the future it comes where a clock was set back.
      if (kept === undefined || age < 0 || age > LIFE) return undefined;
      const parameters = new Map(Object.entries(kept.parameters));
      return { challenge: { scheme: "bearer", parameters }, url: new URL(origin) };
    });
  }

  /** Says that what is known of a URL's origin no longer holds. */
  forget({ origin }: URL): void {
    this.#recalled.set(origin, Promise.resolve(undefined));
  }
}

function nameOf(origin: string): string {
  return `challenge 1 ${origin}`;
}

function readKept(text: string): Kept | undefined {
  try {
    const { time, parameters } = JSON.parse(text) as Partial<Kept>;
    if (typeof time !== "number" || typeof parameters?.["realm"] !== "string") return undefined;
    const isText = Object.values(parameters).every((value) => typeof value === "string");
    return isText ? { time, parameters } : undefined;
  } catch {
    return undefined;
  }
}
