import { Bench } from "tinybench";
import type { Generator } from "./generator.ts";

/** A generator and how many samples it is asked for. */
export interface Contender {
  readonly name: string;
  readonly generator: Generator;
  readonly samples: number;
}

/**
 * Tokens per second of each contender: the median over rounds, in each of which every contender runs once, one after the other. So a
 * machine that slows down for a while slows all of them. One run of each beforehand is not counted.
 */
export async function alternate(contenders: readonly Contender[], rounds: number): Promise<Map<string, number>> {
  const speeds = new Map<string, number[]>(contenders.map(({ name }) => [name, []]));
  for (const { generator, samples } of contenders) await generator.generate(samples);
  for (let round = 0; round < rounds; round++) {
    const bench = new Bench({ iterations: 1, time: 0, warmup: false, throws: true });
    const tokens = new Map<string, number>();
    for (const { name, generator, samples } of contenders) {
      bench.add(name, async () => {
        tokens.set(name, await generator.generate(samples));
      });
    }
    await bench.run();
    for (const task of bench.tasks) {
      if (task.result.state !== "completed") throw new Error(`${task.name} did not complete: ${task.result.state}`);
      speeds.get(task.name)!.push(tokens.get(task.name)! / (task.result.latency.mean / 1000));
    }
  }
  return new Map([...speeds].map(([name, values]) => [name, median(values)]));
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
