import { Ledger, type LaserTables } from "@touchstone/core";
import { mean } from "@touchstone/stats";
import { orNull } from "../or-null.ts";
import type { LaserExperiment, LaserRunSpec } from "./experiment.ts";
import type { Ranking } from "./rank-on-validation.ts";
import type { EvaluationRecord, VoteRecord } from "./run-files.ts";
import type { StepRecord } from "./teacher.ts";

/** A finished run. */
export interface TabledRun {
  readonly spec: LaserRunSpec;
  readonly steps: readonly StepRecord[];
  readonly evaluations: readonly EvaluationRecord[];
  readonly votes: readonly VoteRecord[];
}

/** Deliberate flaws of reward models by name; those that have none are absent. */
export type Flaws = ReadonlyMap<string, string>;

/** The tables of an experiment as far as it has come. */
export function laserTables(
  experiment: LaserExperiment,
  flaws: Flaws,
  ranked: Ranking,
  runs: readonly TabledRun[],
): LaserTables {
  const { name, dataset, policy, training, evaluation, validation, vote } = experiment;
  const scene = { experiment: name, dataset, policy };
  const all = [...flaws].map(([model, flaw]) => `${model}: ${flaw}`).join("; ");
  const columnsOf = ({ rule, noise, rate, role, seed }: LaserRunSpec) => ({
    ...scene,
    planted: all === "" ? null : all,
    rule,
    noise,
    learning_rate: rate,
    role,
    seed,
  });
  return {
    evaluations: runs.flatMap(({ spec, steps, evaluations }) =>
      [...evaluations, ...earnings(steps, experiment)].map(({ iteration, metric, estimate, problems, samples }) => ({
        ...columnsOf(spec),
        iteration,
        steps: iteration * training.steps,
        metric,
        estimate: orNull(estimate),
        split: spec.role === "trial" ? "validation" : evaluation.split,
        problems,
        samples,
        ...spentBy(iteration * training.steps, steps, spec, ranked),
      })),
    ),
    steps: runs.flatMap(({ spec, steps }) =>
      steps.map(({ step, rewardModel, loss, earned, pairs, spend, seconds }) => ({
        ...columnsOf(spec),
        step,
        reward_model: rewardModel,
        asked_planted: flaws.get(rewardModel) ?? null,
        loss: orNull(loss),
        earned,
        pairs,
        reward_tokens: spend.rewardTokens,
        training_tokens: spend.trainingTokens,
        batch_seconds: seconds.batch,
        training_seconds: seconds.training,
      })),
    ),
    ranking: ranked.ranking.map((one, i) => ({
      ...scene,
      reward_model: one.name,
      planted: flaws.get(one.name) ?? null,
      rank: i + 1,
      gold: orNull(one.gold),
      deviation: orNull(one.deviation),
      problems: validation.problems,
      samples: training.responses,
    })),
    votes: runs.flatMap(({ spec, votes }) =>
      votes.map(({ problem, accuracy }) => ({
        ...columnsOf(spec),
        budget: vote?.tokens ?? 0,
        problem,
        accuracy: orNull(accuracy),
      })),
    ),
  };
}

/** What the bandit took each iteration to be worth; nothing where there is none. */
function earnings(
  steps: readonly StepRecord[],
  { training: { iterations, steps: each } }: LaserExperiment,
): readonly EvaluationRecord[] {
  if (steps.some(({ earned }) => earned === null)) return [];
  return Array.from({ length: iterations }, (_, i) => {
    const own = steps.slice(i * each, (i + 1) * each);
    return {
      iteration: i + 1,
      metric: "earned",
      estimate: mean(own.map(({ earned }) => earned!)),
      problems: 0,
      samples: 0,
    };
  });
}

/** What a run had spent after so many steps: what ranked the reward models counts where the rule stands on it. */
function spentBy(done: number, steps: readonly StepRecord[], { rule }: LaserRunSpec, ranked: Ranking) {
  const ledger = new Ledger();
  if (rule === "best" || rule === "sequential") ledger.add(ranked.spend);
  let seconds = 0;
  for (const record of steps) {
    if (record.step >= done) break;
    ledger.add(record.spend);
    seconds += record.seconds.batch + record.seconds.training;
  }
  const { total } = ledger;
  return {
    drawn_samples: total.samples,
    prompt_tokens: total.promptTokens,
    completion_tokens: total.completionTokens,
    reward_tokens: total.rewardTokens,
    extra_forward_tokens: total.extraForwardTokens,
    training_tokens: total.trainingTokens,
    flops: total.flops,
    seconds,
  };
}
