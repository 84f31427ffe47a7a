import type { PayOffRow } from "@touchstone/core";
import { compact, fixed, list } from "@touchstone/report/view";
import { RowLegend } from "../experiment/legend.tsx";
import { LinePanel, type Line } from "../experiment/lines.tsx";
import { Table } from "../experiment/table.tsx";
import { Section } from "../page/text.tsx";
import { FlawNote, ProvenanceNote } from "./notes.tsx";
import { average, type Scene } from "./scene.ts";

const METRICS = [
  ["reward", "By reward A"],
  ["gold", "By gold"],
] as const;

/** What training has won so far, query by query. */
export function PayOffSection({ scene }: { scene: Scene }) {
  const { rows, deployed } = scene;
  return (
    <Section
      id="pay-off"
      title="When training pays"
      lead={`A trained policy with N = ${deployed} samples a query against plain best-of-n of the base policy with as many samples as it needs to be as good. FLOPs saved so far minus those of training, in units of what training cost (trials of the learning rate not counted): from −1, all of it spent and nothing saved, over 0, where it has paid for itself.`}
    >
      <RowLegend rows={rows} base={false} />
      <FlawNote scene={scene} />
      <div class="panels pairs">
        {METRICS.map(([metric, title]) => (
          <PayOffPanel key={metric} title={title} metric={metric} scene={scene} />
        ))}
      </div>
    </Section>
  );
}

function PayOffPanel({ title, metric, scene }: { title: string; metric: string; scene: Scene }) {
  const own = scene.data.payOff.filter((row) => row.metric === metric && !row.with_tuning);
  const savings = [...Map.groupBy(own, ({ row }) => row)].map(([row, seeds]) => ({ row, saving: savingOf(seeds) }));
  const never = savings.filter(({ saving }) => saving === undefined).map(({ row }) => row);
  const paying = savings.flatMap(({ row, saving }) => (saving === undefined ? [] : [{ row, ...saving }]));
  const bounded = paying.filter(({ beyond }) => beyond).map(({ row }) => row);
  const breakEven = paying.map(({ saved }) => 1 / saved);
  const queries = spread(Math.min(...breakEven) / 30, Math.max(...breakEven) * 3);
  const lines = paying.map(({ row, saved, least, most, beyond }): Line => ({
    row,
    points: queries.map((x) => ({ x, y: x * saved - 1, low: x * least - 1, high: x * most - 1 })),
    ...(beyond ? { dash: "6 3" } : {}),
  }));
  return (
    <div class="panel">
      {lines.length > 0 && (
        <LinePanel
          title={title}
          x="deployed queries"
          y="saved, net of training"
          log={{ base: 10, ticks: powersOfTen(queries) }}
          formatX={compact}
          rules={[0]}
          range={[-1.05, 2]}
          decimals={2}
          lines={lines}
        />
      )}
      <ul class="reading">
        {never.length > 0 && (
          <li>
            {lines.length === 0 && `${title}: `}Not reached: {list(never)}.
          </li>
        )}
        {bounded.length > 0 && (
          <li>
            Dashed: the base policy never got there with the samples that were drawn, so that the true curve lies to the
            left: {list(bounded)}.
          </li>
        )}
      </ul>
    </div>
  );
}

/** Numbers of queries at which curves are drawn, even on a logarithmic axis. */
function spread(low: number, high: number): readonly number[] {
  const points = 40;
  return Array.from({ length: points }, (_, i) => low * (high / low) ** (i / (points - 1)));
}

function powersOfTen(values: readonly number[]): readonly number[] {
  const [first, last] = [Math.ceil(Math.log10(values[0]!)), Math.floor(Math.log10(values.at(-1)!))];
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => 10 ** (first + i));
}

/** What a query saves of the cost of training, mean over seeds, with the ends of its interval; undefined where most seeds save nothing. */
function savingOf(seeds: readonly PayOffRow[]) {
  const known = seeds.filter(({ queries }) => queries !== null && queries > 0);
  if (2 * known.length <= seeds.length) return undefined;
  // Training has paid for itself after so many queries: each saves the inverse of that.
  const rate = (of: (one: PayOffRow) => number | null) =>
    average(known.map((one) => (of(one) === null ? 0 : 1 / of(one)!)))!;
  return {
    saved: rate(({ queries }) => queries),
    least: rate((one) => one.queries_high),
    most: rate((one) => one.queries_low),
    beyond: known.some(({ state }) => state === "beyond"),
  };
}

/** The same in numbers, with the trials of the learning rate counted as well. */
export function PayOffTable({ scene }: { scene: Scene }) {
  return (
    <Section
      id="pay-off-table"
      title="When training pays, in numbers"
      lead="After so many queries the trained policy has cost fewer FLOPs in all. The interval and the share of “not reached” come from resampled problems. “At most” where the base policy never got there with the samples that were drawn."
    >
      <details>
        <summary>Every run</summary>
        <Table
          label="Pay-off"
          head={[
            "Row",
            "Seed",
            "By",
            "Cost counted",
            "Base samples",
            "Queries",
            "95 %",
            "Not reached",
            "Training FLOPs",
          ]}
          textColumns={1}
          rows={scene.data.payOff.map((row) => [
            row.row,
            row.seed,
            row.metric === "reward" ? "reward A" : row.metric,
            row.with_tuning ? "with its trials" : "this run",
            row.base_samples === null ? "–" : compact(row.base_samples),
            row.queries === null ? "not reached" : `${row.state === "beyond" ? "at most " : ""}${compact(row.queries)}`,
            row.state === "not reached"
              ? "–"
              : `${row.queries_low === null ? "–" : compact(row.queries_low)} to ${row.queries_high === null ? "never" : compact(row.queries_high)}`,
            `${fixed(100 * row.not_reached_share, 0)} %`,
            compact(row.training_flops),
          ])}
        />
      </details>
      <ProvenanceNote scene={scene} />
    </Section>
  );
}
