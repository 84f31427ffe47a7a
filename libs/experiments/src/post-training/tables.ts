import {
  canonicalJson,
  type DeployedProblemRow,
  type DeploymentRow,
  type PolicyTableRow,
  type PostTrainingResults,
  type TailRow,
  type TrainingCurveRow,
} from "@touchstone/core";
import { mean, standardDeviation } from "@touchstone/stats";
import { bestOf, meanOver, METRICS, type DeployedProblem } from "./best-of.ts";
import { orNull } from "../or-null.ts";
import { baseColumns, runColumns } from "./columns.ts";
import type { Comparison } from "./comparison.ts";
import type { ConductedScene } from "./conduct.ts";
import { contrastTables, klOfRecord } from "./contrast-rows.ts";
import { deployedProblems } from "./deploy.ts";
import { ledgerRows } from "./ledger-rows.ts";
import { payOffRows } from "./pay-off-rows.ts";
import type { DeploymentRecord, StepRecord } from "./records.ts";
import { everyRun, finals } from "./row-lists.ts";
import { withinProblemSd } from "./scales.ts";
import { tailOf } from "./tail.ts";

export type PostTrainingTables = Omit<PostTrainingResults, "manifest">;

/** Everything that a figure needs, from what the runs of all worlds left. */
export function tablesOf(worlds: readonly ConductedScene[], comparison: Comparison): PostTrainingTables {
  const contrasts = worlds.map((world) => contrastTables(world, comparison));
  const each = <T>(rows: (world: ConductedScene) => readonly T[]): T[] => worlds.flatMap(rows);
  return {
    policies: each((world) => policyRows(world, comparison)),
    training: each((world) => trainingRows(world, comparison)),
    deployment: each((world) => deploymentRows(world, comparison)),
    problems: each((world) => problemRows(world, comparison)),
    contrasts: contrasts.flatMap((one) => one.contrasts),
    effects: contrasts.flatMap((one) => one.effects),
    payOff: each((world) => payOffRows(world, comparison)),
    tail: each((world) => tailRows(world, comparison)),
    ledger: each((world) => ledgerRows(world, comparison)),
  };
}

function policyRows(world: ConductedScene, comparison: Comparison): PolicyTableRow[] {
  const { scene, base } = world;
  const { training, tuning, deployment, deployed } = comparison;
  const units = scalesOf(world);
  const measured = (record: DeploymentRecord | undefined, n: number, isBase: boolean) => {
    const problems = record === undefined ? [] : deployedProblems(record);
    const value = (metric: (typeof METRICS)[number], k: number) =>
      record === undefined ? null : orNull(mean(bestOf(problems, metric, k)));
    const kl = record?.problems.map((one) => one.kl) ?? [];
    const over = (values: readonly number[]) => (values.length === 0 ? null : orNull(mean(values)));
    return {
      problems: problems.length,
      samples: problems[0]?.rewards.length ?? 0,
      j_1: value("reward", 1),
      j_n: value("reward", n),
      gold_1: value("gold", 1),
      gold_n: value("gold", n),
      second_1: value("second_reward", 1),
      second_n: value("second_reward", n),
      ...units,
      kl: over(kl),
      kl_standard_error: isBase ? 0 : kl.length < 2 ? null : orNull(standardDeviation(kl) / Math.sqrt(kl.length)),
      entropy: over(record?.problems.map((one) => one.entropy) ?? []),
      response_tokens: over(record?.problems.map((one) => one.responseTokens) ?? []),
    };
  };
  const shared = {
    second_reward_model: scene.world.second,
    second_planted: scene.second.planted ?? null,
    prompts_per_step: training.prompts,
  };
  return [
    ...deployed.map((n) => ({
      ...baseColumns(scene, comparison, n),
      ...shared,
      provenance: "",
      options: "{}",
      chosen: false,
      state: "finished" as const,
      split: deployment.split,
      ...measured(base, n, true),
      steps: 0,
      run: "",
    })),
    ...everyRun(world).map(({ one, run }) => ({
      ...runColumns(scene, comparison, one.setting, run),
      ...shared,
      provenance: one.contestant.provenance,
      options: canonicalJson(one.contestant.options(one.setting.rollouts)),
      chosen: run.record.spec.role === "trial" && run.record.spec.rate === one.rate,
      state: run.record.state,
      split: run.record.spec.role === "trial" ? tuning.split : deployment.split,
      ...measured([...run.deployments.values()].at(-1), one.setting.deployed, false),
      steps: run.steps.length,
      run: run.name,
    })),
  ];
}

/** The units of effects as columns. */
function scalesOf({ base }: ConductedScene) {
  const problems = deployedProblems(base);
  return { reward_sd: withinProblemSd(problems, "rewards"), second_sd: withinProblemSd(problems, "second") };
}

function trainingRows(world: ConductedScene, comparison: Comparison): TrainingCurveRow[] {
  const curves: readonly (readonly [string, (step: StepRecord) => number | null])[] = [
    ["reward", ({ reward }) => reward],
    ["kl", ({ kl }) => kl],
    ["entropy", ({ entropy }) => entropy],
    ["gradient_norm", ({ gradientNorm }) => gradientNorm],
    ["trained_share", ({ trainedShare }) => trainedShare],
    ["failed_rewards", ({ failed }) => failed],
  ];
  return finals(world).flatMap(({ one, run }) =>
    run.steps.flatMap((record) =>
      curves.map(([name, value]) => {
        const found = value(record);
        const row = { ...runColumns(world.scene, comparison, one.setting, run), step: record.step, name };
        return { ...row, value: found === null ? null : orNull(found) };
      }),
    ),
  );
}

function deploymentRows(world: ConductedScene, comparison: Comparison): DeploymentRow[] {
  const { scene, base } = world;
  const { bestOf: amounts } = comparison.deployment;
  const rowsOf = <C>(columns: C, step: number, record: DeploymentRecord) => {
    const problems = deployedProblems(record);
    const drawn = problems[0]?.rewards.length ?? 0;
    return METRICS.flatMap((metric) =>
      amounts
        .filter((n) => n <= drawn)
        .map((n) => {
          const {
            estimate,
            standardError,
            low,
            high,
            n: count,
            clusters,
          } = meanOver(problems, bestOf(problems, metric, n));
          return {
            ...columns,
            step,
            kl: orNull(klOfRecord(record)),
            metric,
            best_of: n,
            estimate: orNull(estimate),
            standard_error: orNull(standardError),
            ci_low: orNull(low),
            ci_high: orNull(high),
            problems: count,
            clusters,
          };
        }),
    );
  };
  return [
    ...comparison.deployed.flatMap((n) => rowsOf(baseColumns(scene, comparison, n), 0, base)),
    ...finals(world).flatMap(({ one, run }) =>
      [...run.deployments].flatMap(([step, record]) =>
        rowsOf(runColumns(scene, comparison, one.setting, run), step, record),
      ),
    ),
  ];
}

function problemRows(world: ConductedScene, comparison: Comparison): DeployedProblemRow[] {
  const rowsOf = <C extends { readonly deployed: number }>(columns: C, problems: readonly DeployedProblem[]) =>
    METRICS.flatMap((metric) =>
      [1, columns.deployed].flatMap((n) => {
        const values = bestOf(problems, metric, n);
        return problems.map(({ id, cluster }, i) => ({
          ...columns,
          metric,
          best_of: n,
          problem: id,
          cluster,
          estimate: orNull(values[i]!),
        }));
      }),
    );
  return [
    ...comparison.deployed.flatMap((n) =>
      rowsOf(baseColumns(world.scene, comparison, n), deployedProblems(world.base)),
    ),
    ...finals(world).flatMap(({ one, run }) => {
      const last = [...run.deployments.values()].at(-1);
      const columns = runColumns(world.scene, comparison, one.setting, run);
      return last === undefined ? [] : rowsOf(columns, deployedProblems(last));
    }),
  ];
}

function tailRows(world: ConductedScene, comparison: Comparison): TailRow[] {
  const rowsOf = <C>(columns: C, record: DeploymentRecord) =>
    tailOf(deployedProblems(record)).map(({ probability, normal, observed, problems }) => ({
      ...columns,
      probability,
      normal_quantile: normal,
      observed_quantile: observed,
      problems,
    }));
  return [
    ...rowsOf(baseColumns(world.scene, comparison, comparison.deployed[0]!), world.base),
    ...finals(world).flatMap(({ one, run }) => {
      const last = [...run.deployments.values()].at(-1);
      return last === undefined ? [] : rowsOf(runColumns(world.scene, comparison, one.setting, run), last);
    }),
  ];
}
