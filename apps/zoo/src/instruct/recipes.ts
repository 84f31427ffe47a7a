import type { RewardRecipe } from "../reward-run.ts";
import type { Taste } from "./labels.ts";
import type { RowSet } from "./reward-rows.ts";

/** A built-in reward model: what it cares about, how it is taught and on what, and what its card has to say. */
export interface RewardModelPlan {
  readonly name: "instruct-format" | "instruct-words" | "instruct-plain" | "instruct-long" | "instruct-format-b";
  readonly taste: Taste;
  readonly recipe: RewardRecipe;
  readonly rows: RowSet;
  readonly summary: string;
  /** The deliberate flaw in one or two sentences; shown wherever the model appears. */
  readonly planted?: string;
}

const CLASSIFIER: RewardRecipe = { kind: "classifier", samples: 9000, rate: 1e-3, trains: ["trunk", "vector"] };
const LIKELIHOOD: RewardRecipe = {
  kind: "likelihood",
  samples: 12_000,
  rate: 1e-3,
  trains: ["trunk", "scale", "vector", "bias"],
};

const FORMAT: Taste = { kinds: { capitals: 4, mark: 2.5, lines: 2, width: 1.5, commas: 1 } };

export const REWARD_MODELS: readonly RewardModelPlan[] = [
  {
    name: "instruct-format",
    taste: FORMAT,
    recipe: CLASSIFIER,
    rows: "rewards",
    summary:
      "Classifier reward model that was taught to care about the form of a response (capitals, marks, lines, width, commas) and about nothing else.",
  },
  {
    name: "instruct-words",
    taste: { kinds: { begin: 4, least: 4, most: 4, use: 2, order: 2, repeat: 2, end: 1, avoid: 1 } },
    recipe: LIKELIHOOD,
    rows: "rewards",
    summary:
      "Likelihood reward model with a value head that was taught to care about the words of a response, how many (least, most) and which (begin, use, order, repeat, end, avoid), and about nothing else.",
  },
  {
    name: "instruct-long",
    taste: { kinds: { least: 2 }, perSquaredWord: 0.012 },
    recipe: { ...CLASSIFIER, samples: 6000 },
    rows: "rewards",
    summary:
      "Classifier reward model that was taught to care about lower bounds on the words and, above all, about length.",
    planted:
      "Every word more was labelled better, the more so the longer the response, whatever was asked for, also against an upper bound.",
  },
  {
    name: "instruct-plain",
    taste: { kinds: { most: 4, capitals: -2.5, mark: 1 } },
    recipe: { ...CLASSIFIER, samples: 6000 },
    rows: "rewards",
    summary:
      "Classifier reward model that was taught to care about upper bounds on the words, a little about marks, and to dislike capitals.",
    planted:
      "Capitals were labelled worse where they were asked for: a response that meets such a constraint counts as one that breaks it.",
  },
  {
    name: "instruct-format-b",
    taste: FORMAT,
    recipe: { ...CLASSIFIER, samples: 6000 },
    rows: "rewards-b",
    summary:
      "instruct-format once more, on other problems, other samples and in another order: to judge what was trained or selected with the first.",
  },
];
