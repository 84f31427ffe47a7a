import type { PostTrainingPageData } from "@touchstone/report";
import { compact } from "@touchstone/report/view";
import { useMemo, useState } from "preact/hooks";
import { Planted, Section } from "../page/text.tsx";
import { DeploymentSection, DivergenceSection, TailSection, TrainingSection } from "./figures.tsx";
import { scenesOf, type Scene } from "./scene.ts";
import { EffectSection, LedgerSection, PayOffSection, PolicySection, TuningSection } from "./tables.tsx";

const PARTS = [
  ["effects", "What came out"],
  ["policies", "The policies"],
  ["deployment", "Deployed"],
  ["divergence", "Against distance"],
  ["training", "Training"],
  ["pay-off", "When it pays"],
  ["tail", "The tail"],
  ["tuning", "Learning rates"],
  ["ledger", "Ledger"],
  ["made", "How it was made"],
] as const;

/** The whole page of a comparison, from what came out down to how it was made. */
export function PostTrainingPage({ data }: { data: PostTrainingPageData }) {
  const scenes = useMemo(() => scenesOf(data), [data]);
  const [chosen, choose] = useState(0);
  const scene = scenes[chosen]!;
  const key = `${scene.dataset} ${scene.rollouts} ${scene.deployed}`;
  return (
    <>
      <Header data={data} scene={scene} />
      <main>
        {scenes.length > 1 && (
          <p class="choices">
            <label>
              World and sizes{" "}
              <select value={chosen} onChange={(event) => choose(Number(event.currentTarget.value))}>
                {scenes.map(({ dataset, rollouts, deployed }, i) => (
                  <option key={`${dataset} ${rollouts} ${deployed}`} value={i}>
                    {dataset}, {rollouts} rollouts, best-of-{deployed}
                  </option>
                ))}
              </select>
            </label>
          </p>
        )}
        <EffectSection scene={scene} />
        <PolicySection scene={scene} />
        <DeploymentSection key={`deployment ${key}`} scene={scene} />
        <DivergenceSection key={`divergence ${key}`} scene={scene} />
        <TrainingSection key={`training ${key}`} scene={scene} />
        <PayOffSection scene={scene} />
        <TailSection key={`tail ${key}`} scene={scene} />
        <TuningSection scene={scene} />
        <LedgerSection scene={scene} />
        <MadeSection data={data} />
      </main>
    </>
  );
}

function Header({ data: { manifest }, scene }: { data: PostTrainingPageData; scene: Scene }) {
  const { machine, touchstone } = manifest;
  return (
    <header>
      <p class="brand">Touchstone</p>
      <h1>{manifest.comparison}</h1>
      <p class="question">
        Which advantage trains the policy whose best of {scene.deployed} is best, from {scene.rollouts} rollouts a
        prompt, and does training pay? {manifest.description} {manifest.smoke && <strong>Smoke: no verdict.</strong>}
      </p>
      <p class="question">
        Trained on and selected by {scene.rewardModel} <Planted flaw={scene.planted} />
        {scene.planted !== null && <small class="flaw"> {scene.planted}</small>}; reported with gold and {scene.second}.
      </p>
      <dl class="facts">
        <div>
          <dt>Date</dt>
          <dd>
            <time dateTime={manifest.started}>{manifest.started.slice(0, 10)}</time>
          </dd>
        </div>
        <div>
          <dt>Commit</dt>
          <dd>
            <code>{touchstone.commit?.slice(0, 10) ?? "unknown"}</code>
            <small>{touchstone.dirty ? "with uncommitted changes" : ""}</small>
          </dd>
        </div>
        <div>
          <dt>Machine</dt>
          <dd>
            {machine.cpu}
            <small>
              {machine.cores} cores, {machine.device}
            </small>
          </dd>
        </div>
      </dl>
      <nav aria-label="Parts of this page">
        {PARTS.map(([id, name]) => (
          <a key={id} href={`#${id}`}>
            {name}
          </a>
        ))}
      </nav>
    </header>
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
        {manifest.models.map(({ name, role, parameters_total: total, planted }) => (
          <li key={`${role} ${name}`}>
            {name}: {role}, {total === null ? "size not recorded" : `${compact(total)} parameters`}{" "}
            <Planted flaw={planted} />
          </li>
        ))}
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
