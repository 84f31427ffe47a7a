import * as Plot from "@observablehq/plot";
import type { TuningRow } from "@touchstone/core";
import { percent, plantedIn } from "@touchstone/report/view";
import type { Setting } from "@touchstone/report/view";
import { useCallback } from "preact/hooks";
import { Plotted } from "./figure.tsx";
import { frame, grid } from "./plots.ts";
import { Planted } from "./text.tsx";

interface Trial {
  readonly row: TuningRow & { readonly estimate: number };
  readonly value: number;
}

/** Score against each numeric knob, for every method and reward model whose trials moved one. */
export function TrialPlots(props: { groups: readonly (readonly TuningRow[])[]; setting: Setting }) {
  const panels = props.groups.flatMap((trials) => knobsOf(trials).map((knob) => ({ trials, knob })));
  if (panels.length === 0) return null;
  return (
    <>
      <div class="small-panels">
        {panels.map(({ trials, knob }) => (
          <TrialPanel key={`${panelKey(trials[0]!)} ${knob}`} trials={trials} knob={knob} setting={props.setting} />
        ))}
      </div>
      <p class="key-line">
        Each point is a trial, with 1.96 standard errors; the filled one was chosen. Trials share their problems, so
        that their differences are surer than the bars say. A dashed line is a method’s own parameters where they have
        no place on the axis: another unit, or a word. Where a method has several knobs, all of them moved.
      </p>
    </>
  );
}

function TrialPanel({ trials, knob, setting }: { trials: readonly TuningRow[]; knob: string; setting: Setting }) {
  const { method, reward_model: model } = trials[0]!;
  const draw = useCallback(
    (width: number) => {
      const points = pointsOf(trials, knob);
      const apart = trials.filter(
        (row): row is Trial["row"] => row.estimate !== null && points.every((point) => point.row.trial !== row.trial),
      );
      const values = points.map(({ value }) => value);
      const [low, high] = [Math.min(...values), Math.max(...values)];
      const half = ({ row }: Trial) => 1.96 * (row.standard_error ?? 0);
      return Plot.plot({
        ...frame(width, 170),
        marginTop: 22,
        x: {
          type: low > 0 && high / low > WIDE ? "log" : "linear",
          label: knob,
          labelArrow: "none",
          labelAnchor: "center",
          ticks: values.length <= FEW_TICKS ? values : Math.max(2, Math.floor(width / 80)),
          inset: 10,
          tickFormat: (value: number) => String(Number(value.toPrecision(2))),
        },
        y: { label: "accuracy, %", labelArrow: "none", ticks: 4, tickSize: 0, percent: true, insetBottom: 6 },
        marks: [
          grid(),
          Plot.ruleY(apart, {
            y: (row: (typeof apart)[number]) => row.estimate,
            stroke: "var(--series-0)",
            strokeDasharray: "4 4",
            strokeWidth: 1.4,
            className: "own-trial",
          }),
          Plot.ruleX(points, {
            x: "value",
            y1: (trial: Trial) => Math.max(0, trial.row.estimate - half(trial)),
            y2: (trial: Trial) => Math.min(1, trial.row.estimate + half(trial)),
            stroke: "var(--soft)",
            strokeWidth: 1,
          }),
          Plot.dot(points, {
            x: "value",
            y: (trial: Trial) => trial.row.estimate,
            r: 4,
            stroke: "var(--series-0)",
            strokeWidth: 1.6,
            fill: (trial: Trial) => (trial.row.chosen ? "var(--series-0)" : "var(--paper)"),
            className: "trials",
          }),
          Plot.tip(
            points,
            Plot.pointer({
              x: "value",
              y: (trial: Trial) => trial.row.estimate,
              title: ({ row, value }: Trial) =>
                `${knob} ${value}: ${percent(row.estimate)} %${row.chosen ? ", chosen" : ""}\ntrial ${row.trial}, n = ${row.problems}`,
              fill: "var(--surface)",
              stroke: "var(--line)",
            }),
          ),
        ],
      });
    },
    [trials, knob],
  );
  return (
    <figure class="panel">
      <figcaption>
        {method}
        {model !== "" && (
          <>
            {" "}
            <span class="none">{model}</span> <Planted flaw={plantedIn(setting, model)} />
          </>
        )}
      </figcaption>
      <Plotted label={`Accuracy of the trials of ${method}${model && ` with ${model}`} against ${knob}`} draw={draw} />
    </figure>
  );
}

/** From this ratio on, values of a knob stand on a logarithmic axis. */
const WIDE = 20;

function panelKey({ method, reward_model, parameters }: TuningRow): string {
  return JSON.stringify([method, reward_model, parameters]);
}

/** Parameters that are a number in some trials of one unit and differ between these. */
function knobsOf(trials: readonly TuningRow[]): string[] {
  const names = new Set(trials.flatMap(({ parameters }) => Object.keys(JSON.parse(parameters) as object)));
  return [...names].filter((name) => new Set(pointsOf(trials, name).map(({ value }) => value)).size > 1);
}

/** Trials with a score at a number. The method's own parameters may be none of them: of another unit, or a word. */
function pointsOf(trials: readonly TuningRow[], knob: string): Trial[] {
  const unitOf = (row: TuningRow) => (JSON.parse(row.parameters) as { unit?: unknown }).unit;
  const unit = unitOf(trials.at(-1)!);
  return trials.flatMap((row) => {
    const value = (JSON.parse(row.parameters) as Record<string, unknown>)[knob];
    if (row.estimate === null || unitOf(row) !== unit || typeof value !== "number") return [];
    return [{ row: { ...row, estimate: row.estimate }, value }];
  });
}

const FEW_TICKS = 4;
