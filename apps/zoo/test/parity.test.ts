import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadLanguageModel, loadRewardModel } from "@touchstone/inference";
import { type FixtureOptions, writeFixtureModel } from "@touchstone/inference/fixture";
import { forward, forwardRewards, readModel } from "@touchstone/training";
import { afterAll, expect, it } from "vitest";

// Training and the engine read the same safetensors and share no code: what is trained must be what is run.

const root = mkdtempSync(join(tmpdir(), "touchstone-parity-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const MESSAGES = [{ role: "user" as const, content: "ada has 7 pens" }];
/** `<bos>`, the fixture's ids of the characters above, `<assistant>`. */
const PROMPT = [1, ...Array.from("ada has 7 pens", (c) => 4 + "abcdefghijklmnopqrstuvwxyz0123456789 ".indexOf(c)), 3];

async function fixture(name: string, options: FixtureOptions): Promise<string> {
  const folder = join(root, name);
  await writeFixtureModel(folder, { layers: 3, width: 48, heads: 4, mlp: 80, vocabulary: 64 }, options);
  return folder;
}

/** Log-probabilities of every token after each prefix of the response, by scoring them all. */
async function engineLaws(folder: string, messages: typeof MESSAGES, response: readonly number[], vocabulary: number) {
  const model = await loadLanguageModel(folder);
  const laws: number[][] = [];
  for (const [length] of response.entries()) {
    const pairs = Array.from({ length: vocabulary }, (_, token) => ({
      messages,
      response: { text: "", tokens: Int32Array.from([...response.slice(0, length), token]) },
    }));
    laws.push((await model.score(pairs)).map(({ logProbability }) => logProbability[length]!));
  }
  const [embedding] = await model.embed([messages]);
  await model.close();
  return { laws, embedding: embedding! };
}

/** The largest difference between the engine's log-probabilities and the normalised logits of training's forward pass. */
async function largestDifference(
  folder: string,
  messages: typeof MESSAGES,
  prompt: readonly number[],
  response: readonly number[],
) {
  const model = await readModel(folder);
  const [row] = await forward(model, [[...prompt, ...response]]);
  const vocabulary = row!.logits.length / (prompt.length + response.length);
  const { laws, embedding } = await engineLaws(folder, messages, response, vocabulary);
  let logits = 0;
  for (const [length, law] of laws.entries()) {
    const from = (prompt.length + length - 1) * vocabulary;
    const theirs = Array.from(row!.logits.subarray(from, from + vocabulary));
    const normaliser = Math.log(theirs.reduce((sum, l) => sum + Math.exp(l), 0));
    for (const [token, l] of theirs.entries()) logits = Math.max(logits, Math.abs(law[token]! - (l - normaliser)));
  }
  const width = embedding.length;
  const hidden = row!.hidden.subarray((prompt.length - 1) * width, prompt.length * width);
  return { logits, hidden: Math.max(...hidden.map((h, i) => Math.abs(h - embedding[i]!))) };
}

it("the engine's logits and embeddings are those of training's forward pass", async () => {
  const difference = await largestDifference(await fixture("policy", {}), MESSAGES, PROMPT, [9, 30, 14, 41, 5, 2]);
  expect(difference.logits).toBeLessThan(1e-3);
  expect(difference.hidden).toBeLessThan(1e-3);
});

it.each(["classifier", "likelihood"] as const)(
  "the engine's %s rewards are those of training's forward pass",
  async (kind) => {
    const folder = await fixture(kind, { kind });
    const texts = ["a", "7 and 7", "none of them is hers"];
    const model = await loadRewardModel(folder);
    const rewards = await model.reward(texts.map((text) => ({ messages: MESSAGES, response: { text } })));
    await model.close();

    const sequences = texts.map((text) => [
      ...PROMPT,
      ...Array.from(text, (c) => 4 + "abcdefghijklmnopqrstuvwxyz0123456789 ".indexOf(c)),
      2,
    ]);
    const length = Math.max(...sequences.map((tokens) => tokens.length));
    const tokens = new Int32Array(sequences.length * length);
    for (const [row, sequence] of sequences.entries()) tokens.set(sequence, row * length);
    const theirs = await forwardRewards(await readModel(folder), {
      rows: sequences.length,
      length,
      tokens,
      starts: Int32Array.from(sequences, () => PROMPT.length),
      ends: Int32Array.from(sequences, (sequence) => sequence.length),
    });
    for (const [i, { value }] of rewards.entries()) expect(Math.abs(value - theirs[i]!)).toBeLessThan(1e-3);
  },
);

const arith = join(import.meta.dirname, "..", "..", "..", "models", "arith");

it.runIf(existsSync(join(arith, "model.safetensors")))("so are those of the trained policy", async () => {
  const messages = [{ role: "user" as const, content: "1+2" }];
  const { encoder, vocabulary } = await import("../src/arith/tokenizer.ts");
  const { SPECIAL } = await import("../src/word-tokenizer.ts");
  const id = (token: string) => vocabulary().indexOf(token);
  const prompt = [id(SPECIAL.bos), ...encoder()("1+2"), id(SPECIAL.assistant)];
  const difference = await largestDifference(arith, messages, prompt, [
    ...encoder()("1+2=3 ; #### 3"),
    id(SPECIAL.eos),
  ]);
  expect(difference.logits).toBeLessThan(1e-3);
  expect(difference.hidden).toBeLessThan(1e-3);
});
