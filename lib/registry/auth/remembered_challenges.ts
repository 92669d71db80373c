/**
 * Caches the challenges of registries, so that a later run can get a token before its first request is refused. No secret is cached, and
 * each run decides again whether the token service may be sent one.
 */

import { oneChunk } from "../../base/bytes.ts";
import { once } from "../../base/once.ts";
import { type CacheStore, getBytes } from "../../storage/cache_store.ts";
import type { Challenge } from "./challenge.ts";
import { withChallengeScope } from "./scope.ts";

/** A challenge, and the URL of the request, to which realms may be relative. */
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
  /** Takes work that nobody waits for. */
  readonly runInBackground: (work: Promise<unknown>) => void;
}

/** Milliseconds for which a challenge is cached: a day, so that a wrong one is not used for long. */
const LIFE = 24 * 60 * 60_000;

/** A cached challenge. */
interface Kept {
  /** When it was cached; milliseconds since 1970. */
  readonly time: number;
  readonly parameters: Readonly<Record<string, string>>;
}

/** Challenges by the origin of the request. */
export class RememberedChallenges {
  readonly #options: RememberedChallengesOptions;
  readonly #recalled: Map<string, Promise<Challenged | undefined>> = new Map();

  constructor(options: RememberedChallengesOptions) {
    this.#options = options;
  }

  /** Caches a challenge for later runs, if its scheme is Bearer. */
  keep({ challenge, url }: Challenged): void {
    const { cache, now, runInBackground } = this.#options;
    const { scheme, parameters } = challenge;
    const realm = parameters.get("realm") ?? "";
    if (cache === undefined || scheme !== "bearer" || !URL.canParse(realm, url)) return;
    const service = parameters.get("service");
    // Further scopes, without those of the repository.
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

  /** The cached challenge of a URL's origin, unless it was forgotten. */
  async recall({ origin }: URL): Promise<Challenged | undefined> {
    const { cache, now } = this.#options;
    if (cache === undefined) return undefined;
    return await once(this.#recalled, origin, async () => {
      const bytes = await getBytes(cache, nameOf(origin));
      const kept = bytes && readKept(new TextDecoder().decode(bytes));
      const age = now() - (kept?.time ?? NaN);
      // The age is negative if a clock was set back.
      if (kept === undefined || age < 0 || age > LIFE) return undefined;
      const parameters = new Map(Object.entries(kept.parameters));
      return { challenge: { scheme: "bearer", parameters }, url: new URL(origin) };
    });
  }

  /** Stops using the cached challenge of a URL's origin. */
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
