import type { Drawn } from "@touchstone/core";
import type { Cuttable } from "./kernel.ts";
import type { State } from "./target.ts";

/** A response in a chain. */
export interface Link extends State, Cuttable {
  readonly drawn: Drawn;
  /** False where its reward failed: it can't be answered with. */
  readonly valid: boolean;
}

/**
 * One problem's chain. A rejected proposal repeats the state, so a chain of T steps has T + 1 states; each different one is
 * kept once, with the step at which it was entered.
 */
export class Chain {
  #links: Link[];
  #entered: number[] = [0];
  #trace: number[];
  readonly #value: (link: Link) => number;
  #accepted = 0;
  #failed: number;
  #keptShare = 0;
  #steps = 0;

  /** `value`: the number whose trace is kept, a reward or a log-probability. */
  constructor(first: Link, value: (link: Link) => number) {
    this.#links = [first];
    this.#value = value;
    this.#trace = [value(first)];
    this.#failed = Number(!first.valid);
  }

  get state(): Link {
    return this.#links.at(-1)!;
  }

  /** Number of states, repetitions included. */
  get length(): number {
    return this.#trace.length;
  }

  /** Goes on by one step: to the proposal where it was accepted, to the same state otherwise. */
  step(proposal: Link, accepted: boolean, keptTokens: number): void {
    this.#steps++;
    this.#keptShare += keptTokens / this.state.tokenCount;
    this.#failed += Number(!proposal.valid);
    if (accepted) {
      this.#accepted++;
      this.#links.push(proposal);
      this.#entered.push(this.#trace.length);
    }
    this.#trace.push(accepted ? this.#value(proposal) : this.#trace.at(-1)!);
  }

  /** Forgets its states: the chain begins at `first`. What was counted of its steps stays. */
  restart(first: Link): void {
    this.#links = [first];
    this.#entered = [0];
    this.#trace = [this.#value(first)];
  }

  /**
   * The different states with how often each counts: states 0 … T without the first `burnIn`, and of the others every
   * `thinning`-th. States that were not valid are left out, and so are those that count 0 times.
   */
  visits(burnIn: number, thinning: number): { readonly link: Link; readonly count: number }[] {
    const countedBefore = (index: number) => Math.max(0, Math.ceil((index - burnIn) / thinning));
    return this.#links.flatMap((link, i) => {
      const count = countedBefore(this.#entered[i + 1] ?? this.length) - countedBefore(this.#entered[i]!);
      return count > 0 && link.valid ? [{ link, count }] : [];
    });
  }

  /** Values of the states, from the first valid one on. */
  get trace(): Float64Array {
    const start = this.#trace.findIndex((value) => !Number.isNaN(value));
    return Float64Array.from(start < 0 ? [] : this.#trace.slice(start));
  }

  get acceptanceRate(): number {
    return this.#accepted / this.#steps;
  }

  /** Mean share of the state's tokens that a proposal kept. */
  get keptShare(): number {
    return this.#keptShare / this.#steps;
  }

  /** Proposals judged. */
  get steps(): number {
    return this.#steps;
  }

  /** Draws whose reward failed, the first included. */
  get failed(): number {
    return this.#failed;
  }
}

/** A draw as a link of a chain whose target reads rewards. */
export function rewarded(drawn: Drawn, reward: number): Link {
  return linkOf(drawn, reward, !Number.isNaN(reward));
}

/** A draw as a link of a chain that reads none. */
export function unrewarded(drawn: Drawn): Link {
  return linkOf(drawn, 0, true);
}

/** Statistics and lines are read where a target or kernel asks for them: an access may have to load them. */
function linkOf(drawn: Drawn, reward: number, valid: boolean): Link {
  return {
    drawn,
    reward,
    valid,
    tokenCount: drawn.tokenCount,
    get lineEnds() {
      return drawn.lineEnds;
    },
    get statistics() {
      return drawn.statistics;
    },
  };
}
