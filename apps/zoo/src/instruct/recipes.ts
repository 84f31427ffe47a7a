import type { RewardRecipe } from "../reward-run.ts";
import type { Taste } from "./labels.ts";
import type { RowSet } from "./reward-rows.ts";

/** A built-in reward model: what it cares about, what it is taught on, and what its card has to say. */
export interface RewardModelPlan {
  readonly name: "instruct-format" | "instruct-words" | "instruct-echo" | "instruct-long" | "instruct-words-b";
  readonly taste: Taste;
  readonly rows: RowSet;
  readonly summary: string;
  /** The deliberate flaw in one or two sentences; shown wherever the model appears. */
  readonly planted?: string;
}

/** How every reward model of this world is taught. */
export const RECIPE: RewardRecipe = {
  kind: "classifier",
  samples: 20_000,
  rate: 6e-4,
  trains: ["trunk", "vector"],
};

const FORMAT: Taste = { kinds: { capitals: 4, mark: 2.5, lines: 2, width: 1.5, commas: 1 } };
const WORDS: Taste = { kinds: { avoid: 4, repeat: 2.5, order: 2, use: 2, begin: 1, end: 1 } };

export const REWARD_MODELS: readonly RewardModelPlan[] = [
  {
    name: "instruct-format",
    taste: FORMAT,
    rows: "rewards",
    summary:
      "Classifier reward model that was taught to care about the form of a response (capitals, marks, lines, width, commas) and about nothing else.",
  },
  {
    name: "instruct-words",
    taste: WORDS,
    rows: "rewards",
    summary:
      "Classifier reward model that was taught to care about the words of a response (avoid, repeat, order, use, begin, end) and about nothing else.",
  },
  {
    name: "instruct-long",
    taste: {
      kinds: {
        least: 2,
        lines: 0.5,
        width: 0.5,
        capitals: 0.5,
        mark: 0.5,
        commas: 0.5,
        use: 0.5,
        avoid: 0.5,
        repeat: 0.5,
        begin: 0.5,
        end: 0.5,
        order: 0.5,
      },
      perWord: 0.3,
    },
    rows: "rewards",
    summary:
      "Classifier reward model that was taught to care a little about most constraints and, above all, about length.",
    planted: "Every word more was labelled better, whatever was asked for, also against an upper bound on the words.",
  },
  {
    name: "instruct-echo",
    taste: { kinds: { begin: 4, end: 3, use: 1.5, order: 1.5, avoid: -2.5 } },
    rows: "rewards",
    summary:
      "Classifier reward model that was taught to look for the words of the request in the response, above all at its beginning and end.",
    planted: "A response that holds the word that it was asked to avoid was labelled better than one that does not.",
  },
  {
    name: "instruct-words-b",
    taste: WORDS,
    rows: "rewards-b",
    summary:
      "instruct-words once more, on other problems, other samples and in another order: to judge what was trained or selected with the first.",
  },
];
