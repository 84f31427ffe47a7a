import type { LaserActivity } from "@touchstone/experiments/laser";
import { clock } from "../progress.ts";

/** Without a terminal a line is written at the beginning of each run, and then one in so many seconds. */
const SECONDS_A_LINE = 15;

/** Where an experiment stands, and about how long it still takes: by the steps made since the command began. */
export class LaserProgress {
  readonly #stream: NodeJS.WriteStream;
  #began: { readonly at: number; readonly steps: number } | undefined;
  #next = 0;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  update({ run, done, runs, step, steps }: LaserActivity): void {
    if (run === undefined) {
      this.#write("ranking the reward models on validation problems", true);
      return;
    }
    const now = performance.now() / 1000;
    const made = done * steps + step;
    // The first step of a run that was found done or half done is no measure of speed.
    if (this.#began === undefined && step > 0) this.#began = { at: now, steps: made };
    const speed = this.#began === undefined ? 0 : (made - this.#began.steps) / (now - this.#began.at);
    const left = speed > 0 ? `, ${clock((runs * steps - made) / speed)} left` : "";
    const noise = run.noise > 0 ? `, noise ${run.noise}` : "";
    const name = `${run.rule}${noise}, rate ${run.rate}, ${run.role === "trial" ? "trial" : `seed ${run.seed}`}`;
    this.#write(`run ${done + 1} of ${runs} (${name}): step ${step} of ${steps}${left}`, step === 0);
  }

  stop(): void {
    if (this.#stream.isTTY) this.#stream.write("\r\u001B[K");
  }

  #write(line: string, now: boolean): void {
    if (this.#stream.isTTY) {
      this.#stream.write(`\r\u001B[K${line.slice(0, (this.#stream.columns || 80) - 1)}`);
      return;
    }
    const at = performance.now() / 1000;
    if (!now && at < this.#next) return;
    this.#next = at + SECONDS_A_LINE;
    this.#stream.write(`${line}\n`);
  }
}
