import { TerminalBar } from "./terminal-bar.ts";

/** Without a terminal: a line at the beginning of a file, and then one in so many seconds. */
const SECONDS_A_LINE = 5;

export interface DownloadProgress {
  /** Bytes of a file so far and in all; NaN where the server does not say. */
  readonly update: (file: string, done: number, total: number) => void;
  /** Clears the bar, so that what follows stands on a line of its own. */
  readonly stop: () => void;
}

/** A bar on a terminal, plain lines elsewhere; nothing where it is to be quiet. */
export function downloadProgress(stream: NodeJS.WriteStream, quiet: boolean): DownloadProgress {
  if (quiet) return { update: () => undefined, stop: () => undefined };
  return stream.isTTY ? bar(stream) : lines((line) => stream.write(`${line}\n`));
}

/** `download test.jsonl: 1.2 MB of 4.2 MB`. */
function describe(file: string, done: number, total: number): string {
  return `download ${file}: ${bytes(done)}${Number.isNaN(total) ? "" : ` of ${bytes(total)}`}`;
}

/** `4.2 MB`, decimal. */
export function bytes(count: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = count;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value.toFixed(unit === 0 ? 0 : 1)} ${units[unit]!}`;
}

function lines(write: (line: string) => void): DownloadProgress {
  let shown = "";
  let next = 0;
  return {
    update(file, done, total) {
      const now = performance.now() / 1000;
      if (file === shown && done < total && now < next) return;
      // A finished file is said once.
      if (file === shown && next === Number.POSITIVE_INFINITY) return;
      shown = file;
      next = done >= total ? Number.POSITIVE_INFINITY : now + SECONDS_A_LINE;
      write(describe(file, done, total));
    },
    stop: () => undefined,
  };
}

function bar(stream: NodeJS.WriteStream): DownloadProgress {
  const shown = new TerminalBar(stream);
  let current: string | undefined;
  return {
    update(file, done, total) {
      shown.update(done, Number.isNaN(total) ? 0 : total, describe(file, done, total), file !== current);
      current = file;
    },
    stop() {
      shown.stop();
      current = undefined;
    },
  };
}
