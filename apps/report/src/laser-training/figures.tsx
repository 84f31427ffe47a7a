import * as Plot from "@observablehq/plot";
import type { LaserTrainingPageData } from "@touchstone/report";
import { useCallback } from "preact/hooks";
import { RowLegend } from "../experiment/legend.tsx";
import { LinePanel, type Line } from "../experiment/lines.tsx";
import { Plotted } from "../page/figure.tsx";
import { frame, grid } from "../page/plots.ts";
import { Planted, Section } from "../page/text.tsx";
import { FlawNote } from "./notes.tsx";
import { flawsOf, metricName } from "./words.ts";

/** Evaluations after every iteration. */
export function ProgressSection({ data }: { data: LaserTrainingPageData }) {
  const names = data.rows.map(({ row }) => row);
  const along = [...new Set(data.curves.filter(({ points }) => points.length > 1).map(({ metric }) => metric))];
  const notes: Readonly<Record<string, string>> = {
    gold: "bands: 95 % over seeds, where few rules are highlighted",
    earned: "what the bandit took a step to be worth, from minus the loss",
  };
  return (
    <Section
      id="progress"
      title="Iteration by iteration"
      lead="After every iteration, on held-out problems; mean over seeds. Iteration 0 is the policy as it was. All rules see the same prompts."
    >
      <RowLegend rows={names} base={false} />
      <FlawNote data={data} />
      <div class="panels pairs">
        {along.map((metric) => (
          <LinePanel
            key={metric}
            title={metricName(metric)[0]!.toUpperCase() + metricName(metric).slice(1)}
            {...(notes[metric] === undefined ? {} : { note: notes[metric] })}
            whole={metric === "gold"}
            x="iteration"
            counts
            y={metricName(metric)}

            dots
            lines={data.curves
              .filter((curve) => curve.metric === metric)
              .map(({ row, points }): Line => ({
                row,
                points: points.flatMap(({ iteration, estimate, low, high }) =>
                  estimate === null ? [] : [{ x: iteration, y: estimate, low, high }],
                ),
              }))}
          />
        ))}
        <LinePanel
          title="Loss"
          note="of the step, before the update; mean over seeds"
          x="step"
          counts
          y="loss"

          lines={data.steps.map(({ row, steps, loss }) => ({
            row,
            points: steps.flatMap((x, i) => (loss[i] === null ? [] : [{ x, y: loss[i]! }])),
          }))}
        />
      </div>
    </Section>
  );
}

/** Which reward model was asked, iteration by iteration: what bandits settled on. */
export function ChoiceSection({ data }: { data: LaserTrainingPageData }) {
  const models = data.ranking.map((one) => one.reward_model);
  const flaws = flawsOf(data);
  const choosing = data.steps.filter(({ asked }) => Object.keys(asked).length > 0);
  if (choosing.length === 0 || models.length < 2) return null;
  return (
    <Section
      id="choices"
      title="Who was asked"
      lead="Share of an iteration's batches, over all seeds, that each reward model scored. Rules that ask all of them are not drawn."
    >
      <ul class="legend" aria-label="Reward models">
        {models.map((model, i) => (
          <li key={model}>
            <svg width="18" height="14" aria-hidden="true">
              <rect width="18" height="14" rx="2" style={{ fill: colorOf(i) }} />
            </svg>
            {i + 1}. {model} <Planted flaw={flaws.get(model) ?? null} />
          </li>
        ))}
      </ul>
      <p class="key-line">Numbered by rank on validation: 1 is what the rule best trains with.</p>
      <div class="small-panels">
        {choosing.map(({ row, asked }) => (
          <ChoicePanel key={row} row={row} asked={asked} models={models} />
        ))}
      </div>
      <FlawNote data={data} />
    </Section>
  );
}

function colorOf(place: number): string {
  return `var(--series-${place % 8})`;
}

interface ChoiceProps {
  readonly row: string;
  readonly asked: Readonly<Record<string, readonly number[]>>;
  readonly models: readonly string[];
}

function ChoicePanel({ row, asked, models }: ChoiceProps) {
  const draw = useCallback(
    (width: number) => {
      const shares = models.flatMap((model, place) =>
        (asked[model] ?? []).map((share, i) => ({ model, place, iteration: i + 1, share })),
      );
      return Plot.plot({
        ...frame(width, 190),
        marginTop: 12,
        x: {
          label: "iteration",
          labelArrow: "none",
          labelAnchor: "center",
          tickSize: 0,
          tickFormat: (i: number) => String(i),
        },
        y: { labelArrow: "none", domain: [0, 100], percent: true, label: "%", ticks: 2, tickSize: 0 },
        marks: [
          grid(),
          Plot.barY(shares, {
            x: "iteration",
            y: "share",
            fill: ({ place }: (typeof shares)[number]) => colorOf(place),
            inset: 0.6,
            order: (one: (typeof shares)[number]) => one.place,
            className: "asked",
            ariaDescription: row,
          }),
          // The number of the reward model: colours are not all that tells them apart.
          Plot.text(
            shares.filter(({ share }) => share >= 0.18),
            Plot.stackY({
              x: "iteration",
              y: "share",
              text: ({ place }: (typeof shares)[number]) => String(place + 1),
              order: (one: (typeof shares)[number]) => one.place,
              fill: "var(--paper)",
              fontSize: 11,
            }),
          ),
        ],
      });
    },
    [row, asked, models],
  );
  const says = Object.entries(asked)
    .map(([model, shares]) => `${model} ${Math.round((100 * shares.reduce((a, b) => a + b, 0)) / shares.length)} %`)
    .join(", ");
  return (
    <figure class="panel">
      <figcaption>{row}</figcaption>
      <Plotted label={`Reward models asked by ${row}: ${says}`} draw={draw} />
    </figure>
  );
}
