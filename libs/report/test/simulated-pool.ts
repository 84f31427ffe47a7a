import { stream } from "@touchstone/core";
import type { Stream } from "@touchstone/core";

/** A problem with its pool, as a policy of known accuracy would fill it: for tests of tables and page. */
export interface SimulatedProblem {
  readonly id: string;
  readonly cluster: string;
  readonly prompt: string;
  readonly reference: string;
  readonly samples: readonly SimulatedSample[];
}

export interface SimulatedSample {
  readonly text: string;
  /** Empty = unparsable. */
  readonly answer: string;
  readonly grade: 0 | 1;
  readonly tokens: number;
  readonly logProbability: number;
  /** By reward model; NaN = failed. */
  readonly rewards: ReadonlyMap<string, number>;
}

export const REWARD_MODELS = ["arith-good", "arith-small", "arith-blind"] as const;

/** `count` problems of three to a cluster, each with `size` samples. */
export function simulatedPool(count: number, size: number, seed: number): SimulatedProblem[] {
  return Array.from({ length: count }, (_, index) => {
    const random = stream(seed, "simulated-problem", index);
    const [a, b, boxes] = [random.integer(80) + 10, random.integer(40) + 2, random.integer(7) + 2];
    const reference = String(a + b * boxes);
    // Accuracies spread over (0, 1); a rival wrong answer that on some problems outvotes the right one.
    const accuracy = 1 / (1 + Math.exp(-(0.1 + 1.3 * random.normal())));
    const rivalShare = 0.15 + 0.55 * random.uniform();
    return {
      id: `arith-test-${String(index).padStart(4, "0")}`,
      cluster: `${Math.floor(index / 3)}.buys.gives`,
      prompt:
        `Today Ada, who likes "round" numbers, has ${a} buttons.\n` +
        `Ben brings ${boxes} boxes of ${b}, and keeps none. What is the number of buttons in the end?`,
      reference,
      samples: Array.from({ length: size }, () => sample(random, { a, b, boxes, accuracy, rivalShare })),
    };
  });
}

interface Quiz {
  readonly a: number;
  readonly b: number;
  readonly boxes: number;
  readonly accuracy: number;
  readonly rivalShare: number;
}

function sample(random: Stream, { a, b, boxes, accuracy, rivalShare }: Quiz): SimulatedSample {
  const right = random.uniform() < accuracy;
  const shortcut = !right && random.uniform() < 0.04;
  const unparsable = !right && !shortcut && random.uniform() < 0.05;
  const rival = random.uniform() < rivalShare;
  const slip = right ? 0 : rival ? 10 : (random.integer(9) + 1) * (random.uniform() < 0.5 ? -1 : 1);
  const answer = unparsable ? "" : String(a + b * boxes + slip);
  const product = b * boxes + slip;
  const steps = `${boxes} * ${b} = ${product}\n${a} + ${product} = ${a + product}`;
  const text = unparsable ? `${steps} </script> I would say` : shortcut ? `#### ${answer}` : `${steps}\n#### ${answer}`;
  const quality = right ? 1 : 0;
  return {
    text,
    answer,
    grade: right ? 1 : 0,
    tokens: shortcut ? 5 : 18 + random.integer(12),
    logProbability: -2 - 6 * random.uniform() - (right ? 0 : 2),
    rewards: new Map([
      ["arith-good", 2.2 * quality + random.normal()],
      ["arith-small", 0.9 * quality + random.normal()],
      ["arith-blind", 2 * quality + (shortcut ? 3.5 : 0) + random.normal()],
    ]),
  };
}
