import * as Plot from "@observablehq/plot";
import type { PageData, Trace } from "@touchstone/report";
import { budgetText, fixed } from "@touchstone/report/view";
import type { Setting } from "@touchstone/report/view";
import { useCallback } from "preact/hooks";
import { Plotted } from "./figure.tsx";
import { frame, grid } from "./plots.ts";
import { Section } from "./text.tsx";

const MEANINGS: Readonly<Record<string, string>> = {
  regret:
    "what the best single reward model in hindsight would have earned more, added up: flat where nothing is lost any more",
};

/** A curve `regret_of_random_choice` is a reference for `regret`. */
const OF = "_of_";

/** How methods learned on labelled problems before anything was evaluated; absent where none reports it. */
export function LearningSection({ run, setting }: { run: PageData; setting: Setting }) {
  const rows = (run.traces ?? []).filter(
    (row) =>
      row.dataset === setting.dataset &&
      row.split === setting.split &&
      row.model === setting.model &&
      row.decoding === setting.decoding,
  );
  if (rows.length === 0) return null;
  return (
    <Section
      id="learning"
      title="How it learned"
      lead="Step by step over labelled problems of another split, before the evaluation; nothing of this is measured on the problems above."
    >
      <div class="panels">
        {[...Map.groupBy(rows, ({ name }) => name.split(OF)[0]!)].map(([name, own]) => (
          <CurvePanel key={name} name={name} rows={own} setting={setting} />
        ))}
      </div>
    </Section>
  );
}

/** A trace as it is drawn. */
interface Line {
  readonly label: string;
  readonly color: string;
  readonly dash: string;
  readonly points: readonly { readonly step: number; readonly value: number }[];
}

function CurvePanel({ name, rows, setting }: { name: string; rows: readonly Trace[]; setting: Setting }) {
  const lines = linesOf(rows, setting);
  const draw = useCallback(
    (width: number) => {
      const points = lines.flatMap(({ label, points: own }) => own.map((point) => ({ ...point, label })));
      return Plot.plot({
        ...frame(width, Math.min(340, Math.max(240, width * 0.6))),
        x: { label: "labelled problems", labelArrow: "none", labelAnchor: "center", ticks: 5, tickSize: 4 },
        y: { label: name, labelArrow: "none", ticks: 5, tickSize: 0, nice: true },
        marks: [
          grid(),
          Plot.ruleY([0], { stroke: "var(--line)" }),
          ...lines.map((line) =>
            Plot.lineY(line.points, {
              x: "step",
              y: "value",
              stroke: line.color,
              strokeWidth: 1.8,
              strokeDasharray: line.dash,
              className: "learning-line",
              ariaDescription: line.label,
            }),
          ),
          Plot.tip(
            points,
            Plot.pointer({
              x: "step",
              y: "value",
              title: ({ label, step, value }: (typeof points)[number]) =>
                `${label}\n${name} ${fixed(value, 2)} after ${step} problems`,
              fill: "var(--surface)",
              stroke: "var(--line)",
            }),
          ),
        ],
      });
    },
    [rows, setting, name],
  );
  return (
    <figure class="panel wide">
      <figcaption>
        {name[0]!.toUpperCase() + name.slice(1).replaceAll("_", " ")}
        {MEANINGS[name] && <span class="none"> {MEANINGS[name]}</span>}
      </figcaption>
      <Plotted label={`${name} against labelled problems`} draw={draw} />
      <ul class="reading columns">
        {lines.map(({ label, color, dash, points }) => (
          <li key={label} style={{ "--swatch": color }} class="swatched">
            {label}
            {dash !== "none" && " (dashed)"}: {fixed(points.at(-1)!.value, 2)} after {points.at(-1)!.step} problems
          </li>
        ))}
      </ul>
    </figure>
  );
}

/** A reference is dashed, in the colour of what it is for. */
function linesOf(traces: readonly Trace[], setting: Setting): Line[] {
  const several = (of: (trace: Trace) => unknown) => new Set(traces.map(of)).size > 1;
  const [budgets, seeds, models] = [
    several(({ budget }) => budget),
    several(({ seed }) => seed),
    several(({ reward_model }) => reward_model),
  ];
  const learner = ({ method, parameters, reward_model: model, budget, seed }: Trace) =>
    JSON.stringify([method, parameters, model, budget, seed]);
  return [...Map.groupBy(traces, learner).values()].flatMap((own, i) =>
    own.flatMap((trace) => {
      const named = setting.series.find(
        ({ method, parameters }) => method === trace.method && parameters === trace.parameters,
      );
      const reference = trace.name.includes(OF);
      const label = [
        reference ? trace.name.split(OF)[1]!.replaceAll("_", " ") : (named?.name ?? trace.method),
        ...(models ? [trace.reward_model] : []),
        ...(budgets ? [budgetText(trace.budget, trace.budget_unit)] : []),
        ...(seeds ? [`seed ${trace.seed}`] : []),
      ].join(", ");
      const points = trace.steps.flatMap((step, k) => {
        const value = trace.values[k];
        return typeof value === "number" ? [{ step, value }] : [];
      });
      const look = { color: `var(--series-${i % 8})`, dash: reference ? "4 4" : "none" };
      return points.length === 0 ? [] : [{ label, ...look, points }];
    }),
  );
}
