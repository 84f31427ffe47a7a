import type { PostTrainingPageData } from "@touchstone/report";
import { useCallback, useMemo, useState } from "preact/hooks";
import { Header, ModelItems } from "../experiment/header.tsx";
import { Highlighting } from "../experiment/look.ts";
import { toggled } from "../page/palette.ts";
import { Planted, Section } from "../page/text.tsx";
import { EffectSection } from "./effects.tsx";
import { DeploymentSection, DivergenceSection, TailSection, TrainingSection } from "./figures.tsx";
import { PayOffSection, PayOffTable } from "./pay-off.tsx";
import { firstHighlights, scenesOf } from "./scene.ts";
import { ContrastSection, LedgerSection, PolicySection, TuningSection } from "./tables.tsx";

const PARTS = [
  ["effects", "What came out"],
  ["deployment", "Deployed"],
  ["divergence", "Against distance"],
  ["training", "Training"],
  ["tail", "The tail"],
  ["pay-off", "When it pays"],
  ["contrasts", "Differences"],
  ["policies", "Policies"],
  ["pay-off-table", "Pay-off"],
  ["tuning", "Learning rates"],
  ["ledger", "Ledger"],
  ["made", "How it was made"],
] as const;

/** The whole page of a comparison: what came out, the figures behind it, its numbers, and how it was made. */
export function PostTrainingPage({ data }: { data: PostTrainingPageData }) {
  const { manifest } = data;
  const scenes = useMemo(() => scenesOf(data), [data]);
  const [chosen, choose] = useState(0);
  const scene = scenes[chosen]!;
  const { dataset, rollouts, deployed, rewardModel, planted, second, secondPlanted } = scene;
  const key = `${dataset} ${rollouts} ${deployed}`;
  const [highlights, highlight] = useState(() => scenes.map(firstHighlights));
  const toggle = useCallback(
    (row: string) => highlight((all) => all.with(chosen, toggled(all[chosen]!, row))),
    [chosen],
  );
  const highlighting = useMemo(() => ({ highlights: highlights[chosen]!, toggle }), [highlights, chosen, toggle]);
  return (
    <Highlighting.Provider value={highlighting}>
      <Header title={manifest.comparison} manifest={manifest} parts={PARTS}>
        <p class="question">
          Which advantage trains the policy whose best of {deployed} is best, from {rollouts} rollouts a prompt, and
          does training pay? {manifest.description} {manifest.smoke && <strong>Smoke: no verdict.</strong>}
        </p>
        <p class="question">
          Trained on and selected by {rewardModel}
          {planted !== null && (
            <>
              {" "}
              <Planted flaw={planted} />
              <small class="flaw"> {planted}</small>
            </>
          )}
          ; reported with gold and {second}
          {secondPlanted !== null && (
            <>
              {" "}
              <Planted flaw={secondPlanted} />
            </>
          )}
          .
        </p>
      </Header>
      <main>
        {scenes.length > 1 && (
          <p class="choices">
            <label>
              World and sizes{" "}
              <select value={chosen} onChange={(event) => choose(Number(event.currentTarget.value))}>
                {scenes.map((one, i) => (
                  <option key={`${one.dataset} ${one.rollouts} ${one.deployed}`} value={i}>
                    {one.dataset}, {one.rollouts} rollouts, best-of-{one.deployed}
                  </option>
                ))}
              </select>
            </label>
          </p>
        )}
        <EffectSection key={`effects ${key}`} scene={scene} />
        <DeploymentSection key={`deployment ${key}`} scene={scene} />
        <DivergenceSection key={`divergence ${key}`} scene={scene} />
        <TrainingSection key={`training ${key}`} scene={scene} />
        <TailSection key={`tail ${key}`} scene={scene} />
        <PayOffSection key={`pay-off ${key}`} scene={scene} />
        <ContrastSection scene={scene} />
        <PolicySection scene={scene} />
        <PayOffTable scene={scene} />
        <TuningSection scene={scene} />
        <LedgerSection scene={scene} />
        <MadeSection data={data} />
      </main>
    </Highlighting.Provider>
  );
}

function MadeSection({ data: { manifest } }: { data: PostTrainingPageData }) {
  return (
    <Section id="made" title="How it was made">
      <p class="lead">The command, in a clone at the commit above:</p>
      <pre class="command">
        <code>./touchstone {manifest.argv.join(" ")}</code>
      </pre>
      <p class="prose">
        Every row trains the same base policy with as many rollouts, on the same prompts, with the same random numbers;
        only what it does with a group’s rewards differs. The gradient is the sum of advantage times ∇ log π over a
        group, the mean over prompts, by AdamW with a clipped norm. Only rollouts whose advantage is not zero are run
        backward. KL is the mean of log π − log π₀ over sampled responses. Contrasts at matched KL interpolate along
        each run’s deployed moments to the KL at which the shorter way of the two ended. Held-out problems are drawn
        with the same random numbers for every policy.
      </p>
      {manifest.warnings.length > 0 && (
        <ul class="reading">
          {manifest.warnings.map((warning) => (
            <li key={warning}>{warning}</li>
          ))}
        </ul>
      )}
      <ul class="reading">
        <ModelItems models={manifest.models} />
        {manifest.datasets.map(({ name, split, problems, clusters }) => (
          <li key={`${name} ${split}`}>
            {name}/{split}: {problems} problems, {clusters} clusters
          </li>
        ))}
      </ul>
      <details>
        <summary>The comparison as resolved</summary>
        <pre>{JSON.stringify(manifest.comparison_resolved, null, 2)}</pre>
      </details>
      <p class="note">
        This page carries its data and asks nothing of a network. Beside it lie policies.csv, training.csv,
        deployment.csv, problems.csv, contrasts.csv, effects.csv, pay-off.csv, tail.csv, ledger.csv and experiment.json,
        from which every figure can be drawn again.
      </p>
    </Section>
  );
}
