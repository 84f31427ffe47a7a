import { createHash } from "node:crypto";
import { canonicalJson, IN_MEMORY, TouchstoneError } from "@touchstone/core";
import type { ChatMessage, ModelIdentity } from "@touchstone/core";
import { bytesOf } from "./bytes.ts";
import type { ContinuationKey, GradingIdentity, PoolKey, RewardedContent } from "./types.ts";

const sha256 = (value: unknown): string => createHash("sha256").update(canonicalJson(value)).digest("hex");

/**
 * Everything that changes what a model computes: its identity without its display name.
 * @throws TouchstoneError `model-in-memory`: what weights of the moment draw could never be drawn again
 */
function modelContent(model: ModelIdentity): Omit<ModelIdentity, "name"> {
  if (model.revision.startsWith(IN_MEMORY)) {
    throw new TouchstoneError({
      code: "model-in-memory",
      family: "usage",
      what: "The pool keeps nothing of a model whose weights are in memory only.",
      value: model.name,
      fix: "Save the weights as a model of their own, and load that.",
    });
  }
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

/** sha256 (hex) of a model's identity without its display name. */
export function modelHash(model: ModelIdentity): string {
  return sha256(modelContent(model));
}

export function gradingHash({ extractor, grader, version }: GradingIdentity): string {
  return sha256({ extractor, grader, version });
}

/** sha256 (hex) of a prompt's chat messages. The template that renders them is part of the model's identity. */
export function promptHash(messages: readonly ChatMessage[]): string {
  return sha256(messages.map(({ role, content }) => ({ role, content })));
}

/** The key of a continuation under `poolKeyHash(key)`, as a uuid. */
export function continuationHash(draw: string, wanted: ContinuationKey): string {
  const { problem, promptHash: prompt, prefix, step, index } = wanted;
  const head = JSON.stringify([draw, problem, prompt, step, index]);
  return uuidOf(createHash("sha256").update(head).update("\0").update(bytesOf(prefix)).digest("hex"));
}

/** The key of a rewarded content, as a uuid. */
export function contentHash({ promptHash: prompt, text, partial }: RewardedContent): string {
  // JSON keeps lone surrogates apart, which UTF-8 would not.
  return uuidOf(
    createHash("sha256")
      .update(JSON.stringify([prompt, text, partial]))
      .digest("hex"),
  );
}

/** The first 128 bits. */
function uuidOf(hex: string): string {
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join("-");
}
