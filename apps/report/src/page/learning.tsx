import * as Plot from "@observablehq/plot";
import type { CurveRow } from "@touchstone/core";
import type { PageData } from "@touchstone/report";
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
  const rows = (run.curves ?? []).filter(
    (row) => row.dataset === setting.dataset && row.split === setting.split && row.model === setting.model,
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

interface Trace {
  readonly label: string;
  readonly color: string;
  readonly dash: string;
  readonly rows: readonly (CurveRow & { readonly value: number })[];
}

function CurvePanel({ name, rows, setting }: { name: string; rows: readonly CurveRow[]; setting: Setting }) {
  const traces = tracesOf(rows, setting);
  const draw = useCallback(
    (width: number) => {
      const points = traces.flatMap(({ label, rows: own }) => own.map((row) => ({ ...row, label })));
      return Plot.plot({
        ...frame(width, Math.min(340, Math.max(240, width * 0.6))),
        x: { label: "labelled problems", labelArrow: "none", labelAnchor: "center", ticks: 5, tickSize: 4 },
        y: { label: name, labelArrow: "none", ticks: 5, tickSize: 0, nice: true },
        marks: [
          grid(),
          Plot.ruleY([0], { stroke: "var(--line)" }),
          ...traces.map((trace) =>
            Plot.lineY(trace.rows, {
              x: "step",
              y: "value",
              stroke: trace.color,
              strokeWidth: 1.8,
              strokeDasharray: trace.dash,
              className: "learning-line",
              ariaDescription: trace.label,
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
        {traces.map((trace) => (
          <li key={trace.label} style={{ "--swatch": trace.color }} class="swatched">
            {trace.label}
            {trace.dash !== "none" && " (dashed)"}: {fixed(trace.rows.at(-1)!.value, 2)} after {trace.rows.at(-1)!.step}{" "}
            problems
          </li>
        ))}
      </ul>
    </figure>
  );
}

/** One trace a curve's name, method, reward model, budget and seed. A reference is dashed, in the colour of what it is for. */
function tracesOf(rows: readonly CurveRow[], setting: Setting): Trace[] {
  const several = (of: (row: CurveRow) => unknown) => new Set(rows.map(of)).size > 1;
  const [budgets, seeds, models] = [
    several(({ budget }) => budget),
    several(({ seed }) => seed),
    several(({ reward_model }) => reward_model),
  ];
  const learner = (row: CurveRow) =>
    JSON.stringify([row.method, row.parameters, row.reward_model, row.budget, row.seed]);
  return [...Map.groupBy(rows, learner).values()].flatMap((own, i) =>
    [...Map.groupBy(own, ({ name }) => name)].flatMap(([name, steps]) => {
      const first = steps[0]!;
      const defined = steps.filter((row): row is CurveRow & { value: number } => row.value !== null);
      const named = setting.series.find(
        ({ method, parameters }) => method === first.method && parameters === first.parameters,
      );
      const reference = name.includes(OF);
      const label = [
        reference ? name.split(OF)[1]!.replaceAll("_", " ") : (named?.name ?? first.method),
        ...(models ? [first.reward_model] : []),
        ...(budgets ? [budgetText(first.budget, first.budget_unit)] : []),
        ...(seeds ? [`seed ${first.seed}`] : []),
      ].join(", ");
      const look = { color: `var(--series-${i % 8})`, dash: reference ? "4 4" : "none" };
      return defined.length === 0 ? [] : [{ label, ...look, rows: defined.toSorted((a, b) => a.step - b.step) }];
    }),
  );
}
