import { FIXTURE_END, fixtureVocabulary } from "../src/fixture/index.ts";

/** Ids of `<bos>`, the characters, `<assistant>`: what the fixture's chat template makes of one message. */
export function promptTokens(text: string): number[] {
  return [1, ...characterTokens(text), 3];
}

export function characterTokens(text: string): number[] {
  const vocabulary = fixtureVocabulary(64);
  return Array.from(text, (c) => vocabulary.indexOf(c));
}

/** Prompt, response and end token. */
export function sequenceTokens(prompt: string, response: string): number[] {
  return [...promptTokens(prompt), ...characterTokens(response), FIXTURE_END];
}
