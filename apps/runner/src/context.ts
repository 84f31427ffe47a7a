import type { Interruption } from "./interruption.ts";

/** What every command is given. */
export interface Context {
  /** The arguments after the command's own name, as typed. */
  readonly argv: readonly string[];
  readonly interruption: Interruption;
}

/** One line of data. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** One line about the work; never data. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
