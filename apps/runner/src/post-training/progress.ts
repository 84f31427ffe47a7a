import type { Activity, WorldCost } from "@touchstone/experiments/post-training";
import { ProgressLine } from "../progress-line.ts";
import { clock } from "../progress.ts";

/** What is left of the whole comparison, from what each part was estimated to take and what the finished parts took. */
export class TrainProgress {
  readonly #line: ProgressLine;
  /** When the first run began: what comes before is no measure of it. */
  #began: number | undefined;
  readonly #total: { readonly runs: number; readonly seconds: number };
  /** Estimated seconds of what is done, and of what was found done. */
  #done = 0;
  #found = 0;
  #runs = 0;
  #name = "";
  #current = 0;

  constructor(stream: NodeJS.WriteStream, costs: readonly WorldCost[]) {
    this.#line = new ProgressLine(stream);
    this.#total = {
      runs: costs.reduce((sum, { trials, finals }) => sum + trials + finals, 0),
      seconds: costs.reduce((sum, { seconds }) => sum + seconds, 0),
    };
  }

  /** `steps`: of a training. */
  update({ spec, doing, step, found }: Activity, cost: WorldCost, steps: number): void {
    if (spec === undefined) {
      this.#line.write("the base policy: deploying", true);
      return;
    }
    this.#began ??= performance.now();
    const { label, rollouts, deployed, rate, seed, role } = spec;
    const name = `${label}, m = ${rollouts}${deployed === null ? "" : `, N = ${deployed}`}, rate ${rate}, ${role === "trial" ? "trial" : `seed ${seed}`}`;
    const { trainSeconds, deploySeconds } = cost.of(spec);
    if (name !== this.#name) {
      this.#done += this.#current;
      this.#current = 0;
      this.#name = name;
      this.#runs++;
      if (found) this.#found += trainSeconds + deploySeconds;
    }
    this.#current = doing === "train" ? (trainSeconds * step) / steps : trainSeconds + (found ? deploySeconds : 0);
    const what = doing === "train" ? `step ${step} of ${steps}` : doing === "deploy" ? "deploying" : "validating";
    const begins = doing === "train" && step === 0;
    this.#line.write(`run ${this.#runs} of ${this.#total.runs} (${name}): ${what}${this.#left()}`, begins && !found);
  }

  stop(): void {
    this.#line.stop();
  }

  #left(): string {
    const worked = this.#done + this.#current - this.#found;
    // Before that an estimate is all there is.
    const pace = worked > 20 ? (performance.now() - this.#began!) / 1000 / worked : 1;
    return `, ${clock(Math.max(1, pace * (this.#total.seconds - this.#done - this.#current)))} left`;
  }
}
