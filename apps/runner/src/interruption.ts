import { EXIT_CODES, interrupted, throwIfInterrupted, TouchstoneError } from "@touchstone/core";

/** What can be slow to let go (a database that is being opened, a page that is being built) is left behind after so long. */
const PATIENCE_MS = 1500;
/** A terminal and npm may both deliver one key press; signals closer than this are the same one. */
const SAME_PRESS_MS = 500;

/**
 * Ctrl-C, and being told to end. The first signal aborts the work, which then ends in order; a second one, or work that does
 * not end in time, ends the process at once. Both are safe: the pool is whole at any moment, and its lock ends with us.
 */
export class Interruption {
  /** What is going on, for the message. */
  phase = "starting";
  /** How to go on after it was stopped, where that is not what every command that draws has in common. */
  again: string | undefined;
  readonly #controller = new AbortController();
  readonly #patience: number;
  #first: number | undefined;
  #said = false;

  /** `patience`: milliseconds that work may take to end. */
  constructor(patience = PATIENCE_MS) {
    this.#patience = patience;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Names what begins; throws where the work was stopped before. */
  enter(phase: string): void {
    this.phase = phase;
    throwIfInterrupted(this.signal, phase);
  }

  listen(): void {
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => this.#receive());
  }

  /** What ended the command, with its own way to go on where it was stopped. */
  explained(error: unknown): unknown {
    const stopped = error instanceof TouchstoneError && error.family === "interrupted";
    return stopped && this.again !== undefined ? interrupted(this.phase, this.again) : error;
  }

  /** The one message of an interrupted command. */
  sayOnce(message: string): void {
    if (this.#said) return;
    this.#said = true;
    process.stderr.write(`${message}\n`);
  }

  #receive(): void {
    const now = performance.now();
    if (this.#first === undefined) {
      this.#first = now;
      setTimeout(() => this.#endNow(), this.#patience).unref();
      this.#controller.abort(interrupted(this.phase));
    } else if (now - this.#first > SAME_PRESS_MS) {
      this.#endNow();
    }
  }

  #endNow(): never {
    // A bar may stand on the terminal's line.
    this.sayOnce(`${process.stderr.isTTY ? "\n" : ""}${interrupted(this.phase, this.again).message}`);
    process.exit(EXIT_CODES.interrupted);
  }
}
