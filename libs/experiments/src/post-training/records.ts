import type { Spend } from "@touchstone/core";
import type { RunSpec } from "./plan.ts";

/** What was spent, by purpose. */
export const PURPOSES = ["rollout", "reward", "train", "measure", "deploy"] as const;
export type Purpose = (typeof PURPOSES)[number];
export type Spent = Partial<Readonly<Record<Purpose, Partial<Spend>>>>;

/** One step of a training. */
export interface StepRecord {
  /** Steps done, this one included. */
  readonly step: number;
  /** Mean reward A of the rollouts; null where every reward failed. */
  readonly reward: number | null;
  /** KL(π ‖ π₀) in nats per response, from some rollouts of each prompt. */
  readonly kl: number;
  /** Mean entropy of the rollouts' tokens, nats. */
  readonly entropy: number;
  readonly gradientNorm: number;
  /** Share of rollouts that have a gradient. */
  readonly trainedShare: number;
  /** Rollouts whose reward failed; they are left out of their group. */
  readonly failed: number;
  readonly spent: Spent;
}

/** A policy on held-out problems at one moment. */
export interface DeploymentRecord {
  readonly problems: readonly {
    readonly id: string;
    readonly cluster: string;
    /** Base64 of float32 values, little-endian, one a sample. */
    readonly rewards: string;
    readonly gold: string;
    readonly second: string;
    readonly promptTokens: number;
    /** Means over samples; KL over the first few of them. */
    readonly responseTokens: number;
    readonly entropy: number;
    readonly kl: number;
    /** FLOPs of the prompt once, and of drawing and rewarding (A alone) one sample. */
    readonly promptFlops: number;
    readonly sampleFlops: number;
  }[];
  readonly spent: Partial<Spend>;
}

/** A run that has ended. */
export interface RunRecord {
  readonly spec: RunSpec;
  readonly state: "finished" | "diverged";
  /** Steps after which its weights were kept. */
  readonly moments: readonly number[];
}

export function packed(values: Float32Array): string {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString("base64");
}

export function unpacked(text: string): Float32Array {
  const bytes = Buffer.from(text, "base64");
  // A copy: a buffer from the pool need not begin at a multiple of four.
  return new Float32Array(Uint8Array.from(bytes).buffer);
}
