import type { EffectRow } from "@touchstone/core";
import { compact, fixed, pValue } from "@touchstone/report/view";
import type { ComponentChildren } from "preact";
import { BASE } from "../experiment/look.ts";
import { Table } from "../experiment/table.tsx";
import { Section } from "../page/text.tsx";
import { ProvenanceNote } from "./notes.tsx";
import { average, type Scene } from "./scene.ts";
import { basisOf, intervalOf, METRIC_NAMES, whereOf } from "./words.ts";

/** Every difference in numbers; p and the rows of single seeds are in the files. */
export function ContrastSection({ scene }: { scene: Scene }) {
  const { effects } = scene.data;
  const [aim, others] = [true, false].map((wanted) => effects.filter(({ metric }) => (metric === "j_n") === wanted));
  return (
    <Section
      id="contrasts"
      title="The differences in numbers"
      lead="As drawn at the top of the page; p is two-sided and not adjusted for the number of rows."
    >
      <EffectTables effects={aim!} of="best-of-N reward A" />
      <details>
        <summary>Gold, reward B and single samples</summary>
        <EffectTables effects={others!} of="gold, reward B and single samples" />
      </details>
      <ProvenanceNote scene={scene} />
    </Section>
  );
}

function EffectTables({ effects, of }: { effects: readonly EffectRow[]; of: string }) {
  const contrasts = effects.filter(({ right }) => right !== BASE);
  return (
    <>
      {contrasts.length > 0 && (
        <>
          <h3>Row against row</h3>
          <EffectTable rows={contrasts} label={`Contrasts between rows: ${of}`} pair />
        </>
      )}
      <h3>Against the base policy</h3>
      <EffectTable
        rows={effects.filter(({ right }) => right === BASE)}
        label={`Gains over the base policy: ${of}`}
        pair={false}
      />
    </>
  );
}

function EffectTable({ rows, label, pair }: { rows: readonly EffectRow[]; label: string; pair: boolean }) {
  return (
    <Table
      label={label}
      head={["Difference", "Of", "At", "Effect (95 %)", "p", "Over"]}
      textColumns={3}
      rows={rows.map((row) => [
        pair ? `${row.left} − ${row.right}` : row.left,
        METRIC_NAMES[row.metric] ?? row.metric,
        whereOf(row),
        <>
          <span class="estimate">{row.effect === null ? "–" : fixed(row.effect, 3)}</span>
          <span class="interval">{intervalOf(row)}</span>
        </>,
        row.p_value === null ? "–" : pValue(row.p_value),
        basisOf(row),
      ])}
    />
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
      <>
        {value((one) => one.kl, 2)}
        {own.length > 1 && <span class="interval">{spanOf(own.map(({ kl }) => kl))}</span>}
      </>,
      value((one) => one.entropy, 3),
      value((one) => one.response_tokens, 1),
    ];
  };
  return (
    <Section
      id="policies"
      title="The policies"
      lead="At the end of training, on held-out problems, mean over seeds; rewards as the reward models give them; below KL, its smallest and largest seed. Two numbers each: of a single sample, and of what best-of-N by A selects."
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

function spanOf(values: readonly (number | null)[]): string {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? "" : `${fixed(Math.min(...known), 1)} to ${fixed(Math.max(...known), 1)}`;
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
