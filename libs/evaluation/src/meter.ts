import type { Phase, ProgressEvent } from "./progress.ts";

/** Counts one phase of one subject and reports it. */
export class Meter {
  #done: number;
  #tokens = 0;
  #failed = 0;
  readonly #started = performance.now();
  readonly #phase: Phase;
  readonly #subject: string;
  readonly #total: number;
  readonly #report: ((event: ProgressEvent) => void) | undefined;

  constructor(
    phase: Phase,
    subject: string,
    { done, total }: { readonly done: number; readonly total: number },
    report: ((event: ProgressEvent) => void) | undefined,
  ) {
    this.#phase = phase;
    this.#subject = subject;
    this.#done = done;
    this.#total = total;
    this.#report = report;
    this.#send();
  }

  /** Work that is on disk. */
  finished(count: number, failed = 0): void {
    this.#done = Math.min(this.#total, this.#done + count);
    this.#failed += failed;
    this.#send();
  }

  /** All of it is done, also what needed less than was foreseen. */
  completed(): void {
    if (this.#done < this.#total) this.finished(this.#total - this.#done);
  }

  /** Work that the engine has done, whether or not it is on disk yet. */
  processed(tokens: number): void {
    this.#tokens += tokens;
    this.#send();
  }

  #send(): void {
    const seconds = (performance.now() - this.#started) / 1000;
    this.#report?.({
      phase: this.#phase,
      subject: this.#subject,
      done: this.#done,
      total: this.#total,
      tokens: this.#tokens,
      seconds,
      ...(this.#tokens > 0 && seconds > 0 ? { tokensPerSecond: this.#tokens / seconds } : {}),
      failed: this.#failed,
    });
  }
}
