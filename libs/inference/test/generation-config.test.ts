import { expect, test } from "vitest";
import { advisedSampling } from "../src/index.ts";

test("temperature, top-k and top-p are taken, and a penalty that would change the law is listed", () => {
  // Qwen/Qwen2.5-0.5B-Instruct's file.
  const config = {
    bos_token_id: 151643,
    pad_token_id: 151643,
    do_sample: true,
    eos_token_id: [151645, 151643],
    repetition_penalty: 1.1,
    temperature: 0.7,
    top_p: 0.8,
    top_k: 20,
    transformers_version: "4.37.0",
  };
  expect(advisedSampling(config)).toEqual({
    taken: { temperature: 0.7, topP: 0.8, topK: 20 },
    left: { repetition_penalty: 1.1 },
  });
});

test("what the file does not say is not made up, and what changes nothing is not mentioned", () => {
  expect(advisedSampling({ temperature: 0.6, top_p: 0.9, repetition_penalty: 1, num_beams: 1, min_p: null })).toEqual({
    taken: { temperature: 0.6, topP: 0.9 },
    left: {},
  });
  expect(advisedSampling({ bos_token_id: 1, max_new_tokens: 64 })).toEqual({ taken: {}, left: {} });
});

test("advice to decode greedily is no advice for sampling", () => {
  expect(advisedSampling({ do_sample: false, temperature: 0.6 })).toEqual({ taken: {}, left: { temperature: 0.6 } });
  expect(advisedSampling({ temperature: 0, top_p: 2 })).toEqual({ taken: {}, left: { temperature: 0, top_p: 2 } });
});
