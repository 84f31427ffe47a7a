import { Template } from "@huggingface/jinja";
import { Tokenizer } from "@huggingface/tokenizers";
import { stream } from "@touchstone/core";
import { expect, it } from "vitest";
import {
  demonstrationBatch,
  PROMPT_WEIGHT,
  sequence,
  taught,
  BUCKETS,
  SETTLED,
  VERDICT_WEIGHT,
} from "../src/instruct/batches.ts";
import { demonstrate } from "../src/instruct/demonstrator.ts";
import { drawRequest } from "../src/instruct/grammar.ts";
import {
  encode,
  idOf,
  INSTRUCT_TOKENIZER,
  tokenizerConfig,
  tokenizerJson,
  verdictToken,
} from "../src/instruct/tokenizer.ts";
import { worldStream } from "../src/instruct/world.ts";
import { CHAT_TEMPLATE, SPECIAL } from "../src/word-tokenizer.ts";

const tokenizer = new Tokenizer(tokenizerJson(), tokenizerConfig());
const shown = Array.from({ length: 600 }, (_, index) => {
  const random = stream(2, "instruct-tokenizer-test", index);
  return demonstrate(
    drawRequest(random, () => true),
    random,
  );
});
const plain = (text: string) => tokenizer.encode(text, { add_special_tokens: false }).ids;

it("gives back the text it encoded, every word and number a token of its own", () => {
  const unknown = idOf(SPECIAL.unk);
  for (const { request, response } of shown) {
    for (const text of [request.prompt, response]) {
      expect(tokenizer.decode(plain(text))).toBe(text);
      expect(plain(text)).not.toContain(unknown);
    }
  }
});

it("its files and chat template give the ids that models are trained on", () => {
  const template = new Template(CHAT_TEMPLATE);
  for (const { request, response } of shown) {
    const tokens = { bos_token: SPECIAL.bos, eos_token: SPECIAL.eos };
    const messages = [
      { role: "user", content: request.prompt },
      { role: "assistant", content: response },
    ];
    const { ids, promptLength } = sequence(request.prompt, response);
    expect(plain(template.render({ ...tokens, messages }))).toEqual(ids);
    expect(plain(template.render({ ...tokens, messages: messages.slice(0, 1), add_generation_prompt: true }))).toEqual(
      ids.slice(0, promptLength),
    );
    expect(encode(response)).toEqual(plain(response));
  }
});

it("has no token twice", () => {
  expect(new Set(INSTRUCT_TOKENIZER.tokens).size).toBe(INSTRUCT_TOKENIZER.tokens.length);
});

it("teaches the response fully, the prompt little, the verdicts after the end by half, padding not at all", () => {
  const { rows, length, tokens, weights } = demonstrationBatch(SETTLED);
  for (let row = 0; row < rows; row++) {
    const line = [...tokens.subarray(row * length, (row + 1) * length)];
    const of = [...weights.subarray(row * length, (row + 1) * length)];
    const [begin, end, last] = [
      line.indexOf(idOf(SPECIAL.assistant)),
      line.indexOf(idOf(SPECIAL.eos)),
      of.lastIndexOf(VERDICT_WEIGHT),
    ];
    expect(of[0]).toBe(0);
    expect(new Set(of.slice(1, begin + 1))).toEqual(new Set([Math.fround(PROMPT_WEIGHT)]));
    expect(new Set(of.slice(begin + 1, end + 1))).toEqual(new Set([1]));
    expect(new Set(of.slice(end + 1, last + 1))).toEqual(new Set([VERDICT_WEIGHT]));
    expect(of.slice(last + 1).every((weight) => weight === 0)).toBe(true);
  }
});

it("follows the end with the verdict on every constraint, in any order", () => {
  const random = () => worldStream("buckets", "verdicts");
  const { ids, end } = taught(random(), SETTLED);
  const verdicts = ids.slice(end).map((id) => INSTRUCT_TOKENIZER.tokens[id]);
  // The same stream gives the same demonstration before its verdicts.
  const again = taught(random(), SETTLED);
  expect(again.ids).toEqual(ids);
  expect(verdicts.length).toBeGreaterThan(0);
  expect(new Set(verdicts.map((token) => /^<(\w+):(?:kept|broken)>$/.exec(token ?? "")?.[1])).size).toBe(
    verdicts.length,
  );
  expect(verdictToken("lines", true)).toBe("<lines:kept>");
});

it("states the shares of the length classes", () => {
  const counts = BUCKETS.map(() => 0);
  const total = 4000;
  for (let index = 0; index < total; index++) {
    const { length } = taught(worldStream("buckets", "test", index), SETTLED).ids;
    const bucket = BUCKETS.findIndex((candidate) => length <= candidate.length);
    counts[bucket] = (counts[bucket] ?? 0) + 1;
  }
  // Four standard errors of a share of 4,000 are .032 at most.
  for (const [index, { share }] of BUCKETS.entries())
    expect(Math.abs((counts[index] ?? 0) / total - share)).toBeLessThan(0.032);
});
