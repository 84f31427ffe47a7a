import type { LaserTrainingPageData } from "@touchstone/report";
import { compact, fixed } from "@touchstone/report/view";
import { Table } from "../experiment/table.tsx";
import { Planted, Section } from "../page/text.tsx";
import { FlawNote } from "./notes.tsx";
import { metricName, metricsOf, SEEDS_OF_A_VERDICT } from "./words.ts";

/** Where every rule ended, in numbers. */
export function EndTable({ data }: { data: LaserTrainingPageData }) {
  const { rows, curves, iterations } = data;
  const metrics = [
    ...metricsOf(data),
    ...(curves.some(({ metric }) => metric === "response_tokens") ? ["response_tokens"] : []),
  ];
  const cell = (row: string, metric: string) => {
    const point = curves
      .find((curve) => curve.row === row && curve.metric === metric)
      ?.points.find(({ iteration }) => iteration === iterations);
    if (point === undefined || point.estimate === null) return "–";
    const digits = metric === "response_tokens" ? 1 : 3;
    return (
      <>
        <span class="estimate">{fixed(point.estimate, digits)}</span>
        <span class="interval">
          {point.low === null || point.high === null
            ? "no interval"
            : `${fixed(point.low, digits)} to ${fixed(point.high, digits)}`}
        </span>
      </>
    );
  };
  return (
    <Section
      id="ends"
      title="The policies"
      lead={`After ${iterations} iterations, mean over seeds with 95 % intervals.`}
    >
      <Table
        label="Policies"
        head={["Rule", "Seeds", ...metrics.map(metricName)]}
        textColumns={1}
        rows={rows.map(({ row }) => [row, seedsOf(data, row), ...metrics.map((metric) => cell(row, metric))])}
      />
      <FlawNote data={data} />
    </Section>
  );
}

function seedsOf({ spend }: LaserTrainingPageData, row: string): number {
  return spend.find((one) => one.row === row)?.seeds ?? 0;
}

export function DifferenceTable({ data }: { data: LaserTrainingPageData }) {
  return (
    <Section id="differences" title="The differences in numbers" lead="At the end of training, seed by seed.">
      <Table
        label="Differences"
        head={["Difference", "Of", "Estimate (95 %)", "Seeds"]}
        textColumns={2}
        rows={data.differences.map(({ left, right, metric, estimate, low, high, seeds }) => [
          `${left} − ${right}`,
          metricName(metric),
          <>
            <span class="estimate">{estimate === null ? "–" : fixed(estimate, 3)}</span>
            <span class="interval">
              {low === null || high === null ? "no interval" : `${fixed(low, 3)} to ${fixed(high, 3)}`}
            </span>
          </>,
          `${seeds}${seeds < SEEDS_OF_A_VERDICT ? ", descriptive" : ""}`,
        ])}
      />
      <FlawNote data={data} />
    </Section>
  );
}

/** The reward models by what validation says of them, and the learning rates that it chose among. */
export function ValidationSection({ data: { ranking, trials } }: { data: LaserTrainingPageData }) {
  return (
    <Section
      id="validation"
      title="What validation chose"
      lead="Reward models by the gold of the response that each scores highest; the first is the one of the rule best. The deviation is the unit of noise on scores."
    >
      <Table
        label="Reward models"
        head={["Reward model", "Gold of what it selects", "Deviation", "Problems", "Responses each"]}
        textColumns={1}
        rows={ranking.map(({ reward_model: name, planted, gold, deviation, problems, samples }) => [
          <>
            {name} <Planted flaw={planted} />
          </>,
          gold === null ? "–" : fixed(gold, 3),
          deviation === null ? "–" : fixed(deviation, 3),
          problems,
          samples,
        ])}
      />
      {trials.length > 0 && (
        <>
          <h3>Learning rates</h3>
          <Table
            label="Learning rates"
            head={["Rate", "Gold on validation", "Chosen"]}
            textColumns={1}
            rows={trials.map(({ rate, gold, chosen }) => [
              String(rate),
              gold === null ? "–" : fixed(gold, 3),
              chosen ? "chosen" : "",
            ])}
          />
        </>
      )}
    </Section>
  );
}

/** What the training of each rule had spent. */
export function LedgerSection({ data }: { data: LaserTrainingPageData }) {
  return (
    <Section
      id="ledger"
      title="The ledger"
      lead="Of one run at its end, mean over seeds; evaluations are on no ledger. Tokens of all reward models that were asked; best and sequential also pay for their ranking. A backward pass counts as two forward passes. Seconds by the wall, on a machine that may have had other work."
    >
      <Table
        label="Ledger"
        head={[
          "Rule",
          "Samples",
          "Drawn tokens",
          "Reward tokens",
          "Forward tokens",
          "Training tokens",
          "FLOPs",
          "Seconds",
        ]}
        textColumns={1}
        rows={data.spend.map((one) => [
          one.row,
          compact(one.samples),
          compact(one.completionTokens),
          compact(one.rewardTokens),
          compact(one.forwardTokens),
          compact(one.trainingTokens),
          compact(one.flops),
          compact(one.seconds),
        ])}
      />
      <FlawNote data={data} />
    </Section>
  );
}
