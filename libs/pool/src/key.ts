import { createHash } from "node:crypto";
import { canonicalJson } from "@touchstone/core";
import type { ChatMessage, ModelIdentity } from "@touchstone/core";
import type { GradingIdentity, PoolKey } from "./types.ts";

const sha256 = (value: unknown): string => createHash("sha256").update(canonicalJson(value)).digest("hex");

/** Everything that changes what a model computes: its identity without its display name. */
function modelContent(model: ModelIdentity): Omit<ModelIdentity, "name"> {
  const { revision, dtype, templateHash, provider, runtime, graphHash, tile } = model;
  return { revision, dtype, templateHash, provider, runtime, graphHash, tile };
}

/** sha256 (hex) of all that law 6 names and that is common to a pool's samples. */
export function poolKeyHash({ model, decoding, dataset, seed }: PoolKey): string {
  const { temperature, topK, topP, maxTokens, stop } = decoding;
  return sha256({
    model: modelContent(model),
    decoding: { temperature, topK, topP, maxTokens, stop },
    dataset,
    seed,
  });
}

/** sha256 (hex) of a reward model's identity without its display name. */
export function rewardModelHash(model: ModelIdentity): string {
  return sha256(modelContent(model));
}

export function gradingHash({ extractor, grader, version }: GradingIdentity): string {
  return sha256({ extractor, grader, version });
}

/** sha256 (hex) of a prompt's chat messages. The template that renders them is part of the model's identity. */
export function promptHash(messages: readonly ChatMessage[]): string {
  return sha256(messages.map(({ role, content }) => ({ role, content })));
}
