import { TouchstoneError } from "@touchstone/core";
import { parseRollout } from "./rollout.ts";

/** Called with the rewards of one group, in order. */
export type GroupAdvantages = (rewards: Float64Array) => Float64Array;

const CLOSING_BRACE = 0x7d;
/** Bytes of output that are handed on together. */
const OUTPUT_BYTES = 1 << 20;
/** `,"advantage":` and the longest number. */
const ADDED_BYTES = 64;

/**
 * Lines of rollouts → the same lines, in the same order, with `"advantage"` added before the closing brace; every other byte stays.
 * Rollouts of a group are adjacent; blank lines pass. Memory: one group, and the names of all.
 * Throws `bad-rollout`, `group-not-adjacent`, and what `advantages` throws, with the lines of the group.
 */
export async function* addAdvantages(
  batches: AsyncIterable<readonly Buffer[]>,
  advantages: GroupAdvantages,
): AsyncGenerator<Buffer> {
  const lastLines = new Map<string | number, number>();
  const output = new Output();
  let group: string | number | undefined;
  let number = 0;
  let [first, last] = [0, 0];
  let held: Buffer[] = [];
  let rewards: number[] = [];

  const finish = () => {
    let values: Float64Array | undefined;
    if (group !== undefined) {
      lastLines.set(group, last);
      values = computed(advantages, Float64Array.from(rewards), group, first, last);
    }
    let next = 0;
    for (const line of held) output.add(line, isBlank(line) ? undefined : values![next++]!);
    held = [];
    rewards = [];
  };

  for await (const batch of batches) {
    for (const line of batch) {
      number++;
      if (isBlank(line)) {
        held.push(line);
        continue;
      }
      const rollout = parseRollout(line.toString("utf8"), number);
      if (rollout.group !== group) {
        finish();
        ({ group } = rollout);
        first = number;
        const earlier = lastLines.get(group);
        if (earlier !== undefined) throw notAdjacent(group, number, earlier);
      }
      last = number;
      held.push(line);
      rewards.push(rollout.reward);
    }
    yield* output.take();
  }
  finish();
  yield* output.take();
}

/** Bytes of lines, gathered so that they are written in few pieces. */
class Output {
  #ready: Buffer[] = [];
  #open = Buffer.allocUnsafe(OUTPUT_BYTES);
  #length = 0;

  add(line: Buffer, advantage: number | undefined): void {
    if (this.#length + line.length + ADDED_BYTES > this.#open.length) this.#close(line.length + ADDED_BYTES);
    const brace = advantage === undefined ? line.length : line.lastIndexOf(CLOSING_BRACE);
    this.#length += line.copy(this.#open, this.#length, 0, brace);
    if (advantage === undefined) return;
    this.#length += this.#open.write(`,"advantage":${advantage}`, this.#length, "latin1");
    this.#length += line.copy(this.#open, this.#length, brace);
  }

  /** All that was added; nothing is kept back, so that a reader of a slow stream need not wait. */
  take(): readonly Buffer[] {
    this.#close(0);
    const ready = this.#ready;
    this.#ready = [];
    return ready;
  }

  #close(next: number): void {
    if (this.#length > 0) this.#ready.push(this.#open.subarray(0, this.#length));
    // What is left of the memory serves the next lines.
    this.#open = this.#open.subarray(this.#length);
    this.#length = 0;
    if (this.#open.length < next + ADDED_BYTES) this.#open = Buffer.allocUnsafe(Math.max(OUTPUT_BYTES, next));
  }
}

function isBlank(line: Buffer): boolean {
  // Lines of JSON begin with a brace: one look at most.
  for (let i = 0; i < line.length; i++) {
    const byte = line[i]!;
    if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0d && byte !== 0x0a) return false;
  }
  return true;
}

function computed(
  advantages: GroupAdvantages,
  rewards: Float64Array,
  group: string | number,
  first: number,
  last: number,
): Float64Array {
  try {
    return advantages(rewards);
  } catch (error) {
    if (!(error instanceof TouchstoneError)) throw error;
    const { code, family, what, value, fix } = error;
    const where = `Group ${JSON.stringify(group)}, lines ${first} to ${last}: `;
    throw new TouchstoneError({ code, family, what: where + what, value, fix, cause: error });
  }
}

function notAdjacent(group: string | number, line: number, earlier: number): TouchstoneError {
  return new TouchstoneError({
    code: "group-not-adjacent",
    family: "input",
    what: `Line ${line} belongs to a group whose lines ended at line ${earlier}.`,
    value: group,
    fix: "Write the rollouts of a group one after the other, or give different prompts different groups.",
  });
}
