/** Whether a registry is spoken to over https or plain http. */

import { RegistryError } from "./registry_error.ts";
import { isCertificateError } from "./failure.ts";
import { isSameOrigin, mayFallBackToHttp } from "./origin.ts";

/**
 * Sends a request to an origin.
 *
 * @param onAnswer Given where it is not known whether the origin is answered: a connection that fails is then not tried again, and an
 * answer is told at once, whatever it says.
 */
export type OriginRequest<T> = (origin: string, onAnswer?: () => void) => Promise<T>;

/**
 * Finds out by the first request itself, so that no registry is pinged: https comes first, and http only where https is not answered and
 * the host is of this machine or its network. Other requests wait until that is known.
 */
export class Scheme {
  readonly #host: string;
  #origin: string | undefined;
  #isKnown: Promise<void> | undefined;

  constructor(host: string, plainHttp: boolean) {
    this.#host = host;
    if (plainHttp) this.#origin = `http://${host}`;
    else if (!mayFallBackToHttp(host)) this.#origin = `https://${host}`;
  }

  /** Whether a URL is of the registry's own origin; until the scheme is known, of either. */
  isOwn(url: URL): boolean {
    if (this.#origin !== undefined) return isSameOrigin(url, new URL(this.#origin));
    return url.host === new URL(`${url.protocol}//${this.#host}`).host;
  }

  /** Runs a request against the origin. */
  async use<T>(request: OriginRequest<T>): Promise<T> {
    while (this.#origin === undefined && this.#isKnown !== undefined) await this.#isKnown;
    if (this.#origin !== undefined) return await request(this.#origin);

    let tell = (): void => {};
    this.#isKnown = new Promise((resolve) => tell = resolve);
    const https = `https://${this.#host}`;
    try {
      return await request(https, () => {
        this.#origin = https;
        tell();
      });
    } catch (error) {
      if (!isUnanswered(error) || this.#origin !== undefined) throw error;
      this.#origin = `http://${this.#host}`;
    } finally {
      this.#isKnown = undefined;
      tell();
    }
    return await request(this.#origin);
  }
}

function isUnanswered(error: unknown): boolean {
  return error instanceof RegistryError && error.status === undefined && !isCertificateError(error);
}
