import { expect, test } from "vitest";
import { withAdvised } from "../src/generation-defaults.ts";

const advice = { temperature: 0.7, topK: 20, topP: 0.8 };
const of = (...models: readonly (readonly [string, object])[]) => new Map(models);

test("a suite that says nothing of sampling samples as its model advises; the cap and stop strings stay", () => {
  expect(withAdvised({ name: "s" }, of(["org/m", advice]))).toEqual({
    given: { name: "s", decodings: [advice] },
    notes: ["sampling as the model's generation_config.json advises: temperature 0.7, top-k 20, top-p 0.8."],
  });
  const capped = { decodings: [{ maxTokens: 256, stop: ["\n"] }] };
  expect(withAdvised(capped, of(["org/m", advice])).given).toEqual({
    decodings: [{ maxTokens: 256, stop: ["\n"], ...advice }],
  });
});

test("who names one of temperature, top-k and top-p has chosen all of them", () => {
  for (const chosen of [{ temperature: 1 }, { topK: 5 }, { topP: 1 }]) {
    const suite = { decodings: [chosen] };
    expect(withAdvised(suite, of(["org/m", advice]))).toEqual({ given: suite, notes: [] });
  }
});

test("a model that advises what is done anyway, or nothing, leaves the suite as it was", () => {
  for (const plain of [{}, { temperature: 1 }, { temperature: 1, topK: 0, topP: 1 }]) {
    const suite = { name: "s" };
    expect(withAdvised(suite, of(["arith", plain]))).toEqual({ given: suite, notes: [] });
  }
});

test("models that advise different things get none of it, and that is said", () => {
  const { given, notes } = withAdvised({ name: "s" }, of(["org/a", advice], ["org/b", {}]));
  expect(given).toEqual({ name: "s" });
  expect(notes.join()).toMatch(/org\/a temperature 0\.7, top-k 20, top-p 0\.8, org\/b temperature 1, .*run them apart/);
  expect(withAdvised({ name: "s" }, of(["org/a", advice], ["org/b", advice])).given).toMatchObject({
    decodings: [advice],
  });
});
