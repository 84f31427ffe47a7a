import { TouchstoneError } from "@touchstone/core";

/** What is read of a line; the rest of it is carried along. */
export interface Rollout {
  readonly group: string | number;
  readonly reward: number;
}

/** Reads a line of JSON. Throws `bad-rollout`, with the number of the line. */
export function parseRollout(line: string, number: number): Rollout {
  let row: unknown;
  try {
    row = JSON.parse(line);
  } catch (error) {
    // Python's json writes them.
    const infinite = /[:[,]\s*-?(NaN|Infinity)\b/.test(line);
    const why = infinite ? "it holds NaN or Infinity, which JSON does not have" : (error as Error).message;
    throw badRollout(`Line ${number} is not JSON: ${why}.`, line, infinite ? FAILED : "Write one JSON object a line.");
  }
  if (typeof row !== "object" || row === null || Array.isArray(row)) {
    throw badRollout(`Line ${number} is no JSON object.`, line, `Write objects like {"group": "…", "reward": 1.5}.`);
  }
  const { group, reward, advantage } = row as Record<string, unknown>;
  if (typeof group !== "string" && typeof group !== "number") {
    throw badRollout(`Line ${number} needs a "group", a string or a number.`, group ?? null, NAME_GROUPS);
  }
  if (typeof reward !== "number" || !Number.isFinite(reward)) {
    const received = typeof reward === "number" ? String(reward) : (reward ?? null);
    throw badRollout(`Line ${number} needs a "reward", a finite number.`, received, FAILED);
  }
  if (advantage !== undefined) {
    throw badRollout(
      `Line ${number} already has an "advantage".`,
      advantage,
      "Remove it, or give the file from before.",
    );
  }
  return { group, reward };
}

const FAILED = "Leave failed rollouts out of the file, or give them a finite reward.";
const NAME_GROUPS = "Give all rollouts of one prompt the same group.";

function badRollout(what: string, value: unknown, fix: string): TouchstoneError {
  const shown = typeof value === "string" ? value.trim().slice(0, 80) : value;
  return new TouchstoneError({ code: "bad-rollout", family: "input", what, value: shown, fix });
}
