/** Lets several loops advance one round at a time, one after the other, so that a machine that slows down for a while slows all of them. */
export class Turns {
  readonly #waiting: (() => void)[] = [];
  #taken = false;

  /** Resolves when it is this loop's turn: in the order in which the loops asked. */
  async take(): Promise<void> {
    if (this.#taken) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
    this.#taken = true;
  }

  /** Hands the turn to the loop that has waited longest. */
  pass(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#taken = false;
    else next();
  }
}
