import type { PullProgress } from "@touchstone/inference";
import { bytes as inUnits } from "./download-progress.ts";
import { clock } from "./progress.ts";
import { TerminalBar } from "./terminal-bar.ts";

/** Without a terminal: a line at the beginning and the end, and one in so many seconds. */
const SECONDS_A_LINE = 5;
/** Before that, a speed means nothing. */
const SECONDS_TO_SPEED = 0.5;

export interface PullReporter {
  readonly update: (progress: PullProgress) => void;
  /** Clears the bar, so that what follows stands on a line of its own. */
  readonly stop: () => void;
}

/** A bar on a terminal, plain lines elsewhere; nothing where it is to be quiet. */
export function pullReporter(stream: NodeJS.WriteStream, quiet: boolean): PullReporter {
  if (quiet) return { update: () => undefined, stop: () => undefined };
  return stream.isTTY ? bar(stream) : lines((line) => stream.write(`${line}\n`));
}

/** `download org/name: 3 of 7 files, 412.0 MB of 988.1 MB, 24.1 MB/s, 0:24 left`. `from`: bytes that were there at the beginning. */
export function describePull({ repository, files, bytes, seconds, waiting }: PullProgress, from: number): string {
  if (waiting) return `download ${repository}: another process is downloading it, waiting`;
  const speed = seconds > SECONDS_TO_SPEED ? (bytes.done - from) / seconds : 0;
  return [
    `download ${repository}: ${files.done} of ${files.total} files`,
    `${inUnits(bytes.done)} of ${inUnits(bytes.total)}`,
    ...(speed > 0 ? [`${inUnits(speed)}/s`] : []),
    ...(speed > 0 && bytes.done < bytes.total ? [`${clock((bytes.total - bytes.done) / speed)} left`] : []),
  ].join(", ");
}

/** Bytes that were there when each model began. */
class Starts {
  #repository = "";
  from = 0;

  isNew({ repository, bytes, waiting }: PullProgress): boolean {
    const key = `${repository} ${waiting}`;
    if (key === this.#repository) return false;
    this.#repository = key;
    this.from = bytes.done;
    return true;
  }
}

function lines(write: (line: string) => void): PullReporter {
  const starts = new Starts();
  let next = 0;
  let last = "";
  return {
    update(progress) {
      const now = performance.now() / 1000;
      const ends = progress.files.done === progress.files.total;
      if (!starts.isNew(progress) && !ends && now < next) return;
      next = now + SECONDS_A_LINE;
      const line = describePull(progress, starts.from);
      if (line !== last) write(line);
      last = line;
    },
    stop: () => undefined,
  };
}

function bar(stream: NodeJS.WriteStream): PullReporter {
  const starts = new Starts();
  const shown = new TerminalBar(stream);
  return {
    update(progress) {
      const begins = starts.isNew(progress);
      shown.update(progress.bytes.done, progress.bytes.total, describePull(progress, starts.from), begins);
    },
    stop: () => shown.stop(),
  };
}
