import { Template } from "@huggingface/jinja";
import { Tokenizer } from "@huggingface/tokenizers";
import { stream } from "@touchstone/core";
import { expect, it } from "vitest";
import { sequence } from "../src/arith/batches.ts";
import { drawProblem, workedSolution } from "../src/arith/grammar.ts";
import { encoder, tokenizerConfig, tokenizerJson, vocabulary } from "../src/arith/tokenizer.ts";
import { CHAT_TEMPLATE, SPECIAL } from "../src/word-tokenizer.ts";

const tokenizer = new Tokenizer(tokenizerJson(), tokenizerConfig());
const problems = Array.from({ length: 400 }, (_, index) => drawProblem(stream(2, "tokenizer-test", index), () => true));
const plain = (text: string) => tokenizer.encode(text, { add_special_tokens: false }).ids;

it("gives back the text it encoded", () => {
  for (const problem of problems) {
    for (const text of [problem.prompt, workedSolution(problem), "12+5=17 ; 17*3=51 ; #### 51"]) {
      expect(tokenizer.decode(plain(text))).toBe(text);
    }
  }
});

it("spells numbers in digits, whatever stands before them", () => {
  const digits = [..."305"].map((digit) => vocabulary().indexOf(digit));
  for (const text of ["305", "#### 305", " has 305 coins", "1+305"])
    expect(plain(text).join()).toContain(digits.join());
});

it("marks unknown text and does not drop it", () => {
  expect(plain("Zürich")).toContain(vocabulary().indexOf(SPECIAL.unk));
});

it("adds the beginning of a sequence only when asked for special tokens", () => {
  const bos = vocabulary().indexOf(SPECIAL.bos);
  expect(tokenizer.encode("1+1=2").ids).toEqual([bos, ...plain("1+1=2")]);
  expect(tokenizer.decode([bos, ...plain("1+1=2")], { skip_special_tokens: true })).toBe("1+1=2");
});

it("its files and chat template give the ids that models are trained on", () => {
  const template = new Template(CHAT_TEMPLATE);
  const encode = encoder();
  for (const problem of problems) {
    const response = workedSolution(problem);
    const user = { role: "user", content: problem.prompt };
    const tokens = { bos_token: SPECIAL.bos, eos_token: SPECIAL.eos };
    const prompt = template.render({ ...tokens, messages: [user], add_generation_prompt: true });
    const whole = template.render({ ...tokens, messages: [user, { role: "assistant", content: response }] });
    const { ids, promptLength } = sequence(problem.prompt, response);
    expect(plain(prompt)).toEqual(ids.slice(0, promptLength));
    expect(plain(whole)).toEqual(ids);
    expect(encode(response)).toEqual(plain(response));
  }
});
