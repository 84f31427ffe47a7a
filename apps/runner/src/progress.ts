import type { ProgressEvent } from "@touchstone/evaluation";
import { compact } from "@touchstone/report";
import { TerminalBar } from "./terminal-bar.ts";

const NAMES: Record<ProgressEvent["phase"], string> = {
  samples: "draw",
  grades: "grade",
  rewards: "reward",
  procedures: "run",
  evaluate: "evaluate",
  allocation: "allocate",
};
/** Without a terminal: a line at the beginning and the end of a phase, one after a second, and then one in so many seconds. */
const SECONDS_A_LINE = 5;
const SECONDS_TO_FIRST_LINE = 1;

export interface Progress {
  readonly update: (event: ProgressEvent) => void;
  /** Clears the bar, so that what follows stands on a line of its own. */
  readonly stop: () => void;
}

export const NO_PROGRESS: Progress = { update: () => undefined, stop: () => undefined };

/** A bar on a terminal, plain lines elsewhere. */
export function progressOn(stream: NodeJS.WriteStream): Progress {
  return stream.isTTY ? bar(stream) : lines((line) => stream.write(`${line}\n`));
}

/** `draw arith on arith/test: 4,096 of 15,360, 12.3 k tokens/s, 0:45 left, 2 failed`. `from` is what was done at the phase's start. */
export function describe(event: ProgressEvent, from: number): string {
  const { phase, subject, done, total, tokensPerSecond, failed } = event;
  const left = secondsLeft(event, from);
  return [
    `${NAMES[phase]} ${subject}: ${done.toLocaleString("en-US")} of ${total.toLocaleString("en-US")}`,
    ...(tokensPerSecond === undefined ? [] : [`${compact(tokensPerSecond)} tokens/s`]),
    ...(left === undefined || done === total ? [] : [`${clock(left)} left`]),
    ...(failed > 0 ? [`${failed} failed`] : []),
  ].join(", ");
}

/** By the speed since the phase began; undefined before anything was finished. */
export function secondsLeft({ done, total, seconds }: ProgressEvent, from: number): number | undefined {
  return done > from && seconds > 0 ? ((total - done) * seconds) / (done - from) : undefined;
}

export function clock(seconds: number): string {
  const whole = Math.ceil(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  const two = (value: number): string => String(value).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** What was done when each phase of each subject began. */
class Starts {
  #key = "";
  from = 0;

  isNew({ phase, subject, done }: ProgressEvent): boolean {
    const key = `${phase} ${subject}`;
    if (key === this.#key) return false;
    this.#key = key;
    this.from = done;
    return true;
  }
}

function lines(write: (line: string) => void): Progress {
  const starts = new Starts();
  let next = 0;
  return {
    update(event) {
      const now = performance.now() / 1000;
      const begins = starts.isNew(event);
      if (!begins && event.done < event.total && now < next) return;
      next = now + (begins ? SECONDS_TO_FIRST_LINE : SECONDS_A_LINE);
      write(describe(event, starts.from));
    },
    stop: () => undefined,
  };
}

function bar(stream: NodeJS.WriteStream): Progress {
  const starts = new Starts();
  const shown = new TerminalBar(stream);
  return {
    update(event) {
      const begins = starts.isNew(event);
      shown.update(event.done, event.total, describe(event, starts.from), begins);
      if (event.done >= event.total) shown.stop();
    },
    stop: () => shown.stop(),
  };
}
