import { readFileSync } from "node:fs";
import { join } from "node:path";
import { TouchstoneError, type ChatMessage } from "@touchstone/core";

export type PromptName = "pairwise" | "genrm" | "genrm-rationale" | "genrm-question";

/** What each prompt must have a place for. */
const PLACES: Readonly<Record<PromptName, readonly string[]>> = {
  pairwise: ["instruction", "first", "second"],
  genrm: ["instruction", "response"],
  "genrm-rationale": ["instruction", "response"],
  "genrm-question": [],
};

/** The prompt of this name that comes with Touchstone, without the line break that ends its file. */
export function promptNamed(name: PromptName): string {
  return readFileSync(join(import.meta.dirname, "prompts", `${name}.txt`), "utf8").replace(/\n$/, "");
}

/** @throws TouchstoneError `bad-judge-prompt` where a place is missing */
export function checkPrompt(name: PromptName, text: string): string {
  const missing = PLACES[name].find((place) => !text.includes(`{{${place}}}`));
  if (missing === undefined) return text;
  throw new TouchstoneError({
    code: "bad-judge-prompt",
    family: "input",
    what: `A prompt of the kind ${name} has no place {{${missing}}}.`,
    value: text,
    fix: `Write ${PLACES[name].map((place) => `{{${place}}}`).join(", ")} where these belong; libs/inference/src/judges/prompts has examples.`,
  });
}

/** The prompt with its places filled. What is filled in is not searched for places again. */
export function filled(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\{\{(\w+)\}\}/g, (place, name: string) => values[name] ?? place);
}

/** A conversation as one text: its only message as it is, else each under who says it. */
export function instructionOf(messages: readonly ChatMessage[]): string {
  const [only] = messages;
  if (messages.length === 1 && only) return only.content;
  return messages.map(({ role, content }) => `${role}: ${content}`).join("\n\n");
}
