import type { Pair, TokenStatistics, TouchstoneError } from "@touchstone/core";
import { statisticsBy } from "../statistics.ts";
import { scorePrompt, type Prompt } from "./forms.ts";
import type { ServerReport } from "./probe.ts";
import { promptOf } from "./prompts.ts";
import type { AskOptions, ServerClient } from "./server-client.ts";
import { missingCapability } from "./server-errors.ts";

/** The error of asking a served model for what its server does not give. */
export function lackOf({ model, url }: ServerReport, capability: string, wanted: string): TouchstoneError {
  const fix = `\`./touchstone doctor --backend ${url}\` says what this server can do; docs/servers.md, what each method needs.`;
  return missingCapability(model, capability, wanted, fix);
}

/**
 * Log-probabilities at temperature 1 of the tokens of a given response; everything else is NaN.
 * @throws TouchstoneError `missing-capability`
 */
export async function scoreResponse(
  client: ServerClient,
  report: ServerReport,
  prompt: Prompt,
  response: Pair["response"],
  ask: AskOptions,
): Promise<TokenStatistics> {
  const before = prompt.tokens ?? [];
  const own = response.tokens ? Array.from(response.tokens) : await tokensOf(client, report, prompt, response, ask);
  const tokens = [...before, ...own];
  const text = prompt.text === undefined ? undefined : prompt.text + response.text;
  const values = await scorePrompt(client, report, { tokens, text }, ask);
  if (values === undefined)
    throw lackOf(report, "prompt log-probabilities of these tokens", "log-probabilities of a given response");
  const scored = Float32Array.from(values.slice(before.length));
  return statisticsBy((name) =>
    name === "logProbability" || name === "decodingLogProbability"
      ? scored.slice()
      : new Float32Array(scored.length).fill(Number.NaN),
  );
}

/**
 * A response given as text becomes the tokens that follow the prompt in the conversation in which it is the assistant's; unless it is
 * partial, with the token by which the template ends it.
 */
async function tokensOf(
  client: ServerClient,
  report: ServerReport,
  { messages, tokens: before = [] }: Prompt,
  { text, partial = false }: Pair["response"],
  ask: AskOptions,
): Promise<readonly number[]> {
  if (report.kind !== "vllm")
    throw lackOf(report, "a tokenizer for responses", "log-probabilities of a response without its tokens");
  const answered = [...messages, { role: "assistant", content: text } as const];
  const { tokens: open = [] } = await promptOf(client, report, answered, ask, "open");
  if (partial) return open.slice(before.length);
  const { tokens: closed = [] } = await promptOf(client, report, answered, ask, "closed");
  const begins = open.every((token, i) => closed[i] === token);
  if (!begins || closed.length === open.length)
    throw lackOf(report, "a template that ends responses", "log-probabilities of a whole response without its tokens");
  return closed.slice(before.length, open.length + 1);
}
