import type { LaserTrainingPageData } from "@touchstone/report";
import { useCallback, useMemo, useState } from "preact/hooks";
import { Header, ModelItems } from "../experiment/header.tsx";
import { Highlighting } from "../experiment/look.ts";
import { toggled, type Highlights } from "../page/palette.ts";
import { Planted, Section } from "../page/text.tsx";
import { EffectSection } from "./effects.tsx";
import { ChoiceSection, ProgressSection } from "./figures.tsx";
import { DifferenceTable, EndTable, LedgerSection, ValidationSection } from "./tables.tsx";
import { flawsOf } from "./words.ts";

const PARTS = [
  ["effects", "What came out"],
  ["progress", "Iterations"],
  ["choices", "Who was asked"],
  ["ends", "Policies"],
  ["differences", "Differences"],
  ["validation", "Validation"],
  ["ledger", "Ledger"],
  ["made", "How it was made"],
] as const;

/** Rules that have a colour at first. */
const COLOURED = 6;

/** The whole page of an experiment that trains by reward models: what came out, along training, its numbers, and how it was made. */
export function LaserTrainingPage({ data }: { data: LaserTrainingPageData }) {
  const { manifest, rows, ranking, steps } = data;
  const [highlights, highlight] = useState<Highlights>(() =>
    (rows.length <= COLOURED ? rows : rows.filter(({ noise }) => noise === 0).slice(0, COLOURED)).map(({ row }) => row),
  );
  const toggle = useCallback((row: string) => highlight((all) => toggled(all, row)), []);
  const highlighting = useMemo(() => ({ highlights, toggle }), [highlights, toggle]);
  const hasChoices = ranking.length > 1 && steps.some(({ asked }) => Object.keys(asked).length > 0);
  const flaws = flawsOf(data);
  return (
    <Highlighting.Provider value={highlighting}>
      <Header
        title={manifest.experiment}
        manifest={manifest}
        parts={PARTS.filter(([id]) => id !== "choices" || hasChoices)}
      >
        <p class="question">
          {ranking.length > 1
            ? "Which reward model should teach a policy, batch by batch?"
            : "What does a policy win that is trained on one reward model’s preferences?"}{" "}
          {manifest.description} {manifest.smoke && <strong>Smoke: no verdict.</strong>}
        </p>
        <p class="question">
          Reward models:{" "}
          {ranking.map(({ reward_model: name }, i) => (
            <span key={name}>
              {i > 0 && ", "}
              {name}
              {flaws.has(name) && (
                <>
                  {" "}
                  <Planted flaw={flaws.get(name)!} />
                </>
              )}
            </span>
          ))}
          .{manifest.ended === null && " The experiment has not ended: what follows is of the runs that have."}
        </p>
      </Header>
      <main>
        <EffectSection data={data} />
        <ProgressSection data={data} />
        <ChoiceSection data={data} />
        <EndTable data={data} />
        <DifferenceTable data={data} />
        <ValidationSection data={data} />
        <LedgerSection data={data} />
        <MadeSection data={data} />
      </main>
    </Highlighting.Provider>
  );
}

function MadeSection({ data: { manifest } }: { data: LaserTrainingPageData }) {
  return (
    <Section id="made" title="How it was made">
      <p class="lead">The command, in a clone at the commit above:</p>
      <pre class="command">
        <code>./touchstone {manifest.argv.join(" ")}</code>
      </pre>
      <p class="prose">
        Every rule trains the same policy with as many steps, on the same prompts and with the same random numbers; they
        differ in who scores a batch’s responses. Pairs of higher and lower scores train by DPO with the likelihood of
        what was chosen. A bandit earns minus the loss of its step, before the update. Which parts are read in public
        text or code and which are ours is said in docs/laser-training.md.
      </p>
      <ul class="reading">
        <ModelItems models={manifest.models} />
      </ul>
      <details>
        <summary>The experiment as resolved</summary>
        <pre>{JSON.stringify(manifest.experiment_resolved, null, 2)}</pre>
      </details>
      <p class="note">
        This page carries its data and asks nothing of a network. Beside it lie evaluations.csv, steps.csv, ranking.csv,
        votes.csv and experiment.json, from which every figure can be drawn again.
      </p>
    </Section>
  );
}
