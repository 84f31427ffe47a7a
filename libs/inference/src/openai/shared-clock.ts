/** Time shared out among all that is under way. */
export class SharedClock {
  #under = 0;
  #shared = 0;
  #at = 0;

  /** Gives a function that ends the share, once, and says how long it was, in seconds. */
  begin(): () => number {
    this.#tick();
    const start = this.#shared;
    this.#under++;
    let share: number | undefined;
    return () => {
      if (share !== undefined) return share;
      this.#tick();
      this.#under--;
      share = this.#shared - start;
      return share;
    };
  }

  #tick(): void {
    const now = performance.now();
    if (this.#under > 0) this.#shared += (now - this.#at) / 1000 / this.#under;
    this.#at = now;
  }
}
