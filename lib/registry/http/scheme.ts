/** Decides between https and plain http for a registry. */

import type { Delay } from "../registry_options.ts";
import { RegistryError } from "./registry_error.ts";
import { isCertificateError } from "./failure.ts";
import { isSameOrigin, mayFallBackToHttp } from "./origin.ts";

/**
 * Sends a request to an origin.
 *
 * @param trial Given if it is not known whether the origin answers: then a failed connection is not tried again, any answer is reported at
 * once, and the signal ends the request.
 */
export type OriginRequest<T> = (origin: string, trial?: Trial) => Promise<T>;

/** A request that shows whether an origin answers. */
export interface Trial {
  readonly onAnswer: () => void;
  readonly signal: AbortSignal;
}

/** Options of {@linkcode Scheme}. */
export interface SchemeOptions {
  readonly host: string;
  /**
   * Whether the user asks for plain http: for this registry, or for all.
   *
   * @default "no"
   */
  readonly plain: "no" | "this" | "all";
  /** Sends a request without credentials to see whether an origin answers. */
  readonly isAnswered: (origin: string, signal: AbortSignal) => Promise<boolean>;
  readonly delay: Delay;
}

/** Milliseconds until http is tried beside https: some servers never answer a TLS hello on a plain port. */
const HEAD_START = 1_000;

/**
 * Finds the scheme by the first request itself, without a ping: https is tried first, and http only if https is not answered and the host is
 * this machine. Other requests wait for the result. If http was asked for all registries, one that answers https is refused: its password
 * would be sent in clear text.
 */
export class Scheme {
  readonly #options: SchemeOptions;
  #origin: string | undefined;
  #isKnown: Promise<void> | undefined;

  constructor(options: SchemeOptions) {
    this.#options = options;
    const { host, plain } = options;
    const isLocal = mayFallBackToHttp(host);
    if (plain === "this" || plain === "all" && isLocal) this.#origin = `http://${host}`;
    else if (plain === "no" && !isLocal) this.#origin = `https://${host}`;
  }

  /** Whether a URL has the registry's origin; until the scheme is known, either scheme will do. */
  isOwn(url: URL): boolean {
    if (this.#origin !== undefined) return isSameOrigin(url, new URL(this.#origin));
    return url.host === new URL(`${url.protocol}//${this.#options.host}`).host;
  }

  /**
   * Sends a request to the registry's origin.
   *
   * @throws {TypeError} if http was asked for all registries, and this one answers https.
   */
  async use<T>(request: OriginRequest<T>): Promise<T> {
    while (this.#origin === undefined && this.#isKnown !== undefined) await this.#isKnown;
    if (this.#origin !== undefined) return await request(this.#origin);

    let tell = (): void => {};
    this.#isKnown = new Promise((resolve) => tell = resolve);
    try {
      if (this.#options.plain === "all") await this.#requirePlain();
      else return await this.#tryBoth(request, tell);
    } catch (error) {
      if (!isUnanswered(error) || this.#origin !== undefined) throw error;
      this.#origin = `http://${this.#options.host}`;
    } finally {
      this.#isKnown = undefined;
      tell();
    }
    return await request(this.#origin ?? "");
  }

  async #tryBoth<T>(request: OriginRequest<T>, tell: () => void): Promise<T> {
    const { host, isAnswered, delay } = this.#options;
    const https = `https://${host}`;
    const trial = new AbortController();
    const over = new AbortController();
    const onAnswer = (): void => {
      this.#origin = https;
      over.abort();
      tell();
    };
    const beside = async (): Promise<void> => {
      await delay(HEAD_START, { signal: over.signal });
      const isPlain = await isAnswered(`http://${host}`, over.signal);
      if (isPlain && this.#origin === undefined) trial.abort(new SilentError());
    };
    beside().catch(() => {});
    try {
      return await request(https, { onAnswer, signal: trial.signal });
    } finally {
      over.abort();
    }
  }

  async #requirePlain(): Promise<void> {
    const { host, isAnswered, delay } = this.#options;
    const over = new AbortController();
    const isSecure = await Promise.race([
      isAnswered(`https://${host}`, over.signal),
      delay(HEAD_START, { signal: over.signal }).then(() => false, () => false),
    ]);
    over.abort();
    if (isSecure) {
      throw new TypeError(
        `Cannot speak plain http to every registry: "${host}" answers https; name those that speak http with the option plainHttp`,
      );
    }
    this.#origin = `http://${host}`;
  }
}

/** The reason for ending a request over https that is not answered. */
class SilentError extends Error {}

function isUnanswered(error: unknown): boolean {
  if (error instanceof SilentError) return true;
  return error instanceof RegistryError && error.status === undefined && !isCertificateError(error);
}
