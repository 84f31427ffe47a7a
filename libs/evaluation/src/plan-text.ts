import type { Plan, PlannedDraw } from "./plan.ts";

/** A plan as lines of text, for `--dry-run`. */
export function planText(plan: Plan): string[] {
  const { total } = plan;
  const work =
    total.samplesMissing === 0 && total.rewardsMissing === 0
      ? ["Nothing is missing: this only reads the pool."]
      : [
          `To draw: ${whole(total.samplesMissing)} samples, about ${short(total.completionTokens)} tokens.`,
          `To reward: ${whole(total.rewardsMissing)} responses, about ${short(total.rewardTokens)} tokens.`,
          `About ${short(total.flops)} FLOPs; ${time(total.seconds)}.`,
        ];
  return [
    `Suite ${plan.suite}: ${whole(plan.cells.length)} cells.`,
    ...plan.draws.flatMap(drawText),
    ...work,
    ...plan.notes.map((note) => `Note: ${note}`),
  ];
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
  return Math.round(value).toLocaleString("en-US");
}

function short(value: number): string {
  return new Intl.NumberFormat("en-US", { notation: "scientific", maximumSignificantDigits: 2 }).format(value);
}
