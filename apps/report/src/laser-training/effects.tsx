import type { LaserTrainingPageData, RuleDifference } from "@touchstone/report";
import { useState } from "preact/hooks";
import { ForestKey, ForestPanel, type Effect } from "../experiment/forest.tsx";
import { Section } from "../page/text.tsx";
import { FlawNote } from "./notes.tsx";
import { metricName, metricsOf, SEEDS_OF_A_VERDICT, spanOf } from "./words.ts";

const START = "as it was";

/** What came out: rules at the end of equally many iterations, seed by seed. */
export function EffectSection({ data }: { data: LaserTrainingPageData }) {
  const { differences, iterations, manifest, split, problems } = data;
  const reference = differences.find(({ left, right }) => right !== START && !isNoise(left))?.left;
  const [against, choose] = useState(reference ?? START);
  const metrics = metricsOf(data);
  const drawn = (metric: string) => differencesTo(against, differences, metric, reference);
  const noise = differences.filter(({ left, right, metric }) => isNoise(left) && right !== START && metric === "gold");
  return (
    <Section
      id="effects"
      title="What came out"
      lead={`After ${iterations} iterations, the same for every rule, on ${problems} problems of ${split}: differences with 95 % intervals over seeds (Student's t). Seeds share prompts and responses under every rule. With fewer than ${SEEDS_OF_A_VERDICT} seeds a difference is descriptive.`}
    >
      <Answer data={data} reference={reference} />
      {manifest.smoke && (
        <p class="note">
          <strong>Smoke: this experiment is too small for a verdict.</strong>
        </p>
      )}
      {reference !== undefined && (
        <p class="controls">
          <label>
            Every rule against{" "}
            <select value={against} onChange={(event) => choose(event.currentTarget.value)}>
              <option value={reference}>{reference}</option>
              <option value={START}>the policy as it was</option>
            </select>
          </label>
        </p>
      )}
      <div class="legends">
        <ForestKey first="mean over seeds" />
      </div>
      <div class="panels pairs" key={against}>
        {metrics
          .map((metric) => ({ metric, effects: drawn(metric) }))
          .filter(({ effects }) => effects.length > 0)
          .map(({ metric, effects }, i) => (
            <ForestPanel
              key={metric}
              title={title(metricName(metric))}
              unit="gold"
              against={against === START ? "the policy as it was" : against}
              effects={effects}
              whole={i === 0}
            />
          ))}
        {noise.length > 0 && (
          <ForestPanel
            title="Under noise on the scores"
            note="gold of a single response, against the same rule without noise"
            unit="gold"
            against="without noise"
            effects={noise.map((one) => effectOf(one, one.left, 1))}
          />
        )}
      </div>
      <FlawNote data={data} />
    </Section>
  );
}

/** Differences to one rule; they are kept as the reference minus each rule, and turned round here. */
function differencesTo(
  against: string,
  differences: readonly RuleDifference[],
  metric: string,
  reference: string | undefined,
): readonly Effect[] {
  const own = differences.filter((one) => one.metric === metric && one.estimate !== null);
  if (against === START) return own.filter(({ right }) => right === START).map((one) => effectOf(one, one.left, 1));
  return own
    .filter(({ left, right }) => left === reference && right !== START)
    .map((one) => effectOf(one, one.right, -1));
}

function effectOf({ estimate, low, high, seeds }: RuleDifference, row: string, sign: 1 | -1): Effect {
  const ends = low === null || high === null ? [null, null] : sign === 1 ? [low, high] : [-high, -low];
  return {
    row,
    effect: sign * estimate!,
    low: ends[0]!,
    high: ends[1]!,
    second: false,
    descriptive: seeds < SEEDS_OF_A_VERDICT,
    says: `${seeds} seed${seeds === 1 ? "" : "s"}`,
  };
}

function isNoise(row: string): boolean {
  return row.includes(", noise");
}

function Answer({ data, reference }: { data: LaserTrainingPageData; reference: string | undefined }) {
  const { differences } = data;
  const gold = differences.filter(({ metric, estimate }) => metric === "gold" && estimate !== null);
  const gain = gold.find(({ left, right }) => right === START && (reference === undefined || left === reference));
  const others = gold.filter(({ left, right }) => left === reference && right !== START);
  const decided = (one: RuleDifference) => one.seeds >= SEEDS_OF_A_VERDICT && one.low !== null && one.high !== null;
  const ahead = others.filter((one) => decided(one) && one.low! > 0).map(({ right }) => right);
  const behind = others.filter((one) => decided(one) && one.high! < 0).map(({ right }) => right);
  const same = others.filter((one) => decided(one) && one.low! <= 0 && one.high! >= 0).map(({ right }) => right);
  const sentences = [
    ...(gain === undefined
      ? []
      : [
          `${gain.left} changes the gold of a single response by ${spanOf(gain)} over the policy as it was; ${gain.seeds} seed${gain.seeds === 1 ? "" : "s"}${gain.seeds < SEEDS_OF_A_VERDICT ? ", descriptive" : ""}.`,
        ]),
    ...(ahead.length + behind.length + same.length === 0
      ? []
      : [
          `By the gold of single responses, ${reference} is ahead of ${ahead.join(", ") || "no rule"}, behind ${behind.join(", ") || "none"}, and cannot be told from ${same.join(", ") || "any"}.`,
        ]),
  ];
  return (
    <ul class="answers">
      {sentences.map((sentence) => (
        <li key={sentence}>
          <p class="says">{sentence}</p>
        </li>
      ))}
    </ul>
  );
}

function title(name: string): string {
  return name[0]!.toUpperCase() + name.slice(1);
}
