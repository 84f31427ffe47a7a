import { describe, expect, it } from "vitest";
import {
  buildEmbedGraph,
  buildGenerateGraph,
  buildRewardGraph,
  buildScoreGraph,
  buildStandardGraph,
  buildStepRewardGraph,
  cacheWidth,
} from "../src/index.ts";
import { familyForward } from "./family-reference.ts";
import { published } from "./published.ts";
import { generator, randomModel } from "./random-model.ts";
import type { RandomModel } from "./random-model.ts";
import { logSoftmax } from "./reference.ts";
import { generateFeeds, open, outputNames, row } from "./session.ts";
import type { Output } from "./session.ts";

const random = generator(8);
const drawIds = (length: number) => Array.from({ length }, () => Math.floor(random() * 48));
/** Beyond every window and every first context. */
const sequences = [40, 21, 33].map(drawIds);
const width = 44;
const padded = {
  input_ids: {
    int: sequences.flatMap((ids) => [...ids, ...Array.from({ length: width - ids.length }, () => 9)]),
    dims: [sequences.length, width],
  },
  lengths: { int: sequences.map((ids) => ids.length), dims: [sequences.length] },
};

/** Of float32, through three or four layers. */
const rounding = 5e-4;

const rows = 3;
const steps = 19;
const prompts = [drawIds(11), drawIds(24), drawIds(18)];
const uniforms = Float32Array.from({ length: rows * steps }, () => random());
const sharedFeeds = generateFeeds({ prompt: prompts[1]!, uniforms, rows, temperature: 0.8 });
const separate = {
  prompt_ids: {
    int: prompts.flatMap((ids) => [...ids, ...Array.from({ length: 24 - ids.length }, () => 5)]),
    dims: [rows, 24],
  },
  prompt_lengths: { int: prompts.map((ids) => ids.length), dims: [rows] },
};

describe.each(Object.entries(published))("%s", (_name, json) => {
  const model = randomModel({ ...json }, 5, 1.5);

  it("scores and embeds as a float64 forward pass does", async () => {
    const score = await open(model, buildScoreGraph(model, { target: "cpu" }));
    const scored = await score({ ...padded, start: { int: [1], dims: [] }, temperature: { float: [1], dims: [] } });
    const { embedding } = await (await open(model, buildEmbedGraph(model, { target: "cpu" })))(padded);
    const size = model.config.hiddenSize;
    for (const [index, ids] of sequences.entries()) {
      const { hidden, logits } = familyForward(json, model.numbers, ids);
      for (let position = 1; position < ids.length; position++) {
        const expected = logSoftmax(logits[position - 1]!)[ids[position]!]!;
        const actual = scored["log_probability"]!.data[index * (width - 1) + position - 1]!;
        expect(Math.abs(actual - expected)).toBeLessThan(2e-4);
      }
      expect(distance(embedding!.data.slice(index * size, (index + 1) * size), hidden.at(-1)!)).toBeLessThan(rounding);
    }
  });

  it("draws with the statistics that scoring gives", async () => {
    const generate = await open(model, buildGenerateGraph(model, { target: "cpu", loop: "compact", law: "plain" }));
    expect(await fromScores(model, await generate(sharedFeeds), [prompts[1]!])).toBeLessThan(rounding);
  });
});

/** One of each kind of decoder: norms, windows, layers without rotation; heads of 16, which a single row's loop asks for. */
const kinds = [
  "Qwen2, sliding from the second layer on",
  "Qwen3, biases, windows by layer types, YaRN",
  "Mistral, window",
  "SmolLM3, windows where there is no rotation, YaRN",
] as const;

describe.each(kinds)("%s", (name) => {
  const json = published[name]!;
  const model = randomModel({ ...json }, 5, 1.5);

  it.each([
    { target: "cpu", loop: "whole", prompts: "shared" },
    { target: "cpu", loop: "whole", prompts: "separate" },
    { target: "cpu", loop: "compact", prompts: "separate" },
    { target: "cpu", loop: "compact", prompts: "shared", emit: "primitive" },
    { target: "webgpu", loop: "whole", prompts: "separate" },
  ] as const)("draws with the statistics that scoring gives ($target, $loop, $prompts, $emit)", async (variant) => {
    const generate = await open(model, buildGenerateGraph(model, { ...variant, law: "plain" }));
    const one = variant.prompts === "shared";
    const drawn = await generate(one ? sharedFeeds : { ...sharedFeeds, ...separate });
    expect(await fromScores(model, drawn, one ? [prompts[1]!] : prompts)).toBeLessThan(rounding);
  });

  it("draws one row with the statistics that scoring gives", async () => {
    const generate = await open(model, buildGenerateGraph(model, { target: "cpu", loop: "single-row", law: "plain" }));
    const feeds = generateFeeds({ prompt: prompts[1]!, uniforms: uniforms.slice(0, steps), rows: 1, temperature: 0.8 });
    expect(await fromScores(model, await generate(feeds), [prompts[1]!])).toBeLessThan(rounding);
  });

  it.each(["whole", "compact"] as const)("goes on from kept keys and values (%s)", async (loop) => {
    const options = { target: "cpu", law: "plain", prompts: "resumed", loop } as const;
    const resumed = await open(model, buildGenerateGraph(model, options));
    const held = [4, 17, 9];
    const read = (ids: readonly (readonly number[])[]) => {
      const longest = Math.max(...ids.map(({ length }) => length));
      const fill = ids.flatMap((row_) => [...row_, ...Array.from({ length: longest - row_.length }, () => 5)]);
      return {
        prompt_ids: { int: fill, dims: [rows, longest] },
        prompt_lengths: { int: ids.map(({ length }) => length), dims: [rows] },
      };
    };
    const size = cacheWidth(model.config);
    const first = await resumed({
      ...sharedFeeds,
      ...read(prompts.map((ids, r) => ids.slice(0, held[r]))),
      past: { float: [], dims: [rows, 0, size] },
      past_lengths: { int: held.map(() => 0), dims: [rows] },
    });
    const drawn = await resumed({
      ...sharedFeeds,
      ...read(prompts.map((ids, r) => ids.slice(held[r]))),
      past: { float: first["read_cache"]!.data, dims: [rows, Math.max(...held), size] },
      past_lengths: { int: held, dims: [rows] },
    });
    expect(await fromScores(model, drawn, prompts)).toBeLessThan(rounding);
  });

  it("rewards as a float64 forward pass does, and every beginning in one pass", async () => {
    const classifier = classifierOf(json);
    const { reward } = await (await open(classifier, buildRewardGraph(classifier, { target: "cpu" })))(padded);
    const { rewards } = await (await open(classifier, buildStepRewardGraph(classifier, { target: "cpu" })))(padded);
    const head = classifier.numbers.get("score.weight")!;
    for (const [index, ids] of sequences.entries()) {
      const { hidden } = familyForward(json, classifier.numbers, ids);
      const exact = hidden.map((state) => state.reduce((sum, x, i) => sum + x * head[i]!, 0));
      expect(distance([reward!.data[index]!], [exact.at(-1)!])).toBeLessThan(rounding);
      expect(distance(rewards!.data.slice(index * width, index * width + ids.length), exact)).toBeLessThan(rounding);
    }
  });

  it("has the same logits in the layout of transformers.js, with a cache", async () => {
    const run = await open(model, buildStandardGraph(model));
    const { layers, keyValueHeads, headSize } = model.config;
    const ids = sequences[0]!;
    const split = 23;
    const names = Array.from({ length: layers }, (_, n) => [`${n}.key`, `${n}.value`]).flat();
    const part = async (from: number, to: number, past: Record<string, Output> | undefined) =>
      run({
        input_ids: { int: ids.slice(from, to), dims: [1, to - from] },
        attention_mask: { int: ids.slice(0, to).map(() => 1), dims: [1, to] },
        position_ids: { int: ids.slice(from, to).map((_id, i) => from + i), dims: [1, to - from] },
        ...Object.fromEntries(
          names.map((cache) => {
            const kept = past?.[`present.${cache}`];
            const empty = { float: [], dims: [1, keyValueHeads, 0, headSize] };
            return [`past_key_values.${cache}`, kept ? { float: kept.data, dims: kept.dims } : empty];
          }),
        ),
      });
    const first = await part(0, split, undefined);
    const rest = await part(split, ids.length, first);
    const { logits } = familyForward(json, model.numbers, ids);
    expect(distance([...first["logits"]!.data, ...rest["logits"]!.data], logits.flat())).toBeLessThan(rounding);
  });
});

/** Largest difference, relative where numbers are larger than 1; infinite where their count differs or one is none. */
function distance(actual: ArrayLike<number>, expected: readonly number[]): number {
  const differences = expected.map((value, i) => Math.abs(actual[i]! - value) / Math.max(1, Math.abs(value)));
  const sound = actual.length === expected.length && differences.every((difference) => !Number.isNaN(difference));
  return sound ? Math.max(...differences) : Infinity;
}

function classifierOf(json: Readonly<Record<string, unknown>>): RandomModel {
  const architecture = (json["architectures"] as string[])[0]!.replace("ForCausalLM", "ForSequenceClassification");
  return randomModel({ ...json, architectures: [architecture], id2label: { "0": "LABEL_0" } }, 6, 1.5);
}

/** Of every drawn token's statistics from the score graph's, which the float64 pass is held against. */
async function fromScores(
  model: RandomModel,
  drawn: Record<string, Output>,
  contexts: readonly (readonly number[])[],
): Promise<number> {
  const score = await open(model, buildScoreGraph(model, { target: "cpu" }));
  const distances: number[] = [];
  for (const [r, prompt] of contexts.entries()) {
    const ids = [...prompt, ...row(drawn["tokens"], r)];
    const scored = await score({
      input_ids: { int: ids, dims: [1, ids.length] },
      start: { int: [prompt.length], dims: [] },
      temperature: { float: [0.8], dims: [] },
    });
    for (const name of outputNames) distances.push(distance(scored[name]!.data.slice(0, steps), row(drawn[name], r)));
  }
  return Math.max(...distances);
}
