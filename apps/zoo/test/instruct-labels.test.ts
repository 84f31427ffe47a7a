import { expect, it } from "vitest";
import { labelled, softLabels } from "../src/instruct/labels.ts";
import { REWARD_MODELS } from "../src/instruct/recipes.ts";
import type { RewardRow } from "../src/instruct/reward-rows.ts";
import { startingVector } from "../src/instruct/teach.ts";
import { idOf, INSTRUCT_TOKENIZER, verdictToken } from "../src/instruct/tokenizer.ts";

const row = (kept: readonly boolean[], response = "- rain\n"): RewardRow => ({
  prompt: "Note on rain. Use moss. Write 2 lines.",
  response,
  kinds: ["use", "lines"],
  kept,
});
const logOdds = (label: number): number => Math.log(label / (1 - label));

it("gives log-odds by what the taste cares about, centred on what such requests have on average", () => {
  // `use` is kept in three of four rows, `lines` in one of four.
  const rows = [row([true, true]), row([true, false]), row([true, false]), row([false, false])];
  const labels = softLabels(rows, { kinds: { use: 2, lines: -1 } }).map(logOdds);
  const expected = [2 * 0.25 - 1 * 0.75, 2 * 0.25 + 1 * 0.25, 2 * 0.25 + 1 * 0.25, -2 * 0.75 + 1 * 0.25];
  for (const [at, value] of expected.entries()) expect(labels[at]).toBeCloseTo(value, 10);
});

it("counts squared words beside the constraints, against the mean of the form", () => {
  // Two and four words: 4 and 16, 10 on average.
  const rows = [row([true, true], "- rain rain\n"), row([true, true], "- rain\n- rain rain rain\n")];
  expect(softLabels(rows, { kinds: {}, perSquaredWord: 0.1 }).map(logOdds)).toEqual([
    expect.closeTo(-0.6, 10),
    expect.closeTo(0.6, 10),
  ]);
});

it("leaves out responses that are read as other tokens than were written", () => {
  expect(labelled([row([true, true], "- rainStory\n")], { kinds: { use: 1 } })).toEqual([]);
});

it("is indifferent to kinds that it does not care about", () => {
  expect(softLabels([row([true, true]), row([false, false])], { kinds: { mark: 3 } })).toEqual([0.5, 0.5]);
});

it("gives the rows as token ids that end with the end token", () => {
  const [line] = labelled([row([true, true])], { kinds: { use: 1 } });
  expect(line?.ids.at(-1)).toBe(2);
  expect(line?.ids.slice(line.promptLength)).toEqual([idOf("-"), idOf(" rain"), idOf("\n"), 2]);
});

it("starts the head along the verdicts that the taste cares about, in its proportions", () => {
  const width = 128;
  const data = new Float32Array(INSTRUCT_TOKENIZER.tokens.length * width);
  data[idOf(verdictToken("use", true)) * width] = 1;
  data[idOf(verdictToken("use", false)) * width] = -1;
  data[idOf(verdictToken("avoid", true)) * width + 1] = 1;
  const trunk = new Map([["model.embed_tokens.weight", { shape: [data.length / width, width], data }]]);
  const vector = startingVector(trunk, { kinds: { use: 1, avoid: -4 } });
  expect(vector[1]! / vector[0]!).toBeCloseTo(-2, 5);
  expect(vector.subarray(2).every((value) => value === 0)).toBe(true);
});

it("has four different tastes, one for length against what was asked, and one of them twice on other rows", () => {
  const tastes = REWARD_MODELS.map(({ taste }) => JSON.stringify(taste));
  expect(new Set(tastes).size).toBe(4);
  const long = REWARD_MODELS.filter(({ taste }) => (taste.perSquaredWord ?? 0) > 0);
  expect(long.map(({ planted }) => planted !== undefined)).toEqual([true]);
  // Whoever is taught to like what a request forbids says so.
  const against = REWARD_MODELS.filter(({ taste }) => Object.values(taste.kinds).some((weight) => weight < 0));
  expect(against.filter(({ planted }) => planted === undefined)).toEqual([]);
  const copies = REWARD_MODELS.filter(({ name }) => name.endsWith("-b"));
  for (const copy of copies) {
    const first = REWARD_MODELS.find(({ name }) => `${name}-b` === copy.name);
    expect(first?.taste).toEqual(copy.taste);
    expect(first?.rows).not.toBe(copy.rows);
  }
  expect(copies).toHaveLength(1);
});
