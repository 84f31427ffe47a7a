import type { Access } from "@touchstone/core";
import { z } from "zod";
import { ANSWERS } from "./answer.ts";
import { KERNELS } from "./kernel.ts";

/** What all chains have in common. */
export const CHAIN_PARAMETERS = {
  kernel: z.enum(KERNELS).default("token"),
  /** States left out at the beginning. */
  burnIn: z.number().int().min(0).default(0),
  /** Of the rest, every how-manyth state counts. */
  thinning: z.number().int().min(1).default(1),
  unparsable: z.enum(["ignore", "vote"]).default("ignore"),
};

/** Of chains towards a reward. */
export const REWARD_PARAMETERS = {
  /** Temperature of the reward, in the units that `unit` says. */
  beta: z.number().positive(),
  unit: z.enum(["raw", "sd"]).default("raw"),
  accept: z.enum(["exact", "reference", "better"]).default("exact"),
  answer: z.enum(ANSWERS).default("majority"),
};

/** How β is searched, in units of the reward model's median standard deviation within a problem. */
export const BETA_SEARCH = {
  knobs: { beta: { scale: "log", from: 0.05, to: 8 } },
  fixed: { unit: "sd" },
} as const;

/** β in the reward's own units. */
export function betaOf({ beta, unit }: { readonly beta: number; readonly unit: "raw" | "sd" }, access: Access): number {
  return unit === "sd" ? beta * access.rewardScale() : beta;
}

/** Chains that cut what they have need a model; those of whole draws replay. */
export function continues({ kernel }: { readonly kernel: (typeof KERNELS)[number] }): boolean {
  return kernel !== "independence";
}
