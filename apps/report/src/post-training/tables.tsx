import type { EffectRow } from "@touchstone/core";
import { compact, fixed } from "@touchstone/report/view";
import type { ComponentChildren } from "preact";
import { Scroll, Section } from "../page/text.tsx";
import { average, BASE, type Scene } from "./scene.ts";

const METRIC_NAMES: Readonly<Record<string, string>> = {
  j_n: "best-of-N reward A",
  j_1: "mean reward A",
  gold_n: "gold of best-of-N",
  second_n: "reward B of best-of-N",
};

/** What the comparison was made for: differences with their intervals. */
export function EffectSection({ scene }: { scene: Scene }) {
  const { data, deployed } = scene;
  const contrasts = data.effects.filter(({ right }) => right !== BASE);
  // The others are in effects.csv: a page of fourteen rows would be long for nothing.
  const gains = data.effects.filter(({ right, metric }) => right === BASE && ["j_n", "gold_n"].includes(metric));
  return (
    <Section
      id="effects"
      title="What came out"
      lead={`Differences on held-out problems, rewards in units of the base policy's median within-problem standard deviation, gold as it is. N = ${deployed}. Where both rows have at least 5 seeds the seed is the unit; otherwise problems are paired and the difference is descriptive: another seed could change it by more than its interval says.`}
    >
      {data.manifest.smoke && (
        <p class="note">
          <strong>Smoke: this comparison is too small for a verdict.</strong>
        </p>
      )}
      {contrasts.length > 0 && (
        <>
          <h3>Row against row</h3>
          <EffectTable rows={contrasts} label="Contrasts between rows" pair />
        </>
      )}
      <h3>Against the base policy</h3>
      <EffectTable rows={gains} label="Gains over the base policy" pair={false} />
      <ProvenanceNote scene={scene} />
    </Section>
  );
}

function EffectTable({ rows, label, pair }: { rows: readonly EffectRow[]; label: string; pair: boolean }) {
  return (
    <Table
      label={label}
      head={["Difference", "Of", "At", "Effect (95 %)", "Unit", "n"]}
      textColumns={3}
      rows={rows.map((row) => [
        pair ? `${row.left} − ${row.right}` : row.left,
        METRIC_NAMES[row.metric] ?? row.metric,
        row.at === "chosen-rate" ? "chosen rate" : `matched KL${row.kl === null ? "" : ` (${fixed(row.kl, 2)})`}`,
        <>
          <span class="estimate">{row.effect === null ? "–" : fixed(row.effect, 3)}</span>
          <span class="interval">
            {row.ci_low === null || row.ci_high === null
              ? "no interval"
              : `${fixed(row.ci_low, 3)} to ${fixed(row.ci_high, 3)}`}
          </span>
        </>,
        `${row.unit}${row.descriptive ? ", descriptive" : ""}`,
        row.n,
      ])}
    />
  );
}

/** Every table with Prefix-TEA says whose its layout is, and what was trained on a planted flaw says so. */
function ProvenanceNote({ scene: { data, rows, planted, rewardModel } }: { scene: Scene }) {
  const { provenance } = data.manifest;
  const prefix = rows.some((row) => row.startsWith("prefix-tea"));
  return (
    <p class="key-line">
      {planted !== null && (
        <strong>
          Reward A, {rewardModel}, has a planted flaw: {planted}.{" "}
        </strong>
      )}
      {prefix && <strong>The layout of prefix-tea is our reconstruction, not the paper’s. </strong>}
      {provenance
        .filter(({ row }) => rows.includes(row))
        .map(({ row, says }) => `${row}: ${says}`)
        .join("; ")}
      .
    </p>
  );
}

/** One line a row: what its policies are worth, mean over seeds. */
export function PolicySection({ scene }: { scene: Scene }) {
  const { data, rows, deployed } = scene;
  const finals = data.policies.filter(({ role }) => role !== "trial");
  const line = (row: string): readonly ComponentChildren[] => {
    const own = finals.filter((one) => one.row === row);
    const value = (of: (one: (typeof own)[number]) => number | null, digits: number) => {
      const found = average(own.map(of));
      return found === null ? "–" : fixed(found, digits);
    };
    const diverged = own.filter(({ state }) => state === "diverged").length;
    return [
      row === BASE ? "base policy" : row,
      row === BASE ? "–" : String(own[0]?.learning_rate ?? "none: every trial diverged"),
      row === BASE ? "–" : `${own.length}${diverged > 0 ? `, ${diverged} diverged` : ""}`,
      value((one) => one.j_1, 3),
      value((one) => one.j_n, 3),
      value((one) => one.gold_1, 3),
      value((one) => one.gold_n, 3),
      value((one) => one.second_1, 3),
      value((one) => one.second_n, 3),
      value((one) => one.kl, 2),
      value((one) => one.entropy, 3),
      value((one) => one.response_tokens, 1),
    ];
  };
  return (
    <Section
      id="policies"
      title="The policies"
      lead="At the end of training, on held-out problems, mean over seeds; rewards as the reward models give them. Two numbers each: of a single sample, and of what best-of-N by A selects."
    >
      <Table
        label="Policies"
        head={[
          "Row",
          "Learning rate",
          "Seeds",
          "A, 1",
          `A, ${deployed}`,
          "Gold, 1",
          `Gold, ${deployed}`,
          "B, 1",
          `B, ${deployed}`,
          "KL",
          "Entropy",
          "Tokens",
        ]}
        textColumns={1}
        rows={[BASE, ...rows].map(line)}
      />
      <ProvenanceNote scene={scene} />
    </Section>
  );
}

/** After how many deployed queries training has paid for itself. */
export function PayOffSection({ scene }: { scene: Scene }) {
  const { data, deployed } = scene;
  return (
    <Section
      id="pay-off"
      title="When training pays"
      lead={`A trained policy with N = ${deployed} samples a query against plain best-of-n of the base policy with as many samples as it needs to be as good: after so many queries the trained one has cost fewer FLOPs in all. The interval and the share of “not reached” come from resampled problems. “At most” where the base policy never got there with the samples that were drawn.`}
    >
      <Table
        label="Pay-off"
        head={["Row", "Seed", "By", "Cost counted", "Base samples", "Queries", "95 %", "Not reached", "Training FLOPs"]}
        textColumns={1}
        rows={data.payOff.map((row) => [
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
      <ProvenanceNote scene={scene} />
    </Section>
  );
}

/** Every trial of a learning rate, and the rule. */
export function TuningSection({ scene }: { scene: Scene }) {
  const { data, deployed } = scene;
  const trials = data.policies.filter(({ role }) => role === "trial");
  return (
    <Section
      id="tuning"
      title="Learning rates"
      lead={`Every row has the same trials, of a seed that is reported nowhere. The rule: the highest best-of-${deployed} reward A on validation problems.`}
    >
      <Table
        label="Trials"
        head={["Row", "Learning rate", "Best-of-N reward A", "KL", "Chosen"]}
        textColumns={1}
        rows={trials.map((trial) => [
          trial.row,
          String(trial.learning_rate),
          trial.state === "diverged" || trial.j_n === null ? "diverged" : fixed(trial.j_n, 3),
          trial.kl === null ? "–" : fixed(trial.kl, 2),
          trial.chosen ? "chosen" : "",
        ])}
      />
      <ProvenanceNote scene={scene} />
    </Section>
  );
}

const PURPOSES: Readonly<Record<string, string>> = {
  rollout: "rollouts",
  reward: "rewards",
  train: "gradients",
  measure: "KL curve",
  deploy: "deployments",
};

/** What reported runs and trials spent. */
export function LedgerSection({ scene }: { scene: Scene }) {
  const { data, rows } = scene;
  return (
    <Section
      id="ledger"
      title="The ledger"
      lead="Sums over the trials and seeds of a row. A backward pass counts as two forward passes; tokens of a sequence that is trained on count once. Seconds by the wall, on a machine that may have had other work."
    >
      <Table
        label="Ledger"
        head={[
          "Row",
          "For",
          "Samples",
          "Drawn tokens",
          "Reward tokens",
          "Forward tokens",
          "Training tokens",
          "FLOPs",
          "Seconds",
        ]}
        textColumns={2}
        rows={rows.flatMap((row) =>
          [
            ...Map.groupBy(
              data.ledger.filter((one) => one.row === row),
              ({ purpose }) => purpose,
            ),
          ].map(([purpose, own]) => {
            const sum = (of: (one: (typeof own)[number]) => number | null) =>
              compact(own.reduce((total, one) => total + (of(one) ?? 0), 0));
            return [
              row,
              PURPOSES[purpose] ?? purpose,
              sum((one) => one.samples),
              sum((one) => one.completion_tokens),
              sum((one) => one.reward_tokens),
              sum((one) => one.extra_forward_tokens),
              sum((one) => one.training_tokens),
              sum((one) => one.flops),
              sum((one) => one.seconds),
            ];
          }),
        )}
      />
      <ProvenanceNote scene={scene} />
    </Section>
  );
}

interface TableProps {
  readonly label: string;
  readonly head: readonly string[];
  /** So many columns are words; the first is a heading. */
  readonly textColumns: number;
  readonly rows: readonly (readonly ComponentChildren[])[];
}

function Table({ label, head, textColumns, rows }: TableProps) {
  return (
    <Scroll label={label}>
      <table>
        <caption class="sr-only">{label}</caption>
        <thead>
          <tr>
            {head.map((name, i) => (
              <th key={name} scope="col" class={i < textColumns ? `text ${i === 0 ? "sticky" : ""}` : ""}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((cells, r) => (
            <tr key={r}>
              <th scope="row" class="sticky">
                {cells[0]}
              </th>
              {cells.slice(1).map((cell, i) => (
                <td key={i} class={i + 1 < textColumns ? "text" : ""}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
