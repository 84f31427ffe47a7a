import { once } from "node:events";
import { createReadStream } from "node:fs";
import { resolve } from "node:path";
import { addAbortSignal, type Readable } from "node:stream";
import { throwIfInterrupted, TouchstoneError } from "@touchstone/core";
import { say, type Context } from "../context.ts";
import { addAdvantages } from "../rollouts/add-advantages.ts";
import { lines } from "../rollouts/lines.ts";
import { estimatorOf, optionsOf, type EstimatorFlags } from "../rollouts/options.ts";

export interface AdvantagesOptions extends EstimatorFlags {
  readonly estimator: string;
  readonly n: number;
  readonly quiet?: true | undefined;
}

const PHASE = "computing advantages";
/** Different sizes of groups may each have a warning; more than a few say nothing new. */
const MOST_WARNINGS = 5;

/** `advantages`: adds an advantage to every rollout of a file, or of stdin, and writes them to stdout. */
export async function advantages(
  file: string | undefined,
  { estimator: name, n, quiet, ...flags }: AdvantagesOptions,
  { interruption }: Context,
): Promise<void> {
  interruption.enter(PHASE);
  const estimator = estimatorOf(name);
  const options = optionsOf(estimator, n, flags);
  const warned = new Set<string>();
  const count = { rollouts: 0, groups: 0 };
  const input = opened(file, interruption.signal);

  const compute = (rewards: Float64Array) => {
    const values = estimator.advantages(rewards, options);
    count.rollouts += rewards.length;
    count.groups++;
    if (!quiet) for (const warning of estimator.plan(rewards.length, options).warnings) warn(warning, warned);
    return values;
  };

  try {
    for await (const bytes of addAdvantages(lines(input), compute)) {
      throwIfInterrupted(interruption.signal, PHASE);
      if (!process.stdout.write(bytes)) await once(process.stdout, "drain");
    }
  } catch (error) {
    throwIfInterrupted(interruption.signal, PHASE);
    throw readable(error, file);
  }
  await new Promise((written) => process.stdout.write("", written));
  if (!quiet) {
    const [rollouts, groups] = [count.rollouts, count.groups].map((value) => value.toLocaleString("en-US"));
    say(`${name}, n = ${n}: ${rollouts} rollouts in ${groups} groups`);
  }
}

function opened(file: string | undefined, signal: AbortSignal): Readable {
  if (file !== undefined && file !== "-") {
    return addAbortSignal(signal, createReadStream(resolve(file), { highWaterMark: 1 << 20 }));
  }
  if (process.stdin.isTTY) {
    throw new TouchstoneError({
      code: "no-rollouts",
      family: "usage",
      what: "There is no file of rollouts, and stdin is a terminal.",
      fix: "Name a file, or send lines to stdin.",
    });
  }
  return addAbortSignal(signal, process.stdin);
}

function warn(warning: string, warned: Set<string>): void {
  if (warned.has(warning) || warned.size > MOST_WARNINGS) return;
  warned.add(warning);
  say(warned.size > MOST_WARNINGS ? "warning: there are more for groups of other sizes." : `warning: ${warning}`);
}

/** What the system says about a file that cannot be read, as an error of the user's. */
function readable(error: unknown, file: string | undefined): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (error instanceof TouchstoneError || typeof code !== "string" || !/^E[A-Z]+$/.test(code)) return error;
  return new TouchstoneError({
    code: "unreadable-rollouts",
    family: "input",
    what: `The rollouts cannot be read (${code === "ENOENT" ? "there is no such file" : code}).`,
    value: file ?? "stdin",
    fix: "Give the path of a file with one JSON object a line.",
    cause: error,
  });
}
