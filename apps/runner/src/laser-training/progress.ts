import type { LaserActivity } from "@touchstone/experiments/laser";
import { ProgressLine } from "../progress-line.ts";
import { clock } from "../progress.ts";

/** Where an experiment stands, and about how long it still takes: by the steps made since the command began. */
export class LaserProgress {
  readonly #line: ProgressLine;
  #began: { readonly at: number; readonly steps: number } | undefined;

  constructor(stream: NodeJS.WriteStream) {
    this.#line = new ProgressLine(stream);
  }

  update({ run, done, runs, step, steps }: LaserActivity): void {
    if (run === undefined) {
      this.#line.write("ranking the reward models on validation problems", true);
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
    this.#line.write(`run ${done + 1} of ${runs} (${name}): step ${step} of ${steps}${left}`, step === 0);
  }

  stop(): void {
    this.#line.stop();
  }
}
