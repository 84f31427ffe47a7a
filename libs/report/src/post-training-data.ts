import type { DeploymentRow, PostTrainingResults, TrainingCurveRow } from "@touchstone/core";

/** Best-of-n of one policy at one moment, as a page carries it. */
export interface DeploymentCurve extends Omit<
  DeploymentRow,
  "best_of" | "estimate" | "standard_error" | "ci_low" | "ci_high"
> {
  readonly n: readonly number[];
  readonly estimates: readonly (number | null)[];
}

/** One quantity along one training, thinned. */
export interface TrainingTrace extends Omit<TrainingCurveRow, "step" | "value"> {
  readonly steps: readonly number[];
  readonly values: readonly (number | null)[];
}

/** What the page of a comparison carries: its tables but for the rows of single problems and seeds, its curves in few words. */
export interface PostTrainingPageData extends Omit<
  PostTrainingResults,
  "training" | "deployment" | "problems" | "contrasts"
> {
  readonly traces: readonly TrainingTrace[];
  readonly curves: readonly DeploymentCurve[];
}

/** Steps of a training that a page carries: more than can be told apart in a figure. */
const STEPS = 60;

export function postTrainingPageData(results: PostTrainingResults): PostTrainingPageData {
  const { problems: _problems, contrasts: _contrasts, training, deployment, ...carried } = results;
  return { ...carried, traces: tracesOf(training), curves: curvesOf(deployment) };
}

function tracesOf(rows: readonly TrainingCurveRow[]): TrainingTrace[] {
  const aboutOf = ({ step: _step, value: _value, ...about }: TrainingCurveRow) => about;
  return [...Map.groupBy(rows, (row) => JSON.stringify(aboutOf(row))).values()].map((own) => {
    const every = Math.ceil(own.length / STEPS);
    const kept = own.filter((_, i) => i % every === 0 || i === own.length - 1);
    return { ...aboutOf(own[0]!), steps: kept.map(({ step }) => step), values: kept.map(({ value }) => value) };
  });
}

function curvesOf(rows: readonly DeploymentRow[]): DeploymentCurve[] {
  const aboutOf = ({
    best_of: _n,
    estimate: _e,
    standard_error: _s,
    ci_low: _l,
    ci_high: _h,
    ...about
  }: DeploymentRow) => about;
  return [...Map.groupBy(rows, (row) => JSON.stringify(aboutOf(row))).values()].map((own) => ({
    ...aboutOf(own[0]!),
    n: own.map((row) => row.best_of),
    estimates: own.map(({ estimate }) => estimate),
  }));
}
