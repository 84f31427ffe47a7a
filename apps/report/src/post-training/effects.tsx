import type { EffectRow } from "@touchstone/core";
import { fixed } from "@touchstone/report/view";
import { useState } from "preact/hooks";
import { ForestKey, ForestPanel, type Effect } from "../experiment/forest.tsx";
import { BASE } from "../experiment/look.ts";
import { Section } from "../page/text.tsx";
import { ProvenanceNote } from "./notes.tsx";
import type { Scene } from "./scene.ts";
import { basisOf, whereOf } from "./words.ts";

/** What the comparison was made for: every row against one, by reward A, gold and reward B. */
export function EffectSection({ scene }: { scene: Scene }) {
  const { data, deployed, rewardModel, second } = scene;
  const references = referencesOf(data.effects);
  const [chosen, choose] = useState(references[0]);
  const against = references.includes(chosen ?? "") ? chosen! : references[0];
  if (against === undefined) return null;
  const own = data.effects.filter(({ right }) => right === against);
  const matched = own.some(({ at }) => at === "matched-kl");
  const name = against === BASE ? "the base policy" : against;
  const panel = (metric: string, title: string, note: string, unit: string, whole = false) => {
    const effects = own.filter((row) => row.metric === metric && row.effect !== null);
    if (effects.length === 0) return null;
    return (
      <ForestPanel title={title} note={note} unit={unit} against={name} effects={effects.map(drawn)} whole={whole} />
    );
  };
  const units = "standard deviations";
  return (
    <Section
      id="effects"
      title="What came out"
      lead={`Differences on held-out problems with 95 % intervals, N = ${deployed}: rewards in units of the base policy's median within-problem standard deviation, gold as it is. Where both rows have at least 5 seeds the interval is over seeds; otherwise it is over problems, and the difference is descriptive: another seed could change it by more than that.`}
    >
      <Answer scene={scene} />
      {data.manifest.smoke && (
        <p class="note">
          <strong>Smoke: this comparison is too small for a verdict.</strong>
        </p>
      )}
      {references.length > 1 && (
        <p class="controls">
          <label>
            Every row against{" "}
            <select value={against} onChange={(event) => choose(event.currentTarget.value)}>
              {references.map((row) => (
                <option key={row} value={row}>
                  {row === BASE ? "the base policy" : row}
                </option>
              ))}
            </select>
          </label>
        </p>
      )}
      <div class="legends">
        <ForestKey first="at the chosen learning rate" {...(matched ? { second: "at matched KL" } : {})} />
      </div>
      <div class="panels pairs" key={against}>
        {panel("j_n", `Reward A of best-of-${deployed}`, `${rewardModel}, which trains and selects`, units, true)}
        {panel("gold_n", `Gold of best-of-${deployed}`, "what is wanted", "gold")}
        {panel("second_n", `Reward B of best-of-${deployed}`, `${second}, reported only`, units)}
      </div>
      <ProvenanceNote scene={scene} />
    </Section>
  );
}

function drawn(row: EffectRow): Effect {
  return {
    row: row.left,
    effect: row.effect!,
    low: row.ci_low,
    high: row.ci_high,
    second: row.at === "matched-kl",
    descriptive: row.descriptive,
    says: `at ${whereOf(row)}, ${basisOf(row)}`,
  };
}

/** What rows can be compared with, the one that most are first; a single comparison is a sentence and no figure, the base policy always is one. */
function referencesOf(effects: readonly EffectRow[]): readonly string[] {
  const rows = (right: string) => new Set(effects.filter((one) => one.right === right).map(({ left }) => left)).size;
  const rights = [...new Set(effects.map(({ right }) => right))].filter((right) => right === BASE || rows(right) > 1);
  return rights.toSorted((a, b) => Number(a === BASE) - Number(b === BASE) || rows(b) - rows(a));
}

/** The contrasts that were fixed beforehand, in a sentence each where seeds are enough; otherwise the first of them. */
function Answer({ scene: { data, deployed } }: { scene: Scene }) {
  const contrasts = data.effects.filter(
    ({ right, metric, at, effect }) => right !== BASE && metric === "j_n" && at === "chosen-rate" && effect !== null,
  );
  const firm = contrasts.filter(({ descriptive }) => !descriptive);
  const told = firm.length > 0 ? firm.slice(0, 3) : contrasts.slice(0, 1);
  return (
    <ul class="answers">
      {told.map((row) => (
        <li key={`${row.left} ${row.right}`}>
          <p class="says">{sentenceOf(row, deployed, data.effects)}</p>
        </li>
      ))}
      <li>
        <p class="says">{goldSentence(data.effects, deployed)}</p>
      </li>
    </ul>
  );
}

/** Whether reward was won at the cost of what is wanted. */
function goldSentence(effects: readonly EffectRow[], deployed: number): string {
  const gold = effects.filter(({ right, metric, effect }) => right === BASE && metric === "gold_n" && effect !== null);
  const behind = gold.filter((row) => row.ci_high !== null && row.ci_high < 0).length;
  const ahead = gold.filter((row) => row.ci_low !== null && row.ci_low > 0).length;
  const values = gold.flatMap((row) => (row.left_mean === null ? [] : [row.left_mean]));
  const base = gold[0]?.right_mean ?? null;
  if (values.length === 0 || base === null) return `Gold of best-of-${deployed} is not known.`;
  const span = `${fixed(Math.min(...values), 2)} to ${fixed(Math.max(...values), 2)}`;
  return `By gold of best-of-${deployed}, ${behind} of ${gold.length} rows are behind the base policy and ${ahead} ahead of it: ${span} where the base policy has ${fixed(base, 2)}.`;
}

function sentenceOf(row: EffectRow, deployed: number, effects: readonly EffectRow[]): string {
  const { left, right, effect, ci_low: low, ci_high: high } = row;
  const unclear = low === null || high === null || (low <= 0 && high >= 0);
  const verb = unclear ? "cannot be told from" : effect! > 0 ? "is ahead of" : "is behind";
  const matched = effects.find(
    (one) => one.left === left && one.right === right && one.metric === "j_n" && one.at === "matched-kl",
  );
  const span = (one: EffectRow) =>
    `${fixed(one.effect!, 2)}${one.ci_low === null || one.ci_high === null ? "" : ` (${fixed(one.ci_low, 2)} to ${fixed(one.ci_high, 2)})`}`;
  const also = matched === undefined || matched.effect === null ? "" : `, ${span(matched)} at matched KL`;
  return `By reward A of best-of-${deployed}, ${left} ${verb} ${right}: ${span(row)} standard deviations at the chosen rate${also}; ${basisOf(row)}.`;
}
