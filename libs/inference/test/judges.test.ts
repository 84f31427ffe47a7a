import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ChatMessage, LanguageModel } from "@touchstone/core";
import { startModelServer, type ModelServer } from "@touchstone/testkit/model-server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeFixtureModel } from "../src/fixture/index.ts";
import { loadLanguageModel, type LocalLanguageModel } from "../src/index.ts";
import { generativeRewardModel, pairwiseJudge } from "../src/judges/index.ts";
import { checkPrompt, filled, instructionOf, promptNamed } from "../src/judges/prompts.ts";
import { answerIn, conversationKey, readVerdicts } from "../src/judges/verdicts.ts";
import { openServedModel } from "../src/openai/index.ts";
import { disposable } from "./models.ts";

/** One character is one token; the judge's prompt is several hundred. */
const SHAPE = { layers: 1, width: 32, heads: 2, mlp: 48, vocabulary: 80, positions: 2048 };
const folder = mkdtempSync(join(tmpdir(), "touchstone-judges-"));
const asks = (content: string): ChatMessage[] => [{ role: "user", content }];
const MESSAGES = asks("Name a fruit.");

let model: LocalLanguageModel;
let server: ModelServer;
beforeAll(async () => {
  await writeFixtureModel(join(folder, "judge"), SHAPE, { seed: 4, spread: 0.5 });
  model = await loadLanguageModel(join(folder, "judge"), { workers: 1, tile: 4 });
  server = await startModelServer({ flavour: "vllm", models: [{ name: "judge", folder: join(folder, "judge") }] });
}, 60_000);
afterAll(async () => {
  await model.close();
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

describe("a pairwise judge", () => {
  test("gives p(m)/(p(m) + p(M)), in both orders, and their mean", async () => {
    const [found] = await pairwiseJudge(model).compare([{ messages: MESSAGES, first: "pear", second: "stone" }]);
    const shares = await Promise.all(
      [
        ["pear", "stone"],
        ["stone", "pear"],
      ].map(([a, b]) => shareOfM(model, a!, b!)),
    );
    expect(found!.shownFirst).toBeCloseTo(shares[0]!, 6);
    expect(found!.shownSecond).toBeCloseTo(1 - shares[1]!, 6);
    expect(found!.value).toBeCloseTo((shares[0]! + 1 - shares[1]!) / 2, 6);
    // A judge of random weights prefers a position: that is what asking twice takes out.
    expect(Math.abs(found!.shownFirst - found!.shownSecond)).toBeGreaterThan(1e-3);
  });

  test("is of two minds about equal responses, and turned round it says the opposite", async () => {
    const [same, straight, turned] = await pairwiseJudge(model).compare([
      { messages: MESSAGES, first: "fig", second: "fig" },
      { messages: MESSAGES, first: "fig", second: "an apple" },
      { messages: MESSAGES, first: "an apple", second: "fig" },
    ]);
    expect(same!.value).toBeCloseTo(0.5, 9);
    expect(straight!.value + turned!.value).toBeCloseTo(1, 6);
  });

  test("counts the tokens of both orders and both answers", async () => {
    const [found] = await pairwiseJudge(model).compare([{ messages: MESSAGES, first: "fig", second: "plum" }]);
    const prompt = filled(promptNamed("pairwise"), { instruction: "Name a fruit.", first: "fig", second: "plum" });
    expect(found!.tokens).toBe(4 * (model.promptLength(asks(prompt)) + 1));
  });

  test("behind a server reads the most probable first tokens, and says what the engine says", async () => {
    await using served = disposable(await openServedModel({ url: server.url, model: "judge" }));
    const pairs = [
      { messages: MESSAGES, first: "pear", second: "stone" },
      { messages: MESSAGES, first: "fig", second: "an apple" },
    ];
    const [local, remote] = [await pairwiseJudge(model).compare(pairs), await pairwiseJudge(served).compare(pairs)];
    for (const [i, { value }] of local.entries()) expect(remote[i]!.value).toBeCloseTo(value, 3);
    expect(remote[0]!.tokens).toBeGreaterThan(0);
  });

  test("has its prompt in its identity, and refuses one without a place for a response", () => {
    const own = pairwiseJudge(model, { prompt: "{{instruction}} m: {{first}} M: {{second}}" });
    expect(own.identity.templateHash).not.toBe(pairwiseJudge(model).identity.templateHash);
    expect(own.identity.revision).toBe(model.identity.revision);
    expect(() => pairwiseJudge(model, { prompt: "{{instruction}} {{first}}" })).toThrow(
      /^bad-judge-prompt: .*no place \{\{second\}\}/,
    );
  });
});

describe("a generative verifier", () => {
  const pairs = ["pear", "stone", "fig"].map((text) => ({ messages: MESSAGES, response: { text } }));

  test("rewards with p(Yes), on the engine and behind a server", async () => {
    const found = await generativeRewardModel(model).reward(pairs);
    const prompt = (response: string) => asks(filled(promptNamed("genrm"), { instruction: "Name a fruit.", response }));
    for (const [i, { response }] of pairs.entries())
      expect(found[i]!.value).toBeCloseTo(await probabilityOf(model, prompt(response.text), "Yes"), 9);
    await using served = disposable(await openServedModel({ url: server.url, model: "judge" }));
    const remote = await generativeRewardModel(served).reward(pairs);
    // Yes is three tokens here, of which no list of first tokens tells: the server scores the whole answer.
    for (const [i, { value }] of found.entries()) expect(remote[i]!.value / value).toBeCloseTo(1, 2);
  });

  test("with rationales is the mean over them, whatever else is asked for", async () => {
    const verifier = generativeRewardModel(model, { rationales: 3, maxTokens: 12 });
    const all = await verifier.reward(pairs);
    const [last] = await verifier.reward([pairs[2]!]);
    expect(last!.value).toBeCloseTo(all[2]!.value, 6);
    const content = filled(promptNamed("genrm-rationale"), { instruction: "Name a fruit.", response: "fig" });
    const problem = { id: conversationKey(asks(content)), messages: asks(content) };
    const decoding = { temperature: 0.7, topK: 0, topP: 1, maxTokens: 12, stop: [] };
    const texts: string[] = [];
    for await (const { samples } of model.sample([{ problem, first: 0, count: 3, seed: 0, decoding }]))
      for (const { index, text } of samples) if (index < 3) texts.push(text);
    expect(new Set(texts).size).toBeGreaterThan(1);
    const each = await Promise.all(
      texts.map((rationale) =>
        probabilityOf(
          model,
          [
            ...asks(content),
            { role: "assistant", content: rationale },
            { role: "user", content: promptNamed("genrm-question") },
          ],
          "Yes",
        ),
      ),
    );
    expect(all[2]!.value).toBeCloseTo(each.reduce((a, b) => a + b, 0) / 3, 9);
    expect(all[2]!.tokens).toBeGreaterThan((await generativeRewardModel(model).reward([pairs[2]!]))[0]!.tokens);
    expect(verifier.identity.templateHash).not.toBe(generativeRewardModel(model).identity.templateHash);
  });
});

describe("a verdict without log-probabilities", () => {
  test("is the share of drawn answers, and none where nothing was said", async () => {
    const without = (texts: readonly string[]): LanguageModel => ({
      ...({} as LanguageModel),
      capabilities: {
        continuation: false,
        score: false,
        embed: false,
        tokenStatistics: "none",
        seeds: false,
        tokens: false,
      },
      identity: model.identity,
      size: model.size,
      async *sample(requests) {
        for (const [request] of requests.entries()) {
          const samples = texts.map((text, index) => ({ index, text, tokens: new Int32Array(2) }) as never);
          yield { request, promptTokens: 5, samples, seconds: 0 };
        }
      },
    });
    const eight = ["Yes", "Yes.", "No", "no idea", "**Yes**, it is", "Maybe", "No!", "Yes"];
    const [found] = await readVerdicts(without(eight), [MESSAGES], ["Yes", "No"], {});
    expect(found!.probabilities).toEqual([4 / 6, 2 / 6]);
    const [none] = await readVerdicts(without(["?"]), [MESSAGES], ["Yes", "No"], {});
    expect(none!.probabilities).toEqual([Number.NaN, Number.NaN]);
    expect(answerIn("M is better", ["m", "M"])).toBe(1);
  });
});

test("prompts are filled once, and a conversation of several turns keeps who said what", () => {
  expect(filled("{{a}} {{b}}", { a: "{{b}}", b: "x" })).toBe("{{b}} x");
  expect(checkPrompt("genrm-question", "Well?")).toBe("Well?");
  expect(instructionOf([...MESSAGES, { role: "assistant", content: "Fig." }])).toBe(
    "user: Name a fruit.\n\nassistant: Fig.",
  );
});

/** The probability of a text's tokens, each by a prompt that ends with those before it: not as one response. */
async function probabilityOf(of: LocalLanguageModel, messages: readonly ChatMessage[], text: string): Promise<number> {
  let product = 1;
  for (let end = 1; end <= text.length; end++) {
    const [whole] = await of.score([{ messages, response: { text: text.slice(0, end), partial: true } }]);
    product *= Math.exp(whole!.logProbability.at(-1)!);
  }
  return product;
}

async function shareOfM(of: LocalLanguageModel, first: string, second: string): Promise<number> {
  const prompt = asks(filled(promptNamed("pairwise"), { instruction: "Name a fruit.", first, second }));
  const [m, M] = await Promise.all(["m", "M"].map((letter) => probabilityOf(of, prompt, letter)));
  return m! / (m! + M!);
}
