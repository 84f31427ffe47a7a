import {
  canonicalJson,
  TouchstoneError,
  type Decoding,
  type LanguageModel,
  type Method,
  type ModelCapabilities,
} from "@touchstone/core";
import { called } from "./called.ts";
import type { Draw } from "./draws.ts";
import { methodNamed } from "./method-named.ts";
import { continuesWith, holds } from "./needs.ts";
import type { RunSetting } from "./setting.ts";

/**
 * What a model lacks for a method with these parameters, in words; undefined where it has everything. `decoding`: what the method's
 * samples are drawn with.
 */
export function lacking(
  { needs }: Pick<Method, "needs">,
  parameters: unknown,
  capabilities: ModelCapabilities | undefined,
  { temperature, topK, topP }: Pick<Decoding, "temperature" | "topK" | "topP">,
): string | undefined {
  if (capabilities === undefined) return undefined;
  const { tokenStatistics, continuation, embed, tokens } = capabilities;
  const continues = continuesWith(needs, parameters);
  if (continues && !tokens) return "token ids of responses";
  if (continues && !continuation) return "continuation of a response";
  if (needs.embeds === true && !embed) return "prompt embeddings";
  const whole = tokenStatistics === "full";
  if (holds(needs.afterLast, parameters) && !whole) return "the distribution after a response's last token";
  if (holds(needs.distributions, parameters) && !whole) return "whole token distributions";
  if (!holds(needs.logProbabilities, parameters) || whole) return undefined;
  if (tokenStatistics === "none") return "log-probabilities of drawn tokens";
  const plain = temperature === 1 && topK === 0 && topP === 1;
  // A chain needs them under both laws; servers tell one.
  return holds(needs.tokenStatistics, parameters) && !plain
    ? "log-probabilities under a decoding other than temperature 1 without truncation"
    : undefined;
}

/** @throws TouchstoneError `missing-capability` where a model cannot do what a method of the suite needs, before anything is drawn */
export function checkCapabilities(
  { suite, methods }: Pick<RunSetting, "suite" | "methods">,
  draws: readonly Draw[],
): void {
  for (const { model, key, methods: names } of draws) {
    for (const { name, parameters } of suite.methods) {
      if (!names.includes(name)) continue;
      const method = methodNamed(name, methods);
      const lack = lacking(method, parameters, model.capabilities, key.decoding);
      if (lack !== undefined) throw missing(called(method, canonicalJson(parameters)), model, lack);
    }
  }
}

function missing(method: string, { identity }: LanguageModel, lack: string): TouchstoneError {
  return new TouchstoneError({
    code: "missing-capability",
    family: "usage",
    what: `The method ${method} cannot be run on ${identity.name}, whose server does not give it ${lack}.`,
    value: lack,
    fix: "Leave the method out, or run it on a model of this machine; docs/servers.md says what each method needs of a server.",
  });
}
