import type { Pair } from "@touchstone/core";
import { stream } from "@touchstone/core";
import { expect, it } from "vitest";
import { fixtureVocabulary } from "../src/fixture/index.ts";
import { loadRewardModel } from "../src/index.ts";
import { disposable, fixture, SMALL } from "./models.ts";
import { ReferenceLlama } from "./reference.ts";
import { characterTokens, promptTokens, sequenceTokens } from "./tokens.ts";

const random = stream(3, "reward-pairs");
const characters = fixtureVocabulary(64).slice(4);
const words = (length: number) => Array.from({ length }, () => characters[random.integer(characters.length)]!).join("");
const given = Array.from({ length: 33 }, () => ({
  prompt: words(1 + random.integer(20)),
  text: words(random.integer(40)),
}));
const pairs: Pair[] = given.map(({ prompt, text }) => ({
  messages: [{ role: "user", content: prompt }],
  response: { text },
}));

/** Rewards by the written-out forward pass: v · h, or a · Σ log p + v · h + b. */
function referenceRewards(folder: string, kind: "classifier" | "likelihood"): number[] {
  const reference = new ReferenceLlama(folder);
  const v = reference.tensor("score.weight");
  return given.map(({ prompt, text }) => {
    const tokens = sequenceTokens(prompt, text);
    const hidden = reference.hidden(tokens).at(-1)!;
    const direct = hidden.reduce((sum, h, i) => sum + h * v[i]!, 0);
    if (kind === "classifier") return direct;
    const start = promptTokens(prompt).length;
    const logits = reference.logits(tokens);
    let likelihood = 0;
    for (let t = start; t < tokens.length; t++) {
      const before = Array.from(logits[t - 1]!);
      likelihood += before[tokens[t]!]! - Math.log(before.reduce((sum, l) => sum + Math.exp(l), 0));
    }
    return reference.tensor("likelihood.scale")[0]! * likelihood + direct + reference.tensor("score.bias")[0]!;
  });
}

it.each(["classifier", "likelihood"] as const)("gives the %s reward, in batches of any size", async (kind) => {
  const folder = await fixture(SMALL, { kind, planted: "It likes the letter e." });
  const expected = referenceRewards(folder, kind);
  for (const tile of [1, 2, 4, 32]) {
    await using model = disposable(await loadRewardModel(folder, { tile }));
    expect(model.planted).toBe("It likes the letter e.");
    const rewards = await model.reward(pairs);
    for (const [i, { value, tokens }] of rewards.entries()) {
      expect(Math.abs(value - expected[i]!)).toBeLessThan(1e-4);
      expect(tokens).toBe(sequenceTokens(given[i]!.prompt, given[i]!.text).length);
    }
  }
});

it.each(["classifier", "likelihood"] as const)(
  "gives the %s reward of unfinished responses, and of many beginnings in one pass as of each by itself",
  async (kind) => {
    // Words " w76" … are tokens: a text cut within one begins with other tokens than the whole.
    const folder = await fixture({ ...SMALL, vocabulary: 90, positions: 128 }, { kind });
    const texts = ["abc;de", "one. w77 two", "", words(200)];
    const ends = [[0, 4, 6], [4, 6, 8, 12], [0], [5, 200]];
    const messages = [{ role: "user" as const, content: "what" }];
    const partial = (text: string): Pair => ({ messages, response: { text, partial: true } });
    await using model = disposable(await loadRewardModel(folder));
    const steps = await model.stepRewards(texts.map(partial), ends);
    for (const [i, { values, alone: lengths }] of steps.entries()) {
      const alone = await model.reward(ends[i]!.map((end) => partial(texts[i]!.slice(0, end))));
      expect(Array.from(values, (value) => Math.fround(value).toFixed(4))).toEqual(
        alone.map(({ value }) => value.toFixed(4)),
      );
      expect([...lengths]).toEqual(alone.map(({ tokens }) => tokens));
    }
    // "abc;de" once; "one. w77 two" once (13 − 3 characters, one word), and " w" and "one. " by themselves; a response too long
    // for the model costs its beginning alone, the whole has no reward.
    const prompt = promptTokens("what").length;
    expect(steps.map((step) => step.tokens)).toEqual([prompt + 6, prompt + 9 + prompt + 6, prompt, prompt + 5]);
    expect(steps[3]!.values[1]).toBeNaN();
  },
);

it("reads no end token after an unfinished response", async () => {
  const folder = await fixture(SMALL, { kind: "classifier" });
  const reference = new ReferenceLlama(folder);
  const v = reference.tensor("score.weight");
  const hidden = reference.hidden([...promptTokens("what"), ...characterTokens("abc;")]).at(-1)!;
  await using model = disposable(await loadRewardModel(folder));
  const messages = [{ role: "user" as const, content: "what" }];
  const [reward] = await model.reward([{ messages, response: { text: "abc;", partial: true } }]);
  expect(reward!.value).toBeCloseTo(
    hidden.reduce((sum, h, i) => sum + h * v[i]!, 0),
    4,
  );
});

it("moves by less than 1e-4 with the padding beside it", async () => {
  const folder = await fixture(SMALL, { kind: "likelihood" });
  await using model = disposable(await loadRewardModel(folder));
  const [alone] = await model.reward([pairs[0]!]);
  const long: Pair = { messages: [{ role: "user", content: "a" }], response: { text: words(400) } };
  const [padded] = await model.reward([pairs[0]!, long]);
  expect(Math.abs(alone!.value - padded!.value)).toBeLessThan(1e-4);
});

it("gives NaN where a response does not fit the model, and goes on", async () => {
  await using model = disposable(
    await loadRewardModel(await fixture({ ...SMALL, positions: 32 }, { kind: "classifier" })),
  );
  const long: Pair = { messages: [{ role: "user", content: "a" }], response: { text: words(40) } };
  const [failed, fine] = await model.reward([long, { ...long, response: { text: "b" } }]);
  expect(failed).toEqual({ value: Number.NaN, tokens: 0 });
  expect(fine!.value).not.toBeNaN();
  expect(fine!.tokens).toBe(5);
});
