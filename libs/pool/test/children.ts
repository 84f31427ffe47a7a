import { spawn } from "node:child_process";
import type { ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Readable } from "node:stream";

export interface Child extends AsyncDisposable {
  readonly pid: number;
  /** Whole lines written so far. */
  lines(): string[];
  /** Resolves once a line that starts with `start` was written; rejects if the process ends before. */
  said(start: string): Promise<void>;
  /** Resolves once that many lines were written. */
  wrote(count: number): Promise<void>;
  kill(): Promise<void>;
}

/** Runs a script of this folder in a process of its own. */
export function startChild(script: string, ...args: string[]): Child {
  const child: ChildProcessByStdio<null, Readable, Readable> = spawn(
    process.execPath,
    [join(import.meta.dirname, script), ...args],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  let out = "";
  let err = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  const closed = once(child, "close");
  const lines = (): string[] => out.split("\n").slice(0, -1);
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await closed;
  };
  let ended = false;
  void closed.then(() => (ended = true));
  const until = async (happened: () => boolean, what: string): Promise<void> => {
    while (!happened()) {
      if (ended) throw new Error(`the child ended before it ${what}:\n${out}${err}`);
      await Promise.race([once(child.stdout, "data"), closed]);
    }
  };
  return {
    pid: child.pid!,
    lines,
    kill,
    said: (start) => until(() => lines().some((line) => line.startsWith(start)), `said "${start}"`),
    wrote: (count) => until(() => lines().length >= count, `wrote ${count} lines`),
    [Symbol.asyncDispose]: kill,
  };
}
