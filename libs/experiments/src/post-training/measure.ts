import { stopping } from "../stopping.ts";
import type { Drawn, Scene } from "./scene.ts";

/**
 * log π(y) − log π₀(y) of the first `count` samples of each problem, in nats: their mean estimates KL(π ‖ π₀) of whole responses without
 * bias. `lengths`: of the sequences that were scored.
 */
export async function klOf(
  drawn: readonly Drawn[],
  count: number,
  { reference }: Pick<Scene, "reference">,
  signal?: AbortSignal,
): Promise<{ readonly values: Float64Array; readonly lengths: readonly number[] }> {
  const chosen = drawn.flatMap(({ problem, promptTokens, samples }) =>
    samples.slice(0, count).map((sample) => ({ problem, promptTokens, sample })),
  );
  const scored = await reference.score(
    chosen.map(({ problem, sample: { text, tokens } }) => ({ messages: problem.messages, response: { text, tokens } })),
    stopping(signal),
  );
  return {
    values: Float64Array.from(chosen, ({ sample }, i) => {
      return total(sample.statistics.logProbability) - total(scored[i]!.logProbability);
    }),
    lengths: chosen.map(({ promptTokens, sample }) => promptTokens + sample.tokens.length),
  };
}

export function meanEntropy(drawn: readonly Drawn[]): number {
  const all = drawn.flatMap(({ samples }) => samples.map(({ statistics }) => statistics.entropy));
  const tokens = all.reduce((sum, { length }) => sum + length, 0);
  return all.reduce((sum, values) => sum + total(values), 0) / tokens;
}

function total(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}

export async function timed<T>(work: () => Promise<T>): Promise<{ readonly value: T; readonly seconds: number }> {
  const began = performance.now();
  const value = await work();
  return { value, seconds: (performance.now() - began) / 1000 };
}
