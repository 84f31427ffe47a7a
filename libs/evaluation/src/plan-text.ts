import type { Plan, PlannedAllocation, PlannedDraw, PlannedProcedure } from "./plan.ts";

/** A plan as lines of text, for `--dry-run`. */
export function planText(plan: Plan): string[] {
  const { total } = plan;
  const work =
    total.samplesMissing === 0 && total.rewardsMissing === 0
      ? [
          plan.procedures.length === 0
            ? "Nothing is missing: this only reads the pool."
            : "No independent sample and no reward of one is missing.",
        ]
      : [
          `To draw: ${whole(total.samplesMissing)} samples, about ${short(total.completionTokens)} tokens.`,
          `To reward: ${whole(total.rewardsMissing)} responses, about ${short(total.rewardTokens)} tokens.`,
          `About ${short(total.flops)} FLOPs; ${time(total.seconds)}.`,
        ];
  return [
    `Suite ${plan.suite}: ${whole(plan.cells.length)} ${plan.cells.length === 1 ? "cell" : "cells"}.`,
    ...plan.draws.flatMap(drawText),
    ...work,
    ...proceduresText(plan.procedures),
    ...allocationsText(plan.allocation),
    ...plan.notes.map((note) => `Note: ${note}`),
  ];
}

/** One line for each procedure, and what they come to together. */
function proceduresText(procedures: readonly PlannedProcedure[]): string[] {
  if (procedures.length === 0) return [];
  const sum = (value: (procedure: PlannedProcedure) => number): number =>
    procedures.reduce((total, procedure) => total + value(procedure), 0);
  const seconds = procedures.some((procedure) => procedure.seconds === null)
    ? null
    : sum((procedure) => procedure.seconds ?? 0);
  return [
    "Procedures that continue responses run on models; what the pool keeps of them is not made again. At most:",
    ...procedures.map(
      ({ called, rewardModel, dataset, split, samples, completionTokens, seed, problems, chains }) =>
        `  ${called}${rewardModel === "" ? "" : ` with ${rewardModel}`} on ${dataset}/${split}, seed ${seed}: ${problems} problems` +
        `${chains > 1 ? ` × ${chains} chains` : ""}, ${whole(samples)} responses, about ${short(completionTokens)} tokens`,
    ),
    `  together ${whole(sum(({ samples }) => samples))} responses, about ${short(sum(({ flops }) => flops))} FLOPs; ${time(seconds)}.`,
  ];
}

/** What is studied, and on how many samples of each problem; reward models with which the same is done in one line. */
function allocationsText(planned: readonly PlannedAllocation[]): string[] {
  const alike = Map.groupBy(planned, (one) => JSON.stringify({ ...one, rewardModel: "" }));
  return [...alike.values()].flatMap((group) => {
    const { model, dataset, seed, budget, explored, policies, batches, partitions, runs, samplesPerProblem } =
      group[0]!;
    const most = Math.max(...batches.map(({ size }) => size)) * (budget - explored);
    return [
      `Allocation of ${budget} samples a problem is studied, ${model} on ${dataset}, seed ${seed}: ${policies.join(", ")}`,
      `  with ${group.map(({ rewardModel }) => rewardModel).join(", ")}; ${partitions} partitions, ${runs} plays of each batch`,
      `  ${batches.map(({ size, count }) => `${count} batches of ${size}`).join(", ")}`,
      `  pools of at least ${samplesPerProblem}: ${explored} explored, up to ${most} more for one problem, ${2 * budget} of the comparator`,
    ];
  });
}

function drawText(draw: PlannedDraw): string[] {
  const total = draw.problems * draw.samplesPerProblem;
  return [
    `${draw.model} on ${draw.dataset}/${draw.split}, ${draw.drawnWith}, seed ${draw.seed}: ` +
      `${draw.problems} problems × ${draw.samplesPerProblem} samples, ${whole(draw.stored)} of ${whole(total)} in the pool`,
    ...draw.rewards.map(
      ({ rewardModel, stored, missing }) =>
        `  rewards of ${rewardModel}: ${whole(stored)} of ${whole(stored + missing)} in the pool`,
    ),
  ];
}

function time(seconds: number | null): string {
  if (seconds === null) return "how long is not known before something has been drawn";
  return `about ${seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`} of drawing, at the speed of the samples in the pool`;
}

function whole(value: number): string {
  if (Number.isNaN(value)) return "an unknown number of";
  return Math.round(value).toLocaleString("en-US");
}

function short(value: number): string {
  if (Number.isNaN(value)) return "an unknown number of";
  return new Intl.NumberFormat("en-US", { notation: "scientific", maximumSignificantDigits: 2 }).format(value);
}
