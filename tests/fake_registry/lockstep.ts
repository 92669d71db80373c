/** Round trips that take equally long, so that steps that wait for each other can be counted. */

import { quiet } from "./clock.ts";

/** Holds every request until nobody sends another one, then lets all of them go on together. */
export class Lockstep {
  #waiting: (() => void)[] = [];
  #arrivals = 0;
  #running = false;
  /** Round trips so far that had to wait for the one before. */
  steps = 0;

  /** Settles, with the number of the step, when the round trip is over. */
  wait(): Promise<number> {
    this.#arrivals++;
    if (!this.#running) void this.#run();
    return new Promise((resolve) => this.#waiting.push(() => resolve(this.steps)));
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#waiting.length > 0) {
      await quiet(() => this.#arrivals, 20);
      this.steps++;
      const together = this.#waiting;
      this.#waiting = [];
      for (const release of together) release();
      await quiet(() => this.#arrivals, 20);
    }
    this.#running = false;
  }
}
