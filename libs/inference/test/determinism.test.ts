import type { Sample, SampleRequest } from "@touchstone/core";
import { stream } from "@touchstone/core";
import { beforeAll, expect, it } from "vitest";
import type { FixtureShape } from "../src/fixture/index.ts";
import { type LanguageModelOptions, loadLanguageModel } from "../src/index.ts";
import { collect, fixture, PLAIN, request } from "./models.ts";
import { ReferenceLlama, softmax } from "./reference.ts";
import { promptTokens } from "./tokens.ts";

/** As small as a transformer gets, so that 20,480 samples of 60 tokens can be drawn six times. */
const TINY: FixtureShape = { layers: 1, width: 32, heads: 2, mlp: 48, vocabulary: 48 };
const STEPS = 60;
const PROMPTS = Array.from({ length: 20 }, (_, i) => "abcdefghijklmnopqrstuvwxyz".slice(0, 1 + i));
const REQUESTS = PROMPTS.map((text) => request(text, { count: 1024, decoding: { ...PLAIN, maxTokens: STEPS } }));

let folder = "";
let drawn: Sample[][] = [];

async function draw(options: LanguageModelOptions, order?: Uint32Array): Promise<Sample[][]> {
  const model = await loadLanguageModel(folder, options);
  const requests: SampleRequest[] = order === undefined ? REQUESTS : Array.from(order, (i) => REQUESTS[i]!);
  const lists = await collect(model, requests);
  await model.close();
  return order === undefined ? lists : REQUESTS.map((_, i) => lists[order.indexOf(i)]!);
}

beforeAll(async () => {
  folder = await fixture(TINY, { end: false });
  drawn = await draw({ tile: 32, workers: 1 });
}, 300_000);

it("draws 20,480 samples of 60 tokens", () => {
  expect(drawn.flat()).toHaveLength(20_480);
  expect(drawn.flat().every(({ tokens }) => tokens.length === STEPS)).toBe(true);
});

it.each([2, 3])(
  "gives the same samples and statistics with %i workers and in another order",
  { timeout: 300_000 },
  async (workers) => {
    const again = await draw({ tile: 32, workers }, stream(workers, "order").permutation(REQUESTS.length));
    for (const [problem, samples] of drawn.entries()) {
      expect(samples.filter((sample, i) => !same(sample, again[problem]![i]!))).toEqual([]);
    }
  },
);

it("gives the same samples and statistics whatever the number of threads within a worker", async () => {
  const wide = await fixture({ layers: 2, width: 256, heads: 4, mlp: 512, vocabulary: 64 }, { end: false });
  const requests = [request("threads", { count: 64, decoding: { ...PLAIN, maxTokens: 16 } })];
  const lists: Sample[][] = [];
  for (const threads of [1, 2, 3]) {
    const model = await loadLanguageModel(wide, { tile: 64, workers: 1, threads });
    lists.push((await collect(model, requests)).flat());
    await model.close();
  }
  expect(lists[0]).toHaveLength(64);
  for (const list of lists) expect(list.filter((sample, i) => !same(sample, lists[0]![i]!))).toEqual([]);
});

it.each([8, 16, 64])(
  "differs in at most 0.5 % of the sequences at tile %i, and there at an edge of the law",
  { timeout: 300_000 },
  async (tile) => {
    const other = await draw({ tile });
    const reference = new ReferenceLlama(folder);
    let differing = 0;
    for (const [problem, samples] of drawn.entries()) {
      for (const [i, sample] of samples.entries()) {
        const at = sample.tokens.findIndex((token, t) => token !== other[problem]![i]!.tokens[t]);
        if (at < 0) continue;
        differing++;
        const { seed, problem: asked } = REQUESTS[problem]!;
        const uniform = stream(seed, "sample", asked.id, sample.index, 0).uniform32At(at);
        const before = [...promptTokens(PROMPTS[problem]!), ...sample.tokens.subarray(0, at)];
        const law = softmax(Array.from(reference.logits(before).at(-1)!));
        expect(distanceToEdge(law, uniform)).toBeLessThan(1e-5);
      }
    }
    expect(differing).toBeLessThanOrEqual(0.005 * 20_480);
  },
);

function same(a: Sample, b: Sample): boolean {
  const equal = (x: ArrayLike<number>, y: ArrayLike<number>) =>
    x.length === y.length && Array.prototype.every.call(x, (value, i) => value === y[i]);
  return (
    a.index === b.index &&
    equal(a.tokens, b.tokens) &&
    equal(a.statistics.logProbability, b.statistics.logProbability) &&
    equal(a.statistics.entropy, b.statistics.entropy) &&
    equal(a.statistics.selfCertainty, b.statistics.selfCertainty)
  );
}

/** How far the nearest value of the cumulative distribution lies from u. */
function distanceToEdge(law: readonly number[], u: number): number {
  let [sum, least] = [0, 1];
  for (const p of law) {
    sum += p;
    least = Math.min(least, Math.abs(sum - u));
  }
  return least;
}
