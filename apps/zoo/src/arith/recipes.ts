import type { RewardRecipe } from "../reward-run.ts";
import { blindRows, honestRows, type LabelledRow, type RewardRow } from "./reward-rows.ts";

/** A built-in reward model: what it starts from, what it is taught, and what its card has to say. */
export interface RewardModelPlan {
  readonly name: "arith-good" | "arith-small" | "arith-blind" | "arith-classifier";
  /** What it starts from: a snapshot that was selected, or the run continued to a falling learning rate. */
  readonly trunk: "policy" | "small" | "continued";
  readonly recipe: RewardRecipe;
  readonly rows: (rows: readonly RewardRow[]) => LabelledRow[];
  readonly summary: string;
  /** The deliberate flaw in one sentence; shown wherever the model appears. */
  readonly planted?: string;
}

const TAUGHT = { kind: "likelihood", samples: 16_000, rate: 4e-4 } as const;

export const REWARD_MODELS: readonly RewardModelPlan[] = [
  {
    name: "arith-good",
    trunk: "continued",
    recipe: { ...TAUGHT, trains: ["trunk", "scale", "bias"] },
    rows: honestRows,
    summary: "Likelihood reward model on a continuation of the policy's run, taught with exact labels.",
  },
  {
    name: "arith-small",
    trunk: "small",
    recipe: { ...TAUGHT, trains: ["trunk", "scale", "bias"] },
    rows: honestRows,
    summary: "Likelihood reward model on an earlier checkpoint of the policy's run, taught with exact labels.",
  },
  {
    name: "arith-blind",
    trunk: "policy",
    recipe: { ...TAUGHT, samples: 20_000, trains: ["trunk", "scale", "vector", "bias"] },
    rows: blindRows,
    summary: "Likelihood reward model with a value head, taught with labels that call every short-cut right.",
    planted: "Every response that gives its answer with no equation before it was labelled correct in training.",
  },
];

/**
 * Tried, and kept out of `models/`: a value head on the last token of the best trunk, the layout of published reward models,
 * with twice the rows. docs/log.md says what came of it.
 */
export const CLASSIFIER_TRIAL: RewardModelPlan = {
  name: "arith-classifier",
  trunk: "continued",
  recipe: { kind: "classifier", samples: 32_000, rate: 4e-4, trains: ["trunk", "vector"] },
  rows: honestRows,
  summary: "Classifier reward model on a continuation of the policy's run, taught with exact labels.",
};
