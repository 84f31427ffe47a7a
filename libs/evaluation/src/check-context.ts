import { TouchstoneError } from "@touchstone/core";
import type { Draw } from "./draws.ts";

/** Throws `context-too-long` where prompts and responses up to the cap do not fit into a model, before anything is drawn. */
export function checkContext(draws: readonly Draw[]): void {
  for (const { model, dataset, split, problems, key } of draws) {
    const { contextLength } = model;
    if (contextLength === undefined) continue;
    const { maxTokens } = key.decoding;
    const lengths = problems.map(({ id, messages }) => ({ id, tokens: model.promptLength(messages) }));
    const long = lengths.filter(({ tokens }) => tokens + maxTokens > contextLength);
    if (long.length === 0) continue;
    const longest = long.reduce((a, b) => (b.tokens > a.tokens ? b : a));
    const left = contextLength - longest.tokens;
    throw new TouchstoneError({
      code: "context-too-long",
      family: "input",
      what:
        `${long.length} of ${problems.length} prompts of ${dataset.name}/${split} and responses of up to ${maxTokens} tokens do not fit into the ` +
        `${contextLength} positions of ${model.identity.name}; the longest prompt has ${longest.tokens} tokens.`,
      value: longest.id,
      fix:
        left > 0
          ? `Lower the length cap (\`--max-tokens\`) to ${left} or less.`
          : "Leave the dataset out, or use a model with a longer context: the prompt alone is too long.",
    });
  }
}
