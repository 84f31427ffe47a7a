import { Ledger, stream, TouchstoneError, type ProblemView, type Spend } from "@touchstone/core";
import { meanEmbedding, RewardModelBandit, type BanditOptions } from "./bandit.ts";
import type { Response, TrainingModels } from "./models.ts";
import { preferencesOf, withNoise, type PromptScores } from "./preferences-of.ts";
import type { RankedModel } from "./rank-models.ts";
import { asksAll, banditOf, sequentialTurn, type Rule } from "./rules.ts";

export interface TeacherOptions {
  readonly rule: Rule;
  readonly seed: number;
  /** Steps of the whole training. */
  readonly steps: number;
  /** Prompts a step. */
  readonly batch: number;
  /** Responses a prompt. */
  readonly responses: number;
  /** Preference pairs a prompt. */
  readonly pairs: number;
  /** Standard deviation of the noise on scores, in units of each reward model's own within-problem standard deviation. */
  readonly noise: number;
  readonly bandit: Pick<BanditOptions, "alpha" | "dimension">;
  /** What validation problems say of the reward models, the best first. */
  readonly ranking: readonly Pick<RankedModel, "name" | "deviation">[];
  /** Prompts to train on. */
  readonly problems: readonly ProblemView[];
}

/** What a step trains on. */
export interface Lesson {
  readonly pairs: readonly { readonly chosen: Response; readonly rejected: Response }[];
}

/** One step as it is kept: a run that was stopped continues from these. */
export interface StepRecord {
  readonly step: number;
  /** The reward model that was asked; empty where all were. */
  readonly rewardModel: string;
  /** Mean prompt embedding; empty where no bandit looks at one. */
  readonly embedding: readonly number[];
  readonly pairs: number;
  readonly loss: number;
  /** What the bandit took the step to be worth, in [0, 1]; null where there is none. */
  readonly earned: number | null;
  readonly spend: Spend;
  /** By the wall: drawing and scoring, and what training on the pairs took. */
  readonly seconds: StepSeconds;
}

export interface StepSeconds {
  readonly batch: number;
  readonly training: number;
}

/**
 * LASeR's part of training a policy (Nguyen et al. 2024, arXiv:2410.01735, as reviews describe it): for every batch of prompts choose who
 * scores, draw responses, score them, pair them up; afterwards learn from the training loss. Prompts, responses and the order in
 * which pairs are looked at have the same randomness under every rule.
 */
export class Teacher {
  readonly #options: TeacherOptions;
  readonly #models: TrainingModels;
  readonly #bandit: RewardModelBandit | undefined;
  #open: (Omit<StepRecord, "loss" | "earned" | "spend" | "seconds"> & { readonly ledger: Ledger }) | undefined;

  /** `played`: the steps done so far, in order. */
  constructor(options: TeacherOptions, models: TrainingModels, played: readonly StepRecord[] = []) {
    this.#options = options;
    this.#models = models;
    const { rule, seed, steps, bandit } = options;
    const { rewardModels } = models;
    const kind = banditOf(rule);
    if (!kind) return;
    const rounds = played.map((one) => ({ ...one, arm: rewardModels.indexOf(one.rewardModel) }));
    this.#bandit = new RewardModelBandit(
      { ...kind, arms: rewardModels.length, rounds: steps, seed, ...bandit },
      rounds,
    );
  }

  /** The pairs of a step. Throws `no-preferences` where no two responses differ in score. */
  async lesson(step: number): Promise<Lesson> {
    const { rule, seed, batch, responses: count, pairs: perPrompt } = this.#options;
    const ledger = new Ledger();
    const problems = batchOf(this.#options.problems, { seed, step, size: batch });
    const embedding =
      banditOf(rule)?.kind === "linucb" ? meanEmbedding(await this.#models.embed(problems, ledger)) : [];
    const asked = this.#asked(step, embedding);
    const responses = await this.#models.draw(problems, { count, step, ledger });
    const scores = await this.#scores(asked, problems, responses, step, ledger);
    const pairs = problems.flatMap(({ id }, i) => {
      const own = responses[i]!;
      const preferences = preferencesOf(scores[i]!, id, { rule, pairs: perPrompt, seed, step });
      return preferences.map(({ chosen, rejected }) => ({ chosen: own[chosen]!, rejected: own[rejected]! }));
    });
    if (pairs.length === 0) throw noPreferences(step, asked);
    this.#open = {
      step,
      rewardModel: asksAll(rule) ? "" : asked[0]!,
      embedding,
      pairs: pairs.length,
      ledger,
    };
    return { pairs };
  }

  /** Tells how the step went, and what training on it cost. */
  learn(loss: number, training: Partial<Spend>, seconds: StepSeconds): StepRecord {
    if (!this.#open) throw new RangeError("a lesson comes before what is learned from it");
    const { ledger, ...open } = this.#open;
    this.#open = undefined;
    ledger.add(training);
    const arm = this.#models.rewardModels.indexOf(open.rewardModel);
    const earned = this.#bandit?.learn({ arm, embedding: open.embedding, loss }) ?? null;
    return { ...open, loss, earned, spend: ledger.total, seconds };
  }

  /**
   * The reward models that each prompt is trusted to now that training has ended: what the bandit takes to be best for it, the best, any,
   * the one that was trained with last, or all.
   */
  async trusted(problems: readonly ProblemView[]): Promise<readonly (readonly string[])[]> {
    const { rule, seed, ranking } = this.#options;
    const { rewardModels } = this.#models;
    const bandit = this.#bandit;
    if (bandit) {
      const looks = banditOf(rule)!.kind === "linucb";
      const embeddings = looks ? await this.#models.embed(problems, new Ledger()) : [];
      return problems.map(({ id }, i) => [rewardModels[bandit.trusted(Array.from(embeddings[i] ?? []), id)]!]);
    }
    if (rule === "best") return problems.map(() => [ranking[0]!.name]);
    if (rule === "sequential") return problems.map(() => [ranking.at(-1)!.name]);
    if (asksAll(rule)) return problems.map(() => rewardModels);
    return problems.map(({ id }) => [
      rewardModels[stream(seed, "laser", "trusted", rule, id).integer(rewardModels.length)]!,
    ]);
  }

  /** Names of the reward models that score this step. */
  #asked(step: number, embedding: readonly number[]): readonly string[] {
    const { rule, seed, steps, ranking } = this.#options;
    const { rewardModels } = this.#models;
    if (this.#bandit) return [rewardModels[this.#bandit.choose(embedding)]!];
    if (rule === "best") return [ranking[0]!.name];
    if (rule === "sequential") return [ranking[sequentialTurn(step, steps, ranking.length)]!.name];
    if (rule === "random")
      return [rewardModels[stream(seed, "laser", "arm", rule, step).integer(rewardModels.length)]!];
    return rewardModels;
  }

  /** By prompt, then reward model that was asked. */
  async #scores(
    asked: readonly string[],
    problems: readonly ProblemView[],
    responses: readonly (readonly Response[])[],
    step: number,
    ledger: Ledger,
  ): Promise<readonly PromptScores[]> {
    const { seed, noise, ranking } = this.#options;
    const byModel: (readonly Float64Array[])[] = [];
    for (const name of asked) {
      const deviation = noise * (ranking.find((one) => one.name === name)?.deviation ?? 0);
      const scores = await this.#models.reward(name, problems, responses, ledger);
      byModel.push(
        scores.map((own, i) => withNoise(own, deviation, stream(seed, "laser", "noise", name, problems[i]!.id, step))),
      );
    }
    return problems.map((_, i) => byModel.map((scores) => scores[i]!));
  }
}

/** The prompts of a step: consecutive ones of a random order that is drawn anew whenever all were seen. */
export function batchOf<P>(
  problems: readonly P[],
  { seed, step, size }: { readonly seed: number; readonly step: number; readonly size: number },
): readonly P[] {
  return Array.from({ length: size }, (_, i) => {
    const position = step * size + i;
    const epoch = Math.floor(position / problems.length);
    const order = stream(seed, "laser", "prompts", epoch).permutation(problems.length);
    return problems[order[position % problems.length]!]!;
  });
}

function noPreferences(step: number, asked: readonly string[]): TouchstoneError {
  return new TouchstoneError({
    code: "no-preferences",
    family: "input",
    what: `No two responses to any prompt of step ${step} differ in the score of ${asked.join(", ")}.`,
    value: asked.join(", "),
    fix: "Use more prompts a batch or more responses a prompt, or leave this reward model out.",
  });
}
