import type { Problem } from "@touchstone/core";
import { chosenProblems } from "@touchstone/evaluation";
import { mean, modes } from "@touchstone/stats";
import { draw } from "../post-training/scene.ts";
import { chunks, EVALUATION_SEED, PROBLEMS_A_CALL, type PolicyEvaluation } from "./evaluate-policy.ts";
import type { VoteRecord } from "./run-files.ts";
import { decodingAt, type LaserScene } from "./scene.ts";
import { stopping } from "../stopping.ts";

/** Rows that the engine draws together, for models of this size. */
const TILE = 32;

/** What a majority vote of the policy in use comes to with the responses that a budget of tokens pays for. */
export interface Vote {
  readonly tokens: number;
  /** Responses of each problem. */
  readonly samples: number;
  readonly problems: readonly VoteRecord[];
}

/**
 * Majority vote at a budget of tokens a problem: as many responses as the mean spend over problems allows, the prompt counted once a
 * problem, as selectors are budgeted. Ties share the mass; unparsable answers have no vote.
 */
export async function voteOfPolicy({ scene, experiment, signal }: PolicyEvaluation): Promise<Vote | undefined> {
  const { vote, evaluation, training } = experiment;
  if (vote === undefined) return undefined;
  const problems = chosenProblems(scene.dataset, evaluation.split, vote.problems);
  const decoding = decodingAt(evaluation.temperature, training);
  const all = problems.map((): Ballot[] => []);
  const prompts = mean(problems.map(({ messages }) => scene.policy.promptTokens(messages).length));
  const spentOn = (count: number): number =>
    prompts + mean(all.map((own) => own.slice(0, count).reduce((sum, { tokens }) => sum + tokens, 0)));
  let held = 0;
  // A few rounds that each aim at the budget: the lengths of the first responses say about how many fit.
  for (let count = 64; spentOn(held) <= vote.tokens; count = Math.ceil((held * 1.05 * vote.tokens) / spentOn(held))) {
    // Whole tiles of the engine: what is drawn beyond them would be thrown away.
    const more = TILE * Math.max(1, Math.ceil((count - held) / TILE));
    for (const [at, chunk] of chunks(problems).entries()) {
      const drawn = await draw(scene.policy, chunk, {
        count: more,
        seed: EVALUATION_SEED,
        // Rounds draw other samples.
        step: held + 1,
        decoding,
        ...stopping(signal),
      });
      for (const [i, { samples }] of drawn.entries())
        all[at * PROBLEMS_A_CALL + i]!.push(...samples.map((sample) => ballotOf(scene, chunk[i]!, sample)));
    }
    held += more;
  }
  let samples = held;
  while (samples > 0 && spentOn(samples) > vote.tokens) samples--;
  return {
    tokens: vote.tokens,
    samples,
    problems: problems.map(({ id }, i) => ({ problem: id, accuracy: majority(all[i]!.slice(0, samples)) })),
  };
}

interface Ballot {
  readonly tokens: number;
  /** Empty where the response has no answer. */
  readonly answer: string;
  readonly gold: number;
}

function ballotOf(
  { dataset }: LaserScene,
  problem: Problem,
  { text, tokens }: { readonly text: string; readonly tokens: Int32Array },
): Ballot {
  const answer = dataset.extractor.extract(text);
  return {
    tokens: tokens.length,
    answer: answer.kind === "answer" ? answer.key : "",
    gold: dataset.grader.grade(problem, text, answer),
  };
}

/** Mean gold of the most frequent answers; 0 where no response has one: nothing is answered. */
export function majority(ballots: readonly Pick<Ballot, "answer" | "gold">[]): number {
  const keys = [...new Set(ballots.map(({ answer }) => answer))];
  const labels = ballots.map(({ answer }) => keys.indexOf(answer));
  const { classes } = modes(labels, (i) => ballots[i]!.answer !== "");
  if (classes.size === 0) return 0;
  return mean([...classes].map((label) => mean(ballots.filter((_, i) => labels[i] === label).map(({ gold }) => gold))));
}
